"""Open the file of an import as a person wants it read."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from relance.records.imports.limits import USUAL, Unreadable
from relance.records.imports.linking import linked
from relance.records.imports.plan import Known
from relance.records.imports.reading import Choices, Row, Table, open_table
from relance.records.imports.rows import Draft, Reader, Rejection
from relance.records.imports.target import ImportTarget, target
from relance.records.models import Import
from relance.team.models import User

BATCH = 1_000  # rows in one transaction
COPY = Choices(encoding="utf-8", delimiter=",")
COPY_LIMITS = replace(USUAL, file_bytes=2 * USUAL.expanded_bytes)


def open_import(row: Import) -> Table:
    """Its table, read with the encoding, delimiter and header that were settled. Raises Unreadable."""
    shape = row.shape
    try:
        if shape["kind"] == "workbook":
            return open_table(row.copy_path, replace(COPY, has_header=shape["has_header"]), COPY_LIMITS)
        choices = Choices(encoding=shape["encoding"], delimiter=shape["delimiter"], has_header=shape["has_header"])
        return open_table(row.path, choices)
    except FileNotFoundError as error:
        raise Unreadable("file_gone") from error


def keep_copy(row: Import, table: Table) -> None:
    """Write the rows of a workbook down as text, with the numbers they have."""
    with row.copy_path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(line.cells for line in table.all_rows())


def reader_of(row: Import) -> Reader:
    """What turns its rows into drafts."""
    goal = target(row.module)
    return Reader(row.mapping, goal.fields(), naming=goal.naming, known_by=goal.known_by)


Read = tuple[list[Draft], list[Rejection]]


def batches(rows: Iterator[Row], reader: Reader, size: int = BATCH, *, by: User) -> Iterator[tuple[int, Read]]:
    """Batches of read rows, their links found, each with the number of its last row."""
    while lines := list(islice(rows, size)):
        read = [reader.read(line) for line in lines]
        drafts, astray = linked([item for item in read if isinstance(item, Draft)], reader, by=by)
        rejected = [item for item in read if isinstance(item, Rejection)]
        yield lines[-1].number, (drafts, [*rejected, *astray])


def known_to(goal: ImportTarget, drafts: Sequence[Draft], *, by: User) -> dict[str, Known]:
    """The records that hold the addresses, or bear the names, of these drafts."""
    keys = {key for draft in drafts for key in draft.keys}
    return dict(goal.known(keys, by=by)) if keys else {}
