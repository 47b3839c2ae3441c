"""Mail that came back: which address, what was said, whether the address is dead, and which mail it was. *(pure)*

RFC 3464 says how; many servers do otherwise, so whatever looks like an answer of SMTP is read too. What the words
mean is asked of `transport.replies`, as for an answer in the dialogue: 5.7.x and its like speak of us and never burn an
address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from relance.mail.inbound import phrases
from relance.mail.inbound.fields import addresses_in, message_ids
from relance.mail.inbound.parse import Mail
from relance.mail.transport import replies
from relance.mail.transport.replies import Stage


@dataclass(frozen=True, kw_only=True, slots=True)
class Fate:
    """What became of one address."""

    address: str = ""
    original: str = ""
    action: str = "failed"
    status: str = ""
    diagnostic: str = ""

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one for one in (self.original, self.address) if one))


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounce:
    """A bounce: hard when the address itself is dead; `ours` when the fault is with our server or reputation."""

    hard: bool
    ours: bool
    status: str
    text: str
    fates: tuple[Fate, ...]

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(address for fate in self.fates for address in fate.addresses))


@dataclass(frozen=True, kw_only=True, slots=True)
class Returned:
    """The headers of the mail that came back, as far as they did."""

    message_ids: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()


_FIELD = re.compile(r"^([A-Za-z][\w-]*)[ \t]*:[ \t]*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_TYPED = re.compile(r"^\s*[\w+/-]+\s*;\s*")


def fates(report: str) -> tuple[Fate, ...]:
    """The per-recipient groups of a delivery report (RFC 3464, section 2.3)."""
    found = []
    for group in re.split(r"\n[ \t]*\n", report):
        said = {name.lower(): " ".join(value.split()) for name, value in _FIELD.findall(group)}
        if "final-recipient" in said or "original-recipient" in said or "action" in said:
            found.append(_fate(said))
    return tuple(found)


def _fate(said: dict[str, str]) -> Fate:
    status = (_STATUS.search(said.get("status", "")) or [""])[0]
    action = said.get("action", "").lower().partition(" ")[0]
    if action not in ("failed", "delayed", "delivered", "relayed", "expanded", "deliverable"):
        action = {"2": "delivered", "4": "delayed"}.get(status[:1], "failed")
    return Fate(
        address=_address(said.get("final-recipient", "")),
        original=_address(said.get("original-recipient", "")),
        action=action,
        status=status,
        diagnostic=_TYPED.sub("", said.get("diagnostic-code", ""))[:1000],
    )


def _address(value: str) -> str:
    bare = _TYPED.sub("", value)
    if bare.startswith(("|", "/")):  # a program or a file that mail is delivered to, as Exim names it
        return ""
    found = addresses_in([bare])
    return found[0].strip("<>").lower() if found else ""


_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.]*\d)")
_CODE = re.compile(r"(?<![\d.:#-])([45]\d\d)(?=[\s-]|$)(?![\s-]*(?:bytes|octets|messages))")
_CODED = re.compile(r"(?<![\d.:])([45]\d\d)[\s-]+#?([45]\.\d{1,3}\.\d{1,3})")


def judge(mail: Mail, failed: tuple[Fate, ...]) -> Bounce:
    """Whether the addresses are dead: all of them, since a report may speak of others than ours."""
    said = explanation(mail)
    readings = [read(fate, said) for fate in failed] or [read(Fate(), said)]
    first = readings[0]
    return Bounce(
        hard=all(reading.is_dead for reading in readings),
        ours=first.ours,
        status=first.status,
        text=first.text,
        fates=failed,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What the server's words for one address mean."""

    status: str
    is_dead: bool
    ours: bool
    text: str


def read(fate: Fate, said: str) -> Reading:
    """The report on one address; `said` is what the bounce tells people, for reports without words."""
    words = fate.diagnostic if len(fate.diagnostic) > 12 else f"{fate.diagnostic} {said}".strip()
    code, status = _code_of(words), _status_of(words, fate.status)
    code = 550 if code < 500 and status.startswith("5") else code or 550
    outcome = replies.classify(code, f"{status} {_CODED.sub(' ', words)}" if status else words, Stage.RCPT)
    dead = _is_dead(outcome, status, words, said)
    return Reading(
        status=status or outcome.status,
        is_dead=dead,
        ours=outcome.ours and not dead,
        text=" ".join(words.split())[:500],
    )


def _is_dead(outcome: replies.Outcome, status: str, words: str, said: str) -> bool:
    """Only what is certain: a code of the kind 5.1.x, a domain that is not there, an unknown user named as such.

    A bare "550 user unknown" may be a filter's excuse; it counts if the recipient was being asked about, or if the
    report is written for people, without any code.
    """
    if status.startswith("4"):
        return False
    if phrases.DEAD.fullmatch(status) or phrases.ABSENT_AT_MICROSOFT.search(words):
        return True
    if outcome.ours or status.startswith(("5.2.", "5.7.", "5.3.4")) or phrases.LATER.search(words):
        return False
    if phrases.NO_DOMAIN.search(words):
        return True
    if not phrases.PLAIN_WORDS.search(words) or phrases.AT_DATA.search(f"{words}\n{said}"):
        return False
    return bool(phrases.AT_RCPT.search(f"{words}\n{said}")) or not _CODE.search(words)


