"""Links of records to records and to colleagues: found by what people type, named, and never to what one may not see.

What somebody may not see is answered like what is not there (X8).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from django.db.models import CharField
from django.utils.translation import gettext as _

from relance.lib import addresses
from relance.lib.fold import fold
from relance.records import registry
from relance.records.fields import Field, Kind, Value, Values
from relance.records.registry import Listed
from relance.records.values import BadValue
from relance.team.models import User

ADDRESSES = {"addresses": "addresses__normal", "normal": "normal"}
"""Where the rows of a module keep their addresses as they compare, by the name of the column or relation."""


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
    ids = _colleagues(text) if field.kind == Kind.USER else meant(field, [text], by=by).get(text, ())
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


def meant(field: Field, texts: Iterable[str], *, by: User) -> Mapping[str, Sequence[int]]:
    """The records that each text means, of those that a colleague sees: by number, else by address, else by name.

    Two of one name are both told; what means nothing is left out. One query for each of the three ways.
    """
    rows, wanted = registry.linked(field, by).order_by(), set(texts)
    found: dict[str, list[int]] = {}
    for path, key_of in _ways(registry.module(field.target)):
        keys = {text: key for text in wanted - found.keys() if (key := key_of(text)) is not None}
        ids: dict[object, set[int]] = defaultdict(set)
        for key, pk in rows.filter(**{f"{path}__in": set(keys.values())}).values_list(path, "pk") if keys else ():
            ids[key].add(pk)
        found.update((text, sorted(ids[key])) for text, key in keys.items() if key in ids)
    return found


def _ways(listed: Listed) -> Iterator[tuple[str, Callable[[str], int | str | None]]]:
    columns = {column.name: column for column in listed.model._meta.get_fields()}
    yield "pk", _number
    if path := next((path for name, path in ADDRESSES.items() if name in columns), ""):
        yield path, _address
    starts = columns[listed.starts]
    longest = starts.max_length if isinstance(starts, CharField) else None
    yield listed.starts, lambda text: fold(text.strip())[:longest]


def _number(text: str) -> int | None:
    bare = text.strip()
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) < 19 else None


def _address(text: str) -> str | None:
    try:
        return addresses.parse(text).normal
    except addresses.InvalidAddress:
        return None


def names(field: Field, ids: Iterable[int], *, by: User | None = None) -> Mapping[int, str]:
    """What linked records and colleagues are called, by id; only those that `by` may see, if that is given."""
    wanted = set(ids)
    if not wanted:
        return {}
    if field.kind == Kind.USER:
        return {user.pk: str(user) for user in User.objects.filter(pk__in=wanted)}
    return {row.pk: str(row) for row in registry.linked(field, by).filter(pk__in=wanted)}
