"""The lock of what mailboxes and their services keep secret: passwords, tokens, client secrets (X15)."""

from __future__ import annotations

from django.conf import settings

from relance.lib import keys
from relance.lib.crypto import SecretBox


def box() -> SecretBox:
    """The lock; each secret is bound to the row it belongs to."""
    return SecretBox({"k1": keys.derive(settings.SECRET, "secrets")}, current="k1")
