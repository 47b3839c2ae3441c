"""The rows of a list with the columns that somebody chose, as HTML; drawn here for the reasons of `person_table`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from relance.records.fields import Kind
from relance.records.lists import Row
from relance.web import person_table
from relance.web.record_cells import Cell
from relance.web.templatetags.relance import at

NAMES = ("name", "subject", "primary_email", "email")


def drawn(lines: Iterable[tuple[Row, list[Cell]]], base: str, *, boxes: bool = True) -> SafeString:
    """The rows; `base` is the address of their list, `boxes` lets them be ticked."""
    pen = _Pen(base=escape(base), select=_("Select %(name)s") if boxes else "")
    return mark_safe("".join(pen.row(row, cells) for row, cells in lines))  # each value is escaped below


@dataclass(frozen=True, kw_only=True)
class _Pen:
    base: str
    select: str

    def row(self, row: Row, cells: list[Cell]) -> str:
        name = next((str(row[key]) for key in NAMES if row.get(key)), f"#{row['id']}")
        href = f"{self.base}/{row['id']}"
        box = (
            f'<td><input class="box" type="checkbox" name="ids" value="{row["id"]}" '
            f'aria-label="{escape(self.select % {"name": name})}"></td>'
            if self.select
            else ""
        )
        who = f'<span class="who"><a href="{href}" data-drawer-href="{href}?drawer=1">{escape(name)}</a></span>'
        return f"<tr>{box}<td>{who}</td>{''.join(map(_cell, cells))}</tr>"


def _cell(cell: Cell) -> str:
    return f'<td class="{"num" if cell.is_figure else "soft"}">{_told(cell)}</td>'


def _told(cell: Cell) -> str:
    """The same as records/cell.html."""
    if cell.moment:
        return str(at(cell.moment))
    text = escape(cell.text)
    if cell.field.kind == Kind.USER and text:
        return f'<span class="row">{person_table.avatar(cell.text, "", "xs")}{text}</span>'
    if cell.href:
        outside = ' rel="noopener noreferrer" target="_blank"' if cell.field.kind == Kind.URL else ' class="plain"'
        return f'<a href="{escape(cell.href)}"{outside}>{text}</a>'
    return text.replace("\n", "<br>")
