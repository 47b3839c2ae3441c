"""Signed tokens that need no row: opens, clicks, files, opt-outs, bounce addresses, Message-IDs, tickets.

    >>> key = b"k" * 32
    >>> text = sign(key, Kind.CLICK, recipient_id=7, link=3)
    >>> len(text), read(key, text)
    (32, Token(kind=<Kind.CLICK: 2>, id=7, link=3))
    >>> read(key, text[:-1] + "A") is None
    True

A token is 11 bytes (kind, id, link number) and 13 bytes of HMAC-SHA256, written as 32 URL-safe characters. In
the aggregate kinds ``id`` is the content's, so that the token names no person (UNSUB-06). Reading takes
constant time.
"""

from __future__ import annotations

import binascii
import hmac
import struct
from base64 import b32decode, urlsafe_b64decode, urlsafe_b64encode
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import IntEnum
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from relance.lib import base32

if TYPE_CHECKING:
    from hashlib import _Hash


class Kind(IntEnum):
    """What a token stands for; the number is its first byte and never changes meaning."""

    OPEN = 1
    CLICK = 2
    FILE = 3
    UNSUBSCRIBE = 4
    VERP = 5
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

Signer = Callable[[int, int, int], bytes]
Reader = Callable[[bytes], "Token | None"]


def sign(key: bytes, kind: Kind, recipient_id: int, link: int = 0) -> str:
    """The token of one pixel, link, file or opt-out. Raises struct.error for numbers out of range."""
    return signer(key)(kind, recipient_id, link).decode("ascii")


def read(key: bytes, text: str) -> Token | None:
    """What a token says, or None when it is not one that we made."""
    return reader(key)(text.encode("ascii", "replace"))


@lru_cache(maxsize=16)
def reader(key: bytes) -> Reader:
    """The fast way to read many: a function of the bytes of a token, spelled as we spell it."""
    inner, outer = _halves(_subkey(key, b"token"))
    unpack, size = _PACKED.unpack_from, _PACKED.size

    def opened(text: bytes) -> Token | None:
        if len(text) != LENGTH:
            return None
        try:
            whole = a2b_base64(text.translate(_STANDARD), strict_mode=True)
        except binascii.Error:
            return None
        first, second = inner.copy(), outer.copy()
        first.update(whole[:size])
        second.update(first.digest())
        if not hmac.compare_digest(second.digest()[:_TAG], whole[size:]):
            return None
        kind, id, link = unpack(whole)
        return Token(_KINDS[kind], id, link) if kind in _KINDS else None

    return opened


@lru_cache(maxsize=16)
def signer(key: bytes) -> Signer:
    """The fast way to sign many: a function of kind, id and link number giving the 32 ASCII bytes."""
    inner, outer = _halves(_subkey(key, b"token"))
    pack = _PACKED.pack

    def signed(kind: int, id: int, link: int) -> bytes:  # as `_maker`, without a call: seven in every mail
        body = pack(kind, id, link)
        first, second = inner.copy(), outer.copy()
        first.update(body)
        second.update(first.digest())
        return b2a_base64(body + second.digest()[:_TAG], newline=False).translate(_URL_SAFE)

    return signed


def verp(key: bytes, recipient_id: int, domain: str, prefix: str = BOUNCE) -> str:
    """The envelope sender that names one recipient when it comes back; survives a change of case."""
    return _address(key, Kind.VERP, recipient_id, domain, prefix)


def read_verp(key: bytes, address: str) -> int | None:
    """The recipient's id of a bounce address of ours, or None."""
    return _read_address(key, Kind.VERP, address)


def unsubscribe_address(key: bytes, recipient_id: int, domain: str) -> str:
    """The ``mailto:`` target of List-Unsubscribe (RFC 2369) for one recipient."""
    return _address(key, Kind.UNSUBSCRIBE, recipient_id, domain, UNSUBSCRIBE)


def read_unsubscribe_address(key: bytes, address: str) -> int | None:
    """The recipient's id of an unsubscribe address of ours, or None."""
    return _read_address(key, Kind.UNSUBSCRIBE, address)


def message_id(key: bytes, send_key: str, domain: str) -> str:
    """The Message-ID of one sending: the same at every attempt, known as ours when it comes back."""
    body = _mac(key, b"message", send_key.encode())[:_ID_BODY]
    whole = body + _mac(key, b"message tag", body)[:_ID_TAG]
    return f"<{base32.encode(whole)}@{domain}>"


class Names(NamedTuple):
    """The signed names of one copy, without their domains: its Message-ID, where it bounces, where one opts out."""

    message_id: str
    bounce: str
    unsubscribe: str


