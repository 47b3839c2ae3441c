"""The fields that a template may use, and nothing else (TPL-02): names, labels, samples, and how values are loaded.

A field is one SQL expression over the rows of `ROWS`: the person `p`, the company `c`, the colleague who signs `u`, the
organisation `o`, and the message `m`, of which only `m.sender_id` stands wherever fields are read. `values_for` reads a
whole batch of recipients in one query.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import nh3
from django.db import connection
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from relance.mail.outbound.placeholders import UNSUBSCRIBE, FieldKind, Money, Value
from relance.people.models import Person
from relance.team.models import User

Values = dict[str, Value]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field: what a template calls it, what people call it, an example, and where its value is found.

    A field of a higher floor (`extend`) is a scalar subquery over `{subject}`, the id of the record that a mail is
    about; `subject` finds that id for a copy `r`.
    """

    name: str
    label: str | Promise
    sample: str | Promise
    column: str
    kind: FieldKind = FieldKind.TEXT
    subject: str = ""

    def sql(self, subject: str = "") -> str:
        """Its expression; `subject` is another one for the id of the record."""
        return self.column.replace("{subject}", subject or self.subject or "NULL")

    @property
    def of_person(self) -> bool:
        """Whether it differs from one recipient to the next."""
        return self.name.startswith(("Person.", "Account.")) or bool(self.subject)

    def tells_of(self, about: Subject | None) -> bool:
        """Whether it is a field of the record that a mail is about."""
        return about is not None and bool(self.subject) and self.name.startswith(f"{about.kind}.")


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The record that a mail is about, beside the person: `kind` is what templates call it, Deal or Record."""

    kind: str
    id: int


def _field(name: str, label: str | Promise, sample: str, column: str, kind: FieldKind = FieldKind.TEXT) -> Field:
    return Field(name=name, label=label, sample=sample, column=column, kind=kind)


FIELDS: list[Field] = [
    _field("Person.firstName", _("First name"), "Olivier", "p.first_name"),
    _field("Person.lastName", _("Last name"), "Mercadier", "p.last_name"),
    _field("Person.name", _("Full name"), "Olivier Mercadier", "p.name"),
    _field("Person.emailAddress", _("E-mail address"), "olivier@mercadier.example", "p.primary_email"),
    _field("Person.jobTitle", _("Job title"), "Directeur des sites", "p.job_title"),
    _field("Person.phone", _("Phone"), "02 40 55 01 02", "p.phone"),
    _field("Person.mobile", _("Mobile"), "06 12 34 56 78", "p.mobile"),
    _field("Person.company", _("Company"), "Groupe Mercadier", "coalesce(nullif(p.company, ''), c.name)"),
    _field("Person.street", _("Street"), "4 quai des Antilles", "p.street"),
    _field("Person.postcode", _("Postcode"), "44200", "p.postcode"),
    _field("Person.city", _("City"), "Nantes", "p.city"),
    _field("Person.country", _("Country"), "France", "p.country"),
    _field("Account.name", _("Account name"), "Groupe Mercadier", "coalesce(c.name, nullif(p.company, ''))"),
    _field("Account.website", _("Website"), "https://mercadier.example", "c.website", FieldKind.URL),
    _field("Account.phone", _("Account phone"), "02 40 55 01 00", "c.phone"),
    _field("Account.industry", _("Industry"), "Logistique", "c.industry"),
    _field("Account.city", _("Account city"), "Carquefou", "c.city"),
    _field("Account.country", _("Account country"), "France", "c.country"),
    _field("User.name", _("Sender’s name"), "Camille Aubry", "u.name"),
    _field("User.emailAddress", _("Sender’s address"), "camille@helionne.example", "u.email"),
    _field("User.phone", _("Sender’s phone"), "02 40 55 01 02", "u.phone"),
    _field("User.jobTitle", _("Sender’s job title"), "Commerciale", "u.job_title"),
    _field("User.signature", _("Sender’s signature"), "Camille Aubry", "u.signature", FieldKind.HTML),
    _field("Organisation.name", _("Organisation"), "Hélionne", "o.name"),
]
UNSUBSCRIBE_FIELD = _field(UNSUBSCRIBE, _("Unsubscribe link"), "", "NULL", FieldKind.URL)
BY_NAME = {field.name: field for field in FIELDS}
CATALOGUE: dict[str, FieldKind] = {field.name: field.kind for field in FIELDS}


def extend(*fields: Field) -> None:
    """A higher floor adds the fields of its records; from its app's `ready`."""
    for field in fields:
        if field.name not in BY_NAME:
            FIELDS.append(field)
            BY_NAME[field.name], CATALOGUE[field.name] = field, field.kind


_own: list[Callable[[], Iterable[Field]]] = []


def extend_own(found: Callable[[], Iterable[Field]]) -> None:
    """The fields that administrators make are asked for anew: they come and go while Relance runs."""
    _own.append(found)


_holders = ["r.person_id IS NOT NULL"]


def add_holder(condition: str) -> None:
    """Whom a copy `r` is for besides people: it leaves only while its person, or such a record, is there."""
    _holders.append(condition)


def is_there() -> str:
    """Whether whoever a copy is for has not been deleted since."""
    return f"({' OR '.join(_holders)})"


