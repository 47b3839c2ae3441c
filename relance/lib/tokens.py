"""Signed tokens that need no row: opens, clicks, files, opt-outs, bounce addresses, Message-IDs, tickets.

    >>> key = b"k" * 32
    >>> text = sign(key, Kind.CLICK, recipient_id=7, link=3)
    >>> len(text), read(key, text)
    (32, Token(kind=<Kind.CLICK: 2>, id=7, link=3))
    >>> read(key, text[:-1] + "A") is None
    True

A token is 11 bytes (kind, link number, id) and a seal of 13, written as 32 URL-safe characters. The seals of an id's
tokens are slices of few digests, so that a mail with seven of them is cheap to sign. In the aggregate kinds ``id`` is
the content's, so that the token names no person (UNSUB-06). Reading takes constant time.
"""

from __future__ import annotations

import binascii
import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import IntEnum
from functools import lru_cache
from hashlib import blake2b, shake_128
from hmac import compare_digest
from operator import itemgetter
from typing import NamedTuple


class Kind(IntEnum):
    """What a token stands for; the number is its first byte and never changes meaning."""

    OPEN = 1
    CLICK = 2
    FILE = 3
    UNSUBSCRIBE = 4
    OPEN_AGGREGATE = 17
    CLICK_AGGREGATE = 18


class Token(NamedTuple):
    """A token of ours: ``id`` is a recipient's, or a content's if aggregate; ``link`` counts from 1."""

    kind: Kind
    id: int
    link: int = 0

    @property
    def is_aggregate(self) -> bool:
        return self.kind in (Kind.OPEN_AGGREGATE, Kind.CLICK_AGGREGATE)


LENGTH = 32  # characters of a token in a URL
BOUNCE = "bounce"
UNSUBSCRIBE = "unsubscribe"
ADDRESS = 38
"""Characters of a signature in a bounce or opt-out address, between the plus sign and the @."""

Sheet = Callable[[int], list[bytes]]
Reader = Callable[[bytes], "Token | None"]


def sign(key: bytes, kind: Kind, recipient_id: int, link: int = 0) -> str:
    """The token of one pixel, link, file or opt-out. Raises struct.error for numbers out of range."""
    return sheet(key, ((kind, link),))(recipient_id)[0].decode("ascii")


def read(key: bytes, text: str) -> Token | None:
    """What a token says, or None when it is not one that we made."""
    return reader(key)(text.encode("ascii", "replace"))


@lru_cache(maxsize=256)
def sheet(key: bytes, wanted: tuple[tuple[Kind, int], ...]) -> Sheet:
    """The fast way to sign: a function of an id giving the tokens of all these kinds and link numbers at once, as 32
    ASCII bytes each. The seals of a page are one digest, and all tokens are written in one stroke."""
    sealed = _sealer(key)
    pages = sorted({_page(kind, link) for kind, link in wanted})
    known = b"".join(_HEAD.pack(kind, link) for kind, link in wanted)
    body = slice(len(known), len(known) + _ID.size)
    cuts = list[slice]()
    for number, (kind, link) in enumerate(wanted):
        place = _PLACES * pages.index(_page(kind, link)) + _place(kind, link)
        cuts += [_nth(number, _HEAD.size), body, _nth(place, _TAG, body.stop)]
    pick, packed, lines = itemgetter(*cuts), _ID.pack, [_nth(number, LENGTH) for number in range(len(wanted))]

    def written(id: int) -> list[bytes]:
        body = packed(id)
        whole = b"".join(pick(b"".join([known, body, *[sealed(body + page) for page in pages]])))
        text = b2a_base64(whole, newline=False).translate(_URL_SAFE)
        return [text[line] for line in lines]

    return written


