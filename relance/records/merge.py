"""Two records become one without losing what points to them (REC-08): every row of every table follows.

Tables are found by their foreign keys, so a new table needs no line here. A row that its own table allows once only
(the same contact twice on a deal) stays with the record that is kept, and goes with the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Model
from django.db.models.fields.related import ForeignKey

from relance import events
from relance.records import kept_counts
from relance.records.models import Change, Moved


def pointing(model: type[Model]) -> Iterator[ForeignKey[Any, Any]]:
    """The columns of all tables that point to a model, those of many-to-many tables among them."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and isinstance(relation.field, ForeignKey):
            yield relation.field


@transaction.atomic
def follow(kept: Model, gone: Model, *, besides: tuple[str, ...] = ()) -> None:
    """Point to `kept` what points to `gone`; `besides` are relations which the caller joins by its own rule."""
    for column in pointing(type(kept)):
        if column.remote_field.get_accessor_name() not in besides:
            _move(column, kept, gone)
    kept_counts.forget()


def _move(column: ForeignKey[Any, Any], kept: Model, gone: Model) -> None:
    rows = column.model._base_manager.filter(**{column.name: gone})
    try:
        with transaction.atomic():
            rows.update(**{column.name: kept})
    except IntegrityError:
        for pk in list(rows.values_list("pk", flat=True)):
            _move_one(column, pk, kept)


def _move_one(column: ForeignKey[Any, Any], pk: object, kept: Model) -> None:
    try:
        with transaction.atomic():
            column.model._base_manager.filter(pk=pk).update(**{column.name: kept})
    except IntegrityError:
        return  # the record that is kept has its own


def note_moved(module: str, gone: int, kept: int) -> None:
    """Old links lead to the record that is kept, and its audit holds that of the other."""
    Change.objects.filter(module=module, record_id=gone).update(record_id=kept)
    Moved.objects.filter(module=module, to_id=gone).update(to_id=kept)
    line, _made = Moved.objects.update_or_create(module=module, record_id=gone, defaults={"to_id": kept})
    events.emit(events.RecordMerged(line.pk))


def moved(module: str, record_id: int) -> int | None:
    """Where a record went that was merged into another."""
    return Moved.objects.filter(module=module, record_id=record_id).values_list("to_id", flat=True).first()
