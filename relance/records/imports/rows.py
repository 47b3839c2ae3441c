"""Turn one row into a draft of a record, or reject it with a reason. *(pure)*"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from relance.lib import addresses
from relance.lib.fold import fold
from relance.records.imports.cells import READERS, Data, Gathered, RowNote, unprefixed
from relance.records.imports.fields import ImportField
from relance.records.imports.limits import USUAL, Limits
from relance.records.imports.reading import Row

BETWEEN = "\x1f"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a row will store: clean values by field key, and its addresses, the primary one first.

    By its `keys` a record is known again: its addresses as they compare, or its name where there can be none. `shown`
    are the names of the records that its links lead to.
    """

    number: int
    values: Mapping[str, str]
    addresses: tuple[addresses.Address, ...] = ()
    name_key: str = ""
    notes: tuple[RowNote, ...] = ()
    cells: tuple[str, ...] = ()
    shown: Mapping[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """What it is compared by."""
        return tuple(address.normal for address in self.addresses) or ((self.name_key,) if self.name_key else ())


@dataclass(frozen=True, kw_only=True)
class Rejection:
    """A row that is not taken, and why."""

    number: int
    reason: str
    data: Data = field(default_factory=dict)
    cells: tuple[str, ...] = ()


class Reader:
    """Reads rows under one mapping; a record without address needs one of the fields in `naming`.

    The fields of `known_by`, taken together, are what it is known by again.
    """

    def __init__(
        self,
        mapping: Sequence[str],
        fields: Sequence[ImportField],
        *,
        naming: Sequence[str],
        known_by: Sequence[str] = (),
        limits: Limits = USUAL,
    ) -> None:
        known = {field.key: field for field in fields}
        self._required = [field.key for field in fields if field.required]
        self.known_by = tuple(known_by)
        self.links = [known[key] for key in dict.fromkeys(mapping) if key in known and known[key].link]
        self._columns = [(index, known[key]) for index, key in enumerate(mapping) if key in known]
        self._width = len(mapping)
        self._naming = frozenset(naming)
        self._limits = limits

    def read(self, row: Row) -> Draft | Rejection:
        """The draft of a row, or the reason for which it is rejected."""
        if problem := self._shape_problem(row):
            reason, data = problem
            return Rejection(number=row.number, reason=reason, data=data, cells=row.cells[: self._limits.columns])
        gathered = Gathered()
        for index, target in self._columns:
            if index < len(row.cells) and (cell := unprefixed(row.cells[index]).strip()):
                READERS[target.kind](gathered, target, cell)
                if "\ufffd" in cell:
                    gathered.note("broken_character", value=cell[:80])
        return self._judged(row, gathered)

    def _shape_problem(self, row: Row) -> tuple[str, Data] | None:
        extra = [cell for cell in row.cells[self._width :] if cell.strip()]
        if extra:
            return "too_many_cells", {"count": self._width + len(extra), "expected": self._width}
        if any(len(cell) > self._limits.cell_chars for cell in row.cells):
            return "cell_too_long", {"limit": self._limits.cell_chars}
        return None

    def _judged(self, row: Row, gathered: Gathered) -> Draft | Rejection:
        if gathered.bad_address and not gathered.addresses:
            return Rejection(number=row.number, reason="bad_address", data=gathered.bad_address, cells=row.cells)
        if not gathered.addresses and not self._naming & gathered.values.keys():
            return Rejection(number=row.number, reason="nothing_to_name", cells=row.cells)
        if lacking := next((key for key in self._required if not gathered.values.get(key)), ""):
            return _lacking(row, lacking, gathered)
        notes = [*gathered.notes]
        if gathered.bad_address:
            notes.append(RowNote(reason="address_left_out", data=gathered.bad_address))
        return Draft(
            number=row.number,
            values=gathered.values,
            addresses=tuple(gathered.addresses.values()),
            name_key=key_of(gathered.values, self.known_by),
            notes=tuple(notes),
            cells=row.cells,
        )


def _lacking(row: Row, key: str, gathered: Gathered) -> Rejection:
    """What stood in the cell is named: a day that does not exist is no empty cell."""
    unfit = (note.data for note in gathered.notes if note.reason == "value_left_out" and note.data["field"] == key)
    if told := next(unfit, None):
        return Rejection(number=row.number, reason="unfit_value", data=told, cells=row.cells)
    return Rejection(number=row.number, reason="missing_value", data={"field": key}, cells=row.cells)


def name_key(*names: str) -> str:
    """A name, and what else it is told apart by, among the keys of records: no address looks like it."""
    return f"={BETWEEN.join(map(fold, names))}" if names and names[0].strip() else ""


def key_of(values: Mapping[str, str], known_by: Sequence[str]) -> str:
    """What a row without address is known by again: these fields of it."""
    return name_key(*(values.get(key, "") for key in known_by))
