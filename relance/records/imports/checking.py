"""Look before writing: the first rows as they will be stored, and the counts of the whole file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from relance.records.imports.limits import Unreadable
from relance.records.imports.moving import change
from relance.records.imports.opening import batches, known_to, open_import, reader_of
from relance.records.imports.plan import Fate, Planned, Rule, plan
from relance.records.imports.refusals import FileRefused
from relance.records.imports.rows import Draft, Rejection
from relance.records.imports.target import target
from relance.records.imports.words import row_sentence
from relance.records.models import Import

SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What an import would do, row by row; `reasons` counts rejections, `notes` what was put right."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    rejected: int = 0
    reasons: Mapping[str, int]
    notes: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class PreviewRow:
    """One row as it will be stored: `fate` is create, update, skip or reject; `values` follow the mapped fields."""

    number: int
    fate: str
    values: tuple[str, ...]
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The first rows, under the labels of their fields; `keys` name these."""

    keys: tuple[str, ...] = ()
    labels: tuple[str, ...]
    rows: tuple[PreviewRow, ...]


def labels_of(row: Import) -> dict[str, object]:
    """The names of the fields of its module, by key."""
    return {field.key: field.label for field in target(row.module).fields()}


def preview(row: Import, count: int = SHOWN) -> Preview:
    """The first rows as they will be stored. Raises FileRefused."""
    try:
        return _preview(row, count)
    except Unreadable as error:
        raise FileRefused(error) from error


def _preview(row: Import, count: int) -> Preview:
    labels = labels_of(row)
    keys = _stored_keys(row)
    with open_import(row) as table:
        _, (drafts, rejections) = next(batches(table.rows(), reader_of(row), count, by=row.by), (0, ([], [])))
    known = known_to(target(row.module), drafts, by=row.by)
    planned = plan(drafts, rule=Rule(row.duplicates), known=known, seen={})
    lines = [_taken(item, keys, labels) for item in planned]
    lines += [_rejected(item, row.mapping, keys, labels) for item in rejections]
    return Preview(
        keys=tuple(keys),
        labels=tuple(str(labels.get(key, key)) for key in keys),
        rows=tuple(sorted(lines, key=lambda line: line.number)),
    )


def _stored_keys(row: Import) -> list[str]:
    """The fields that are filled, in the order of the form; a whole name fills two."""
    used = set(row.mapping)
    if "full_name" in used:
        used = used - {"full_name"} | {"first_name", "last_name"}
    return [field.key for field in target(row.module).fields() if field.key in used]


def _taken(item: Planned, keys: list[str], labels: Mapping[str, object]) -> PreviewRow:
    sentences = [row_sentence(note.reason, note.data, labels) for note in item.draft.notes]
    if item.reason:
        sentences.insert(0, row_sentence(item.reason, item.reason_data or {}, labels))
    return PreviewRow(
        number=item.draft.number,
        fate=item.fate,
        values=tuple(_shown(item.draft, key) for key in keys),
        sentences=tuple(sentences),
    )


def _shown(draft: Draft, key: str) -> str:
    if key == "email":
        return ", ".join(address.as_written for address in draft.addresses)
    return draft.shown.get(key) or draft.values.get(key, "")


def _rejected(item: Rejection, mapping: list[str], keys: list[str], labels: Mapping[str, object]) -> PreviewRow:
    cells = dict(zip(reversed(mapping), reversed(item.cells[: len(mapping)]), strict=False))
    return PreviewRow(
        number=item.number,
        fate="reject",
        values=tuple(cells.get(key, "") for key in keys),
        sentences=(row_sentence(item.reason, item.data, labels),),
    )


def forecast(row: Import) -> Forecast:
    """Count what the whole file would do. Raises Unreadable."""
    goal, rule = target(row.module), Rule(row.duplicates)
    seen: dict[str, int] = {}
    fates: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    notes: Counter[str] = Counter()
    with open_import(row) as table:
        for _, (drafts, rejections) in batches(table.rows(), reader_of(row), by=row.by):
            planned = plan(drafts, rule=rule, known=known_to(goal, drafts, by=row.by), seen=seen)
            fates.update(str(item.fate) for item in planned)
            reasons.update(item.reason for item in rejections)
            notes.update(note.reason for draft in drafts for note in draft.notes)
    rejected = sum(reasons.values())
    return Forecast(
        rows=sum(fates.values()) + rejected,
        created=fates[Fate.CREATE],
        updated=fates[Fate.UPDATE],
        skipped=fates[Fate.SKIP],
        rejected=rejected,
        reasons=dict(reasons),
        notes=dict(notes),
    )


def check_now(row: Import) -> Import:
    """Count what would happen, in this process. Raises FileRefused, NotNow."""
    try:
        row.forecast = asdict(forecast(row))
    except Unreadable as error:
        row.error = {"reason": error.reason, "data": error.data}
        change(row, Import.State.MAPPING, "error")
        raise FileRefused(error) from error
    row.error = {}
    change(row, Import.State.CHECKED, "forecast", "error")
    return row
