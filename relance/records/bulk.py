"""Acts on a whole selection (REC-05): a job that goes through the rows by their ids, tells its progress, can be undone.

Each row is written by its module's own verb, so rights, rules and the audit are those of a single change. A batch and
its bookkeeping are one transaction: a worker that dies loses nothing and doubles nothing.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Model
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from relance import events
from relance.lib import clock, live
from relance.lib.refusal import Refused
from relance.lib.states import move
from relance.records import changes, registry, selection, values
from relance.records.custom import TAGS
from relance.records.fields import Field, Kind, Values
from relance.records.models import Bulk, Change
from relance.records.registry import Rows
from relance.records.selection import Selection
from relance.team import policy
from relance.team.models import User

logger = logging.getLogger(__name__)
BATCH = 200
AT_ONCE = 50
QUEUE = "bulk"
Act, State = Bulk.Act, Bulk.State
WRITTEN = (Change.Act.CHANGED,)


class NothingChosen(Refused):
    """The selection holds nothing that this colleague may change."""


class NotNow(Refused):
    """The act is not in a state for this."""


def tags(names: Sequence[str]) -> tuple[str, ...]:
    """Tags as they are kept: one line each, each once. Raises BadValue for one that is too long."""
    told = (values.word(name, field=TAGS.key) for name in names)
    return tuple(dict.fromkeys(name for name in told if name))


@transaction.atomic
def start(chosen: Selection, act: Bulk.Act, told: Values, *, by: User, now: datetime) -> Bulk:
    """Begin an act on a selection; `told` are the values for an edit, or the tags to `add` and to `remove`.

    Raises Forbidden, NothingChosen, UnknownModule, BadValue.
    """
    listed = registry.module(chosen.module)
    wanted: policy.Act = "delete" if act == Act.DELETE else "edit"
    policy.require(listed.verbs is not None and policy.level(by, chosen.module, wanted) > policy.NONE)
    rows = selection.rows(chosen, user=by, now=now)
    total, last = rows.count(), rows.aggregate(last=Max("pk"))["last"]
    if not total:
        raise NothingChosen(_("Nothing is selected. Tick the rows first."))
    bulk = Bulk.objects.create(
        module=chosen.module, act=act, by=by, kind=chosen.kind, criteria=chosen.criteria(), total=total, last=last,
        values={key: values.plain(value) for key, value in told.items()}, created_at=now,
    )  # fmt: skip
    app.configure_task("relance.bulk.run", queue=QUEUE).defer(bulk_id=bulk.pk)
    return bulk


def begin(chosen: Selection, act: Bulk.Act, told: Values, *, by: User, now: datetime) -> Bulk:
    """The same, done before this returns where the rows are few. Raises as `start` does."""
    row = start(chosen, act, told, by=by, now=now)
    if row.total <= AT_ONCE:
        run(bulk_id=row.pk)
        row.refresh_from_db()
    return row


def stop(bulk: Bulk, *, by: User, now: datetime) -> None:
    """Leave the rest as it is. Raises Forbidden, NotNow."""
    _own(bulk, by)
    if not move(Bulk.objects.filter(pk=bulk.pk), "state", Bulk.MOVES, to=State.STOPPED, finished_at=now):
        raise NotNow(_("This is finished already; nothing is left to stop."))


@transaction.atomic
def undo(bulk: Bulk, *, by: User) -> None:
    """Give every row back what it had, unless somebody has changed that field since. Raises Forbidden, NotNow."""
    _own(bulk, by)
    if bulk.act == Act.DELETE:
        raise NotNow(_("What was deleted cannot be brought back."))
    changed = {"reached": 0, "changed": 0, "left": 0, "why": {}}
    if not move(Bulk.objects.filter(pk=bulk.pk), "state", Bulk.MOVES, to=State.UNDOING, **changed):
        raise NotNow(_("Only what is finished or stopped can be undone, and once."))
    app.configure_task("relance.bulk.undo", queue=QUEUE).defer(bulk_id=bulk.pk)


def _own(bulk: Bulk, by: User) -> None:
    policy.require(bulk.by_id == by.pk or by.is_administrator)


@app.task(name="relance.bulk.run", queue=QUEUE)
def run(*, bulk_id: int) -> None:
    """Go through the rows that are not settled yet; safe to ring twice."""
    bulk = Bulk.objects.select_related("by__role").get(pk=bulk_id)
    move(Bulk.objects.filter(pk=bulk_id), "state", Bulk.MOVES, to=State.RUNNING)
    while _one_batch(bulk_id, State.RUNNING, bulk, now=clock.now()):
        continue


@app.task(name="relance.bulk.undo", queue=QUEUE)
def run_undo(*, bulk_id: int) -> None:
    """Give back what was changed, line of the audit by line; safe to ring twice."""
    bulk = Bulk.objects.select_related("by__role").get(pk=bulk_id)
    while _one_batch(bulk_id, State.UNDOING, bulk, now=clock.now()):
        continue


@transaction.atomic
def _one_batch(bulk_id: int, state: Bulk.State, bulk: Bulk, *, now: datetime) -> bool:
    """Settle some rows. False once there is nothing left, or somebody stopped it."""
    held = Bulk.objects.select_for_update().get(pk=bulk_id)
    if held.state != state:
        return False
    settled = _forward(held, bulk.by, now) if state == State.RUNNING else _backward(held, bulk.by, now)
    if not settled:
        ended = State.DONE if state == State.RUNNING else State.UNDONE
        move(Bulk.objects.filter(pk=bulk_id), "state", Bulk.MOVES, to=ended, finished_at=now)
    _count(held, settled)
    with connection.cursor() as cursor:
        live.tell(cursor, f"bulk:{bulk_id}")
    return bool(settled)


Settled = Sequence[tuple[int, str]]
"""The last id that each step settled, and why its row was left; empty if it was written."""


def _count(bulk: Bulk, settled: Settled) -> None:
    why = Counter(bulk.why)
    why.update(reason for _id, reason in settled if reason)
    left = sum(bool(reason) for _id, reason in settled)
    bulk.reached = settled[-1][0] if settled else bulk.reached
    bulk.left, bulk.changed, bulk.why = bulk.left + left, bulk.changed + len(settled) - left, dict(why)
    bulk.save(update_fields=["reached", "left", "changed", "why"])


def rows_of(bulk: Bulk, by: User, now: datetime) -> Rows:
    """The rows of the selection that were there when it began."""
    chosen = Selection.of(bulk.module, bulk.kind, bulk.criteria)
    return selection.rows(chosen, user=by, now=now).filter(pk__lte=bulk.last)


def _forward(bulk: Bulk, by: User, now: datetime) -> Settled:
    rows = rows_of(bulk, by, now).filter(pk__gt=bulk.reached).order_by("pk")[:BATCH]
    with changes.through(Change.Way.BULK, batch=bulk.pk), events.gathered():
        return [(row.pk, _settle(bulk, row, by, now)) for row in rows]


def _settle(bulk: Bulk, row: Model, by: User, now: datetime) -> str:
    verbs = registry.module(bulk.module).verbs
    assert verbs is not None
    wanted: policy.Act = "delete" if bulk.act == Act.DELETE else "edit"
    if not policy.allows(by, bulk.module, wanted, row):
        return "forbidden"
    try:
        with transaction.atomic(), events.gathered():
            if bulk.act == Act.DELETE:
                verbs.delete(row, by=by, now=now)
            else:
                verbs.edit(row, _values(bulk, row), by=by, now=now)
    except Refused as refused:
        return str(refused)
    except Exception:
        logger.exception("row %s of bulk act %s failed", row.pk, bulk.pk)
        return "crashed"
    return ""


def _values(bulk: Bulk, row: Any) -> Values:  # Any: the rows of whichever module
    if bulk.act == Act.TAG:
        removed = set(bulk.values.get("remove") or ())
        kept = [tag for tag in (*row.custom.get(TAGS.key, ()), *(bulk.values.get("add") or ())) if tag not in removed]
        return {TAGS.key: tuple(dict.fromkeys(kept))}
    return {key: _again(registry.field(bulk.module, key), told) for key, told in bulk.values.items()}


def _backward(bulk: Bulk, by: User, now: datetime) -> Settled:
    """Lines of the audit, in their order; `reached` counts lines here."""
    lines = Change.objects.filter(batch=bulk.pk, act__in=WRITTEN, pk__gt=bulk.reached).order_by("pk")[:BATCH]
    with changes.through(Change.Way.BULK), events.gathered():
        return [(line.pk, _give_back(bulk, line, by, now)) for line in lines]


def _give_back(bulk: Bulk, line: Change, by: User, now: datetime) -> str:
    listed = registry.module(bulk.module)
    row = listed.visible(by).filter(pk=line.record_id).first()
    if row is None or listed.verbs is None:
        return "gone"
    stands = changes.snapshot(bulk.module, row)
    back = {key: before for key, (before, after) in line.fields.items() if stands.get(key) == after}
    if len(back) < len(line.fields):
        return "changed since"
    try:
        with transaction.atomic(), events.gathered():
            fields = [(registry.field(bulk.module, key), before) for key, before in back.items()]
            told = {field.key: _again(field, before) for field, before in fields if field.editable}
            listed.verbs.edit(row, told, by=by, now=now)
    except Refused as refused:
        return str(refused)
    return ""


def _again(field: Field, told: changes.Told) -> Any:  # Any: a value of whichever field
    """A value as JSON or a line of the audit keeps it, to be written."""
    if field.kind in (Kind.LINK, Kind.USER) and isinstance(told, Mapping):
        return told["id"]
    if isinstance(told, str) and field.kind in (Kind.NUMBER, Kind.MONEY):
        return values.read(field, told)
    return tuple(told) if isinstance(told, list) else values.kept(field, told)
