"""The lines of the audit in words: which fields changed, from what to what (REC-10)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from relance.records import registry
from relance.records.fields import Field, Kind, Words
from relance.records.models import Change
from relance.records.values import WORDS
from relance.team.models import User
from relance.web import format as fmt

ACTS: Mapping[str, tuple[str, str]] = {  # icon, tone
    Change.Act.ADDED: ("plus", ""),
    Change.Act.CHANGED: ("pencil", ""),
    Change.Act.DELETED: ("trash-2", "bad"),
    Change.Act.CONVERTED: ("arrow-right-left", "good"),
    Change.Act.MERGED: ("git-compare", ""),
    Change.Act.UNDONE: ("undo-2", ""),
}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One field that changed, as people read it; empty for nothing."""

    label: Words
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What is needed to read the lines of a page: the fields of their modules, and which linked records one may see."""

    fields: Mapping[tuple[str, str], Field]
    visible: frozenset[tuple[str, int]]

    @classmethod
    def of(cls, lines: Iterable[Change], user: User) -> Reading:
        """One look at each module that occurs, and one at each module that is linked to."""
        lines = list(lines)
        known = {(module, field.key): field for module in _modules(lines) for field in registry.fields(module)}
        linked: dict[str, set[int]] = {}
        for line in lines:
            for key, values in line.fields.items():
                field = known.get((line.module, key))
                if field is not None and field.kind == Kind.LINK and field.target:
                    for target in (field.target, *field.also):
                        linked.setdefault(target, set()).update(_ids(values))
        seen = {(target, pk) for target, ids in linked.items() if ids for pk in _visible(target, ids, user)}
        return cls(fields=known, visible=frozenset(seen))

    def differences(self, line: Change) -> tuple[Difference, ...]:
        """The fields that a line names and that still are there; not the moments that Relance notes by itself."""
        return tuple(self._differences(line))

    def _differences(self, line: Change) -> Iterator[Difference]:
        for key, (before, after) in line.fields.items():
            field = self.fields.get((line.module, key))
            if field is not None and not _follows(field):
                yield Difference(label=field.label, before=self.told(field, before), after=self.told(field, after))

    def told(self, field: Field, value: object) -> str:
        """A value of the audit as people read it."""
        if isinstance(value, dict):
            return self._link(field, value)
        if isinstance(value, list):
            return ", ".join(_choice(field, str(one)) for one in value)
        if isinstance(value, bool):
            return str(WORDS[value])
        return "" if value is None else _written(field, str(value))

    def _link(self, field: Field, value: Mapping[str, object]) -> str:
        targets = (field.target, *field.also)
        hidden = field.kind == Kind.LINK and not any((one, value.get("id")) in self.visible for one in targets)
        return _("a record that you may not see") if hidden else str(value.get("name", ""))


def said(line: Change) -> str:
    """What was done, in two or three words."""
    match line.act:
        case Change.Act.ADDED:
            return _("Added to Relance")
        case Change.Act.CONVERTED:
            return _("Became a contact")
        case Change.Act.MERGED:
            return _("Merged with another record")
        case Change.Act.UNDONE:
            return _("A change was taken back")
        case Change.Act.DELETED:
            return _("Deleted")
        case _:
            return _("Changed")


def by_whom(line: Change) -> str:
    """The colleague and the door, if it was not the usual one."""
    who = line.by.name if line.by else ""
    door = str(line.get_way_display()) if line.way != Change.Way.PAGE else ""
    return ", ".join(part for part in (who, door[:1].lower() + door[1:] if who else door) if part)


def _follows(field: Field) -> bool:
    """Since when a deal is in its stage, when a task was done: the moment of the line itself."""
    return field.kind == Kind.MOMENT and not field.editable


def _modules(lines: Iterable[Change]) -> set[str]:
    known = {listed.key for listed in registry.modules()}
    return {line.module for line in lines} & known


def _ids(values: Iterable[object]) -> Iterator[int]:
    for value in values:
        if isinstance(value, dict) and isinstance(value.get("id"), int):
            yield value["id"]


def _visible(target: str, ids: set[int], user: User) -> Iterable[int]:
    rows = registry.module(target).visible(user)
    return list(rows.filter(pk__in=ids).values_list("pk", flat=True))


def _choice(field: Field, key: str) -> str:
    return str(field.options().get(key, key))


def _written(field: Field, text: str) -> str:
    language = get_language()
    try:
        match field.kind:
            case Kind.CHOICE | Kind.CHOICES:
                return _choice(field, text)
            case Kind.MOMENT:
                local = datetime.fromisoformat(text).astimezone(timezone.get_current_timezone())
                return f"{fmt.day_name(local.date(), language)}, {local:%H:%M}"
            case Kind.DATE:
                return fmt.day_name(date.fromisoformat(text), language)
            case Kind.NUMBER | Kind.MONEY:
                number = Decimal(text)
                return fmt.figure(number, language, 0 if number == number.to_integral_value() else 2)
            case _:
                return text
    except (ValueError, InvalidOperation):
        return text
