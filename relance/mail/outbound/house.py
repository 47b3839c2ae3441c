"""What a lane needs of the engine around it."""

from __future__ import annotations

from random import Random
from typing import Protocol

from relance.mail.outbound.desk import Desk
from relance.mail.outbound.manners import Manners
from relance.mail.outbound.register import Register
from relance.mail.outbound.texts import Texts


class House(Protocol):
    """The engine, as its lanes see it."""

    desk: Desk
    register: Register
    texts: Texts
    manners: Manners
    rng: Random
    key: bytes

    def note_blame(self, normal: str, recipient_id: int, kind: str, why: str) -> None:
        """The address bounced, "hard" or "soft"."""

    def note_delivery(self, normal: str) -> None:
        """The relay took a mail for an address that had soft bounces."""
