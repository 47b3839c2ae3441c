"""Who met a counted fact is kept, so that a list need not count all rows each time it is shown (L2, REC-05).

Who opened ten mails can only be told by counting everybody's openings, which takes seconds where there are millions.
But whoever meets a fact now met it when all were last counted, or has rows that were written since: a moment that
moves on only takes rows away. These few are the candidates, and the list tests each of them on its rows of now.

What reaches a person in another way is found when all are counted again (`recounting`), within the hour: rows that are
written with a moment long past (openings that waited out an outage). When two people become one, all is forgotten.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from django.core.exceptions import EmptyResultSet
from django.db.models import Count, Q

from relance.lib import criteria as trees
from relance.records.models import KeptCount
from relance.records.registry import Occasion, Rows

MOST_MET = 10_000
MOST_NEW = 2_000
LATE = timedelta(minutes=10)
"""So long a row may take from its own moment to its commit."""
GOOD = timedelta(days=1)
"""What is older is counted again at once, where no job has done it (`recounting`)."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """So many rows of each record: `who` leads from a row to it, `at` is the moment that counts, empty until it comes,
    and `written` the column of the moment at which the row came to be.
    """

    rows: Rows
    who: str
    at: str
    written: str
    occasion: Occasion

    @cached_property
    def key(self) -> str:
        """The same for everybody who asks of the same rows, whenever it is."""
        fact = self.occasion.fact
        told = self.rows.order_by().values("pk").query.sql_with_params()
        asked = (told, self.who, self.at, self.occasion.times, fact.days if fact else 0)
        return hashlib.sha256(repr(asked).encode()).hexdigest()


def candidates(question: Question) -> list[int] | None:
    """Among whom all are who meet it now; None where they are too many to name."""
    now, asking = question.occasion.asking.now, question.occasion.asking
    try:
        kept = None if asking.anew else KeptCount.objects.filter(key=question.key).first()
    except EmptyResultSet:
        return []
    if kept is None or kept.counted_at <= now - GOOD:
        return _count(question)
    if kept.asked_at < now - timedelta(days=1):
        KeptCount.objects.filter(pk=kept.pk).update(asked_at=now)
    if kept.who is None:
        return None
    fresh = _ids(question.rows.filter(**{f"{question.written}__gte": kept.counted_at - LATE}), question.who, MOST_NEW)
    return _count(question) if fresh is None else [*{*kept.who, *fresh}]


def met(rows: Rows, who: str, times: int) -> list[int] | None:
    """The records with so many rows, counted in one reading of the rows; None where they are too many to name."""
    counted = rows.filter(**{f"{who}__isnull": False}).order_by().values(who).annotate(number=Count("pk"))
    return _first(counted.filter(number__gte=times).values_list(who, flat=True), MOST_MET)


def forget() -> None:
    """Rows went from one record to another: count again."""
    KeptCount.objects.all().delete()


def _count(question: Question) -> list[int] | None:
    """Count all rows: those whose moment is still to come as well, for it may come before they are counted again."""
    occasion = question.occasion
    soon = Q(**{f"{question.at}__gte": occasion.since}) | Q(**{f"{question.at}__isnull": True})
    found = met(question.rows.filter(soon) if occasion.since else question.rows, question.who, occasion.times)
    if occasion.fact is not None:
        told = trees.write(occasion.fact)
        now, user = occasion.asking.now, occasion.asking.user
        values = {"module": occasion.module, "fact": told, "who": found, "counted_at": now}
        asked = {} if occasion.asking.anew else {"asked_at": now, "asked_by": user}
        KeptCount.objects.update_or_create(
            key=question.key,
            defaults={**values, **asked},
            create_defaults={**values, "asked_at": now, "asked_by": user},
        )
    return found


def _ids(rows: Rows, who: str, most: int) -> list[int] | None:
    return _first(rows.filter(**{f"{who}__isnull": False}).order_by().values_list(who, flat=True).distinct(), most)


def _first(ids: Rows, most: int) -> list[int] | None:
    """All of them, or None where they are more than so many."""
    found = list(ids[: most + 1])
    return None if len(found) > most else found
