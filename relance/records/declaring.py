"""A field of a module as its table already describes it: label, type, length and choices come from the column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import models

from relance.records.fields import Field, Kind, Words
from relance.team.models import User

KINDS: tuple[tuple[type[models.Field[Any, Any]], Kind], ...] = (  # Any: the values of whichever column
    (models.TextField, Kind.LONG_TEXT),
    (models.CharField, Kind.TEXT),
    (models.BooleanField, Kind.YES_NO),
    (models.DateTimeField, Kind.MOMENT),
    (models.DateField, Kind.DATE),
    (models.DecimalField, Kind.NUMBER),
    (models.IntegerField, Kind.NUMBER),
    (models.ForeignKey, Kind.LINK),
)


def column(model: type[models.Model], name: str, **more: Any) -> Field:  # Any: the attributes of a Field
    """The field of a column; `more` says what the table does not, such as `target`, `listed` or another kind."""
    held = model._meta.get_field(name)
    assert isinstance(held, models.Field)
    told = Field(
        key=name,
        label=held.verbose_name,
        kind=_kind(held),
        column=name,
        max_length=(held.max_length or 0) if isinstance(held, models.CharField) else 0,
    )
    if held.choices:
        told = replace(told, options=lambda: _choices(held), max_length=0)
    return replace(told, **more)


def _kind(held: models.Field[Any, Any]) -> Kind:
    if held.choices:
        return Kind.CHOICE
    if isinstance(held, models.ForeignKey) and held.related_model is User:
        return Kind.USER
    return next((kind for of, kind in KINDS if isinstance(held, of)), Kind.TEXT)


def _choices(held: models.Field[Any, Any]) -> Mapping[str, Words]:
    return {str(key): label for key, label in held.flatchoices}
