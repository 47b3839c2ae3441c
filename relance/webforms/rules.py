"""Who looks like a program, and whose turn it is. *(pure)*

suspicion(Signs(trap="", seconds=40.0, links=0, from_network=1, from_address=0))    # "": taken
turn([3, 5, 8], last=5)                                                              # 8
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FASTEST = 2.0
MOST_LINKS = 2
MOST_OF_NETWORK = 20
"""In an hour: a school or a company may sit behind one network."""
MOST_OF_ADDRESS = 3
"""In a day, whichever forms."""
_LINK = re.compile(r"https?://|www\.|\[url", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Signs:
    """What is seen of a submission. `seconds` since the form was shown; None where nobody knows."""

    trap: str
    seconds: float | None
    links: int
    from_network: int
    from_address: int


def suspicion(signs: Signs) -> str:
    """Why it is held for a colleague to look at; empty for what is taken."""
    if signs.trap:
        return "trap"
    if signs.seconds is not None and signs.seconds < FASTEST:
        return "fast"
    if signs.links > MOST_LINKS:
        return "links"
    if signs.from_network >= MOST_OF_NETWORK:
        return "network"
    if signs.from_address >= MOST_OF_ADDRESS:
        return "address"
    return ""


def links(texts: Iterable[str]) -> int:
    """How many links these texts hold."""
    return sum(len(_LINK.findall(text)) for text in texts)


def turn(owners: Sequence[int], *, last: int | None) -> int | None:
    """Whose turn it is among these, after the last one; each as often as the others."""
    ordered = sorted(owners)
    return next((each for each in ordered if last is not None and each > last), ordered[0] if ordered else None)
