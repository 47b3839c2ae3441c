"""What happened to one copy of a mail, line by line (MASS-08)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from relance.campaigns.reasons import reason_word
from relance.mail.models import Interaction, Recipient

State, Kind = Recipient.State, Interaction.Kind


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a copy's story."""

    at: datetime
    kind: str
    words: str
    verdict: str = ""
    why: str = ""
    detail: str = ""


def log(recipient: Recipient) -> list[Entry]:
    """Everything that happened to one copy, oldest first."""
    return sorted([*_milestones(recipient), *_interactions(recipient)], key=lambda entry: entry.at)


def _milestones(recipient: Recipient) -> Iterator[Entry]:
    if recipient.state == State.REFUSED:
        yield Entry(
            at=recipient.queued_at,
            kind="refused",
            words=pgettext("one mail", "Left out"),
            detail=reason_word(recipient.refused_because),
        )
        return
    yield Entry(at=recipient.queued_at, kind="queued", words=_("Written for this address"), detail=recipient.email)
    if recipient.sent_at:
        yield Entry(
            at=recipient.sent_at, kind="sent", words=_("Accepted by the mail server"), detail=recipient.reply_text
        )
    if recipient.failed_at:
        yield Entry(at=recipient.failed_at, kind="failed", words=_("Not accepted"), detail=recipient.reply_text)
    if recipient.bounced_at and not recipient.interactions.filter(kind=Kind.BOUNCE).exists():
        words = pgettext("one mail", "Bounced")
        yield Entry(at=recipient.bounced_at, kind="bounced", words=words, detail=recipient.bounce_text)


def _interactions(recipient: Recipient) -> Iterator[Entry]:
    urls = {link["number"]: link for link in recipient.message.content.links}
    for hit in recipient.interactions.order_by("at", "id"):
        link = urls.get(hit.link) if hit.link is not None else None
        shown = f"{link['label']} {link['url']}".strip() if link else str(hit.detail.get("text", ""))
        yield Entry(
            at=hit.at, kind=hit.kind, words=hit.get_kind_display(), why=hit.why, detail=shown,
            verdict=hit.verdict if hit.kind in (Kind.OPEN, Kind.CLICK, Kind.FILE) else "",
        )  # fmt: skip
