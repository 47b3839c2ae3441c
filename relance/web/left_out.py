"""A page of the rows that an import rejected, skipped, or took with a remark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relance.records.imports.checking import labels_of
from relance.records.imports.rejects import reason_of
from relance.records.models import Import, ImportRow

SHOWN = 50
LONGEST = 160  # characters of a row on the page


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row on the page."""

    number: int
    cells: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Tab:
    """One outcome with its count."""

    key: str
    label: str
    count: int
    here: bool


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A page of rows with its tabs and cursors."""

    tabs: tuple[Tab, ...]
    outcome: str
    lines: tuple[Line, ...]
    before: str
    after: str
    count: int


def page_of(row: Import, asked: Mapping[str, str]) -> LeftOut:
    """The rows of the outcome asked for, else of the first that has any. A cursor is the key of a row."""
    counts = {outcome: row.rows.filter(outcome=outcome).count() for outcome in ImportRow.Outcome.values}
    here = asked.get("rows", "") if asked.get("rows") in counts else next((o for o in counts if counts[o]), "rejected")
    found, before, after = _slice(row, here, asked)
    labels = labels_of(row)
    return LeftOut(
        tabs=tuple(
            Tab(key=outcome.value, label=str(outcome.label), count=counts[outcome], here=outcome == here)
            for outcome in ImportRow.Outcome
            if counts[outcome]
        ),
        outcome=here,
        lines=tuple(Line(number=r.number, cells=_told(r.cells), reason=reason_of(r, labels)) for r in found),
        before=before,
        after=after,
        count=counts[here],
    )


def _slice(row: Import, outcome: str, asked: Mapping[str, str]) -> tuple[list[ImportRow], str, str]:
    rows = row.rows.filter(outcome=outcome)
    if before := _key(asked.get("before", "")):
        found = list(rows.filter(pk__lt=before).order_by("-pk")[:SHOWN])[::-1]
    else:
        found = list(rows.filter(pk__gt=_key(asked.get("after", ""))).order_by("pk")[:SHOWN])
    if not found:
        return [], "", ""
    earlier = rows.filter(pk__lt=found[0].pk).exists()
    later = rows.filter(pk__gt=found[-1].pk).exists()
    return found, str(found[0].pk) if earlier else "", str(found[-1].pk) if later else ""


def _key(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _told(cells: list[str]) -> str:
    text = " · ".join(" ".join(cell.split()) for cell in cells if cell.strip())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
