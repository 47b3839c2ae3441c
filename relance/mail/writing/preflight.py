"""What is looked at before a personal mail leaves: only what is `bad` keeps it back (ENG-01, TPL-02)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from relance.mail import preflight as looks
from relance.mail.catalogue import catalogue
from relance.mail.models import SavedDraft
from relance.mail.outbound.placeholders import check, names
from relance.mail.preflight import BAD, WARN, Check
from relance.mail.senders import senders_of, shown
from relance.mail.writing.addressing import MOST, Typed, typed_of
from relance.mail.writing.drafts import mailbox_of
from relance.team.models import Organisation
from relance.team.workspace import organisation

_TAGS = re.compile(r"<[^>]*>")
_ATTACHED = re.compile(
    r"\b(attached|attachment|enclosed|ci-joint|ci-jointe|pièces? jointes?|joins? à ce)\b", re.IGNORECASE
)


def examine(draft: SavedDraft) -> tuple[Check, ...]:
    """Everything worth saying, as the mail stands now."""
    typed = typed_of(draft)
    box, known = mailbox_of(draft), organisation()
    return (
        *_people(typed),
        *looks.header(draft.subject, remedy="subject"),
        *_text(draft),
        *_placeholders(draft),
        *looks.lying_links(draft.html, remedy="text"),
        *looks.images(draft.html, remedy="text"),
        *looks.size(draft.html + draft.quoted, remedy="text"),
        *_forgotten_file(draft),
        *(each for each in looks.mailbox(box) if each.level != looks.OK),
        *_sender(draft, known),
        *looks.edge(known),
    )


def _sender(draft: SavedDraft, known: Organisation) -> Iterator[Check]:
    """The rule of mass mail: the organisation has an address, and it is of the domain that sends."""
    signs, box = senders_of(draft.template), mailbox_of(draft)
    if missing := list(looks.organisation_address(signs, known)):
        yield from missing
        return
    owner = draft.person.owner if draft.person else None
    yield from looks.domain(shown(signs.from_choice, sender=draft.author, owner=owner, mailbox=box)[1], box)


def problems(checks: Sequence[Check]) -> tuple[Check, ...]:
    """What keeps it from leaving."""
    return tuple(check for check in checks if check.level == BAD)


def _people(typed: Sequence[Typed]) -> Iterator[Check]:
    right = [each for each in typed if each.normal]
    for each in typed:
        if not each.normal:
            yield Check(
                key="address", level=BAD, sentence=each.problem, remedy=each.field,
                detail=_("Correct it or take it out."),
            )  # fmt: skip
    if not typed:
        yield Check(key="nobody", level=BAD, sentence=_("Nobody would receive it."), remedy="to")
    if len(right) > MOST:
        yield Check(
            key="many", level=BAD, remedy="to",
            sentence=_("A personal mail goes to %(most)d people at most.") % {"most": MOST},
            detail=_("Write a mass mail for more: each gets it alone, and may opt out."),
        )  # fmt: skip


def _text(draft: SavedDraft) -> Iterator[Check]:
    words = _TAGS.sub(" ", draft.html).replace("&nbsp;", " ").strip()
    if not words and "<img" not in draft.html and not draft.quoted:
        yield Check(key="empty", level=BAD, sentence=_("There is no text yet."), remedy="text")


def _placeholders(draft: SavedDraft) -> Iterator[Check]:
    """Fields that were not filled in: never text in a client's mail. What is quoted may say what it likes (X7)."""
    known = catalogue()
    for part, text in (("subject", draft.subject), ("text", draft.html)):
        for name in sorted(names(text) | {problem.name for problem in check(text, known, html=part == "text")}):
            yield Check(
                key="placeholder", level=BAD, remedy=part,
                sentence=_("The field %(name)s is not filled in.") % {"name": "{" + name + "}"},
                detail=_("Write what should stand there, or take it out."),
            )  # fmt: skip


def _forgotten_file(draft: SavedDraft) -> Iterator[Check]:
    if draft.pk is not None and _ATTACHED.search(_TAGS.sub(" ", draft.html)) and not draft.attachments.exists():
        yield Check(
            key="no_file", level=WARN, remedy="files", sentence=_("The text speaks of a file, and none is attached"),
        )  # fmt: skip
