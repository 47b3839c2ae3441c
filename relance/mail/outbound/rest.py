"""When a lane leaves its relay alone, and what it says about it on the mailbox."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

from relance.mail.outbound.desk import Desk
from relance.mail.outbound.leased import LaneRow
from relance.mail.outbound.manners import Manners
from relance.mail.outbound.settle import Settled
from relance.mail.transport.check import Finding, finding_of
from relance.mail.transport.outcome import Cause, NoSession, Stage

logger = logging.getLogger(__name__)

FAILURES_TO_BREAK = 3
"""So many failures in a row show a mailbox as broken, though it may mend by itself."""
LASTING = frozenset(
    {
        Cause.NAME_NOT_FOUND, Cause.ADDRESS_NOT_ALLOWED, Cause.STARTTLS_NOT_OFFERED, Cause.AUTH_NOT_OFFERED,
        Cause.CERTIFICATE_EXPIRED, Cause.CERTIFICATE_INVALID, Cause.CERTIFICATE_SELF_SIGNED,
        Cause.CERTIFICATE_UNTRUSTED, Cause.CERTIFICATE_WRONG_NAME,
    }
)  # fmt: skip
"""Causes that a person has to mend."""

Errand = Callable[[Coroutine[Any, Any, None]], None]


class Rest:
    """The pauses of one mailbox: ever longer, until something goes well."""

    def __init__(self, row: LaneRow, desk: Desk, manners: Manners, rng: Random, run: Errand) -> None:
        self.row = row
        self._desk, self._manners, self._rng, self._run = desk, manners, rng, run
        self._until = 0.0
        self._failures = 0
        self._is_known_to_work = row.state == "working" and row.paused_until is None

    @property
    def is_on(self) -> bool:
        """The relay is left alone for now."""
        if time.monotonic() < self._until:
            return True
        until = self.row.paused_until
        return until is not None and self.row.state_code not in ("", "works") and until > self._desk.now()

    def refresh(self, row: LaneRow) -> None:
        """Take the mailbox as it is now; a test that went well ends a pause."""
        if row.state_code == "works" and self.row.state_code != "works":
            self._until, self._failures = 0.0, 0
        if row.paused_until and row.paused_until != self.row.paused_until:
            self._is_known_to_work = False  # we, or another process, must see it work again
        self.row = row

    def went_well(self) -> None:
        """The relay took a mail."""
        if self._is_known_to_work or self.is_on:
            return  # known, or begun before the trouble
        self._failures = 0
        self._is_known_to_work = True
        self._run(self._desk.mailbox_works(self.row.id, seen=self.row.paused_until))

    def relay_is_busy(self, settled: Settled) -> bool:
        """It wants us to wait; whether that is news."""
        return self._begin(settled.wait_seconds, code="busy", detail=settled.relay_said)

    def no_session(self, broken: NoSession) -> bool:
        """It cannot be used; whether that is news."""
        is_ours = broken.cause in LASTING or (
            broken.reply is not None and broken.reply.code >= 500 and broken.stage is Stage.AUTH
        )
        detail = f"{broken.reply.code} {broken.reply.sentence}" if broken.reply else broken.detail
        return self._begin(None, code=finding_of(broken), detail=detail, is_lasting=is_ours)

    def unusable(self) -> bool:
        """It cannot be used, and we do not know why; whether that is news."""
        return self._begin(None, code=Finding.UNREACHABLE, detail="")

    def _begin(self, seconds: float | None, *, code: str, detail: str, is_lasting: bool = False) -> bool:
        """Leave the relay alone for the time it told, else ever longer; False if another connection was first."""
        if time.monotonic() < self._until:
            return False
        self._failures += 1
        wait = self._manners.pause_after(self._failures, is_lasting=is_lasting)
        wait = max(seconds, 1) if seconds is not None else wait * self._rng.uniform(0.8, 1.2)
        self._until = time.monotonic() + wait
        self._is_known_to_work = False
        logger.warning("mailbox %s rests for %.0f s: %s", self.row.id, wait, code)  # the words stand on the mailbox
        is_broken = is_lasting or self._failures >= FAILURES_TO_BREAK
        self._run(self._desk.pause_mailbox(self.row.id, seconds=wait, code=code, detail=detail, is_broken=is_broken))
        return True
