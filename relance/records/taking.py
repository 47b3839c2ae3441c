"""Take values of custom fields into a row: complete, linked to what one may see, and merged with what it holds."""

from __future__ import annotations

from collections.abc import Mapping

from relance.records import links, values
from relance.records.custom import fields_of
from relance.records.fields import Values
from relance.team.models import User


def custom_values(module: str, held: Mapping[str, object], told: Values, *, by: User, new: bool) -> dict[str, object]:
    """What the row's `custom` is to hold. Raises BadValue."""
    fields = fields_of(module)
    values.completed(fields, told, new=new)
    standing = {field.key: values.kept(field, held.get(field.key)) for field in fields}
    return values.merged(held, links.checked(fields, told, by=by, now={} if new else standing))
