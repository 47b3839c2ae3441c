"""How often rows that belong to a record must be there for a fact to hold: once, or counted."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual

from relance.records.registry import Asking, Occasion

Rows = QuerySet[Any, Any]  # Any: the rows of whichever module
MOST_MET = 10_000


def at_least(rows: Rows, who: str, at: str, occasion: Occasion) -> Q:
    """As many of these rows as the occasion asks for, since its moment; `who` leads from a row to the record."""
    dated = rows.filter(**{f"{at}__gte": occasion.since}) if occasion.since else rows
    return often(dated, who, occasion.times, occasion.asking)


def often(rows: Rows, who: str, times: int, asking: Asking) -> Q:
    """At least so many of all these rows. True or false, never unknown, so that it can be turned round."""
    if times > 1 and asking.gathered and (met := _met(rows, who, times)) is not None:
        return Q(pk__in=met)
    own = rows.filter(**{who: OuterRef("pk")})
    if times == 1:
        return Q(Exists(own))
    counted = own.order_by().values(who).annotate(number=Count("pk")).values("number")
    return Q(GreaterThanOrEqual(Coalesce(Subquery(counted), Value(0), output_field=IntegerField()), Value(times)))


def _met(rows: Rows, who: str, times: int) -> list[int] | None:
    """The records with so many rows, counted in one reading of the rows; None where they are too many to name."""
    counted = rows.filter(**{f"{who}__isnull": False}).order_by().values(who).annotate(number=Count("pk"))
    met = counted.filter(number__gte=times).values_list(who, flat=True)[: MOST_MET + 1]
    return None if len(met) > MOST_MET else list(met)
