"""The rows that did not go in, to be read on the page or taken away as a file with the reason beside each."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from relance.records.exports import csv_pieces
from relance.records.imports.checking import labels_of
from relance.records.imports.words import row_sentence
from relance.records.models import Import, ImportRow


def reason_of(line: ImportRow, labels: dict[str, object]) -> str:
    """The sentence of one row, in the reader's language."""
    return row_sentence(line.reason, line.data, labels)


def as_csv(row: Import, *, outcome: str = ImportRow.Outcome.REJECTED, delimiter: str = ",") -> Iterator[str]:
    """The rows as they came, under their own header, then the number and the reason; formulas are disarmed (X13)."""
    labels = labels_of(row)
    width = max([len(row.shape["header"]), *(len(cells) for cells in _cells(row, outcome))])
    header = [*row.shape["header"], *[""] * (width - len(row.shape["header"])), _("Row"), _("Reason")]
    lines = (
        [*line.cells, *[""] * (width - len(line.cells)), str(line.number), reason_of(line, labels)]
        for line in row.rows.filter(outcome=outcome).iterator(chunk_size=500)
    )
    return csv_pieces(header, lines, delimiter=delimiter)


def _cells(row: Import, outcome: str) -> Iterator[list[str]]:
    """Those rows that are wider than the header, where some are."""
    return row.rows.filter(outcome=outcome, reason="too_many_cells").values_list("cells", flat=True).iterator()
