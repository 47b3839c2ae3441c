"""Say once that the database is away, and once that it is back, however many in this process notice *(pure)*.

A restart of the database is no news a second: everybody who meets it calls `away`, whoever is answered again `over`.
"""

from __future__ import annotations

import logging

logger = logging.getLogger(__name__)


class Outage:
    """The database as this process sees it."""

    def __init__(self) -> None:
        self._is_on = False

    def away(self, error: BaseException) -> None:
        """It did not answer; said the first time only."""
        if not self._is_on:
            self._is_on = True
            logger.warning("the database is away, nothing is lost: %s", " ".join(str(error).split())[:300])

    def over(self) -> None:
        """It answered; said if it had been away."""
        if self._is_on:
            self._is_on = False
            logger.warning("the database is back")


database = Outage()
"""Of this process."""
