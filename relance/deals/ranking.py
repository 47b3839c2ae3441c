"""A second opinion on which deal a mail belongs to: what it says, who takes part, what went before (DEAL-09). *(pure)*

The rule (`prediction`) links; this ranks the deals that a colleague is offered, and only where it has agreed with
colleagues' own choices more often than the rule (`is_better`). `bench.prediction` measures both on a labelled set.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from relance.lib.fold import fold

WORD = re.compile(r"[a-z0-9]{3,}")
EVERYWHERE = frozenset(
    {
        "the", "and", "for", "with", "your", "our", "you", "are", "this", "that", "from", "les", "des", "une", "pour",
        "avec", "votre", "notre", "vous", "nous", "dans", "sur", "est", "que", "qui", "fwd", "mail", "email", "offer",
        "offre", "devis", "quote", "deal", "meeting", "rendez",
    }
)  # fmt: skip
FADES = 14.0  # days after which the last mail of a deal says half as much
FEWEST = 20  # choices of colleagues without which nothing is measured
WEIGHTS = {"words": 3.0, "people": 1.5, "primary": 0.5, "recent": 1.0, "changed": 0.5, "open": 2.0, "lost": -1.0}


class Reason(StrEnum):
    """What speaks for a deal."""

    WORDS = "words"
    PEOPLE = "people"
    RECENT = "recent"


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What a mail says: its words, and who takes part (ids of people)."""

    text: str
    people: frozenset[int]
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What is known of a deal: its words (its name, its account's), its people, its last mail and change."""

    deal: int
    text: str
    people: frozenset[int]
    primary: int | None
    state: str
    modified_at: datetime
    last_mail_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """A deal, how much speaks for it, and what most."""

    deal: int
    score: float
    reasons: tuple[Reason, ...] = ()


def words(text: str) -> frozenset[str]:
    """The words that tell one subject from another."""
    return frozenset(WORD.findall(fold(text))) - EVERYWHERE


def rank(said: Said, deals: Sequence[Known]) -> list[Ranked]:
    """The deals, the likeliest first; of equal ones the one changed last. Words that all of them share say nothing."""
    own = {known.deal: words(known.text) for known in deals}
    shared: Collection[str] = frozenset.intersection(*own.values()) if len(own) > 1 else frozenset()
    mail = words(said.text)
    ranked = [(_score(said, mail, known, own[known.deal] - frozenset(shared)), known) for known in deals]
    ranked.sort(key=lambda pair: (-pair[0].score, -pair[1].modified_at.timestamp(), -pair[1].deal))
    return [one for one, _known in ranked]


def _score(said: Said, mail: frozenset[str], known: Known, own: frozenset[str]) -> Ranked:
    overlap = len(mail & own) / len(own) if own else 0.0
    people = len(said.people & known.people) / len(said.people) if said.people else 0.0
    recent = _fading(said.at, known.last_mail_at)
    score = (
        WEIGHTS["words"] * overlap
        + WEIGHTS["people"] * people
        + WEIGHTS["primary"] * (known.primary in said.people)
        + WEIGHTS["recent"] * recent
        + WEIGHTS["changed"] * _fading(said.at, known.modified_at)
        + WEIGHTS.get(known.state, 0.0)
    )
    reasons = [
        (WEIGHTS["words"] * overlap, Reason.WORDS),
        (WEIGHTS["people"] * people if len(said.people) > 1 else 0.0, Reason.PEOPLE),
        (WEIGHTS["recent"] * recent, Reason.RECENT),
    ]
    told = tuple(reason for weight, reason in sorted(reasons, reverse=True) if weight > 0.3)
    return Ranked(deal=known.deal, score=round(score, 3), reasons=told)


def _fading(now: datetime, then: datetime | None) -> float:
    if then is None or then > now:
        return 0.0
    days = (now - then).total_seconds() / 86_400
    return float(0.5 ** (days / FADES))


def is_better(*, ranked: int, ruled: int, choices: int) -> bool:
    """Whether the ranking has met more of the colleagues' own choices than the rule, of enough of them to tell."""
    return choices >= FEWEST and ranked > ruled