def _status_of(words: str, told: str) -> str:
    """The enhanced code: the one in the server's own words that says most, else that of the report."""
    found: list[str] = [status for status in _STATUS.findall(words) if not status.startswith("2")]
    telling = [status for status in found if not status.endswith(".0")] or found
    if telling:
        return telling[0]
    return "" if told.endswith(".0.0") else told


def _code_of(words: str) -> int:
    coded = _CODED.search(words)
    if coded:
        return int(coded[1])
    codes = [int(code) for code in _CODE.findall(words)]
    return next((code for code in codes if code >= 500), codes[0] if codes else 0)


def explanation(mail: Mail) -> str:
    """What a bounce says in its own words, before the copy of the mail that it returns."""
    text = mail.text[:20_000]
    copy = phrases.COPY.search(text)
    return (text[: copy.start()] if copy and copy.start() > 40 else text)[:6_000]


def looks_like_one(mail: Mail) -> bool:
    """Whether a mail without a delivery report is a bounce: who sends it, what it is called, what it says."""
    if mail.has("x-failed-recipients"):
        return True
    receipt = mail.parameters.get("report-type", "") == "disposition-notification"
    is_report = mail.content_type == "multipart/report" and not receipt
    sender = mail.header("from")
    is_daemon = bool(phrases.DAEMONS.search(sender))
    has_empty_path = mail.header("return-path").strip() == "<>" or sender.strip() in ("", "<>")
    named = re.sub(r"@[\w.-]+", "@", sender)  # what a domain is called says nothing
    is_system = has_empty_path or bool(phrases.SYSTEMS.search(named))
    if not (is_report or is_daemon or is_system):
        return False  # most mail: the words need not be read
    is_titled, says = bool(phrases.TITLES.search(mail.subject)), _says_so(explanation(mail))
    if is_report and (is_titled or says):
        return True
    if _ANSWERS.match(mail.subject) and not is_daemon:
        return False
    return (is_daemon and (is_titled or says)) or (is_system and is_titled and (says or has_empty_path))


_ANSWERS = re.compile(r"\s*(?:re|aw|tr|fwd?)\s*:", re.IGNORECASE)


def _says_so(words: str) -> bool:
    return bool(phrases.PHRASES.search(words)) or bool(_CODED.search(words))


def is_delay(mail: Mail) -> bool:
    """Whether it only says that the mail is late."""
    words = f"{mail.subject}\n{explanation(mail)}"
    return bool(phrases.STILL_TRYING.search(words)) and not phrases.GIVEN_UP.search(words)


def loose_fates(mail: Mail) -> tuple[Fate, ...]:
    """The addresses that a bounce in no format speaks of."""
    named = [address.lower() for address in mail.addresses("x-failed-recipients")]
    own = {address.lower() for address in mail.addresses("to", "from", "delivered-to", "envelope-to")}
    words = explanation(mail)
    found = [] if named else [address.strip(".,;:'\"<>").lower() for address in addresses_in_text(words)]
    seen = dict.fromkeys(named or [address for address in found if address not in own and not _is_system(address)])
    back = returned(mail)
    listed = list(seen) or [address for address in back.to if address not in own]
    return tuple(Fate(address=address, diagnostic=words_about(address, words)) for address in listed[:20])


def named(mail: Mail, fates: tuple[Fate, ...]) -> tuple[Fate, ...]:
    """The fates of a report that names nobody, with the address that the rest of the mail names."""
    found = loose_fates(mail)
    if not fates or not found:
        return fates or found
    return (replace(fates[0], address=found[0].address), *fates[1:])


def _is_system(address: str) -> bool:
    return bool(re.match(r"(postmaster|mailer-daemon|abuse|support|help)@", address))


def addresses_in_text(text: str) -> list[str]:
    """What looks like an address in a text."""
    return re.findall(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}", text)


def words_about(address: str, words: str) -> str:
    """What is said near an address."""
    start = words.lower().find(address)
    near = words[start : start + 800] if start >= 0 else words
    says = _CODE.search(near) or _STATUS.search(near) or phrases.PHRASES.search(near[len(address) :])
    return near if says else words[:2_000]


RETURNED = (
    "message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers",
)  # fmt: skip


def returned(mail: Mail) -> Returned:
    """The identity of the mail inside a report: its Message-IDs, and to whom it went."""
    part = mail.part(*RETURNED)
    text = part.text if part else ""
    if not text:
        body = mail.text
        copy = phrases.COPY.search(body)
        text = body[copy.start() :] if copy else body
    return _identity(text)


def _identity(text: str) -> Returned:
    wanted = r"(?im)^[ \t>]*(message-id|to|from|return-path|sender)[ \t]*:[ \t]*(.*(?:\n[ \t]+.*)?)"
    lines = re.findall(wanted, text[:60_000])
    ids = [id for name, value in lines if name.lower() == "message-id" for id in message_ids(value)]
    to = addresses_in([value for name, value in lines if name.lower() == "to"][:3])
    senders = addresses_in([value for name, value in lines if name.lower() in ("from", "return-path", "sender")][:6])
    return Returned(
        message_ids=tuple(dict.fromkeys(ids))[:5],
        to=tuple(dict.fromkeys(address.lower() for address in to))[:20],
        senders=tuple(dict.fromkeys(senders))[:10],
    )
