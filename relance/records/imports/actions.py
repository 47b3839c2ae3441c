"""Start an import, say how its columns map, check it, run it, cancel it, undo it (REC-08).

    upload -> mapping -> (checking) -> checked -> running -> done | failed | cancelled -> undone

Every face enters here. Refusals carry a sentence; the reading and writing of rows is in `checking` and `running`.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from relance.lib import bytes_first
from relance.records.imports import cards, jobs
from relance.records.imports.checking import check_now
from relance.records.imports.limits import USUAL, Limits, Unreadable
from relance.records.imports.mapping import guess
from relance.records.imports.moving import change
from relance.records.imports.opening import keep_copy
from relance.records.imports.reading import Choices, Table, open_table
from relance.records.imports.refusals import BadMapping, FileRefused
from relance.records.imports.target import Removed, target
from relance.records.imports.text import DELIMITERS, ENCODINGS
from relance.records.models import Import
from relance.team import policy
from relance.team.models import User

SAMPLE = 200  # rows looked at to guess the mapping
KEPT_WAITING = timedelta(days=7)
CHECKED_AT_ONCE = 5_000  # rows; longer files are checked by a job

State = Import.State


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file as it came: its name is only shown, never used as a path (X18)."""

    name: str
    chunks: Iterable[bytes]


def start(upload: Upload, *, module: str, by: User, now: datetime, limits: Limits = USUAL) -> Import:
    """Store a file, read how it is made, guess its mapping. Raises Forbidden, FileRefused."""
    _require(by, module)
    row = Import(
        module=module, by=by, owner=by, created_at=now, file=secrets.token_hex(24),
        name=Path(upload.name.replace("\\", "/")).name[:255] or _("Unnamed file"),
    )  # fmt: skip
    try:
        row.size = _store(row.path, upload.chunks, limits)
        if cards.holds_cards(row.path):
            row.size = cards.into_table(row.path, limits)
        with open_table(row.path, limits=limits) as table:
            _understand(row, table)
        bytes_first.begin()
        row.save()
    except Unreadable as error:
        row.remove_files()
        raise FileRefused(error) from error
    except BaseException:
        row.remove_files()
        raise
    return row


def may_import(user: User) -> bool:
    """Whether this colleague imports at all (REC-03)."""
    return user.may_import


def _require(by: User, module: str) -> None:
    policy.require(may_import(by) and target(module).may_write(by))


def _store(path: Path, chunks: Iterable[bytes], limits: Limits) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with path.open("xb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > limits.file_bytes:
                raise Unreadable("too_large", limit=limits.file_bytes // (1024 * 1024))
            file.write(chunk)
    return size


def _understand(row: Import, table: Table) -> None:
    """Note how the file was read, how many rows it has, and the likely mapping."""
    row.total = table.count()
    if not row.total:
        raise Unreadable("no_rows" if table.shape.has_header else "empty")
    row.shape = asdict(table.shape)
    if table.shape.kind == "workbook":
        keep_copy(row, table)
    sample = [line.cells for line in itertools.islice(table.rows(), SAMPLE)]
    row.mapping = list(guess(table.shape.header, sample, target(row.module).fields()))
    row.forecast = {}


def reread(row: Import, choices: Choices, *, by: User) -> Import:
    """Read the file again with another encoding, delimiter, sheet or header. Raises Forbidden, NotNow, FileRefused."""
    _require(by, row.module)
    _refuse_strange(choices)
    try:
        with open_table(row.path, choices) as table:
            _understand(row, table)
    except (Unreadable, OSError) as error:
        raise FileRefused(error if isinstance(error, Unreadable) else Unreadable("file_gone")) from error
    row.choices = asdict(choices)
    change(row, State.MAPPING, "shape", "total", "mapping", "forecast", "choices")
    return row


def _refuse_strange(choices: Choices) -> None:
    if choices.encoding not in (None, *ENCODINGS) or choices.delimiter not in (None, *DELIMITERS):
        raise FileRefused(Unreadable("not_an_encoding"))


@transaction.atomic
def set_mapping(row: Import, mapping: Sequence[str], *, duplicates: str, owner: User | None, by: User) -> Import:
    """Say what each column is, what to do with known addresses, and who owns new records.

    Raises Forbidden, NotNow, BadMapping.
    """
    _require(by, row.module)
    if duplicates not in Import.Rule.values:
        raise BadMapping(_("Choose what to do with addresses that are known already."))
    _refuse_unfit(row, mapping)
    row.mapping, row.duplicates, row.owner, row.forecast = list(mapping), duplicates, owner or by, {}
    change(row, State.MAPPING, "mapping", "duplicates", "owner", "forecast")
    return row


def _refuse_unfit(row: Import, mapping: Sequence[str]) -> None:
    goal = target(row.module)
    fields = {field.key: field for field in goal.fields()}
    used = [key for key in mapping if key]
    if len(mapping) != len(row.shape["header"]) or any(key not in fields for key in used):
        raise BadMapping(_("The columns do not match the file. Choose a field for each column again."))
    for key in used:
        if used.count(key) > 1 and not fields[key].many:
            raise BadMapping(
                _("“%(field)s” is chosen for two columns. Keep one of them.") % {"field": fields[key].label}
            )
    if not {"email", *goal.naming} & set(used):
        raise BadMapping(_("Choose a column for the e-mail address or for the name."))


def check(row: Import, *, by: User) -> Import:
    """Count what would happen, without writing: at once for a short file, else by a job. Raises like set_mapping."""
    _require(by, row.module)
    _refuse_unfit(row, row.mapping)
    if row.total > CHECKED_AT_ONCE:
        with transaction.atomic():
            change(row, State.CHECKING)
            jobs.check.defer(import_id=row.pk)
        return row
    return check_now(row)


@transaction.atomic
def run(row: Import, *, by: User, now: datetime) -> Import:
    """Begin, or go on after an interruption; a job does the work. Raises Forbidden, NotNow."""
    _require(by, row.module)
    row.started_at = row.started_at or now
    change(row, State.RUNNING, "started_at")
    jobs.run.defer(import_id=row.pk)
    return row


def cancel(row: Import, *, by: User, now: datetime) -> Import:
    """Stop; what is in stays and can be undone. Raises Forbidden, NotNow."""
    _require(by, row.module)
    row.finished_at = now
    change(row, State.CANCELLED, "finished_at")
    row.remove_files()
    return row


def forget_abandoned(now: datetime) -> int:
    """Drop uploads that nobody ran within a week, files included; how many."""
    waiting = (State.MAPPING, State.CHECKING, State.CHECKED)
    rows = list(Import.objects.filter(state__in=waiting, created_at__lt=now - KEPT_WAITING))
    for row in rows:
        row.remove_files()
        row.delete()
    return len(rows)


@transaction.atomic
def undo(row: Import, *, by: User, now: datetime) -> Removed:
    """Delete what the import created and nobody has used since. Raises Forbidden, NotNow."""
    _require(by, row.module)
    Import.objects.select_for_update().get(pk=row.pk)
    removed = target(row.module).remove_unused(row.pk, by=by, now=now)
    row.undone, row.finished_at = asdict(removed), now
    change(row, State.UNDONE, "undone", "finished_at")
    row.remove_files()
    return removed
