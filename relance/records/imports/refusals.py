"""Why an import cannot be started, changed or undone."""

from __future__ import annotations

from relance.lib.refusal import Refused
from relance.records.imports.limits import Unreadable
from relance.records.imports.words import file_sentence


class FileRefused(Refused):
    """The file cannot be read; `reason` is stable, the sentence says what to do."""

    def __init__(self, cause: Unreadable) -> None:
        super().__init__(file_sentence(cause.reason, cause.data))
        self.reason = cause.reason


class BadMapping(Refused):
    """The columns are not assigned in a way that can make records."""


class NotNow(Refused):
    """The import is not in a state in which this can be done."""
