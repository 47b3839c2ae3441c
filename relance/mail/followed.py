"""Followed files of mails that have left: who opened them, until when, revoked, replaced (ENG-07, T7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from relance.mail import files
from relance.mail.files import Given
from relance.mail.models import Attachment, Interaction, Message, Recipient


@dataclass(frozen=True, kw_only=True)
class Opening:
    """One opening of a file by one recipient."""

    who: str
    at: datetime
    verdict: str
    user_agent: str


@dataclass(frozen=True, kw_only=True)
class Told:
    """A file of a sent mail with its openings, the latest first; only those by people count."""

    attachment: Attachment
    openings: tuple[Opening, ...]
    is_counted: bool = True
    """Whether any copy of the mail is followed: of the others nobody notes who opens a file (ENG-01)."""

    @property
    def by_people(self) -> int:
        """How often a person opened it."""
        return sum(each.verdict == Interaction.Verdict.HUMAN for each in self.openings)


def of_message(message: Message) -> list[Told]:
    """All files of a mail, followed or not."""
    rows = message.content.attachments.select_related("file").order_by("number")
    hits: dict[int | None, list[Opening]] = {}
    log = Interaction.objects.filter(message=message, kind=Interaction.Kind.FILE).select_related("recipient")
    for hit in log.order_by("-at", "-id")[:500]:
        who = (hit.recipient.name or hit.recipient.email) if hit.recipient else ""
        hits.setdefault(hit.link, []).append(
            Opening(who=who, at=hit.at, verdict=hit.verdict, user_agent=hit.user_agent)
        )
    is_counted = not rows or message.recipients.exclude(track=Recipient.Track.NONE).exists()
    return [Told(attachment=row, openings=tuple(hits.get(row.number, ())), is_counted=is_counted) for row in rows]


def revoke(attachment: Attachment, *, now: datetime) -> None:
    """Its links lead nowhere from now on."""
    Attachment.objects.filter(pk=attachment.pk, revoked_at=None).update(revoked_at=now)


def allow(attachment: Attachment) -> None:
    """Its links work again."""
    Attachment.objects.filter(pk=attachment.pk).update(revoked_at=None)


def replace(attachment: Attachment, data: bytes, *, content_type: str, now: datetime) -> None:
    """The links lead to this file from now on; its name stays, so that readers know it again. Raises TooLarge."""
    given = Given(name=attachment.name, content_type=content_type, data=data)
    file = files.keep(given, now=now, most=files.MOST_FOLLOWED)
    kind = content_type[:120] or attachment.content_type
    Attachment.objects.filter(pk=attachment.pk).update(file=file, content_type=kind)
