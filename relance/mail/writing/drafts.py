"""Keep a mail as it is typed, and throw it away (ENG-01; nothing that somebody typed is lost)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from relance.lib.refusal import Refused
from relance.mail import safe_html
from relance.mail.models import Mailbox, SavedDraft, Template
from relance.team import policy
from relance.team.models import Role, User

TEXTS = ("to", "cc", "bcc", "subject", "html", "quoted")
OTHERS = ("mailbox", "template", "person", "about_kind", "about_id", "deliver_at", "track", "remind_if", "remind_at")
FIELDS = (*TEXTS, *OTHERS)
LONGEST = {"to": 20_000, "cc": 20_000, "bcc": 20_000, "subject": 400, "html": 500_000, "quoted": 500_000}


class ChangedElsewhere(Refused):
    """Another window has saved the same mail meanwhile."""


class AlreadySent(Refused):
    """It has been sent, or given an hour: take it back first."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Which window has typed, and how often: its later words are never taken for another's, nor its older for newer."""

    window: uuid.UUID
    number: int


class TooLong(Refused):
    """More text than a mail may hold."""


def require_writer(user: User) -> None:
    """Raise Forbidden for whoever may only read."""
    policy.require(may_write(user))


def may_write(user: User) -> bool:
    """Whether this colleague writes mails at all."""
    return user.is_active and user.role.key != Role.Key.READ_ONLY


@transaction.atomic
def begin(
    values: Mapping[str, object], *, by: User, now: datetime, key: uuid.UUID | None = None, mode: str = "new"
) -> SavedDraft:
    """A new mail. The same `key` gives the same mail: the page may ask twice. Raises Forbidden, TooLong."""
    require_writer(by)
    if key is not None and (known := SavedDraft.objects.filter(key=key, author=by).first()):
        return known
    draft = SavedDraft(author=by, key=key, mode=mode, created_at=now, updated_at=now)
    _fill(draft, values, by=by)
    try:
        with transaction.atomic():
            draft.save()
    except IntegrityError:  # the page has asked twice in the same moment, or the key is somebody else's
        if key is None:
            raise
        known = SavedDraft.objects.filter(key=key, author=by).first()
        return known or begin(values, by=by, now=now, mode=mode)
    return draft


@transaction.atomic
def save(
    draft: SavedDraft, values: Mapping[str, object], *, by: User, now: datetime, version: int | None = None,
    turn: Turn | None = None,
) -> SavedDraft:  # fmt: skip
    """Keep what is named, right or wrong. `version`: what the writer had before her.

    An answer may be lost on its way: of the window that has saved last, whatever it thinks the version to be, the later
    turn is kept and an older one passed over. Raises Forbidden, AlreadySent, ChangedElsewhere, TooLong.
    """
    held = hold(draft, by=by)
    is_own = turn is not None and turn.window == held.window
    if turn is not None and is_own and turn.number <= held.turn:
        return held
    if version is not None and version != held.version and not is_own:
        raise ChangedElsewhere(_("This mail was changed in another window. Nothing is lost: reload to see both."))
    before = {name: getattr(held, name) for name in FIELDS}
    _fill(held, values, by=by)
    if before != {name: getattr(held, name) for name in FIELDS}:
        held.version += 1
        held.updated_at = now
        held.window, held.turn = (turn.window, turn.number) if turn else (None, 0)
        held.save()
    return held


@transaction.atomic
def discard(draft: SavedDraft, *, by: User) -> None:
    """Throw it away for good. Raises Forbidden, AlreadySent."""
    hold(draft, by=by).delete()


def hold(draft: SavedDraft, *, by: User) -> SavedDraft:
    """The row, for this transaction alone. Raises Forbidden, AlreadySent."""
    return as_it_is(SavedDraft.objects.select_for_update(of=("self",)).get(pk=draft.pk), by=by)


def as_it_is(held: SavedDraft, *, by: User) -> SavedDraft:
    """The row, if this colleague may still change it. Raises Forbidden, AlreadySent."""
    require_writer(by)
    policy.require(held.author_id == by.pk)
    if held.message_id is not None:
        raise AlreadySent(_("This mail has been sent or has its hour. Take it back to change it."))
    return held


def mailboxes_of(user: User) -> list[Mailbox]:
    """By which this colleague may write: one's own first."""
    usable = Q(kind=Mailbox.Kind.SHARED) | Q(user=user)
    return list(Mailbox.objects.filter(usable, is_active=True).order_by("kind", "-is_default", "id"))


def mailbox_of(draft: SavedDraft) -> Mailbox | None:
    """The mailbox that it leaves by: the one that was chosen, else one's own, else the shared one."""
    usable = mailboxes_of(draft.author)
    return next((each for each in usable if each.pk == draft.mailbox_id), next(iter(usable), None))


def _fill(draft: SavedDraft, values: Mapping[str, object], *, by: User) -> None:
    for name in FIELDS:
        if name in values:
            setattr(draft, name, values[name])
    draft.subject = " ".join(draft.subject.split())
    for name, most in LONGEST.items():
        if len(getattr(draft, name)) > most:
            raise TooLong(_("The mail is too long to be kept. Shorten it, or attach a file."))
    draft.html, draft.quoted = safe_html.clean(draft.html), safe_html.clean(draft.quoted)
    if draft.mailbox is not None and draft.mailbox not in mailboxes_of(by):
        draft.mailbox = None
    if draft.template is not None and not Template.objects.visible_to(by).filter(pk=draft.template.pk).exists():
        draft.template = None
    if draft.remind_if == SavedDraft.Remind.NO:
        draft.remind_at = None
