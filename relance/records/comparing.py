"""One field compared with what was asked: a column by its lookup, a custom field by the expression of its type.

What is compared is never unknown to the database: a missing value is simply not met, so that the contrary of a
condition is exactly the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, Exists, Func, JSONField, OuterRef, Q, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, In, LessThan, LessThanOrEqual

from relance.lib.criteria import Operator
from relance.records import custom_keys, indexes, matching, registry, values, when
from relance.records.custom_keys import NOTHING, NUMERIC
from relance.records.fields import Field, Kind
from relance.records.fields import Value as Told
from relance.records.registry import Asking, Listed, Rows
from relance.records.values import BadValue, Habits
from relance.team import policy
from relance.team.models import User

Op = Operator
WRITTEN = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.EMAIL, Kind.PHONE, Kind.URL})
NULLABLE = frozenset({Kind.NUMBER, Kind.MONEY, Kind.DATE, Kind.MOMENT, Kind.YES_NO, Kind.USER})
ME, MY_TEAM, NOBODY = "me", "my_team", "none"
LOOKUPS = {Op.IS: "exact", Op.MORE: "gt", Op.LESS: "lt", Op.AT_LEAST: "gte", Op.AT_MOST: "lte"}
COMPARED: Mapping[Operator, Callable[..., Combinable]] = {
    Op.IS: Exact,
    Op.MORE: GreaterThan,
    Op.LESS: LessThan,
    Op.AT_LEAST: GreaterThanOrEqual,
    Op.AT_MOST: LessThanOrEqual,
}


def compared(listed: Listed, field: Field, operator: Operator, given: tuple[str, ...], asking: Asking) -> Q:
    """The rows whose field meets this; `operator` is never a contrary. Raises BadValue."""
    if operator is Op.FILLED:
        return _filled(listed, field, asking)
    match field.kind:
        case Kind.DATE | Kind.MOMENT:
            return _in_time(listed, field, operator, given, asking)
        case Kind.USER:
            return _of_colleagues(listed, field, given, asking)
        case Kind.LINK:
            return linked(listed, field, visible(field, asking).filter(pk__in=[_id(field, text) for text in given]))
        case Kind.NUMBER | Kind.MONEY:
            return _numbers(listed, field, operator, [_number(field, text) for text in given])
        case _:
            return _texts(listed, field, operator, [_read(field, text, asking) for text in given])


def zone_of(asking: Asking) -> ZoneInfo:
    """Where the asker's days begin."""
    return ZoneInfo(asking.user.time_zone)


def refusal(field: Field, text: str) -> BadValue:
    """The sentence for a value that its field cannot be compared with."""
    return values.refusal(field, text)


def _column(listed: Listed, field: Field, condition: Q) -> Q:
    """The condition on a column; one that lies in other rows is met by any of them."""
    if not field.many and "__" not in field.path:
        return condition
    return Q(Exists(listed.model._default_manager.filter(condition, pk=OuterRef("pk"))))


def visible(link: Field, asking: Asking) -> Rows:
    """The records which a link may lead this colleague to."""
    return registry.linked(link, asking.user)


def linked(listed: Listed, link: Field, seen: Rows) -> Q:
    """The rows whose link leads to one of these records."""
    if link.custom:
        return Q(Exists(seen.filter(pk=custom_keys.link(link.key, OuterRef("custom")))))
    if link.many or "__" in link.path:
        return _column(listed, link, Q(**{f"{link.path}__in": seen.order_by().values("pk")}))
    return Q(Exists(seen.filter(pk=OuterRef(link.path.removesuffix("_id") + "_id"))))


def _filled(listed: Listed, field: Field, asking: Asking) -> Q:
    if field.kind == Kind.LINK:
        modules = (field.target, *field.also)
        if not field.custom and all(policy.level(asking.user, one, "read") == policy.ALL for one in modules):
            return _column(listed, field, Q(**{f"{field.path}__isnull": False}))
        return linked(listed, field, visible(field, asking))
    if field.custom:
        return _is_there(field)
    there = Q(**{f"{field.path}__isnull": False})
    if field.kind in NULLABLE:
        return _column(listed, field, there)
    nothing: object = [] if _is_json(listed, field) else ""
    return _column(listed, field, there & ~Q(**{field.path: nothing}))


def _is_there(field: Field) -> Q:
    return Q(GreaterThan(custom_keys.sortable(field), _value(field, NOTHING[field.kind in NUMERIC])))


def _value(field: Field, value: float | str) -> Value:
    return Value(value, output_field=custom_keys.sortable(field).output_field)


def _is_json(listed: Listed, field: Field) -> bool:
    return "__" not in field.path and isinstance(listed.model._meta.get_field(field.path), JSONField)


# Texts, choices, yes or no


def _read(field: Field, text: str, asking: Asking) -> Told:
    """What somebody wrote as the field holds it; texts as they are. Raises BadValue."""
    if field.kind in WRITTEN:
        return text.strip()
    read = values.read(field, text, Habits(zone=zone_of(asking)))
    return read[0] if isinstance(read, tuple) else read


def _texts(listed: Listed, field: Field, operator: Operator, read: list[Told]) -> Q:
    if field.kind == Kind.CHOICES:
        return reduce(or_, (_holds(listed, field, one) for one in read))
    if field.custom:
        return _custom_texts(field, operator, [_as_kept(one) for one in read]) & _indexed(listed, field, operator, read)
    lookup = {Op.CONTAINS: "icontains", Op.STARTS: "istartswith"}.get(operator)
    if lookup:
        sought = _searched(listed, field, str(read[0]))
        return _column(listed, field, Q(**{f"{field.path}__{lookup}": read[0]})) & sought
    return _column(listed, field, Q(**({f"{field.path}__in": read} if len(read) > 1 else {field.path: read[0]})))


