"""Write a file into its module, a batch and its bookkeeping in one transaction.

A worker may die at any moment: what is committed stays, `reached` says up to which row, and the next worker goes on
there. Two workers on the same import cannot double a row: each batch locks the import and leaves if another moved it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.db import connection, transaction

from relance import events
from relance.lib.states import move
from relance.records.imports.limits import Unreadable
from relance.records.imports.moving import change, tell
from relance.records.imports.opening import Read, batches, known_to, open_import, reader_of
from relance.records.imports.plan import Fate, Planned, Rule, gathered, plan
from relance.records.imports.refusals import NotNow
from relance.records.imports.rows import Rejection
from relance.records.imports.target import Origin, target
from relance.records.models import Import, ImportRow

ONE_AT_A_TIME = 0x1_4D_50  # advisory lock: batches of different files look for the same addresses in turn


def run_now(import_id: int, *, now: datetime) -> None:
    """Bring the rest of the file in. Does nothing for an import that is not running; safe to run twice."""
    row = Import.objects.select_related("by__role", "owner").get(pk=import_id)
    if row.state != Import.State.RUNNING:
        return
    try:
        whole = _all_batches(row, now)
    except Unreadable as error:
        _interrupt(row, error.reason, error.data, now)
        return
    except Exception:
        _interrupt(row, "crashed", {}, now)
        raise
    if whole:
        _finish(row, now)


def _all_batches(row: Import, now: datetime) -> bool:
    """False if the import was taken from this worker, by a cancel or by another worker."""
    with open_import(row) as table:
        table.count()  # a file that breaks a limit at its end is refused before its first row is written
        for last, read in batches(table.rows(after=row.reached), reader_of(row), by=row.by):
            if not _one_batch(row, last, read, now):
                return False
    return True


@transaction.atomic
def _one_batch(row: Import, last: int, read: Read, now: datetime) -> bool:
    found = Import.objects.select_for_update().get(pk=row.pk)
    if found.state != Import.State.RUNNING or found.reached != row.reached:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
    with events.gathered():
        planned, refused = _write(row, read, now)
    gone = {item.number for item in refused}
    planned, read = [item for item in planned if item.draft.number not in gone], (read[0], [*read[1], *refused])
    ImportRow.objects.bulk_create(_remarks(row, planned, read), batch_size=1_000)
    _count(row, last, planned, read)
    tell(row)
    return True


def _write(row: Import, read: Read, now: datetime) -> tuple[list[Planned], Sequence[Rejection]]:
    goal, (drafts, _) = target(row.module), read
    known = known_to(goal, drafts, by=row.by)
    planned = plan(drafts, rule=Rule(row.duplicates), known=known, seen={}, import_id=row.pk)
    origin = Origin(import_id=row.pk, file_name=row.name, by=row.by, owner=row.owner or row.by, now=now)
    return planned, goal.write([item for item in gathered(planned) if item.fate != Fate.SKIP], origin=origin)


def _count(row: Import, last: int, planned: Sequence[Planned], read: Read) -> None:
    fates = Counter(item.fate for item in planned)
    row.reached = last
    row.created += fates[Fate.CREATE]
    row.updated += fates[Fate.UPDATE]
    row.skipped += fates[Fate.SKIP]
    row.rejected += len(read[1])
    row.treated += len(planned) + len(read[1])
    row.save(update_fields=["reached", "created", "updated", "skipped", "rejected", "treated"])


def _remarks(row: Import, planned: Sequence[Planned], read: Read) -> list[ImportRow]:
    outcome = ImportRow.Outcome
    remarks = [
        ImportRow(
            of_import=row, number=item.number, outcome=outcome.REJECTED, reason=item.reason, data=dict(item.data),
            cells=list(item.cells),
        )
        for item in read[1]
    ]  # fmt: skip
    for item in planned:
        said = [(outcome.NOTED, note.reason, note.data) for note in item.draft.notes]
        if item.fate == Fate.SKIP:
            said = [(outcome.SKIPPED, item.reason, item.reason_data or {})]
        remarks += [
            ImportRow(
                of_import=row, number=item.draft.number, outcome=kind, reason=reason, data=dict(data),
                cells=list(item.draft.cells),
            )
            for kind, reason, data in said
        ]  # fmt: skip
    return remarks


@transaction.atomic
def _finish(row: Import, now: datetime) -> None:
    if move(Import.objects.filter(pk=row.pk), "state", Import.MOVES, to=Import.State.DONE, finished_at=now, error={}):
        events.emit(events.ImportFinished(row.pk))
        tell(row)
        transaction.on_commit(row.remove_files)


def _interrupt(row: Import, reason: str, data: dict[str, str | int], now: datetime) -> None:
    row.error, row.finished_at = {"reason": reason, "data": data}, now
    with suppress(NotNow):  # cancelled in the meantime: that stands
        change(row, Import.State.FAILED, "error", "finished_at")
