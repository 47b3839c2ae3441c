"""How to reach one SMTP relay: where, under which security, as whom *(pure)*."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from relance.lib.reach import IPAddress, any_address
from relance.mail.transport.outcome import Stage
from relance.mail.transport.wire import PATIENCE

HELO = re.compile(r"[A-Za-z0-9.:_\[\]-]{1,255}")
"""A domain or an address literal (RFC 5321 4.1.1.1)."""


class Security(StrEnum):
    """How the connection is protected. There is no silent fall from one to a weaker one."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Relay:
    """The relay and our manners with it. `access_token` is asked anew for each sign-in (XOAUTH2)."""

    host: str
    port: int = 587
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    access_token: Callable[[], Awaitable[str]] | None = field(default=None, repr=False)
    helo: str = "localhost"
    ca_file: str | None = None
    allows: Callable[[IPAddress], bool] = any_address
    patience: Mapping[Stage, float] = field(default_factory=lambda: PATIENCE)

    def __post_init__(self) -> None:
        if not HELO.fullmatch(self.helo):
            raise ValueError("the name to say hello with is no host name")

    @property
    def signs_in(self) -> bool:
        """A user name was given, so the relay must let us authenticate."""
        return bool(self.username)
