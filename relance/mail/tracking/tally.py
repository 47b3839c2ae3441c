"""Counts that the result page reads ready added: openings in stretches of time, clicks of links. *(pure)*

Ten million openings are some thousand stretches; adding them up takes a millisecond (L4). The hour in which a mail
leaves is kept minute by minute, what comes later by quarters of an hour: every zone's hours and days begin on one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from relance.mail.tracking.facts import Facts
from relance.mail.tracking.hits import HitKind
from relance.mail.tracking.judging import Judged, Overturned
from relance.mail.tracking.verdict import Verdict

FRESH = timedelta(hours=1)
QUARTER = 15  # minutes

Openings = dict[tuple[int, datetime], list[int]]  # message and stretch -> by people, unsure, by machines
Clicks = dict[tuple[int, int], list[int]]  # message and link -> people who clicked, their clicks, those of machines
Clicked = Mapping[tuple[int, int, int], tuple[int, int]]  # message, link, recipient -> clicks of people, of machines
PLACES = {Verdict.HUMAN: 0, Verdict.UNKNOWN: 1, Verdict.MACHINE: 2}


def stretch(at: datetime, began_at: datetime) -> datetime:
    """The beginning of the stretch of time that a moment lies in."""
    minute = at.minute if at - began_at < FRESH else at.minute // QUARTER * QUARTER
    return at.replace(minute=minute, second=0, microsecond=0)


def openings(
    fresh: Iterable[Judged], again: Iterable[Overturned] = (), of: Mapping[int, Facts] = MappingProxyType({})
) -> Openings:
    """What new hits add to the openings, and what is taken back of earlier ones."""
    counts: Openings = defaultdict(lambda: [0, 0, 0])
    for each in fresh:
        if each.hit.kind is HitKind.OPEN:
            counts[each.message_id, stretch(each.hit.at, each.began_at)][PLACES[each.verdict]] += 1
    for look in again:
        if look.opened_at is not None:
            facts = of[look.recipient_id]
            count = counts[facts.message_id, stretch(look.opened_at, facts.began_at)]
            count[PLACES[Verdict.HUMAN]] -= 1
            count[PLACES[look.verdict]] += 1
    return counts


def clicks(fresh: Iterable[Judged], before: Clicked, now: Clicked) -> Clicks:
    """What a batch changes of the clicks: of those known by name, and of those that name nobody."""
    counts: Clicks = defaultdict(lambda: [0, 0, 0])
    for key, (human, machine) in now.items():
        of, (was_human, was_machine) = counts[key[:2]], before.get(key, (0, 0))
        of[0] += (human > 0) - (was_human > 0)
        of[1] += human - was_human
        of[2] += machine - was_machine
    for each in fresh:
        if each.facts is None and each.hit.kind is HitKind.CLICK and each.hit.link is not None:
            counts[each.message_id, each.hit.link][1] += each.verdict is Verdict.HUMAN
            counts[each.message_id, each.hit.link][2] += each.verdict is Verdict.MACHINE
    return {key: count for key, count in counts.items() if any(count)}
