"""What a list of mails shows of one: subject, people, moment, first words, attachments. *(pure)*

    told = outline(mail, arrived_at=...)

Nothing here raises, and every text fits its column. Words for the search are folded, as everywhere in the house.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from relance.lib import addresses
from relance.lib.addresses import one_line
from relance.lib.fold import fold
from relance.mail.inbound.answer import BEGINS, beginning
from relance.mail.inbound.fields import addresses_in, decoded, pairs_in
from relance.mail.inbound.parse import Mail, Part

MOST_PEOPLE = 200
LONGEST_SNIPPET = 220
SEARCHED = 60_000  # characters of a text that a search looks into
EARLY, LATE = timedelta(days=7), timedelta(hours=1)
WORD = re.compile(r"\w+")
LONGEST_WORD = 80

Named = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outline:
    """The columns of a mail in a list; `people` are (name, address) pairs as written."""

    subject: str
    sender: Named
    to: tuple[Named, ...]
    cc: tuple[Named, ...]
    reply_to: tuple[Named, ...]
    written_at: datetime | None
    dated_at: datetime
    snippet: str
    has_attachments: bool
    same: str
    words: str


def outline(mail: Mail, *, arrived_at: datetime) -> Outline:
    """What a list shows of a mail that arrived at this moment."""
    people = {name: named(mail, name) for name in ("from", "to", "cc", "reply-to")}
    sender = next(iter(people["from"]), ("", ""))
    subject = one_line(mail.subject)[:500]
    text = mail.text[:SEARCHED]
    return Outline(
        subject=subject,
        sender=sender,
        to=people["to"],
        cc=people["cc"],
        reply_to=people["reply-to"],
        written_at=mail.date,
        dated_at=settle(mail.date, arrived_at),
        snippet=snippet(text),
        has_attachments=any(is_file(part) for part in mail.parts),
        same=_same(mail, sender, subject, text),
        words=words(subject, [sender, *people["to"], *people["cc"]], text),
    )


def settle(written_at: datetime | None, arrived_at: datetime) -> datetime:
    """Where a mail stands in time: its own Date when that is near its arrival, else its arrival (R6)."""
    if written_at is None:
        return arrived_at
    try:
        written = written_at.astimezone(UTC)
        is_near = arrived_at - EARLY <= written <= arrived_at + LATE
    except (OverflowError, ValueError):
        return arrived_at
    return min(written, arrived_at) if is_near else arrived_at


def named(mail: Mail, header: str) -> tuple[Named, ...]:
    """Who stands in a header, each with name and address; groups and nonsense are passed over."""
    return _named(tuple([value for known, value in mail.headers if known == header]))


@lru_cache(maxsize=2_000)
def _named(values: tuple[str, ...]) -> tuple[Named, ...]:
    pairs = pairs_in(values)
    found = [(_shown(name, 200), _shown(address, 254)) for name, address in pairs if "@" in address]
    if not found:
        found = [("", _shown(address, 254)) for address in addresses_in([decoded(value) for value in values])]
    return tuple(dict.fromkeys(found))[:MOST_PEOPLE]


def _shown(text: str, longest: int) -> str:
    return one_line(decoded(text)).replace("\ufffd\ufffd", "\ufffd")[:longest]


def normals(people: Sequence[Named]) -> list[str]:
    """The addresses as they are compared, without what is none."""
    return [normal for _name, address in people if (normal := addresses.normal(address)) is not None]


def snippet(text: str) -> str:
    """The first words of what was written now, without what is quoted below."""
    now = beginning(text[:BEGINS]) or text
    return one_line(now[:4_000])[:LONGEST_SNIPPET]


def is_file(part: Part) -> bool:
    """Whether a part is shown as an attachment: what says so, has a name, or is no text of the mail itself."""
    if part.is_attachment:
        return True
    if part.content_type in ("text/plain", "text/html"):
        return False
    return not (part.content_type.startswith("image/") and not part.name)


def words(subject: str, people: Sequence[Named], text: str) -> str:
    """What a search finds a mail by: folded, every part of an address a word of its own."""
    whole = " ".join([subject, *(f"{name} {address}" for name, address in people), text])
    found = dict.fromkeys(WORD.findall(whole if "İ" in whole else whole.lower()))
    plain = [word for word in found if word.isascii()]
    if len(plain) < len(found):
        plain = [each for word in found for each in ((word.lower(),) if word.isascii() else _folded(word))]
    return " ".join(dict.fromkeys([word[:LONGEST_WORD] for word in plain]))


@lru_cache(maxsize=50_000)
def _folded(word: str) -> Sequence[str]:
    """What a word is searched as: letters that are two, or a number that is a fraction, come apart."""
    return tuple(WORD.findall(fold(word)))


def _same(mail: Mail, sender: Named, subject: str, text: str) -> str:
    """Equal for copies of one mail on several ways; a forged twin of the same Message-ID differs (R4)."""
    if not mail.message_id:
        return ""
    told = "\n".join([mail.message_id, sender[1].lower(), subject, " ".join(text.split())])
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:32]