@lru_cache(maxsize=16)
def reader(key: bytes) -> Reader:
    """The fast way to read many: a function of the bytes of a token, spelled as we spell it."""
    sealed = _sealer(key)
    unpack, head, size = _PACKED.unpack_from, _HEAD.size, _PACKED.size
    usual = {bytes([kind, 0, 0]): _seat(kind, 0) for kind in Kind}  # those without a number, which most are

    def opened(text: bytes) -> Token | None:
        if len(text) != LENGTH:
            return None
        try:
            whole = a2b_base64(text.translate(_STANDARD), strict_mode=True)
        except binascii.Error:
            return None
        kind, link, id = unpack(whole)
        page, place = usual.get(whole[:head]) or _seat(kind, link)
        if not compare_digest(sealed(whole[head:size] + page)[place], whole[size:]):
            return None
        return Token(_KINDS[kind], id, link) if kind in _KINDS else None

    return opened


def verp(key: bytes, recipient_id: int, domain: str, prefix: str = BOUNCE) -> str:
    """The envelope sender that names one recipient when it comes back; survives a change of case."""
    return f"{prefix}+{namer(key)('', recipient_id).bounce}@{domain}"


def read_verp(key: bytes, address: str) -> int | None:
    """The recipient's id of a bounce address of ours, or None."""
    return _read_address(key, _BOUNCES, address)


def unsubscribe_address(key: bytes, recipient_id: int, domain: str) -> str:
    """The ``mailto:`` target of List-Unsubscribe (RFC 2369) for one recipient."""
    return f"{UNSUBSCRIBE}+{namer(key)('', recipient_id).unsubscribe}@{domain}"


def read_unsubscribe_address(key: bytes, address: str) -> int | None:
    """The recipient's id of an unsubscribe address of ours, or None."""
    return _read_address(key, _OPT_OUTS, address)


def message_id(key: bytes, send_key: str, domain: str) -> str:
    """The Message-ID of one sending: the same at every attempt, known as ours when it comes back."""
    return f"<{namer(key)(send_key, 0).message_id}@{domain}>"


class Names(NamedTuple):
    """The signed names of one copy, without their domains: its Message-ID, where it bounces, where one opts out."""

    message_id: str
    bounce: str
    unsubscribe: str


@lru_cache(maxsize=16)
def namer(key: bytes) -> Callable[[str, int], Names]:
    """The fast way to name many: a function of ``send_key`` and recipient's id giving what stands between the prefix
    and the @ of `message_id`, `verp` and `unsubscribe_address`. It raises OverflowError for an id of over 48 bits."""
    message, tag, address = _maker(key, b"message"), _maker(key, b"message tag"), _maker(key, b"address")

    def named(send_key: str, recipient_id: int) -> Names:
        sending = message(send_key.encode())[:_ID_BODY]
        body = recipient_id.to_bytes(_ADDRESS_ID, "big")
        seals = address(body)
        return Names(
            (sending + tag(sending)[:_ID_TAG]).hex(), (body + seals[_BOUNCES]).hex(), (body + seals[_OPT_OUTS]).hex()
        )

    return named


def reads_as_ours(key: bytes, message_id: str) -> bool:
    """Whether we made this Message-ID; needs no database, so a guessed or forged one costs nothing (R11)."""
    left = message_id.strip().strip("<>").split("@", 1)[0]
    whole = _from_hex(left, _ID_BODY + _ID_TAG)
    if whole is None:
        return False
    return compare_digest(_mac(key, b"message tag", whole[:_ID_BODY])[:_ID_TAG], whole[_ID_BODY:])


def sign_ticket(key: bytes, topics: Sequence[str], expires_at: datetime) -> str:
    """A pass to the live stream of these topics until a time; ``expires_at`` must be aware."""
    body = struct.pack(">Q", int(expires_at.timestamp())) + "\n".join(topics).encode()
    return urlsafe_b64encode(_mac(key, b"ticket", body)[:_TICKET_TAG] + body).decode("ascii").rstrip("=")


