"""The fields of a module, declared once: lists, pages, forms, criteria, files, the API and the audit read them.

A field is built in (a column of the module's table) or custom (a key of its row's `custom`, defined by an
administrator). Whoever uses it need not know which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise
Value = str | int | Decimal | bool | date | datetime | tuple[str, ...] | None
"""What a field holds: LINK and USER an id, CHOICES a tuple of keys, None nothing."""
Values = Mapping[str, Value]


class Kind(StrEnum):
    """What a field holds, and so how it is written, compared and shown."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    MOMENT = "moment"
    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"
    LINK = "link"
    USER = "user"

    @property
    def label(self) -> Words:
        """The name of the type."""
        return LABELS[self]

    @classmethod
    def choices(cls) -> list[tuple[str, Words]]:
        """As a form offers them."""
        return [(kind.value, kind.label) for kind in cls]


LABELS: Mapping[Kind, Words] = {
    Kind.TEXT: _("Text"),
    Kind.LONG_TEXT: _("Long text"),
    Kind.EMAIL: _("E-mail address"),
    Kind.PHONE: _("Phone"),
    Kind.URL: _("Web address"),
    Kind.NUMBER: _("Number"),
    Kind.MONEY: _("Amount of money"),
    Kind.DATE: _("Date"),
    Kind.MOMENT: _("Date and time"),
    Kind.YES_NO: _("Yes or no"),
    Kind.CHOICE: _("One of several"),
    Kind.CHOICES: _("Several of several"),
    Kind.LINK: _("Link to a record"),
    Kind.USER: _("Colleague"),
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a module. `column` is where the ORM finds it; a custom one lives in `custom` under its key.

    `target` is the module that a LINK points to; `also` names others of the same table, such as leads beside contacts.
    `options` are the keys and labels of a choice, asked when they are needed; an `open` one takes new words as well.
    `editable` fields stand in forms and may be imported; `listed` ones are columns that a list shows at first.
    """

    key: str
    label: Words
    kind: Kind = Kind.TEXT
    column: str = ""
    custom: bool = False
    target: str = ""
    also: tuple[str, ...] = ()
    options: Callable[[], Mapping[str, Words]] = dict
    required: bool = False
    editable: bool = True
    listed: bool = False
    sortable: bool = False
    criteria: bool = True
    many: bool = False
    open: bool = False
    max_length: int = 0
    help: Words = ""

    @property
    def path(self) -> str:
        """The path of the ORM from the row to the value."""
        return f"custom__{self.key}" if self.custom else self.column or self.key
