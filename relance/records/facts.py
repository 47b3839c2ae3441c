"""How often rows that belong to a record must be there for a fact to hold: once, or counted."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, IntegerField, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual

from relance.records.registry import Occasion

Rows = QuerySet[Any, Any]  # Any: the rows of whichever module


def at_least(rows: Rows, who: str, at: str, occasion: Occasion) -> Q:
    """As many of these rows as the occasion asks for, since its moment; `who` leads back to the record."""
    return often(rows.filter(**{f"{at}__gte": occasion.since}) if occasion.since else rows, who, occasion.times)


def often(rows: Rows, who: str, times: int) -> Q:
    """At least so many rows. True or false, never unknown, so that it can be turned round."""
    if times == 1:
        return Q(Exists(rows))
    counted = rows.order_by().values(who).annotate(number=Count("pk")).values("number")
    return Q(GreaterThanOrEqual(Coalesce(Subquery(counted), Value(0), output_field=IntegerField()), Value(times)))
