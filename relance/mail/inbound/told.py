"""A mail's classification as `relance classify` and the API tell it: plain values, ready for JSON. *(pure)*"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TypedDict

from relance.mail.inbound.answer import answer_of
from relance.mail.inbound.classify import Classified, Kind, classify
from relance.mail.inbound.parse import Mail, parse
from relance.mail.inbound.return_dates import Away, away

AMERICAN = ("-0400", "-0500", "-0600", "-0700", "-0800")
LABELS = {
    Kind.REPLY: "reply",
    Kind.AUTO_REPLY: "auto_reply",
    Kind.BOUNCE: "bounce",
    Kind.COMPLAINT: "complaint",
    Kind.DELAY: "bounce",
    Kind.DELIVERED: "other",
    Kind.UNSUBSCRIBE: "other",
    Kind.OTHER: "other",
}
"""A mail that is late is told as a bounce that is not permanent; a report of success and a wish to leave are other."""


class Told(TypedDict):
    """What is told of a mail. `permanent`: the address is dead, write to it no more; null where nobody failed."""

    kind: str
    recipients: list[str]
    permanent: bool | None
    status: str
    reason: str
    return_date: str | None
    reply_text: str


def tell(raw: bytes, *, now: datetime) -> Told:
    """Read a raw mail. Never raises; `now` stands in for a Date that is missing."""
    mail = parse(raw)
    found = classify(mail)
    bounce = found.bounce
    back = absence(mail, now=now).named if found.kind == Kind.AUTO_REPLY else None
    return Told(
        kind=LABELS[found.kind],
        recipients=_recipients(found),
        permanent=bounce.hard if bounce else False if found.kind == Kind.DELAY else None,
        status=bounce.status if bounce else next((fate.status for fate in found.fates if fate.status), ""),
        reason=bounce.text if bounce and bounce.text else found.why,
        return_date=back.isoformat() if back else None,
        reply_text=answer_of(mail) if found.kind in (Kind.REPLY, Kind.AUTO_REPLY) else "",
    )


def absence(mail: Mail, *, now: datetime) -> Away:
    """The end of an absence that an automatic answer names, in its subject or its text (SEQ-08)."""
    sent = _sent(mail, now)
    month_first = mail.header("date").strip().endswith(AMERICAN) or "(PST)" in mail.header("date")
    told = away(mail.subject, sent=sent, month_first=month_first)
    return told if told.named else away(answer_of(mail), sent=sent, month_first=month_first)


def _sent(mail: Mail, now: datetime) -> date:
    return (mail.date or now.astimezone(UTC)).date()


def _recipients(found: Classified) -> list[str]:
    """The addresses that failed, as the sender wrote them where the report says so; or who complained."""
    if LABELS[found.kind] == "bounce":
        failed = [fate.original or fate.address for fate in (found.bounce.fates if found.bounce else found.fates)]
        return list(dict.fromkeys(address for address in failed if address))
    return list(found.returned.to) if found.kind == Kind.COMPLAINT and found.returned else []
