"""Which records nothing has touched since they were made: what an undo may take away."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Exists, F, Model, OuterRef, QuerySet
from django.db.models.fields.reverse_related import ForeignObjectRel

Record = TypeVar("Record", bound=Model)


def unused(records: QuerySet[Record], *, own: tuple[str, ...]) -> QuerySet[Record]:
    """Those not edited since, and to which no row of any table points, save their own parts (`own`)."""
    for relation in records.model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.name not in own:
            pointing = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            records = records.filter(~Exists(pointing))
    return records.filter(updated_at=F("created_at"))
