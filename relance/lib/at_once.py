"""Write many new rows of one table with one statement, far cheaper than the ORM writes them.

>>> added(people)  # models that are not saved yet: they get their keys
>>> written(Address, [{"person_id": 3, "email": "zoe@exemple.example", ...}], position=0)

The rows go as one JSON text that PostgreSQL reads by the types of the table's own columns.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Field, Model

Told = Mapping[str, Any]  # Any: the values of whichever table


def added(rows: Sequence[Model]) -> None:
    """Write these models, all of one table, and give them their keys in their order."""
    if not rows:
        return
    model = type(rows[0])
    names = [field.attname for field in columns(model)]
    keys = written(model, [{name: row.__dict__[name] for name in names} for row in rows])
    for row, key in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias


def written(model: type[Model], rows: Sequence[Told], **alike: object) -> list[int]:
    """Write rows by the names of their columns and give their keys back in their order.

    All rows name the same columns; what is `alike` in all is named once, and what nobody names is as the model has it.
    """
    if not rows:
        return []
    told, table, key = set(rows[0]), model._meta.db_table, str(model._meta.pk.column)
    shared = [field for field in columns(model) if field.attname not in told]
    same = {field: alike.get(field.attname, field.get_default()) for field in shared}
    own = [field.column for field in columns(model) if field.attname in told]
    with connection.cursor() as cursor:
        keys = _keys(cursor, table, key, len(rows))
        told_json = json.dumps([{key: pk, **row} for pk, row in zip(keys, rows, strict=True)], default=_plain)
        names = ", ".join(f'"{name}"' for name in (key, *own, *(field.column for field in same)))
        values = ", ".join([*(f'told."{name}"' for name in (key, *own)), *(["%s"] * len(same))])
        cursor.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {values} FROM json_populate_recordset(NULL::"{table}", %s) told',
            [*(field.get_db_prep_save(value, connection) for field, value in same.items()), told_json],
        )
    return keys


def columns(model: type[Model]) -> list[Field[Any, Any]]:
    """What is written of a row, its key aside."""
    return [field for field in model._meta.concrete_fields if not field.primary_key and not field.generated]


def _keys(cursor: Any, table: str, key: str, count: int) -> list[int]:  # Any: Django's own wrapper
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [f'"{table}"', key, count]
    )
    return [pk for (pk,) in cursor.fetchall()]


def _plain(value: object) -> str:
    """What JSON has no word for, as PostgreSQL reads it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value)} is no value of a column")
