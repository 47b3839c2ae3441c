"""The answer that is written below an open mail: the one that was begun, or an empty one (INBOX-03)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import getaddresses
from uuid import UUID, uuid4

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.insights.templates import proposed
from relance.mail.models import Received, SavedDraft, Template
from relance.mail.writing import drafts, starting
from relance.team.models import Organisation, User
from relance.team.workspace import organisation

Mode = SavedDraft.Mode


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Whom the answer may go to."""

    mode: str
    word: str | Promise
    icon: str
    to: str
    cc: str

    @property
    def whom(self) -> str:
        """Those people by their names."""
        return names(self.to, self.cc)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is drawn: the draft as it is kept or would be, who it may go to, and a template where one is better."""

    draft: SavedDraft
    choices: list[Choice]
    key: UUID
    window: UUID
    is_followed: bool
    template: Template | None

    @property
    def whom(self) -> str:
        """Whom it goes to as it stands."""
        return names(self.draft.to, self.draft.cc, self.draft.bcc)

    @property
    def href(self) -> str:
        """Where it is kept."""
        return reverse("mail-draft", args=[self.draft.pk]) if self.draft.pk else reverse("mail-new")


def names(*lists: str) -> str:
    """The people of address lists by their names, else by their addresses."""
    return ", ".join(name or address for name, address in getaddresses([one for one in lists if one]))


def answer(received: Received, user: User, now: datetime) -> Answer | None:
    """The answer to a mail; None for whoever writes no mail."""
    if not drafts.may_write(user):
        return None
    begun = SavedDraft.objects.visible_to(user).unsent().filter(answers__thread=received.thread_id, author=user)
    draft = begun.exclude(mode=Mode.FORWARD).order_by("-updated_at", "-id").first()
    mail = draft.answers if draft is not None and draft.answers is not None else received
    back = _choice(mail, user, Mode.REPLY, pgettext_lazy("to do", "Reply"), "reply")
    everybody = _choice(mail, user, Mode.ALL, _("Reply to all"), "users-round")
    if draft is None:
        draft = SavedDraft(
            author=user, mode=Mode.REPLY, answers=mail, to=back.to, html=starting.signed(user), created_at=now,
            updated_at=now,
        )  # fmt: skip
    templates = list(Template.objects.visible_to(user).filter(archived_at=None).order_by("name", "id")[:200])
    found = proposed(templates, to=received.person, now=now)
    return Answer(
        draft=draft,
        choices=[back, everybody] if everybody.cc else [back],
        key=uuid4(),
        window=uuid4(),
        is_followed=draft.track and organisation().tracking != Organisation.Tracking.OFF,
        template=found[0] if found else None,
    )


def _choice(mail: Received, user: User, mode: str, word: str | Promise, icon: str) -> Choice:
    values = starting.answer(mail, mode=mode, by=user)
    return Choice(mode=mode, word=word, icon=icon, to=str(values["to"]), cc=str(values.get("cc", "")))