def fields() -> tuple[Field, ...]:
    """All fields, those that an administrator made among them."""
    made = {field.name: field for found in _own for field in found() if field.name not in BY_NAME}
    return (*FIELDS, *made.values())


def by_name() -> dict[str, Field]:
    """The same by their names."""
    return {field.name: field for field in fields()}


def catalogue() -> dict[str, FieldKind]:
    """What a template may use: names with their kinds."""
    return {field.name: field.kind for field in fields()}


# The record's owner signs when the mail goes out in his name (MASS-02); else the message's sender.
ROWS = """
FROM mail_recipient r
JOIN mail_message m ON m.id = r.message_id
LEFT JOIN people_person p ON p.id = r.person_id
LEFT JOIN people_account c ON c.id = p.account_id
LEFT JOIN team_organisation o ON o.id = 1
JOIN team_user u ON u.id = CASE WHEN m.from_choice = 'owner' THEN coalesce(r.sender_id, m.sender_id)
  ELSE m.sender_id END
"""
OF_RECIPIENTS = f"SELECT r.id, {{columns}} {ROWS} WHERE r.id = ANY(%s)"
OF_PERSON = """
SELECT {columns}
FROM team_user u
LEFT JOIN people_person p ON p.id = %s
LEFT JOIN people_account c ON c.id = p.account_id
LEFT JOIN team_organisation o ON o.id = 1
CROSS JOIN LATERAL (SELECT u.id AS sender_id) m
WHERE u.id = %s
"""


def values_for(recipient_ids: Sequence[int], *, names: Collection[str] | None = None) -> dict[int, Values]:
    """The values of these fields, or of all, for a batch of recipients, in one query; unknown names are passed over."""
    wanted = _fields(names)
    rows = _select(OF_RECIPIENTS, wanted, [list(recipient_ids)])
    return {row[0]: _values(wanted, row[1:]) for row in rows}


def values_of(
    person: Person | None, *, sender: User, names: Collection[str] | None = None, subject: Subject | None = None
) -> Values:
    """The values for one person as they stand now, for previews and tests; without one, those of the sender only."""
    wanted = _fields(names)
    return _values(wanted, _select(OF_PERSON, wanted, [person.pk if person else None, sender.pk], subject)[0])


def samples() -> Values:
    """An example of every field, for a preview without anybody."""
    return {field.name: _value(field, str(field.sample)) for field in fields()}


def columns(names: Collection[str]) -> str:
    """The SQL of these fields over `ROWS`, as text and never null, in the order of `FIELDS`."""
    return ", ".join(f"coalesce({field.sql()}, '')" for field in _at_hand(names)) or "NULL"


def reader(names: Collection[str]) -> Callable[[Sequence[str]], Values]:
    """What reads the values of `columns`."""
    fields = _at_hand(names)
    columns = [field.name for field in fields]
    if any(field.kind in (FieldKind.HTML, FieldKind.MONEY) for field in fields):
        return lambda row: _values(fields, row)
    return lambda row: dict(zip(columns, row, strict=False))


def _fields(names: Collection[str] | None) -> list[Field]:
    """Those of these names, or all. What administrators made is asked for only where it is named."""
    if names is not None and all(name in BY_NAME for name in names):
        return [field for field in FIELDS if field.name in names]
    return [field for field in fields() if names is None or field.name in names]


_remembered: dict[str, Field] = {}


def remember(names: Collection[str]) -> None:
    """Keep these fields for `columns` and `reader`, which are used where the database cannot be asked for them."""
    _remembered.update({field.name: field for field in _fields(names) if field.name not in BY_NAME})


def _at_hand(names: Collection[str]) -> list[Field]:
    return [field for field in (*FIELDS, *_remembered.values()) if field.name in names]


def _about(field: Field, subject: Subject | None) -> str:
    """The id of the record that a mail is about, for a field of such records and no other."""
    return str(subject.id) if subject is not None and field.tells_of(subject) else "NULL"


def _select(
    sql: str, fields: list[Field], parameters: list[Any], subject: Subject | None = None
) -> list[tuple[Any, ...]]:
    told = [field.sql(_about(field, subject) if sql is OF_PERSON else "") for field in fields]
    columns = ", ".join(told) or "NULL"
    with connection.cursor() as cursor:
        cursor.execute(sql.format(columns=columns), parameters)
        return list(cursor.fetchall())


def _values(fields: list[Field], row: Sequence[str | None]) -> Values:
    return {field.name: _value(field, text) for field, text in zip(fields, row, strict=False)}


def _value(field: Field, text: str | None) -> Value:
    if field.kind is FieldKind.MONEY and text:
        amount, _space, currency = text.partition(" ")
        return Money(Decimal(amount), currency) if currency else text
    return signature_html(text or "") if field.kind is FieldKind.HTML else text or ""


@lru_cache(maxsize=256)
def signature_html(text: str) -> str:
    """A signature as HTML: cleaned where somebody wrote HTML, else its lines kept as lines."""
    if "<" in text and nh3.is_html(text):
        return nh3.clean(text)
    return "<br>".join(escape(line) for line in text.strip().splitlines())
