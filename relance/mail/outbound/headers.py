"""Header lines as bytes: encoded and folded where they may be, never elsewhere (RFC 5322, 2047). *(pure)*

>>> mailboxes("To", (("Hélène", "helene@exemple.fr"),))
b'To: =?utf-8?b?SMOpbMOobmU=?= <helene@exemple.fr>\\r\\n'
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from relance.lib.addresses import one_line

Mailbox = tuple[str, str]  # display name, address

_ROOM = 76
_WORD_BYTES = 39  # 52 characters of base64: an encoded word of 64, which fits beside the longest name
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
# A name that needs no quotes, and an address that needs no look.
_PLAIN = re.compile(r"[A-Za-z0-9'-]+(?: [A-Za-z0-9'-]+)* <[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+>")
_PRINTABLE = re.compile(r"[\x20-\x7e]*")
_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,240}>")
_NOT_IN_ADDRESS = re.compile(r"[\s<>,]")
_MOST_REFERENCES = 20


def text(name: str, value: str) -> bytes:
    """A header of free text (Subject): plain where it can be, else encoded words; folded."""
    if len(name) + 2 + len(value) <= _ROOM and _is_simple(value):
        return f"{name}: {value}\r\n".encode("ascii")
    clean = one_line(value)
    words = clean.split(" ")
    plain = _PRINTABLE.fullmatch(clean) and "=?" not in clean and all(len(word) < _ROOM for word in words)
    return _folded(name, words if plain else encoded_words(clean))


def _is_simple(value: str) -> bool:
    """It stands in a header as it is: single spaces only, and nothing that looks like an encoded word."""
    return (
        value.isascii()
        and value.isprintable()
        and "  " not in value
        and "=" not in value
        and value[:1] not in ("", " ")
        and value[-1] != " "
    )


def exact(name: str, value: str) -> bytes:
    """A header that is never folded nor encoded. Raises ValueError for what cannot stand so (UNSUB-04)."""
    if not _PRINTABLE.fullmatch(value) or len(name) + len(value) + 2 > 998:
        raise ValueError(f"{name} cannot be written on one line of ASCII")
    return f"{name}: {value}\r\n".encode("ascii")


def mailbox(name: str, shown: str, address: str) -> bytes:
    """A header of one address, which mostly needs no encoding and no second line."""
    line = f"{shown} <{address}>"
    if len(name) + 2 + len(line) <= _ROOM and _PLAIN.fullmatch(line):
        return f"{name}: {line}\r\n".encode("ascii")
    return mailboxes(name, ((shown, address),))


@lru_cache(maxsize=1024)
def mailboxes(name: str, people: tuple[Mailbox, ...]) -> bytes:
    """A header of addresses (From, To, Cc, Reply-To); nothing in a name can end the line (D23)."""
    words: list[str] = []
    for place, (shown, address) in enumerate(people):
        words += _mailbox(shown, address)
        if place + 1 < len(people):
            words[-1] += ","
    return _folded(name, words)


def message_ids(name: str, ids: Iterable[str]) -> bytes:
    """In-Reply-To or References: only what has the form of a Message-ID, the first and the latest of many."""
    kept = [found[0] for id in ids if (found := _MESSAGE_ID.fullmatch(id.strip()))]
    if len(kept) > _MOST_REFERENCES:
        kept = kept[:1] + kept[1 - _MOST_REFERENCES :]
    return _folded(name, kept) if kept else b""


def date(moment: datetime) -> bytes:
    """The Date header, to the second; ``moment`` must be aware."""
    return _date(moment.replace(microsecond=0))


@lru_cache(maxsize=256)
def _date(moment: datetime) -> bytes:
    return f"Date: {format_datetime(moment)}\r\n".encode("ascii")


def encoded_words(value: str) -> list[str]:
    """The text as encoded words of whole characters, in UTF-8 and base64."""
    whole = value.encode("utf-8")
    words = []
    while whole:
        cut = _WORD_BYTES
        while cut < len(whole) and whole[cut] & 0xC0 == 0x80:  # in the middle of a character
            cut -= 1
        words.append(f"=?utf-8?b?{b64encode(whole[:cut]).decode('ascii')}?=")
        whole = whole[cut:]
    return words


def _mailbox(shown: str, address: str) -> list[str]:
    shown = one_line(shown)
    wire = "<" + _NOT_IN_ADDRESS.sub("", one_line(address)) + ">"
    if not wire.isascii():
        raise ValueError("the local part of an address must be ASCII")
    if not shown:
        return [wire[1:-1]]
    if _ATOMS.fullmatch(shown) and "=?" not in shown and all(len(word) < _ROOM for word in shown.split(" ")):
        return [*shown.split(" "), wire]
    if _PRINTABLE.fullmatch(shown) and "=?" not in shown and len(shown) < _ROOM // 2:
        return ['"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"', wire]
    return [*encoded_words(shown), wire]


def _folded(name: str, words: list[str]) -> bytes:
    """The words with a space between, and a new line before a word that would pass the 76th column."""
    lines = [f"{name}:"]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > _ROOM and not lines[-1].endswith(":"):
            lines.append(f" {word}")
        else:
            lines[-1] += f" {word}"
    return ("\r\n".join(lines) + "\r\n").encode("ascii")
