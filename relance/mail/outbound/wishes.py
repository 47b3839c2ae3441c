"""What dialogues tell about addresses and letters, until the thread that may use Django writes it down: a second.

This is for promptness: a dead address is marked again by the reaction to MessageBounced, should the process be killed
in that second (`out_of_bounds.mark_bounced`). What is then lost is one soft bounce of five, or one that heals them.
"""

from __future__ import annotations

from datetime import datetime

from django.db import close_old_connections

from relance.mail.outbound import kept
from relance.mail.outbound.copy import Copy
from relance.people.actions import note_bounce, note_delivery


class Wishes:
    """Bounces and deliveries of the last moment."""

    def __init__(self) -> None:
        self._blames: list[tuple[str, int, str, str]] = []
        self._delivered: set[str] = set()
        self._letters: list[Copy] = []

    def __bool__(self) -> bool:
        return bool(self._blames or self._delivered or self._letters)

    def blame(self, normal: str, recipient_id: int, kind: str, why: str) -> None:
        """The relay says that this address does not exist ("hard") or does not take mail for now ("soft")."""
        self._blames.append((normal, recipient_id, kind, why))

    def delivered(self, normal: str) -> None:
        """The relay took a mail for it."""
        self._delivered.add(normal)

    def keep(self, copy: Copy) -> None:
        """The relay has seen what it says, and may have to be told again."""
        self._letters.append(copy)

    def fulfil(self, now: datetime) -> None:
        """Write it all down."""
        close_old_connections()
        blames, self._blames = self._blames, []
        delivered, self._delivered = self._delivered, set()
        letters, self._letters = self._letters, []
        if letters:
            kept.keep(letters)
        for normal, recipient_id, kind, why in blames:
            note_bounce(normal, hard=kind == "hard", why=why, recipient_id=recipient_id, now=now)
        if delivered:
            note_delivery(delivered)
