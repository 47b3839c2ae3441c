"""What became of an attempt to hand a mail to a relay, in the words of RFC 5321 *(pure)*."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")
"""An enhanced status code at the start of a reply's text (RFC 2034, RFC 3463)."""

CONTROLS = dict.fromkeys((*range(32), 127, *range(128, 160)), " ")
LONGEST_TEXT = 1000


class Stage(StrEnum):
    """The steps of an SMTP dialogue, in order."""

    NAME = "name"
    CONNECT = "connect"
    TLS = "tls"
    GREETING = "greeting"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    CONTENT = "content"
    DOT = "dot"
    RSET = "rset"
    QUIT = "quit"


class Cause(StrEnum):
    """Why a dialogue broke off without a reply that says so. Stable: stored and translated elsewhere."""

    NAME_NOT_FOUND = "name-not-found"
    ADDRESS_NOT_ALLOWED = "address-not-allowed"
    CONNECTION_REFUSED = "connection-refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    CLOSED = "closed"
    NOT_SMTP = "not-smtp"
    REPLY_TOO_LONG = "reply-too-long"
    STARTTLS_NOT_OFFERED = "starttls-not-offered"
    CERTIFICATE_EXPIRED = "certificate-expired"
    CERTIFICATE_WRONG_NAME = "certificate-wrong-name"
    CERTIFICATE_SELF_SIGNED = "certificate-self-signed"
    CERTIFICATE_UNTRUSTED = "certificate-untrusted"
    CERTIFICATE_INVALID = "certificate-invalid"
    TLS_FAILED = "tls-failed"
    AUTH_NOT_OFFERED = "auth-not-offered"
    REPLIED = "replied"


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply of the relay; the lines of a long one are joined by newlines."""

    code: int
    text: str = ""

    @property
    def is_ok(self) -> bool:
        """The command was carried out."""
        return 200 <= self.code < 300

    @property
    def is_refusal(self) -> bool:
        """The command was refused, for now (4xx) or for good (5xx)."""
        return 400 <= self.code < 600

    @property
    def enhanced(self) -> str | None:
        """The enhanced status code (RFC 3463), when the relay gives one of the reply's own class."""
        found = ENHANCED.match(self.text)
        return found[1] if found and found[1][0] == str(self.code)[0] else None

    @property
    def sentence(self) -> str:
        """The relay's words on one line, without control characters, at most 1000 characters."""
        return " ".join(self.text.translate(CONTROLS).split())[:LONGEST_TEXT]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The relay took responsibility for the mail: it answered 250 after the final dot."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Refused:
    """The relay answered 4xx or 5xx: nothing was delivered. `by_us` when we did not even ask it."""

    stage: Stage
    reply: Reply
    by_us: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """The dialogue broke off. `in_doubt` when the relay may have taken the mail (RFC 1047)."""

    stage: Stage
    cause: Cause
    in_doubt: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Withheld:
    """We changed our mind before the first byte of the content: nothing was sent."""

    reason: str = ""


Outcome = Accepted | Refused | Lost | Withheld


class NoSession(Exception):
    """The relay cannot be used: at which stage, why, and its reply where it gave one."""

    def __init__(self, stage: Stage, cause: Cause, reply: Reply | None = None, detail: str = "") -> None:
        super().__init__(f"{stage}: {cause}" + (f" ({reply.code} {reply.sentence})" if reply else ""))
        self.stage = stage
        self.cause = cause
        self.reply = reply
        self.detail = detail