@lru_cache(maxsize=16)
def namer(key: bytes) -> Callable[[str, int], Names]:
    """The fast way to name many: a function of ``send_key`` and recipient's id giving what stands between the prefix
    and the @ of `message_id`, `verp` and `unsubscribe_address`."""
    message, tag, sign = _maker(key, b"message"), _maker(key, b"message tag"), _maker(key, b"token")
    pack, encode = _PACKED.pack, base32.encode

    def named(send_key: str, recipient_id: int) -> Names:
        id = message(send_key.encode())[:_ID_BODY]
        bounce, opt_out = pack(Kind.VERP, recipient_id, 0), pack(Kind.UNSUBSCRIBE, recipient_id, 0)
        written = encode(
            id + tag(id)[:_ID_TAG] + bounce + sign(bounce)[:_TAG] + _PADDING + opt_out + sign(opt_out)[:_TAG] + _PADDING
        )
        return Names(written[:40], written[40:79], written[80:119])

    return named


def reads_as_ours(key: bytes, message_id: str) -> bool:
    """Whether we made this Message-ID; needs no database, so a guessed or forged one costs nothing (R11)."""
    left = message_id.strip().strip("<>").split("@", 1)[0]
    whole = _from_base32(left) if len(left) == _ID_LETTERS else None
    if whole is None or len(whole) != _ID_BODY + _ID_TAG:
        return False
    return hmac.compare_digest(_mac(key, b"message tag", whole[:_ID_BODY])[:_ID_TAG], whole[_ID_BODY:])


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
    if not hmac.compare_digest(_mac(key, b"ticket", body)[:_TICKET_TAG], tag) or len(body) < 8:
        return None
    if struct.unpack(">Q", body[:8])[0] <= now.timestamp():
        return None
    return tuple(topic for topic in body[8:].decode().split("\n") if topic)


_PACKED = struct.Struct(">BQH")  # kind, id, link number
_TAG = 13
_ID_BODY, _ID_TAG, _ID_LETTERS = 15, 10, 40  # 25 bytes are exactly 40 base32 characters
_TICKET_TAG = 16
_BLOCK = 64  # of SHA-256, in bytes
_PADDING, _ADDRESS = b"\0", 39  # 24 bytes are 39 base32 characters
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_STANDARD = bytes.maketrans(b"-_+/", b"+/!!")  # and what is no spelling of ours is none at all


def _opened(key: bytes, whole: bytes) -> Token | None:
    body, tag = whole[: _PACKED.size], whole[_PACKED.size :]
    if len(tag) != _TAG or not hmac.compare_digest(_tag(key, body), tag):
        return None
    kind, id, link = _PACKED.unpack(body)
    return Token(_KINDS[kind], id, link) if kind in _KINDS else None


_KINDS = {int(kind): kind for kind in Kind}


def _tag(key: bytes, body: bytes) -> bytes:
    return _mac(key, b"token", body)[:_TAG]


def _mac(key: bytes, purpose: bytes, body: bytes) -> bytes:
    return _maker(key, purpose)(body)


@lru_cache(maxsize=64)
def _maker(key: bytes, purpose: bytes) -> Callable[[bytes], bytes]:
    """HMAC-SHA256 (RFC 2104) with both halves prepared once, which halves its cost."""
    inner, outer = _halves(_subkey(key, purpose))

    def made(body: bytes) -> bytes:
        first, second = inner.copy(), outer.copy()
        first.update(body)
        second.update(first.digest())
        return second.digest()

    return made


def _subkey(key: bytes, purpose: bytes) -> bytes:
    """A key for each purpose: what is signed for one can never pass for another."""
    return hmac.digest(key, b"relance " + purpose, "sha256")


def _halves(key: bytes) -> tuple[_Hash, _Hash]:
    padded = key.ljust(_BLOCK, b"\0")
    return sha256(bytes(byte ^ 0x36 for byte in padded)), sha256(bytes(byte ^ 0x5C for byte in padded))


def _address(key: bytes, kind: Kind, recipient_id: int, domain: str, prefix: str) -> str:
    body = _PACKED.pack(kind, recipient_id, 0)
    return f"{prefix}+{base32.encode(body + _tag(key, body) + _PADDING)[:_ADDRESS]}@{domain}"


def _read_address(key: bytes, kind: Kind, address: str) -> int | None:
    local = address.strip().strip("<>").rpartition("@")[0]
    written = local.rpartition("+")[2]
    whole = _from_base32(written) if len(written) == _ADDRESS else None
    token = _opened(key, whole) if whole else None
    return token.id if token and token.kind is kind else None


def _from_base32(text: str) -> bytes | None:
    try:
        return b32decode(text.upper().encode("ascii") + b"=" * (-len(text) % 8))
    except (UnicodeEncodeError, binascii.Error):
        return None
