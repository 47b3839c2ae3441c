"""`{% chosen_rows chosen_lines base %}`: the rows of a list with chosen columns (`web.chosen_table`)."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.safestring import SafeString

from relance.records.lists import Row
from relance.web import chosen_table
from relance.web.record_cells import Cell

register = template.Library()


@register.simple_tag
def chosen_rows(lines: Iterable[tuple[Row, list[Cell]]], base: str, *, boxes: bool = True) -> SafeString:
    """Drawn in Python: a template would cost a tenth of a millisecond a cell."""
    return chosen_table.drawn(lines, base, boxes=boxes)
