"""A mail on its way into the store: its key, its bytes as they are kept, and all that they tell by themselves. *(pure)*

packed = pack(raw)                          # to be stored
told = gist(raw, arrived_at=...)            # what can be read without a database
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, replace
from datetime import datetime

from relance.mail.inbound.classify import Classified, Kind, classify
from relance.mail.inbound.outline import Outline, outline
from relance.mail.inbound.parse import Mail, parse

LONGEST = 100_000_000
FAST = 1  # of zlib: a first synchronisation compresses ten thousands
REPORTS = (Kind.BOUNCE, Kind.DELAY, Kind.DELIVERED, Kind.COMPLAINT)


@dataclass(frozen=True, slots=True)
class Gist:
    """What the bytes of a mail tell without a database."""

    mail: Mail
    found: Classified
    outline: Outline

    @property
    def light(self) -> Gist:
        """The same, for a journey: without the parts of the mail, which only reports are asked for again."""
        mail = self.mail if self.found.kind in REPORTS else replace(self.mail, parts=())
        mail.sender, mail.subject, mail.message_id, mail.references, mail.written_to  # noqa: B018  # found out once
        return replace(self, mail=mail)


@dataclass(frozen=True, slots=True)
class Packed:
    """A mail on its way into the store: what makes it the same mail, and its bytes as they are kept."""

    raw: bytes
    key: str
    kept: bytes
    gist: Gist | None = None


def gist(raw: bytes, *, arrived_at: datetime) -> Gist:
    """Read a mail."""
    mail = parse(raw[:LONGEST])
    return Gist(mail=mail, found=classify(mail), outline=outline(mail, arrived_at=arrived_at))


def pack(raw: bytes) -> Packed:
    """Make a mail ready to be stored."""
    return Packed(raw, hashlib.sha256(raw).hexdigest(), zlib.compress(raw[:LONGEST], FAST))
