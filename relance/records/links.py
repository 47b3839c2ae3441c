"""Links of records to records and to colleagues: found by what people type, named, and never to what one may not see.

What somebody may not see is answered like what is not there (X8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.db.models import Q
from django.utils.translation import gettext as _

from relance.lib.fold import fold
from relance.records import registry
from relance.records.fields import Field, Kind, Value, Values
from relance.records.values import BadValue
from relance.team.models import User


def checked(fields: Iterable[Field], values: Values, *, by: User, now: Values | None = None) -> Values:
    """The same values, once each link leads to a record that this colleague may see. Raises BadValue.

    What stands `now` may stay: a colleague who has left, or a record that only its owner sees.
    """
    known = {field.key: field for field in fields if field.kind in (Kind.LINK, Kind.USER)}
    for key, value in values.items():
        if key in known and value is not None and (now is None or now.get(key) != value):
            _reachable(known[key], value, by)
    return values


def _reachable(field: Field, value: Value, by: User) -> None:
    ids = {int(one) for one in value} if isinstance(value, tuple) else {int(str(value))}
    rows = User.objects.filter(is_active=True) if field.kind == Kind.USER else registry.linked(field, by)
    if rows.filter(pk__in=ids).count() != len(ids):
        raise BadValue(
            _("What %(field)s should link to is not there. Choose another, or leave it empty.")
            % {"field": field.label},
            field=field.key,
        )


def found(field: Field, text: str, *, by: User) -> Value:
    """The id behind what was typed: an id, an address or a name that one record alone bears. Raises BadValue."""
    if not text.strip():
        return None
    if field.many:
        one = replace(field, many=False)
        return tuple(str(found(one, part, by=by)) for part in text.splitlines() if part.strip()) or None
    ids = _colleagues(text) if field.kind == Kind.USER else _records(field, text, by)
    if len(ids) == 1:
        return ids[0]
    told = (
        _("%(field)s: several are called “%(value)s”. Choose one of the list.")
        if ids
        else _("%(field)s: there is no “%(value)s”. Choose one of the list, or leave it empty.")
    )
    raise BadValue(told % {"field": field.label, "value": text[:80]}, field=field.key)


def _colleagues(text: str) -> list[int]:
    wanted = fold(text)
    active = User.objects.filter(is_active=True).values_list("pk", "email", "name")
    return [pk for pk, email, name in active if wanted in (str(pk), fold(email), fold(name))]


def _records(field: Field, text: str, by: User) -> list[int]:
    """By id, then by address, then by name; two of one name are both given."""
    listed, bare = registry.module(field.target), text.strip()
    rows = registry.linked(field, by).order_by("pk")
    if bare.isascii() and bare.isdigit() and len(bare) < 19 and (ids := _ids(rows.filter(pk=int(bare)))):
        return ids
    if "@" in bare and any(column.name == "primary_email" for column in listed.model._meta.get_fields()):
        return _ids(rows.filter(primary_email__iexact=bare))
    return _ids(rows.filter(Q(**{listed.starts: fold(bare)[:250]})))


def _ids(rows: registry.Rows) -> list[int]:
    return list(rows.values_list("pk", flat=True)[:2])


def names(field: Field, ids: Iterable[int], *, by: User | None = None) -> Mapping[int, str]:
    """What linked records and colleagues are called, by id; only those that `by` may see, if that is given."""
    wanted = set(ids)
    if not wanted:
        return {}
    if field.kind == Kind.USER:
        return {user.pk: str(user) for user in User.objects.filter(pk__in=wanted)}
    return {row.pk: str(row) for row in registry.linked(field, by).filter(pk__in=wanted)}
