"""The values of any record's fields, ready to be shown: one way for lists, pages, previews and files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Model
from django.urls import reverse
from django.utils.translation import get_language

from relance.deals.pipelines import own_currency
from relance.lib.figures import money
from relance.records import held, links, values
from relance.records.fields import Field, Kind, Value
from relance.records.held import Row
from relance.team.models import User
from relance.team.workspace import organisation
from relance.web import format as fmt
from relance.web.places import place_of

Names = Mapping[str, Mapping[int, str]]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One value in words; `href` leads to what it links to, `moment` is there for a date and time."""

    field: Field
    text: str = ""
    href: str = ""
    moment: datetime | None = None

    @property
    def kind(self) -> str:
        """How it is drawn."""
        return self.field.kind.value

    @property
    def is_figure(self) -> bool:
        """Whether it stands on the right of its column."""
        return self.field.kind in (Kind.NUMBER, Kind.MONEY)


def lines(rows: Sequence[Row], fields: Sequence[Field], *, user: User) -> list[list[Cell]]:
    """The cells of each row of a list; what rows link to is looked up together, a query for each such field."""
    found = [[held.in_row(field, row) for field in fields] for row in rows]
    names = {
        field.key: links.names(field, _ids(line[place] for line in found), by=user)
        for place, field in enumerate(fields)
        if field.kind in (Kind.LINK, Kind.USER)
    }
    return [[cell(field, value, names) for field, value in zip(fields, line, strict=True)] for line in found]


def of_record(record: Model, fields: Sequence[Field], *, user: User) -> list[Cell]:
    """The cells of one record."""
    return lines([held.row_of(record, fields)], fields, user=user)[0]


def _ids(found: Iterable[Value]) -> set[int]:
    return {int(one) for value in found for one in _each(value)}


def _each(value: Value) -> tuple[int | str, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, int) else ()


def cell(field: Field, value: Value, names: Names) -> Cell:
    """A value in the reader's words."""
    if value is None or value == ():
        return Cell(field=field)
    if field.kind in (Kind.LINK, Kind.USER):
        return _link(field, value, names)
    moment = value if isinstance(value, datetime) else None
    return Cell(field=field, text=told(field, value), href=_href(field, value), moment=moment)


def _link(field: Field, value: Value, names: Names) -> Cell:
    """What the reader may not see is not named; of several, those that are named."""
    known = names.get(field.key, {})
    named = [(int(one), known[int(one)]) for one in _each(value) if int(one) in known]
    text = ", ".join(name for _pk, name in named)
    one = field.kind == Kind.LINK and len(named) == 1
    return Cell(field=field, text=text, href=place_of(field.target).record(named[0][0]) if one else "")


def _href(field: Field, value: Value) -> str:
    """The web and mail programs alone: a link of strangers such as `javascript:` is a text."""
    text = str(value)
    if field.kind == Kind.URL and text.lower().startswith(("http://", "https://")):
        return text
    return ""


def told(field: Field, value: Value) -> str:
    """Numbers, money and days as the reader's language writes them; a link by its number."""
    language = get_language()
    match value:
        case bool():
            return values.label(field, value)
        case Decimal() | int() if field.kind == Kind.MONEY:
            return money(Decimal(value), own_currency(organisation().country), language)
        case Decimal():
            return fmt.figure(value, language, max(-_exponent(value), 0))
        case datetime():
            return ""
        case date():
            return fmt.short_date(value, language, date(1, 1, 1))
        case _:
            return values.label(field, value)


def _exponent(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def options_href(field: Field) -> str:
    """Where a form asks for the records that a field may link to."""
    return reverse("record-options", args=[field.target])
