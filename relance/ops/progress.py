"""Progress of long work: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
from typing import TextIO

WIDTH = 30
PLAIN_LINES = 4


class Progress:
    """Counts steps of a known number; nothing is shown when there is nothing to do."""

    def __init__(self, label: str, total: int, out: TextIO | None = None) -> None:
        self.label, self.total, self.done = label, total, 0
        self._out = out or sys.stdout
        self._bar = self._out.isatty()

    def step(self, by: int = 1) -> None:
        """So much more is done."""
        before, self.done = self.done, min(self.total, self.done + by)
        if self._bar:
            filled = WIDTH * self.done // self.total
            end = "\n" if self.done == self.total else ""
            self._write(f"\r{self.label} {'█' * filled}{'·' * (WIDTH - filled)} {self.done}/{self.total}{end}")
        elif PLAIN_LINES * self.done // self.total > PLAIN_LINES * before // self.total:
            self._write(f"{self.label}: {self.done} of {self.total}\n")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
