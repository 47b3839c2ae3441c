"""Leads and contacts as lines of a table, under the names that an import knows again (REC-08)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from django.db.models import Field
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from relance.people.actions import standing
from relance.people.models import People, Person
from relance.records import held, tables
from relance.records.custom import fields_of
from relance.records.fields import Field as CustomField
from relance.team.models import User

PLAIN = (
    "phone", "mobile", "job_title", "company", "street", "postcode", "city", "country", "language", "time_zone",
    "source",
)  # fmt: skip
_TOGETHER = 1_000


def header(kind: str) -> list[str]:
    """The names of the columns, in the reader's language; the fields that an administrator added come last."""
    names = [_label(name) for name in ("first_name", "last_name", *PLAIN)]
    return [
        *names[:2], _("E-mail address"), *names[2:], _("Owner"), _("Note"), _("Consent to tracking"), _("Opted out"),
        pgettext("date", "Created"), *tables.header(fields_of(kind)),
    ]  # fmt: skip


def _label(name: str) -> str:
    column = Person._meta.get_field(name)
    assert isinstance(column, Field)
    return str(column.verbose_name)


def lines(kind: str, people: People, *, by: User) -> Iterator[list[str]]:
    """One line a person whom this colleague may see, in the order of their keys. Raises Forbidden at once."""
    tables.require_export(by)
    found = people.visible_to(by).select_related("owner", "account").prefetch_related("addresses").order_by("pk")
    return _lines(found, fields_of(kind), by)


def _lines(found: People, own: Sequence[CustomField], by: User) -> Iterator[list[str]]:
    rows = found.iterator(chunk_size=_TOGETHER)
    while batch := list(islice(rows, _TOGETHER)):
        wishes = standing(address.normal for person in batch for address in person.addresses.all())
        added = tables.of_records([held.of(person, own) for person in batch], own, by=by)
        for person, more in zip(batch, added, strict=True):
            out = any(address.normal in wishes for address in person.addresses.all())
            yield [*_line(person, out=out), *more]


def _line(person: Person, *, out: bool) -> list[str]:
    plain: Sequence[str] = [getattr(person, name) for name in PLAIN]
    return [
        person.first_name,
        person.last_name,
        ", ".join(address.email for address in person.addresses.all()),
        *plain,
        person.owner.email if person.owner else "",
        person.note,
        {"granted": _("yes"), "denied": _("no")}.get(person.tracking_consent, ""),
        _("yes") if out else "",
        person.created_at.date().isoformat(),
    ]
