"""Custom modules as they declare themselves, from what an administrator wrote: listed and written like all others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.records import actions, custom, definitions
from relance.records.declaring import column
from relance.records.fields import Field, Kind, Values
from relance.records.models import CustomModule, Record
from relance.records.models.custom import Records
from relance.records.registry import Asking, Column, Filter, Listed, NotUnderstood
from relance.team.models import User

FIELDS = ("name", "email", "custom", "owner_id", "owner__name", "created_at", "updated_at")
COLUMNS = (
    Column(key="name", label=_("Name"), field="name_folded"),
    Column(key="created", label=pgettext_lazy("date", "Added"), field="created_at", kind="moment"),
    Column(key="updated", label=pgettext_lazy("date", "Changed"), field="updated_at", kind="moment"),
)


class RecordVerbs:
    """How the records of one custom module are written."""

    def __init__(self, module: str) -> None:
        self.module = module

    def add(self, values: Values, *, by: User, now: datetime) -> Record:
        """A new record. Raises Forbidden, BadValue."""
        return actions.add(self.module, values, by=by, now=now)

    def edit(self, row: Record, values: Values, *, by: User, now: datetime) -> Record:
        """Change what is named. Raises Forbidden, BadValue."""
        return actions.edit(row, values, by=by, now=now)

    def delete(self, row: Record, *, by: User, now: datetime) -> None:
        """Delete the record. Raises Forbidden."""
        actions.delete(row, by=by, now=now)


def listed() -> Mapping[str, Listed]:
    """The modules that an administrator made, by their keys."""
    return definitions.once("own", lambda: {made.key: _listed(made) for made in custom.modules()})


def _listed(made: CustomModule) -> Listed:
    return Listed(
        key=made.key,
        model=Record,
        label=made.plural,
        icon=made.icon,
        visible=partial(_visible, module=made.key),
        columns=COLUMNS,
        filters=FILTERS,
        fields=FIELDS,
        detail=("email",),
        declared=declared(made),
        verbs=RecordVerbs(made.key),
        within=("module",),
    )


def declared(made: CustomModule) -> tuple[Field, ...]:
    """The fields that every custom module has: a name, an address if it carries one, an owner, dates."""
    email = column(Record, "email", kind=Kind.EMAIL, listed=True)
    return (
        column(Record, "name", listed=True, sortable=True, required=not made.has_email),
        *((email,) if made.has_email else ()),
        column(Record, "owner", listed=True),
        Field(
            key="created_at", label=pgettext_lazy("date", "Added"), kind=Kind.MOMENT, editable=False, sortable=True,
            listed=True,
        ),
        Field(
            key="updated_at", label=pgettext_lazy("date", "Changed"), kind=Kind.MOMENT, editable=False, sortable=True
        ),
    )  # fmt: skip


def _visible(user: User, *, module: str) -> Records:
    return Record.objects.visible_to(user, module)


def _whole_number(value: str) -> int:
    if value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    raise NotUnderstood(value)


def _import(value: str, _asking: Asking) -> Q:
    return Q(import_id=_whole_number(value))


FILTERS = (
    Filter(key="owner", label=_("Owner")),
    Filter(key="import", label=_("Import"), condition=_import, words=lambda value: f"#{value}"),
)
