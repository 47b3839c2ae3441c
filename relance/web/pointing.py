"""Beside a record: what of one's own modules points to it, such as the orders of a client (API-04)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from relance.records import registry
from relance.records.pointing import Pointing, pointing_to
from relance.team.models import User
from relance.web import record_cells
from relance.web.places import Place, place_of
from relance.web.record_cells import Cell

SHOWN = 3  # values of each record


@dataclass(frozen=True, kw_only=True)
class Card:
    """One module's records: its title, each record with some of its values, and where all of them are listed."""

    place: Place
    pointing: Pointing
    rows: list[tuple[str, str, list[Cell]]]
    all_href: str

    @property
    def title(self) -> str:
        """The module; by which link, where it has several."""
        title = str(self.place.title)
        return title if self.pointing.is_only_link else f"{title}, {self.pointing.link.label}"


def cards(target: str, pk: int, *, user: User) -> list[Card]:
    """The modules of which some record points to this one."""
    return [_card(each, pk, user) for each in pointing_to(target, pk, user=user) if each.records]


def _card(found: Pointing, pk: int, user: User) -> Card:
    place = place_of(found.module.key)
    fields = [field for field in registry.fields(found.module.key) if field.custom and field.key != found.link.key]
    rows = []
    for record in found.records:
        cells = [cell for cell in record_cells.of_record(record, fields, user=user) if cell.text]
        rows.append((str(record), place.record(record.pk), cells[:SHOWN]))
    where = urlencode({"where": f"all({found.link.key}:is:{pk})"})
    return Card(place=place, pointing=found, rows=rows, all_href=f"{place.href}?{where}")
