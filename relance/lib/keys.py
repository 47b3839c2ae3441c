"""One secret, many keys: every purpose (sessions, links, Message-IDs, stored passwords) gets its own derived key."""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

SALT = b"relance/1"


@lru_cache(maxsize=64)
def derive(secret: str, purpose: str, length: int = 32) -> bytes:
    """The key of one purpose, by HKDF-SHA256 (RFC 5869). The same secret and purpose always give the same key."""
    root = hmac.new(SALT, secret.encode(), hashlib.sha256).digest()
    key, block = b"", b""
    while len(key) < length:
        block = hmac.new(root, block + purpose.encode() + bytes([len(key) // 32 + 1]), hashlib.sha256).digest()
        key += block
    return key[:length]
