"""The fields and modules that administrators made, as everybody reads them: like those that are built in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from relance.records import definitions
from relance.records.fields import Field, Kind, Words
from relance.records.models import CustomField, CustomModule, Record, Tag
from relance.team import policy
from relance.team.models import User


def tag_names() -> dict[str, Words]:
    """The tags in use anywhere in the house."""
    return {name: name for name in Tag.objects.values_list("name", flat=True)}


TAGS = Field(
    key="tags", label=_("Tags"), kind=Kind.CHOICES, custom=True, options=tag_names, open=True,
    help=_("Words of your own, with commas between them."),
)  # fmt: skip
"""Every record of every module can be tagged; the words lie with its custom values."""
IN_USE = "SELECT * FROM records_customfield WHERE retired_at IS NULL ORDER BY position, id"
"""Written out: nearly every action asks for it, and Django takes longer to write it than PostgreSQL to answer."""


def fields_of(module: str) -> tuple[Field, ...]:
    """The custom fields of a module in their order, without those that were retired, then the tags."""
    return (*own_fields().get(module, ()), TAGS)


def own_fields() -> Mapping[str, tuple[Field, ...]]:
    """The custom fields of all modules that have any, without those that were retired: one look for all."""
    return definitions.once("fields", _by_module)


def _by_module() -> Mapping[str, tuple[Field, ...]]:
    found: dict[str, tuple[Field, ...]] = {}
    for made in CustomField.objects.raw(IN_USE):
        found[made.module] = (*found.get(made.module, ()), field_of(made))
    return found


def modules() -> tuple[CustomModule, ...]:
    """The custom modules in their order, without those that were retired."""
    return definitions.once("modules", lambda: tuple(CustomModule.objects.filter(retired_at=None)))


def module(key: str) -> CustomModule | None:
    """One of them, or None."""
    return next((made for made in modules() if made.key == key), None)


def visible_records(user: User) -> QuerySet[Record]:
    """The records of all custom modules that a colleague may see, each module by its own reach."""
    reach = Q(pk__in=[])
    for made in modules():
        reach |= Q(policy.scope(user, made.key), module=made.key)
    return Record.objects.filter(reach)


def field_of(made: CustomField) -> Field:
    """A custom field as everybody knows it."""
    return Field(
        key=made.key, label=made.label, kind=Kind(made.kind), custom=True, target=made.target,
        options=partial(_options, made.options), required=made.is_required, listed=made.is_listed, help=made.help,
    )  # fmt: skip


def _options(options: list[tuple[str, str]]) -> dict[str, Words]:
    return dict(options)
