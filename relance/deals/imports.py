"""Deals out of a file: known again by name, their accounts by name, their contacts by address or name (REC-08)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from relance.deals import actions
from relance.deals.models import Deal
from relance.lib.fold import fold
from relance.people.actions import AccountDraft, add_account
from relance.people.models import Account
from relance.records import registry
from relance.records.fields import Field, Value, Values
from relance.records.fields import Kind as FieldKind
from relance.records.imports.fields import ImportField
from relance.records.imports.plan import Fate, Known, Planned
from relance.records.imports.rows import Draft, Rejection, name_key
from relance.records.imports.target import Origin, Removed, known_as, one_by_one, remove
from relance.records.imports.typed import Typed, link_field, typed_fields
from relance.team import policy
from relance.team.models import Module, User

LATER = ("name", "account", "contact", "contacts", "owner", "pipeline")
OWN = ("links", "moves")


class DealTarget:
    """Deals as imports write them, row by row through the same verbs as pages."""

    key: str = Module.DEAL.value
    label: str | Promise = Module.DEAL.label
    naming: Sequence[str] = ("name",)
    known_by: Sequence[str] = ("name",)

    def fields(self) -> Sequence[ImportField]:
        """A name, what deals hold, their account and contact, an owner."""
        owner = [field for field in registry.fields(Module.DEAL) if field.key == "owner"]
        return (
            ImportField(key="name", label=_("Name"), max_length=200, names=("deal", "affaire", "opportunite")),
            ImportField(key="account", label=_("Account"), max_length=200),
            link_field(registry.field(Module.DEAL, "contact"), names=("address of the primary contact",)),
            link_field(registry.field(Module.DEAL, "contacts")),
            *typed_fields(_typed()),
            *typed_fields(owner),
        )

    def may_write(self, user: User) -> bool:
        """Whether this colleague may add deals."""
        return policy.level(user, Module.DEAL, "edit") > policy.NONE

    def known(self, keys: Collection[str], *, by: User) -> Mapping[str, Known]:
        """The oldest deal of each name."""
        folded = [key.removeprefix("=")[:200] for key in keys]
        rows = Deal.objects.select_related("owner").filter(name_folded__in=folded).order_by("-pk")
        return {name_key(row.name_folded): known_as(Module.DEAL, row, import_id=row.import_id, by=by) for row in rows}

    def write(self, batch: Sequence[Planned], *, origin: Origin) -> Sequence[Rejection]:
        """Add and change deals in the caller's transaction."""
        return one_by_one(batch, partial(_write, Typed(_typed()), origin))

    def remove_unused(self, import_id: int, *, by: User, now: datetime) -> Removed:
        """Delete the deals that an import created and that nobody has changed, moved or linked since."""
        return remove(Module.DEAL, Deal.objects.filter(import_id=import_id), by=by, now=now, own=OWN)


def _typed() -> list[Field]:
    return [
        field
        for field in registry.fields(Module.DEAL)
        if field.key not in LATER and field.editable and field.kind != FieldKind.USER
    ]


def _write(typed: Typed, origin: Origin, item: Planned) -> None:
    values = _values(item.draft, typed, origin)
    if item.fate == Fate.CREATE:
        made = {"owner": origin.owner.pk, **values}
        actions.add(made, by=origin.by, now=origin.now, import_id=origin.import_id)
    elif row := Deal.objects.filter(pk=item.record_id).first():
        actions.edit(row, values, by=origin.by, now=origin.now)


def _values(draft: Draft, typed: Typed, origin: Origin) -> Values:
    """What the file names; the rest stays."""
    told: dict[str, Value] = {**typed.values(draft.values)}
    if "name" in draft.values:
        told["name"] = draft.values["name"]
    if draft.values.get("owner"):
        told["owner"] = int(draft.values["owner"])
    if draft.values.get("account"):
        account = _account(draft.values["account"], origin)
        told["account"] = account.pk if account else None
    if draft.values.get("contact"):
        told["contact"] = int(draft.values["contact"])
    if draft.values.get("contacts"):
        told["contacts"] = tuple(draft.values["contacts"].splitlines())
    return told


def _account(name: str, origin: Origin) -> Account | None:
    """The account of that name, made where there is none, if one may."""
    folded = fold(name)[:200]
    found = Account.objects.visible_to(origin.by).filter(name_folded=folded).order_by("pk").first()
    if found or policy.level(origin.by, Module.ACCOUNT, "edit") == policy.NONE:
        return found
    draft = AccountDraft(values={"name": name[:200]}, owner=origin.owner, import_id=origin.import_id)
    return add_account(draft, by=origin.by, now=origin.now)
