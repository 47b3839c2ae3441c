"""Do what is due, one after another: one that fails keeps no other waiting, and is tried again at the next look."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection

from django.db import InterfaceError, OperationalError

logger = logging.getLogger(__name__)
Take = Callable[[Collection[int], list[int]], bool]
"""Does the first that is due and not among those that failed, in a transaction, and says whether there was one. The
id of what it takes up it appends to the list, before anything that may fail."""


def take_turns(take: Take, *, what: str, note: Callable[[int], object] | None = None) -> None:
    """Until nothing is due; `what` is their noun in the log. Raises what the database raises while it is away.

    `note` is called with the id of each that failed, after its transaction was undone: it may give it a later time.
    """
    failed: set[int] = set()
    while True:
        begun: list[int] = []
        try:
            if not take(failed, begun):
                return
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            if not begun:
                raise
            logger.exception("%s %s failed and waits, so that the others go on", what, begun[0])
            failed.update(begun)
            if note is not None:
                note(begun[0])
