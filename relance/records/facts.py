"""How often rows that belong to a record must be there for a fact to hold: once, or counted."""

from __future__ import annotations

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual

from relance.records import kept_counts
from relance.records.kept_counts import Question
from relance.records.registry import Asking, Occasion, Rows


def at_least(rows: Rows, who: str, at: str, occasion: Occasion, *, written: str = "") -> Q:
    """As many of these rows as the occasion asks for, since its moment; `who` leads from a row to the record.

    `written` names the column of when a row came to be, indexed by time: of so many rows that counting them all takes
    long, so that lists remember what was counted.
    """
    dated = rows.filter(**{f"{at}__gte": occasion.since}) if occasion.since else rows
    if written and occasion.times > 1 and occasion.asking.gathered:
        asked = Question(rows=rows, who=who, at=at, written=written, occasion=occasion)
        among = kept_counts.candidates(asked)
        return _each(dated, who, occasion.times) & (Q() if among is None else Q(pk__in=among))
    return often(dated, who, occasion.times, occasion.asking)


def often(rows: Rows, who: str, times: int, asking: Asking) -> Q:
    """At least so many of all these rows. True or false, never unknown, so that it can be turned round.

    Where those are wanted who alone can meet it, gives whoever has any of these rows, as one `pk__in`.
    """
    if asking.named:
        return Q(pk__in=rows.filter(**{f"{who}__isnull": False}).order_by().values(who))
    if times > 1 and asking.gathered and (met := kept_counts.met(rows, who, times)) is not None:
        return Q(pk__in=met)
    return _each(rows, who, times)


def _each(rows: Rows, who: str, times: int) -> Q:
    """The same, asked of each record by itself."""
    own = rows.filter(**{who: OuterRef("pk")})
    if times == 1:
        return Q(Exists(own))
    counted = own.order_by().values(who).annotate(number=Count("pk")).values("number")
    return Q(GreaterThanOrEqual(Coalesce(Subquery(counted), Value(0), output_field=IntegerField()), Value(times)))
