"""The values of custom fields as the database compares and sorts them: one expression a field, never null.

The same expression stands in conditions, in orders and in the index that `records.indexes` makes, so that the planner
knows them again. Numbers have at most fifteen figures, which a double holds exactly; days and moments are compared as
they are kept, as text (see `records.values`).
"""

from __future__ import annotations

import re

from django.db.models import BigIntegerField, F, FloatField, Func, TextField
from django.db.models.expressions import Combinable

from relance.records.fields import Field, Kind

NUMERIC = frozenset({Kind.NUMBER, Kind.MONEY})
NOTHING: dict[bool, str | float] = {False: "", True: -1e300}
KEY = re.compile(r"[a-z0-9_]{1,40}")
TEXT_SQL = "(COALESCE(({column} ->> '{key}'), '') COLLATE \"C\")"
NUMBER_SQL = (
    "COALESCE(CASE WHEN jsonb_typeof({column} -> '{key}') = 'number' THEN ({column} ->> '{key}')::float8 END, "
    "'-1e300'::float8)"
)
LINK_SQL = "CASE WHEN jsonb_typeof({column} -> '{key}') = 'number' THEN ({column} ->> '{key}')::bigint END"


def sql(field: Field, column: str = "custom") -> str:
    """The expression as PostgreSQL reads it."""
    return _with(NUMBER_SQL if field.kind in NUMERIC else TEXT_SQL, field.key, column)


def sortable(field: Field) -> Func:
    """What a custom field is compared and sorted by; NOTHING for a row without a value."""
    template = sql(field, "%(expressions)s")
    if field.kind in NUMERIC:
        return Func(F("custom"), template=template, output_field=FloatField())
    return Func(F("custom"), template=template, output_field=TextField())


def link(key: str, column: Combinable) -> Func:
    """The id that a custom link holds; null for none."""
    return Func(column, template=link_sql(key, "%(expressions)s"), output_field=BigIntegerField())


def link_sql(key: str, column: str) -> str:
    """The same as PostgreSQL reads it."""
    return _with(LINK_SQL, key, column)


def _with(template: str, key: str, column: str) -> str:
    if not KEY.fullmatch(key):
        raise ValueError(key)
    return template.format(column=column, key=key)