def read_ticket(key: bytes, text: str, now: datetime) -> tuple[str, ...] | None:
    """The topics of a ticket of ours that has not expired, else None."""
    try:
        whole = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (UnicodeEncodeError, binascii.Error):
        return None
    tag, body = whole[:_TICKET_TAG], whole[_TICKET_TAG:]
    if not compare_digest(_mac(key, b"ticket", body)[:_TICKET_TAG], tag) or len(body) < 8:
        return None
    if struct.unpack(">Q", body[:8])[0] <= now.timestamp():
        return None
    return tuple(topic for topic in body[8:].decode().split("\n") if topic)


_PACKED = struct.Struct(">BHQ")  # kind, link number, id
_HEAD = struct.Struct(">BH")
_ID = struct.Struct(">Q")
_TAG = 13
_PLACES = 12  # of a page: 156 bytes, less than what SHAKE128 gives before it stirs again
_STIRRED = 168  # bytes that SHAKE128 takes in before it stirs
_ID_BODY, _ID_TAG = 15, 10
_TICKET_TAG = 16
_ADDRESS_ID = 6
_BOUNCES, _OPT_OUTS = slice(0, _TAG), slice(_TAG, 2 * _TAG)
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_STANDARD = bytes.maketrans(b"-_+/", b"+/!!")  # and what is no spelling of ours is none at all
_KINDS = {int(kind): kind for kind in Kind}


def _nth(number: int, size: int, start: int = 0) -> slice:
    return slice(start + number * size, start + (number + 1) * size)


def _seat(kind: int, link: int) -> tuple[bytes, slice]:
    """Where the seal of a token stands: its page, and its place there."""
    return _page(kind, link), _nth(_place(kind, link), _TAG)


def _page(kind: int, link: int) -> bytes:
    """Tokens without a number stand together, links and files on pages of their own."""
    return _HEAD.pack(kind, link // _PLACES) if link else _HEAD.pack(0, kind // _PLACES)


def _place(kind: int, link: int) -> int:
    return (link or kind) % _PLACES


@lru_cache(maxsize=16)
def _sealer(key: bytes) -> Callable[[bytes], bytes]:
    """The seals of all places of a page of an id: SHAKE128 (FIPS 202) over a key and both; its key is read once."""
    keyed = shake_128(_subkey(key, b"token").ljust(_STIRRED, b"\0"))

    def sealed(page: bytes) -> bytes:
        digest = keyed.copy()
        digest.update(page)
        return digest.digest(_PLACES * _TAG)

    return sealed


def _mac(key: bytes, purpose: bytes, body: bytes) -> bytes:
    return _maker(key, purpose)(body)


@lru_cache(maxsize=64)
def _maker(key: bytes, purpose: bytes) -> Callable[[bytes], bytes]:
    """Keyed BLAKE2b (RFC 7693), 64 bytes; its key is read once."""
    keyed = blake2b(key=_subkey(key, purpose))

    def made(body: bytes) -> bytes:
        digest = keyed.copy()
        digest.update(body)
        return digest.digest()

    return made


def _subkey(key: bytes, purpose: bytes) -> bytes:
    """A key for each purpose: what is signed for one can never pass for another."""
    return hmac.digest(key, b"relance " + purpose, "sha256")


def _read_address(key: bytes, whose: slice, address: str) -> int | None:
    local = address.strip().strip("<>").rpartition("@")[0]
    whole = _from_hex(local.rpartition("+")[2], _ADDRESS_ID + _TAG)
    if whole is None:
        return None
    body, seal = whole[:_ADDRESS_ID], whole[_ADDRESS_ID:]
    is_ours = compare_digest(_mac(key, b"address", body)[whose], seal)
    return int.from_bytes(body, "big") if is_ours else None


def _from_hex(text: str, length: int) -> bytes | None:
    """So many bytes in figures and letters, or None."""
    if len(text) != 2 * length:
        return None
    try:
        whole = bytes.fromhex(text)
    except ValueError:
        return None
    return whole if len(whole) == length else None
