"""The audit's one writer (REC-10): each verb that changes a record takes a snapshot before, and notes what differs.

    before = changes.snapshot("deal", deal)
    ...
    changes.changed("deal", deal, before, by=by, now=now)

The face says once by which door its changes come (`through`); nobody below has to pass it on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model

from relance import events
from relance.lib import at_once
from relance.records import registry
from relance.records.custom import TAGS
from relance.records.fields import Field, Kind
from relance.records.models import Change, Tag
from relance.team.models import User

Way, Act = Change.Way, Change.Act
Told = str | int | float | bool | list[str] | dict[str, Any] | None  # Any: the id and the name of a link
Snapshot = Mapping[str, Told]
DERIVED = ("name", "email", "created_at", "updated_at", "modified_at")
"""Fields that follow from others where nobody writes them: a line of the audit need not repeat them."""
EMPTY: tuple[Told, ...] = (None, "", [])
_door: ContextVar[tuple[Change.Way, int | None]] = ContextVar("relance_way", default=(Way.PAGE, None))


@contextmanager
def through(way: Change.Way, *, batch: int | None = None) -> Iterator[None]:
    """Whatever is changed inside came by this door, and as part of this bulk action."""
    token = _door.set((way, batch))
    try:
        yield
    finally:
        _door.reset(token)


def snapshot(module: str, row: Model) -> Snapshot:
    """The values of a record's fields as they stand, ready to be kept; links and colleagues by their names."""
    told = (field for field in registry.fields(module) if field.editable or field.key not in DERIVED)
    return {field.key: _told(field, row) for field in told}


def _told(field: Field, row: Model) -> Told:
    value: Any = row  # Any: the attributes of whichever model, along the path that the module declared
    for step in field.path.split("__"):
        value = value.get(step) if isinstance(value, dict) else getattr(value, step, None)
    if field.many and hasattr(value, "all"):
        return [str(one) for one in value.all()]
    if field.kind in (Kind.LINK, Kind.USER) and isinstance(value, Model):
        return {"id": value.pk, "name": str(value)}
    return _plain(value)


def _plain(value: object) -> Told:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return format(value.normalize(), "f")
        case list() | tuple():
            return [str(one) for one in value]
        case _:
            return str(value)


def added(module: str, row: Model, *, by: User | None, now: datetime) -> Change:
    """A record was made."""
    held = {key: [None, value] for key, value in snapshot(module, row).items() if value not in EMPTY}
    _remember(held, now)
    return note(module, row, Act.ADDED, held, by=by, now=now)


def added_many(module: str, rows: Iterable[Model], *, by: User | None, now: datetime) -> None:
    """A whole batch was made: a line each, in one statement. What they held stands in the file that brought them."""
    way, batch = _door.get()
    lines = [{"record_id": row.pk, "name": str(row)[:250]} for row in rows]
    keys = at_once.written(
        Change, lines, module=module, act=Act.ADDED, way=way, batch=batch, by_id=by.pk if by else None, at=now
    )
    events.emit_many(map(events.RecordNoted, keys))


def changed(
    module: str, row: Model, before: Snapshot, *, by: User | None, now: datetime, act: Change.Act = Act.CHANGED
) -> Change | None:
    """A record was changed; None, and no line, if nothing differs."""
    after = snapshot(module, row)
    fields = differing(before, after)
    _remember(fields, now)
    return note(module, row, act, fields, by=by, now=now) if fields or act != Act.CHANGED else None


def changed_many(
    module: str, pairs: Iterable[tuple[Model, Snapshot]], *, by: User | None, now: datetime
) -> list[Change]:
    """The same for a whole batch, in one statement; rows that do not differ leave no line."""
    way, batch = _door.get()
    lines = [
        Change(
            module=module, record_id=row.pk, name=str(row)[:250], act=Act.CHANGED, fields=fields, way=way, batch=batch,
            by=by, at=now,
        )
        for row, before in pairs
        if (fields := differing(before, snapshot(module, row)))
    ]  # fmt: skip
    _offer(dict.fromkeys(name for line in lines for name in _tags(line.fields)), now)
    at_once.added(lines)
    events.emit_many(events.RecordNoted(line.pk) for line in lines)
    return lines


def deleted_many(module: str, rows: Iterable[Model], *, by: User | None, now: datetime) -> None:
    """A whole batch is about to be deleted: a line each, in one statement, by their names alone."""
    way, batch = _door.get()
    lines = [{"record_id": row.pk, "name": str(row)[:250]} for row in rows]
    keys = at_once.written(
        Change, lines, module=module, act=Act.DELETED, way=way, batch=batch, by_id=by.pk if by else None, at=now
    )
    events.emit_many(map(events.RecordNoted, keys))


def differing(before: Snapshot, after: Snapshot) -> dict[str, list[Told]]:
    """What differs between two moments, by the keys of fields."""
    return {key: [before.get(key), value] for key, value in after.items() if before.get(key) != value}


def deleted(module: str, row: Model, *, by: User | None, now: datetime) -> Change:
    """A record is about to be deleted; what it held is kept here for whoever may see everything."""
    held = {key: [value, None] for key, value in snapshot(module, row).items() if value not in EMPTY}
    return note(module, row, Act.DELETED, held, by=by, now=now)


def _remember(fields: Mapping[str, list[Told]], now: datetime) -> None:
    """New tags are offered to everybody from now on."""
    _offer(_tags(fields), now)


def _tags(fields: Mapping[str, list[Told]]) -> list[str]:
    told = fields.get(TAGS.key, [None, None])[1]
    return told if isinstance(told, list) else []


def _offer(names: Iterable[str], now: datetime) -> None:
    if made := [Tag(name=name, created_at=now) for name in names]:
        Tag.objects.bulk_create(made, ignore_conflicts=True)


def note(
    module: str, row: Model, act: Change.Act, fields: Mapping[str, list[Told]], *, by: User | None, now: datetime
) -> Change:
    """One line of the audit; for acts that are more than a difference of values."""
    way, batch = _door.get()
    line = Change.objects.create(
        module=module,
        record_id=row.pk,
        name=str(row)[:250],
        act=act,
        fields=fields,
        way=way,
        batch=batch,
        by=by,
        at=now,
    )
    events.emit(events.RecordNoted(line.pk))
    return line


def of(module: str, record_id: int) -> list[Change]:
    """The lines of one record, newest first."""
    return list(Change.objects.filter(module=module, record_id=record_id).select_related("by").order_by("-id"))
