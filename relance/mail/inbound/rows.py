"""Write many rows of received mail with one statement: their bytes as bytes, their columns as arrays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from django.contrib.postgres.search import SearchVectorField
from django.db import connection
from django.db.models import Field, JSONField
from psycopg import Cursor
from psycopg.types.json import Jsonb

from relance.mail.models import Received

TABLE = Received._meta.db_table
NEW = ("mailbox_id", "key", "raw", "size", "received_at")


def add_many(mails: Sequence[tuple[int, str, bytes, int, datetime]]) -> None:
    """Store mails, each as the columns of `NEW`; what is known already is passed over."""
    if not mails:
        return
    others = [field for field in Received._meta.concrete_fields if field.column not in (*NEW, "id")]
    names = ", ".join(f'"{field.column}"' for field in others)
    constants = ", ".join(["%s"] * len(others))
    arrays = "%b::bigint[], %b::text[], %b::bytea[], %b::bigint[], %b::timestamptz[]"
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:  # with the parameters beside the statement: bytes travel as bytes
        cursor.execute(
            f"INSERT INTO {TABLE} ({', '.join(NEW)}, {names})"
            f" SELECT told.*, {constants} FROM unnest({arrays}) AS told ON CONFLICT DO NOTHING",
            [*(_constant(field) for field in others), *map(list, zip(*mails, strict=True))],
        )


def _constant(field: Field[object, object]) -> object:
    value = field.get_default()
    return Jsonb(value) if isinstance(field, JSONField) and value is not None else value


def save_many(mails: Sequence[Received], columns: Sequence[str]) -> None:
    """Write these fields of stored mails, told as one document. `search` is given as the words that it is found by."""
    if not mails:
        return
    known = {field.name: field for field in Received._meta.concrete_fields}
    fields = [known[name] for name in columns]
    sets = ", ".join(f'"{field.column}" = {_said(field)}' for field in fields)
    names = ", ".join(f'"{field.column}" {_type(field)}' for field in fields)
    attributes = [(field.column, field.attname) for field in fields]
    told = [{"id": mail.pk, **{name: _told(getattr(mail, of)) for name, of in attributes}} for mail in mails]
    document = json.dumps(told, ensure_ascii=False, default=datetime.isoformat)
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        cursor.execute(
            f"UPDATE {TABLE} m SET {sets} FROM json_to_recordset(%s::json) AS told(id bigint, {names})"
            " WHERE m.id = told.id",
            [document.encode("utf-8", "replace").decode()],
        )


def _said(field: Field[object, object]) -> str:
    told = f'told."{field.column}"'
    return f"to_tsvector('simple', {told})" if isinstance(field, SearchVectorField) else told


def _type(field: Field[object, object]) -> str:
    if isinstance(field, SearchVectorField):
        return "text"
    kind = field.db_type(connection) or "text"
    return kind.partition("(")[0].removesuffix(" COLLATE")


def _told(value: object) -> object:
    return value.replace("\0", "") if isinstance(value, str) and "\0" in value else value
