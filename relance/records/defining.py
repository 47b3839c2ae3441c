"""Make, change and retire the fields that administrators add to any module (REC-01). Values are never lost by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from relance.lib.refusal import Refused
from relance.records import definitions, registry
from relance.records.fields import Kind
from relance.records.models import CustomField
from relance.records.naming import key_of
from relance.team import policy
from relance.team.models import User

MOST_FIELDS = 200
MOST_CHOICES = 200
LONGEST_KEY = 40
LONGEST_LABEL = 80
LOSSLESS: Mapping[Kind, frozenset[Kind]] = {
    Kind.TEXT: frozenset({Kind.LONG_TEXT}),
    Kind.EMAIL: frozenset({Kind.TEXT, Kind.LONG_TEXT}),
    Kind.PHONE: frozenset({Kind.TEXT, Kind.LONG_TEXT}),
    Kind.URL: frozenset({Kind.TEXT, Kind.LONG_TEXT}),
    Kind.MONEY: frozenset({Kind.NUMBER}),
}
"""A field that holds values may become one of these: what is kept reads the same."""
RESERVED = frozenset({"id", "module", "tags", "custom", "import", "import_id", "kind", "search", "normal", "values"})


class BadField(Refused):
    """A field that cannot be made or changed like that; the sentence says why."""


@dataclass(frozen=True, kw_only=True)
class FieldDraft:
    """A field as it shall be. `choices` are its labels in order, with their keys where they had one before."""

    label: str
    kind: str
    choices: Sequence[tuple[str, str]] = ()
    target: str = ""
    help: str = ""
    is_required: bool = False
    is_listed: bool = False


@transaction.atomic
def add_field(module: str, draft: FieldDraft, *, by: User, now: datetime) -> CustomField:
    """A new field at the end of a module. Raises Forbidden, BadField, UnknownModule."""
    policy.require(by.is_administrator)
    declared = {field.key for field in registry.module(module).declared}
    held = CustomField.objects.select_for_update().filter(module=module)
    taken = declared | RESERVED | set(held.values_list("key", flat=True))
    if len(held) >= MOST_FIELDS:
        raise BadField(_("A module has at most %(limit)s fields of its own.") % {"limit": MOST_FIELDS})
    key = key_of(draft.label, taken=taken, longest=LONGEST_KEY, other="field")
    last = max((field.position for field in held), default=0)
    field = CustomField(module=module, key=key, position=last + 1, created_at=now)
    return _written(field, draft)


@transaction.atomic
def change_field(field: CustomField, draft: FieldDraft, *, by: User) -> CustomField:
    """Rename it, ask for it, change its choices or its type. Raises Forbidden, BadField if values would be lost."""
    policy.require(by.is_administrator)
    field = CustomField.objects.select_for_update().get(pk=field.pk)
    if draft.kind != field.kind or draft.target != field.target:
        _keep_values(field, draft, by)
    _keep_choices(field, draft, by)
    return _written(field, draft)


def _written(field: CustomField, draft: FieldDraft) -> CustomField:
    label = " ".join(draft.label.split())
    if not label or len(label) > LONGEST_LABEL:
        raise BadField(_("Give the field a label of at most %(limit)s characters.") % {"limit": LONGEST_LABEL})
    if draft.kind not in [kind.value for kind in Kind]:
        raise BadField(_("“%(kind)s” is not a type of field.") % {"kind": draft.kind})
    twins = CustomField.objects.filter(module=field.module, retired_at=None, label__iexact=label).exclude(pk=field.pk)
    if twins.exists() or any(str(known.label) == label for known in registry.module(field.module).declared):
        raise BadField(_("There is a field named “%(label)s” already. Give it another name.") % {"label": label})
    field.label, field.kind, field.help = label, draft.kind, draft.help.strip()[:200]
    field.is_required, field.is_listed = draft.is_required, draft.is_listed
    field.options, field.target = _choices(field, draft), _target(draft)
    field.save()
    definitions.forget()
    return field


def _choices(field: CustomField, draft: FieldDraft) -> list[list[str]]:
    if draft.kind not in (Kind.CHOICE, Kind.CHOICES):
        return []
    named = [(key, " ".join(label.split())[:LONGEST_LABEL]) for key, label in draft.choices if label.strip()]
    if not 0 < len(named) <= MOST_CHOICES:
        raise BadField(_("Write between 1 and %(limit)s choices, one a line.") % {"limit": MOST_CHOICES})
    if len({label.casefold() for _key, label in named}) < len(named):
        raise BadField(_("A choice stands there twice. Keep it once."))
    before = {key for key, _label in field.options}
    made: dict[str, str] = {key: label for key, label in named if key in before}
    taken = set(before)
    found: list[list[str]] = []
    for key, label in named:
        if key not in made:
            key = key_of(label, taken=taken, longest=LONGEST_KEY, other="choice")
            taken.add(key)
        found.append([key, label])
    return found


def _target(draft: FieldDraft) -> str:
    if draft.kind != Kind.LINK:
        return ""
    try:
        return registry.module(draft.target).key
    except registry.UnknownModule:
        raise BadField(_("Choose the module whose records the field links to.")) from None


def _keep_values(field: CustomField, draft: FieldDraft, by: User) -> None:
    held = holding(field, by=by)
    lossless = draft.kind in LOSSLESS.get(Kind(field.kind), frozenset())
    if held and not lossless:
        raise BadField(
            ngettext(
                "%(count)s record holds a value here, which another type would lose. Make a second field instead.",
                "%(count)s records hold a value here, which another type would lose. Make a second field instead.",
                held,
            )
            % {"count": held}
        )


def _keep_choices(field: CustomField, draft: FieldDraft, by: User) -> None:
    """A choice that records hold stays until they hold another."""
    if draft.kind not in (Kind.CHOICE, Kind.CHOICES):
        return
    staying = {key for key, label in draft.choices if label.strip()}
    for key, label in field.options:
        if key not in staying and (held := holding(field, by=by, choice=key)):
            told = ngettext(
                "%(count)s record holds “%(choice)s”. Give it another value first, or keep the choice.",
                "%(count)s records hold “%(choice)s”. Give them another value first, or keep the choice.",
                held,
            )
            raise BadField(told % {"count": held, "choice": label})


def holding(field: CustomField, *, by: User, choice: str = "") -> int:
    """How many records hold a value of this field, or this choice; counted up to a thousand."""
    rows = registry.module(field.module).visible(by)
    told: object = [choice] if field.kind == Kind.CHOICES else choice
    wanted = Q(custom__contains={field.key: told}) if choice else Q(custom__has_key=field.key)
    return int(rows.filter(wanted).order_by().values("pk")[:1_000].count())


@transaction.atomic
def retire_field(field: CustomField, *, by: User, now: datetime) -> None:
    """Show it nowhere any more; its values stay, and come back with it. Raises Forbidden."""
    policy.require(by.is_administrator)
    CustomField.objects.filter(pk=field.pk, retired_at=None).update(retired_at=now)
    definitions.forget()


@transaction.atomic
def restore_field(field: CustomField, *, by: User) -> None:
    """Bring a retired field back with its values. Raises Forbidden, BadField."""
    policy.require(by.is_administrator)
    if CustomField.objects.filter(module=field.module, retired_at=None, label__iexact=field.label).exists():
        raise BadField(_("There is a field named “%(label)s” already. Give it another name.") % {"label": field.label})
    CustomField.objects.filter(pk=field.pk).update(retired_at=None)
    definitions.forget()


@transaction.atomic
def order_fields(module: str, ids: Sequence[int], *, by: User) -> None:
    """The fields of a module in this order; those that are not named follow. Raises Forbidden."""
    policy.require(by.is_administrator)
    held = {field.pk: field for field in CustomField.objects.select_for_update().filter(module=module)}
    named = [held.pop(pk) for pk in dict.fromkeys(ids) if pk in held]
    for position, field in enumerate([*named, *held.values()], start=1):
        field.position = position
        field.save(update_fields=["position"])
    definitions.forget()
