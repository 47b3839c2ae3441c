"""Leads and contacts as lines of a table, under the names that an import knows again (REC-08)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from django.db.models import Field
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from relance.people.actions import standing
from relance.people.models import People, Person
from relance.team import policy
from relance.team.models import User

PLAIN = (
    "phone", "mobile", "job_title", "company", "street", "postcode", "city", "country", "language", "time_zone",
    "source",
)  # fmt: skip
_TOGETHER = 1_000


def header() -> list[str]:
    """The names of the columns, in the reader's language."""
    names = [_label(name) for name in ("first_name", "last_name", *PLAIN)]
    return [
        *names[:2], _("E-mail address"), *names[2:], _("Owner"), _("Note"), _("Consent to tracking"), _("Opted out"),
        pgettext("date", "Created"),
    ]  # fmt: skip


def _label(name: str) -> str:
    column = Person._meta.get_field(name)
    assert isinstance(column, Field)
    return str(column.verbose_name)


def lines(people: People, *, by: User) -> Iterator[list[str]]:
    """One line a person whom this colleague may see, in the order of their keys. Raises Forbidden at once."""
    policy.require(by.may_export, _("Your role does not export. An administrator can change it."))
    found = people.visible_to(by).select_related("owner", "account").prefetch_related("addresses").order_by("pk")
    return _lines(found)


def _lines(found: People) -> Iterator[list[str]]:
    rows = found.iterator(chunk_size=_TOGETHER)
    while batch := list(islice(rows, _TOGETHER)):
        wishes = standing(address.normal for person in batch for address in person.addresses.all())
        for person in batch:
            yield _line(person, out=any(address.normal in wishes for address in person.addresses.all()))


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
