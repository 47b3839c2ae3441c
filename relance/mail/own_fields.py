"""The fields that administrators made, as templates use them: `{Person.plan}`, `{Account.seats}` (TPL-02).

Each is one SQL expression over the row's `custom`, as text: choices by their labels, colleagues by their names, linked
records by theirs, if both the writer of the mail and whoever signs it may see them; otherwise the field is empty.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from django.utils.functional import lazy

from relance.mail.catalogue import Field
from relance.mail.outbound.placeholders import FieldKind
from relance.records import custom, custom_keys, registry
from relance.records.fields import Field as RecordField
from relance.records.fields import Kind
from relance.team import policy
from relance.team.models import Module

KINDS: Mapping[Kind, FieldKind] = {
    Kind.NUMBER: FieldKind.NUMBER,
    Kind.MONEY: FieldKind.MONEY,
    Kind.DATE: FieldKind.DATE,
    Kind.MOMENT: FieldKind.DATETIME,
    Kind.URL: FieldKind.URL,
}
SAMPLES: Mapping[Kind, str] = {
    Kind.NUMBER: "12",
    Kind.MONEY: "1250",
    Kind.DATE: "2026-12-31",
    Kind.MOMENT: "2026-12-31T09:00:00",
    Kind.URL: "https://mercadier.example",
    Kind.EMAIL: "olivier@mercadier.example",
    Kind.PHONE: "02 40 55 01 02",
    Kind.USER: "Camille Aubry",
}
MOMENT = (
    "to_char(({value})::timestamptz AT TIME ZONE coalesce((SELECT time_zone FROM team_organisation WHERE id = 1), "
    "'UTC'), 'YYYY-MM-DD\"T\"HH24:MI:SS')"
)
YES_NO = (
    "CASE {value} WHEN 'true' THEN CASE {french} WHEN 'fr' THEN 'oui' ELSE 'yes' END "
    "WHEN 'false' THEN CASE {french} WHEN 'fr' THEN 'non' ELSE 'no' END END"
)
FRENCH = "(SELECT language FROM team_organisation WHERE id = 1)"
SEVERAL = (
    "(SELECT string_agg(coalesce({labels} ->> one.key, one.key), ', ' ORDER BY one.place) "
    "FROM jsonb_array_elements_text(CASE jsonb_typeof({json}) WHEN 'array' THEN {json} ELSE '[]' END) "
    "WITH ORDINALITY AS one(key, place))"
)
COLLEAGUE = "(SELECT owner.name FROM team_user owner WHERE owner.id::text = {value})"


def people_fields() -> Iterable[Field]:
    """Those of leads and contacts, then those of accounts."""
    yield from placeholders("Person", "p.custom", (Module.LEAD, Module.CONTACT))
    yield from placeholders("Account", "c.custom", (Module.ACCOUNT,))


def placeholders(
    prefix: str, column: str, modules: Iterable[str], *, frame: str = "{sql}", subject: str = ""
) -> list[Field]:
    """The fields of some modules under one prefix; where two modules have a field of one key, it is one field."""
    found: dict[str, list[RecordField]] = {}
    for module in modules:
        for field in custom.fields_of(module):
            found.setdefault(field.key, []).append(field)
    return [
        Field(
            name=f"{prefix}.{key}", label=same[0].label, sample=_example(same[0]), kind=_kind(same),
            column=frame.replace("{sql}", sql(same, column)), subject=subject,
        )
        for key, same in found.items()
        if _is_one(same)
    ]  # fmt: skip


def _is_one(same: list[RecordField]) -> bool:
    """Links are one field if they lead to the same records, and these are still there."""
    targets = {(field.target, field.also) if field.kind == Kind.LINK else None for field in same}
    if targets == {None}:
        return True
    known = {listed.key for listed in registry.modules()}
    return len(targets) == 1 and known.issuperset((same[0].target, *same[0].also))


def _kind(same: list[RecordField]) -> FieldKind:
    kinds = {KINDS.get(field.kind, FieldKind.TEXT) for field in same}
    return kinds.pop() if len(kinds) == 1 else FieldKind.TEXT


def _sample(field: RecordField) -> str:
    if field.kind in (Kind.CHOICE, Kind.CHOICES):
        return str(next(iter(field.options().values()), field.label))
    return SAMPLES.get(field.kind, str(field.label))


_example = lazy(_sample, str)
"""The same, looked for when it is shown: sending shows none, and what tags there are is asked of the database."""


def sql(same: list[RecordField], column: str) -> str:
    """The expression of a field; keys hold letters, figures and underscores only (records.naming)."""
    key = same[0].key
    value, told = f"{column} ->> '{key}'", f"{column} -> '{key}'"
    kinds = {field.kind for field in same}
    if kinds <= {Kind.CHOICE}:
        return f"coalesce({_labels(same)} ->> ({value}), {value})"
    if kinds <= {Kind.CHOICES}:
        return SEVERAL.replace("{labels}", _labels(same)).replace("{json}", told)
    if len(kinds) > 1:
        return f"({value})"
    if kinds == {Kind.LINK}:
        return _linked(same[0], column)
    frames = {Kind.MOMENT: MOMENT, Kind.YES_NO: YES_NO, Kind.USER: COLLEAGUE}
    return frames.get(kinds.pop(), "({value})").replace("{value}", value).replace("{french}", FRENCH)


def _linked(field: RecordField, column: str) -> str:
    """The name of the record that a link leads to, for those who may see it."""
    rows = [registry.module(key) for key in (field.target, *field.also)]
    seen = [
        " AND ".join([
            *(f"t.{within} = '{listed.key}'" for within in listed.within),
            policy.scope_sql(listed.key, owner="t.owner_id", viewers="u.id, m.sender_id"),
        ])
        for listed in rows
    ]  # fmt: skip
    table, id = rows[0].model._meta.db_table, custom_keys.link_sql(field.key, column)
    return f"(SELECT t.{rows[0].name} FROM {table} t WHERE t.id = {id} AND (({') OR ('.join(seen)})))"


def _labels(same: list[RecordField]) -> str:
    """The labels of choices as a JSON literal, in which nothing is left that SQL, its driver or a frame would read."""
    labels = {key: str(label) for field in same if not field.open for key, label in field.options().items()}
    told = json.dumps(labels)[1:-1]
    for sign in "'%{}":
        told = told.replace(sign, f"\\u{ord(sign):04x}")
    return f"'{{{told}}}'::jsonb"
