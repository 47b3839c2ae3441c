"""What kind of mail came: an answer, an automatic one, a bounce, a delay, a complaint. *(pure)*

    found = classify(parse(raw))
    found.kind, found.bounce.hard, found.returned.message_id

Signs are asked in this order: a report's own format (RFC 3464, 5965, 8098), then the headers of automatic mail
(RFC 3834), then the look of reports in no format at all. What shows no sign is taken as written by a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from relance.mail.inbound import absences, bounces
from relance.mail.inbound.absence_words import SURE_SUBJECT
from relance.mail.inbound.bounces import Bounce, Fate, Returned
from relance.mail.inbound.parse import Mail


class Kind(StrEnum):
    """The kinds of incoming mail."""

    REPLY = "reply"  # a person wrote it; whether it answers a mail of ours is for `receive` to find out
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    DELAY = "delay"
    DELIVERED = "delivered"  # a success report
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"  # a mail that asks to be left alone, as the mailto of List-Unsubscribe makes it
    OTHER = "other"  # a machine wrote it, and it answers nobody


@dataclass(frozen=True, kw_only=True, slots=True)
class Classified:
    """A mail's kind with the sign that gave it, and what a report says of the mail that it reports on."""

    kind: Kind
    why: str
    bounce: Bounce | None = None
    fates: tuple[Fate, ...] = ()
    returned: Returned | None = None


def classify(mail: Mail) -> Classified:
    """The kind of a mail; the first rule that knows an answer gives it."""
    for rule in _RULES:
        if found := rule(mail):
            return found
    return Classified(kind=Kind.REPLY, why="no sign of a machine")


def _complaint(mail: Mail) -> Classified | None:
    """An abuse report (RFC 5965); reports of the kinds `not-spam` and `auth-failure` complain of nobody."""
    part = mail.part("message/feedback-report")
    if part is None:
        return None
    kind = re.search(r"(?im)^feedback-type:\s*([\w-]+)", part.text)
    if kind and kind[1].lower() in ("not-spam", "auth-failure", "dmarc"):
        return Classified(kind=Kind.OTHER, why=kind[1].lower())
    return Classified(kind=Kind.COMPLAINT, why="feedback report", returned=bounces.returned(mail))


def _delivery_report(mail: Mail) -> Classified | None:
    """A delivery status notification (RFC 3464), by its worst action."""
    part = mail.part("message/delivery-status", "message/global-delivery-status")
    if part is None:
        return None
    fates = bounces.fates(part.text)
    actions = {fate.action for fate in fates}
    if "failed" in actions:
        return _bounced(mail, "delivery report", fates)
    kind = Kind.DELAY if "delayed" in actions else Kind.DELIVERED if actions else None
    if kind is None:
        return None
    return Classified(kind=kind, why="delivery report", fates=fates, returned=bounces.returned(mail))


def _read_receipt(mail: Mail) -> Classified | None:
    """Somebody's program says that the mail was shown (RFC 8098); nobody answered."""
    is_one = mail.part("message/disposition-notification") is not None
    return Classified(kind=Kind.AUTO_REPLY, why="read receipt") if is_one else None


def _calendar_answer(mail: Mail) -> Classified | None:
    """Accepting or declining an invitation is an answer, whatever the headers say (SEQ-08)."""
    part = mail.part("text/calendar")
    if part is None:
        return None
    method = part.parameters.get("method", "") or (re.search(r"(?im)^METHOD:\s*(\w+)", part.text) or [""])[-1]
    return Classified(kind=Kind.REPLY, why="calendar answer") if method.upper() in ("REPLY", "COUNTER") else None


def _loose_bounce(mail: Mail) -> Classified | None:
    """A bounce in no format: from a mail system, and saying so."""
    if not bounces.looks_like_one(mail):
        return None
    if bounces.is_delay(mail):
        late = bounces.loose_fates(mail)
        return Classified(kind=Kind.DELAY, why="words of a delay", fates=late, returned=bounces.returned(mail))
    return _bounced(mail, "words of a bounce", bounces.loose_fates(mail))


def _bounced(mail: Mail, why: str, fates: tuple[Fate, ...]) -> Classified:
    if not any(fate.addresses for fate in fates):
        fates = bounces.named(mail, fates)
    bounce = bounces.judge(mail, tuple(fate for fate in fates if fate.action == "failed") or fates)
    return Classified(kind=Kind.BOUNCE, why=why, bounce=bounce, fates=fates, returned=bounces.returned(mail))


def _automatic(mail: Mail) -> Classified | None:
    """An automatic answer: by its headers (RFC 3834), by its subject, or by two weaker signs together."""
    said = mail.header("auto-submitted").lower().partition(";")[0].strip()
    if said.startswith("auto-replied") or absences.has_header(mail):
        return Classified(kind=Kind.AUTO_REPLY, why="header")
    if SURE_SUBJECT.match(mail.subject):
        return Classified(kind=Kind.AUTO_REPLY, why="subject")
    if absences.says_so(mail):
        return Classified(kind=Kind.AUTO_REPLY, why="words")
    if said and said != "no":
        answers = bool(mail.references) or absences.ANSWER.match(mail.subject) is not None
        return Classified(kind=Kind.AUTO_REPLY if answers else Kind.OTHER, why="auto-submitted")
    return None


def _machine(mail: Mail) -> Classified | None:
    """Newsletters and notices that answer nobody."""
    bulk = mail.has("list-unsubscribe") or mail.has("list-id") or mail.has("feedback-id")
    if bulk and not mail.references:
        return Classified(kind=Kind.OTHER, why="sent in bulk")
    return None


def _notification(mail: Mail) -> Classified | None:
    """The notices of Amazon SES, as JSON inside a mail."""
    text = mail.text[:20_000]
    if '"notificationType"' not in text and '"eventType"' not in text:
        return None
    found = re.search(r'"(?:notificationType|eventType)"\s*:\s*"(Complaint|Bounce)"', text)
    if found is None:
        return None
    if found[1] == "Complaint":
        return Classified(kind=Kind.COMPLAINT, why="notification", returned=bounces.returned(mail))
    return _bounced(mail, "notification", bounces.loose_fates(mail))


LEAVING = re.compile(
    r"\W*(?:(?:please\s+)?(?:unsubscribe|remove)(?:\s+me)?|opt[\s-]?out|se\s+d[ée](?:sinscrire|sabonner)|d[ée]s(?:inscription|abonnement)"
    r"|d[ée]sinscri\w+|abmelden|abbestellen|darse\s+de\s+baja|baja|annulla\s+iscrizione|uitschrijven|cancelar\s+subscri\w+)\W*",
    re.IGNORECASE,
)


def _unsubscribe(mail: Mail) -> Classified | None:
    """The mail that a mail program writes when its unsubscribe button is pressed (RFC 2369)."""
    if mail.has("x-apple-unsubscribe") or (LEAVING.fullmatch(mail.subject) and len(mail.text.strip()) < 400):
        return Classified(kind=Kind.UNSUBSCRIBE, why="subject")
    return None


_RULES: tuple[Callable[[Mail], Classified | None], ...] = (
    _complaint,
    _delivery_report,
    _notification,
    _unsubscribe,
    _calendar_answer,
    _read_receipt,
    _loose_bounce,
    _automatic,
    _machine,
)
