"""What the fake relay shall do: its manners, its limits, and the faults it commits *(pure)*."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from ssl import SSLContext

MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]+>)", re.IGNORECASE | re.MULTILINE)


class At(StrEnum):
    """The step of the dialogue at which a fault strikes. CONTENT: in its middle, before the final dot."""

    CONNECT = "connect"
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


class Do(StrEnum):
    """What the server does instead of its usual reply."""

    REPLY = "reply"
    REPLY_AND_CLOSE = "reply-and-close"
    CLOSE = "close"
    RESET = "reset"
    HALF_CLOSE = "half-close"
    HANG = "hang"
    DRIP = "drip"
    GARBAGE = "garbage"
    WRONG_CODE = "wrong-code"
    LONG_LINE = "long-line"
    ENDLESS = "endless"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One misdeed: where, what, how often (`times`, None = always), after how many good ones, for whom.

    At the dot every misdeed save a reply happens after the mail was stored, unless `stores` is False.
    """

    at: At
    do: Do = Do.REPLY
    reply: str = "451 4.3.0 Try again later"
    times: int | None = 1
    after: int = 0
    only: str = ""
    stores: bool = True


@dataclass(frozen=True)
class Mail:
    """One transaction that ended with the final dot and was stored. Times: seconds, monotonic."""

    number: int
    connection: int
    sender: str
    recipients: tuple[str, ...]
    content: bytes = field(repr=False)
    started_at: float
    stored_at: float

    @property
    def recipient(self) -> str:
        """Its first recipient; Relance gives each mail only one."""
        return self.recipients[0]

    @cached_property
    def message_id(self) -> str:
        """The Message-ID in its header, with angle brackets; empty when there is none."""
        found = MESSAGE_ID.search(self.content.partition(b"\r\n\r\n")[0])
        return found[1].decode("ascii", "replace") if found else ""


def accepts_all(_: str) -> str | None:
    """No recipient is refused."""
    return None


@dataclass(frozen=True, kw_only=True)
class Script:
    """The manners of the server. `refuses` gives the reply for a recipient it does not want, else None.

    Limits are 0 when there is none. `users` maps names to passwords and makes a sign-in obligatory.
    `delay`: seconds before each answer, as of a relay far away. `takes_data_always`: 354 without a recipient.
    """

    name: str = "fake.localhost"
    faults: tuple[Fault, ...] = ()
    refuses: Callable[[str], str | None] = accepts_all
    users: Mapping[str, str] = field(default_factory=dict)
    auth: tuple[str, ...] = ("PLAIN", "LOGIN")
    tls: SSLContext | None = None
    is_tls_from_start: bool = False
    offers_starttls: bool = True
    is_pipelining: bool = True
    extensions: tuple[str, ...] = ("8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")
    size_limit: int = 0
    delay: float = 0.0
    mails_per_connection: int = 0
    mails_per_minute: int = 0
    greylist_seconds: float = 0.0
    takes_data_always: bool = False
