"""Ask the name servers (DNS, RFC 1035): what is published, that nothing is, or that nobody answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic
from typing import Literal

from django.conf import settings
from dns.exception import DNSException
from dns.rdata import Rdata
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TXT import TXT
from dns.resolver import NXDOMAIN, NoAnswer, NoResolverConfiguration, Resolver

Kind = Literal["TXT", "MX", "A", "AAAA"]

SECONDS = 3.0
LONGEST = 4_000
"""Characters of a record that are kept: a longer one is nobody's policy."""


class Said(StrEnum):
    """How a question ended. Silence is never taken for absence."""

    FOUND = "found"
    ABSENT = "absent"
    SILENT = "silent"


@dataclass(frozen=True, kw_only=True)
class Records:
    """The answer to one question: the texts of TXT, the hosts of MX (the preferred first), or addresses."""

    said: Said
    values: tuple[str, ...] = ()


Ask = Callable[[str, Kind], Records]
"""A name and a kind of record to what is published there."""

ABSENT = Records(said=Said.ABSENT)
SILENT = Records(said=Said.SILENT)


@dataclass(kw_only=True)
class Names:
    """Questions to the name servers, each asked once. `seconds`: of one question, and of all together."""

    seconds: float = field(default_factory=lambda: SECONDS)
    altogether: float = 12.0
    known: dict[tuple[str, Kind], Records] = field(default_factory=dict)
    begun: float = field(default_factory=monotonic)

    def __call__(self, name: str, kind: Kind) -> Records:
        """What is published under a name. Raises nothing: what cannot be asked is silent."""
        key = name.lower().rstrip("."), kind
        if key not in self.known:
            self.known[key] = self._ask(*key)
        return self.known[key]

    def _ask(self, name: str, kind: Kind) -> Records:
        left = min(self.seconds, self.begun + self.altogether - monotonic())
        if left <= 0:
            return SILENT
        try:
            answer = resolver().resolve(name, kind, lifetime=left, search=False)
            return Records(said=Said.FOUND, values=tuple(_values(answer)))
        except (NXDOMAIN, NoAnswer):
            return ABSENT
        except (DNSException, OSError, ValueError):
            return SILENT


def resolver() -> Resolver:
    """The name servers of this machine, or the one that the setting RELANCE_NAME_SERVER tells: host:port, or `none`."""
    told = settings.RELANCE_NAME_SERVER
    if not told:
        try:
            return Resolver()
        except NoResolverConfiguration:
            return Resolver(configure=False)
    made = Resolver(configure=False)
    if told == "none":
        return made
    host, colon, port = told.rpartition(":") if told.count(":") == 1 else (told, "", "")
    made.nameservers = [host]
    made.port = int(port) if colon else 53
    return made


def _values(answer: Iterable[Rdata]) -> Iterable[str]:
    rows = list(answer)
    for row in sorted(rows, key=lambda each: each.preference if isinstance(each, MX) else 0):
        if isinstance(row, TXT):
            yield b"".join(row.strings).decode("utf-8", "replace")[:LONGEST]
        elif isinstance(row, MX):
            yield row.exchange.to_text(omit_final_dot=True).lower()
        else:
            yield row.to_text()
