"""The fields and modules that administrators made, as everybody reads them: like those that are built in."""

from __future__ import annotations

from functools import partial

from relance.records.fields import Field, Kind, Words
from relance.records.models import CustomField


def fields_of(module: str) -> tuple[Field, ...]:
    """The custom fields of a module in their order, without those that were retired."""
    return tuple(map(_field, CustomField.objects.filter(module=module, retired_at=None)))


def _field(made: CustomField) -> Field:
    return Field(
        key=made.key, label=made.label, kind=Kind(made.kind), custom=True, target=made.target,
        options=partial(_options, made.options), required=made.is_required, listed=made.is_listed, help=made.help,
    )  # fmt: skip


def _options(options: list[tuple[str, str]]) -> dict[str, Words]:
    return dict(options)
