"""Secrets at rest: AES-GCM envelopes `v1:key-id:nonce:text`, bound to the row they belong to.

>>> box = SecretBox({"k1": key}, current="k1")
>>> box.open(box.seal("hunter2", of="mailbox:3"), of="mailbox:3")
'hunter2'
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = "v1"
NONCE_BYTES = 12


class CannotOpen(Exception):
    """The envelope is damaged, belongs to another row, or was sealed with a key that is no longer in the ring."""


@dataclass(frozen=True)
class SecretBox:
    """Seals and opens small texts with the keys of a ring; new ones are sealed with the current key."""

    ring: Mapping[str, bytes]
    current: str

    def seal(self, text: str, *, of: str) -> str:
        """An envelope of this text that only opens for the row named by `of`."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.ring[self.current]).encrypt(nonce, text.encode(), of.encode())
        return ":".join((VERSION, self.current, _b64(nonce), _b64(sealed)))

    def open(self, envelope: str, *, of: str) -> str:
        """The text inside. Raises CannotOpen."""
        try:
            version, key_id, nonce, sealed = envelope.split(":")
            if version != VERSION:
                raise CannotOpen(version)
            plain = AESGCM(self.ring[key_id]).decrypt(_unb64(nonce), _unb64(sealed), of.encode())
        except (ValueError, KeyError, InvalidTag) as error:
            raise CannotOpen(of) from error
        return plain.decode()


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
