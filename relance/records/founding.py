"""Make, change and retire the modules that administrators add (REC-01), with the reach that each role has on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from relance.lib.refusal import Refused
from relance.records import definitions, registry
from relance.records.models import CustomModule, Record
from relance.records.naming import key_of
from relance.team import policy
from relance.team.models import Grant, Module, User

MOST_MODULES = 50
LONGEST_KEY = 20
LONGEST_NAME = 60
ICONS = (
    "table-2", "calendar-check", "file-text", "folder", "star", "flag", "banknote", "trophy", "life-buoy", "key-round",
    "timer", "bookmark", "building-2", "users-round", "phone", "monitor", "smartphone", "megaphone", "plug", "zap",
)  # fmt: skip
RESERVED = frozenset({*Module.values, "person", "people", "record", "records", "new", "user", "users", "sender"})


class BadModule(Refused):
    """A module that cannot be made or changed like that; the sentence says why."""


@dataclass(frozen=True, kw_only=True)
class ModuleDraft:
    """A module as it shall be: what one record is called, and several of them."""

    name: str
    plural: str
    icon: str = ICONS[0]
    has_email: bool = False


@transaction.atomic
def add_module(draft: ModuleDraft, *, by: User, now: datetime) -> CustomModule:
    """A new module; each role gets on it the reach that it has on contacts. Raises Forbidden, BadModule."""
    policy.require(by.is_administrator)
    keys = set(CustomModule.objects.values_list("key", flat=True))
    if len(keys) >= MOST_MODULES:
        raise BadModule(_("There are at most %(limit)s modules of your own.") % {"limit": MOST_MODULES})
    taken = keys | RESERVED | {listed.key for listed in registry.modules()}
    key = key_of(draft.plural or draft.name, taken=taken, longest=LONGEST_KEY, other="module")
    made = _written(CustomModule(key=key, position=len(keys) + 1, created_at=now), draft)
    Grant.objects.bulk_create(
        Grant(role_id=of.role_id, module=key, read=of.read, edit=of.edit, delete_level=of.delete_level)
        for of in Grant.objects.filter(module=Module.CONTACT)
    )
    return made


@transaction.atomic
def change_module(module: CustomModule, draft: ModuleDraft, *, by: User) -> CustomModule:
    """Another name, icon, or an address for its records. Raises Forbidden, BadModule if addresses would be lost."""
    policy.require(by.is_administrator)
    module = CustomModule.objects.select_for_update().get(pk=module.pk)
    held = Record.objects.of(module.key).exclude(normal="").count() if module.has_email and not draft.has_email else 0
    if held:
        told = ngettext(
            "%(count)s record holds an e-mail address, which would be lost.",
            "%(count)s records hold an e-mail address, which would be lost.",
            held,
        )
        raise BadModule(told % {"count": held})
    return _written(module, draft)


def _written(module: CustomModule, draft: ModuleDraft) -> CustomModule:
    name, plural = " ".join(draft.name.split()), " ".join(draft.plural.split())
    if not name or not plural or max(len(name), len(plural)) > LONGEST_NAME:
        raise BadModule(
            _("Say what one record and what several are called, in at most %(limit)s characters.")
            % {"limit": LONGEST_NAME}
        )
    others = (listed for listed in registry.modules() if listed.key != module.key)
    if any(str(listed.label).casefold() == plural.casefold() for listed in others):
        raise BadModule(_("There is a module named “%(name)s” already. Give it another name.") % {"name": plural})
    module.name, module.plural, module.has_email = name, plural, draft.has_email
    module.icon = draft.icon if draft.icon in ICONS else ICONS[0]
    module.save()
    definitions.forget()
    return module


@transaction.atomic
def retire_module(module: CustomModule, *, by: User, now: datetime) -> None:
    """Show it nowhere any more; its records stay, and come back with it. Raises Forbidden."""
    policy.require(by.is_administrator)
    CustomModule.objects.filter(pk=module.pk, retired_at=None).update(retired_at=now)
    definitions.forget()


@transaction.atomic
def restore_module(module: CustomModule, *, by: User) -> None:
    """Bring a retired module back with its records. Raises Forbidden, BadModule."""
    policy.require(by.is_administrator)
    if any(str(listed.label).casefold() == module.plural.casefold() for listed in registry.modules()):
        raise BadModule(
            _("There is a module named “%(name)s” already. Give it another name.") % {"name": module.plural}
        )
    CustomModule.objects.filter(pk=module.pk).update(retired_at=None)
    definitions.forget()


@transaction.atomic
def order_modules(ids: Sequence[int], *, by: User) -> None:
    """The modules in this order; those that are not named follow. Raises Forbidden."""
    policy.require(by.is_administrator)
    held = {module.pk: module for module in CustomModule.objects.select_for_update()}
    named = [held.pop(pk) for pk in dict.fromkeys(ids) if pk in held]
    for position, module in enumerate([*named, *held.values()], start=1):
        module.position = position
        module.save(update_fields=["position"])
    definitions.forget()
