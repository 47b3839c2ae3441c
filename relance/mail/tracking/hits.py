"""A hit: something that happened to one copy of a mail, before anybody has judged it. *(pure)*

    >>> opened = Hit(id=hit_id(b"key", "open", "7", window=42), kind=HitKind.OPEN, recipient_id=7, at=now)

A hit names a recipient, or a content only (the aggregate tokens, which name nobody: UNSUB-06). Its id decides whether
it is new: the same id is never noted twice, so whoever is unsure may note it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID


class HitKind(StrEnum):
    """The kinds of `mail.Interaction`."""

    OPEN = "open"
    CLICK = "click"
    FILE = "file"
    REPLY = "reply"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    DELAY = "delay"


FOLLOWED = frozenset({HitKind.OPEN, HitKind.CLICK, HitKind.FILE})  # what consent to being followed is about


NOTHING: Mapping[str, str] = MappingProxyType({})


class Hit(NamedTuple):
    """One happening. `detail`: {bounce: hard|soft, text} of a bounce, {scope, route, words} of an opt-out."""

    id: UUID
    kind: HitKind
    at: datetime  # by the workspace's clock
    recipient_id: int | None = None
    content_id: int | None = None
    link: int | None = None
    method: str = ""
    user_agent: str = ""
    network: str = ""
    prefetch: bool = False
    session: str = ""  # the session that the request carried: a colleague's own opening
    detail: Mapping[str, str] = NOTHING

    def as_json(self) -> str:
        """One line of a spool; a session is never written down."""
        plain = {**self._asdict(), "id": str(self.id), "at": self.at.isoformat(), "detail": dict(self.detail)}
        return json.dumps({name: value for name, value in plain.items() if name != "session"})

    @staticmethod
    def from_json(line: str) -> Hit:
        """The hit of a spooled line. Raises ValueError, KeyError, TypeError for one that was cut short."""
        plain = json.loads(line)
        return Hit(**{
            **plain,
            "id": UUID(plain["id"]),
            "kind": HitKind(plain["kind"]),
            "at": datetime.fromisoformat(plain["at"]),
        })  # fmt: skip


def hit_id(key: bytes, *parts: str, window: int) -> UUID:
    """The same for the same request within one window of time (T1); says nothing else without the key.

    Its first six bytes are the window's number, so that what happens together lies together in the index.
    """
    number = window.to_bytes(6, "big")
    digest = blake2b("\0".join(parts).encode("utf-8", "replace") + number, digest_size=10, key=key[:64])
    return UUID(bytes=number + digest.digest())
