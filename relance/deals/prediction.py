"""Which deal a mail belongs to (DEAL-01, DEAL-02). *(pure)*

The first line that knows an answer gives it:

| what is known | belongs to | rule |
| --- | --- | --- |
| a colleague linked or unlinked it by hand | what she chose, always (DEAL-05) | `hand` |
| it was written on a deal's page | that deal | `written_here` |
| its thread follows a deal of its people: linked by hand, or begun on the deal's page | that deal | `thread` |
| it lay in the mailbox before that was connected | the one deal that its people had then, if not lost then | `past` |
| its people have one open deal | it | `only_open` |
| several open deals | the one modified last | `latest_open` |
| none open, deals that were won | the one modified last | `won` |
| deals that were lost, or none | none: it stays with the contact | |

Of equal dates the newest deal counts. A mail with several contacts has the deals of all of them. What an *explanation*
says to people stands in `relance.web.words`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from relance.deals.rules import State


class Rule(StrEnum):
    """Why a mail is linked to a deal, or is not."""

    HAND = "hand"
    WRITTEN_HERE = "written_here"
    THREAD = "thread"
    PAST = "past"
    ONLY_OPEN = "only_open"
    LATEST_OPEN = "latest_open"
    WON = "won"
    # and why there is no link
    SEVERAL_PAST = "several_past"
    ONLY_LOST = "only_lost"
    NO_DEAL = "no_deal"


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A deal of the mail's people, as it stood when the mail came or went."""

    deal: int
    state: State
    modified_at: datetime
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What is known of a mail. `written_on`: the deal on whose page it was written; `of_thread`: the deal that its
    thread follows and that its people take part in; `is_past`: it lay there before the mailbox was connected."""

    candidates: Sequence[Candidate] = ()
    written_on: int | None = None
    of_thread: int | None = None
    is_past: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """The deal of a mail, or none, and the rule that said so."""

    deal: int | None
    rule: Rule


def predict(facts: Facts) -> Prediction:
    """The deal that a mail belongs to, by the table above."""
    if facts.written_on is not None:
        return Prediction(deal=facts.written_on, rule=Rule.WRITTEN_HERE)
    if facts.of_thread is not None:
        return Prediction(deal=facts.of_thread, rule=Rule.THREAD)
    if not facts.candidates:
        return Prediction(deal=None, rule=Rule.NO_DEAL)
    return _of_past(facts.candidates) if facts.is_past else _of_now(facts.candidates)


def _of_past(candidates: Sequence[Candidate]) -> Prediction:
    """Only where there was no choice."""
    if len(candidates) > 1:
        return Prediction(deal=None, rule=Rule.SEVERAL_PAST)
    only = candidates[0]
    if only.state is State.LOST:
        return Prediction(deal=None, rule=Rule.ONLY_LOST)
    return Prediction(deal=only.deal, rule=Rule.PAST)


def _of_now(candidates: Sequence[Candidate]) -> Prediction:
    open_ones = [one for one in candidates if one.state is State.OPEN]
    if open_ones:
        rule = Rule.ONLY_OPEN if len(open_ones) == 1 else Rule.LATEST_OPEN
        return Prediction(deal=latest(open_ones).deal, rule=rule)
    won = [one for one in candidates if one.state is State.WON]
    if won:
        return Prediction(deal=latest(won).deal, rule=Rule.WON)
    return Prediction(deal=None, rule=Rule.ONLY_LOST)


def latest(candidates: Sequence[Candidate]) -> Candidate:
    """The one modified last; of equal dates the newest, then the one with the greatest number."""
    return max(candidates, key=lambda one: (one.modified_at, one.created_at, one.deal))