def _holds(listed: Listed, field: Field, key: Told) -> Q:
    """Whether a choice of several is among those kept."""
    if field.custom:
        return Q(custom__contains={field.key: [key]})
    if _is_json(listed, field):
        return Q(**{f"{field.path}__contains": [key]})
    return _column(listed, field, Q(**{field.path: key}))


def _indexed(listed: Listed, field: Field, operator: Operator, read: Sequence[Told]) -> Q:
    """The same in the form that the index of all custom values serves, where the field has none of its own.

    That index leaves out rows without any value, so they are left out by name.
    """
    if operator in (Op.CONTAINS, Op.STARTS) or indexes.is_ready(listed, field):
        return Q()
    any_of = reduce(or_, (Q(custom__contains={field.key: values.plain(one)}) for one in read))
    return any_of & ~Q(custom={})


def _searched(listed: Listed, field: Field, text: str) -> Q:
    """What the search column must hold if this field holds the text: its index of trigrams finds few rows at once."""
    sought = matching.words(text)
    if field.key not in listed.searched or not any(map(matching.has_grams, sought)):
        return Q()
    return matching.gathering(listed, text)


def _as_kept(value: Told) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _custom_texts(field: Field, operator: Operator, read: list[str]) -> Q:
    key = custom_keys.sortable(field)
    if operator in (Op.CONTAINS, Op.STARTS):
        text = _escaped(read[0].lower())
        pattern = Value(f"%{text}%" if operator is Op.CONTAINS else f"{text}%", output_field=TextField())
        return Q(Func(Func(key, function="lower"), pattern, template="(%(expressions)s)", arg_joiner=" LIKE ",
                      output_field=BooleanField()))  # fmt: skip
    return Q(In(key, read)) if len(read) > 1 else Q(Exact(key, _value(field, read[0])))


def _escaped(text: str) -> str:
    """A text in a pattern of LIKE."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


# Numbers


def _number(field: Field, text: str) -> Decimal:
    read = values.read(field, text)
    if not isinstance(read, Decimal):
        raise refusal(field, text)
    return read


def _numbers(listed: Listed, field: Field, operator: Operator, read: list[Decimal]) -> Q:
    pairs = [(Op.AT_LEAST, read[0]), (Op.AT_MOST, read[1])] if operator is Op.BETWEEN else [(operator, read[0])]
    if not field.custom:
        return _column(listed, field, Q(**{f"{field.path}__{LOOKUPS[each]}": value for each, value in pairs}))
    found = _is_there(field)
    for each, value in pairs:
        found &= Q(COMPARED[each](custom_keys.sortable(field), _value(field, float(value))))
    return found


# Days and moments


def _in_time(listed: Listed, field: Field, operator: Operator, given: tuple[str, ...], asking: Asking) -> Q:
    zone = zone_of(asking)
    try:
        ends: tuple[date | None, date | None]
        if field.kind == Kind.DATE:
            ends = when.days(operator, given, today=asking.now.astimezone(zone).date())
        else:
            ends = when.moments(operator, given, now=asking.now, zone=zone)
    except ValueError:
        raise refusal(field, " ".join(given)) from None
    if field.custom:
        return _custom_in_time(field, ends)
    met = {f"{field.path}__{lookup}": end for lookup, end in zip(("gte", "lt"), ends, strict=True) if end is not None}
    return _column(listed, field, Q(**met))


def _custom_in_time(field: Field, ends: tuple[date | None, date | None]) -> Q:
    found = _is_there(field)
    for compare, end in zip((GreaterThanOrEqual, LessThan), ends, strict=True):
        if end is not None:
            found &= Q(compare(custom_keys.sortable(field), _value(field, _kept(end))))
    return found


def lately(field: Field, since: datetime, asking: Asking) -> Q:
    """The rows whose custom day or moment lies between then and now, today included."""
    if field.kind == Kind.MOMENT:
        return _custom_in_time(field, (since, asking.now + timedelta(seconds=1)))
    zone = zone_of(asking)
    return _custom_in_time(field, (since.astimezone(zone).date(), asking.now.astimezone(zone).date() + timedelta(1)))


def _kept(end: date) -> str:
    return end.astimezone(UTC).isoformat(timespec="seconds") if isinstance(end, datetime) else end.isoformat()


# Colleagues and records


def _id(field: Field, text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    raise refusal(field, text)


def _of_colleagues(listed: Listed, field: Field, given: tuple[str, ...], asking: Asking) -> Q:
    found = Q()
    known = {text for text in given if text not in (ME, MY_TEAM, NOBODY)}
    ids = {_id(field, text) for text in known} | ({asking.user.pk} if ME in given else set())
    if MY_TEAM in given:
        ids |= _team_of(asking.user)
    if ids:
        found |= _is_one_of(listed, field, ids)
    return found | ~_filled(listed, field, asking) if NOBODY in given else found


def _team_of(user: User) -> set[int]:
    """The colleagues of one's team, oneself among them."""
    mates = User.objects.filter(team_id=user.team_id).values_list("pk", flat=True) if user.team_id else ()
    return {user.pk, *mates}


def _is_one_of(listed: Listed, field: Field, ids: set[int]) -> Q:
    if field.custom:
        told = sorted(ids)
        return _custom_texts(field, Op.ONE_OF, [str(pk) for pk in told]) & _indexed(listed, field, Op.ONE_OF, told)
    return _column(listed, field, Q(**({field.path: min(ids)} if len(ids) == 1 else {f"{field.path}__in": ids})))
