"""What a lane needs of the engine around it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Protocol

from relance.mail.models import KeptLetter
from relance.mail.outbound.copy import Copy
from relance.mail.outbound.desk import Desk
from relance.mail.outbound.due import Due
from relance.mail.outbound.leasing import Leasing
from relance.mail.outbound.manners import Manners
from relance.mail.outbound.register import Register
from relance.mail.outbound.texts import Texts
from relance.mail.outbound.turnstile import Turnstile


class House(Protocol):
    """The engine, as its lanes see it."""

    desk: Desk
    leasing: Leasing
    register: Register
    turnstile: Turnstile
    texts: Texts
    manners: Manners
    rng: Random
    key: bytes

    def note_blame(self, normal: str, recipient_id: int, kind: str, why: str) -> None:
        """The address bounced, "hard" or "soft"."""

    def note_letter(self, copy: Copy) -> None:
        """The relay has seen what this copy says, and may be offered it again."""

    async def letters_of(self, dues: Sequence[Due]) -> dict[int, KeptLetter]:
        """What the relay has seen of those that were tried before."""

    def note_delivery(self, normal: str) -> None:
        """The relay took a mail for an address that had soft bounces."""
