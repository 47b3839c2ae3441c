"""The engine's habits: how long leases last, how often it looks, how it waits *(pure)*."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from relance.mail.transport.outcome import Stage
from relance.mail.transport.wire import PATIENCE


@dataclass(frozen=True, kw_only=True)
class Manners:
    """Seconds, unless said otherwise. A worker that dies is found out after `lease` at most."""

    lease: timedelta = timedelta(seconds=60)
    renew: float = 15
    look: float = 0.5
    sweep: float = 5
    show: float = 1
    """How soon a copy whose relay takes its time is shown as leaving."""
    chunk: int = 100
    """Copies leased at once."""
    ahead: int = 100
    """Copies rendered and waiting, below which more are leased."""
    idle: float = 10
    """After which an unused connection is closed."""
    first_pause: float = 5
    lasting_pause: float = 60
    """After trouble that a person has to mend."""
    longest_pause: float = 900
    goodbye: float = 20
    """Granted at the end for what is on its way."""
    patience: Mapping[Stage, float] = field(default_factory=lambda: PATIENCE)

    def pause_after(self, failures: int, *, is_lasting: bool) -> float:
        """How long to leave a relay alone after so many failures in a row."""
        first = self.lasting_pause if is_lasting else self.first_pause
        return min(first * 2.0 ** min(failures - 1, 20), max(self.longest_pause, first))
