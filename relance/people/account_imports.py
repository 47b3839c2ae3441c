"""Accounts out of a file: known again by the name of the company, their addresses kept (REC-08)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from relance.lib import addresses
from relance.people import actions
from relance.people.actions import ACCOUNT_FIELDS, AccountDraft
from relance.people.models import Account
from relance.records import custom, registry
from relance.records.imports.fields import ImportField, Kind
from relance.records.imports.plan import Fate, Known, Planned
from relance.records.imports.rows import Draft, Rejection, name_key
from relance.records.imports.target import Origin, Removed, known_as, one_by_one, remove
from relance.records.imports.typed import Typed, colleagues, typed_fields
from relance.team import policy
from relance.team.models import Module, User

KINDS = {"phone": Kind.PHONE, "website": Kind.URL, "note": Kind.LONG_TEXT}
NAMES = (
    "nom", "name", "societe", "entreprise", "raison sociale", "compte", "nom du compte", "nom de la societe",
    "organisation", "company", "company name", "account", "account name", "organization", "client",
)  # fmt: skip
INDUSTRIES = ("secteur", "secteur d activite", "activite", "industry", "sector")
LENGTHS = {field.name: field.max_length for field in Account._meta.concrete_fields}
SEPARATORS = re.compile(r"[\s,;]+")


class AccountTarget:
    """Accounts as imports write them, row by row through the same verbs as pages."""

    key: str = Module.ACCOUNT.value
    label: str | Promise = Module.ACCOUNT.label
    naming: Sequence[str] = ("name",)
    known_by: Sequence[str] = ("name",)

    def fields(self) -> Sequence[ImportField]:
        """What an account holds, its addresses, an owner, the fields of one's own."""
        declared = {field.key: field for field in registry.module(Module.ACCOUNT).declared}
        names = {"name": NAMES, "industry": INDUSTRIES}
        return (
            *(
                ImportField(
                    key=key, label=declared[key].label, kind=KINDS.get(key, Kind.TEXT), names=names.get(key, ()),
                    max_length=LENGTHS[key] or 20_000, many=key == "note",
                )
                for key in ACCOUNT_FIELDS
            ),
            ImportField(key="email", label=_("E-mail addresses"), kind=Kind.TYPED, read=_addresses),
            ImportField(key="owner", label=_("Owner"), kind=Kind.CHOICE, choices=colleagues()),
            *typed_fields(custom.fields_of(Module.ACCOUNT)),
        )  # fmt: skip

    def may_write(self, user: User) -> bool:
        """Whether this colleague may add accounts."""
        return policy.level(user, Module.ACCOUNT, "edit") > policy.NONE

    def known(self, keys: Collection[str], *, by: User) -> Mapping[str, Known]:
        """The oldest account of each name."""
        folded = [key.removeprefix("=")[:200] for key in keys]
        rows = Account.objects.select_related("owner").filter(name_folded__in=folded).order_by("-pk")
        return {
            name_key(row.name_folded): known_as(Module.ACCOUNT, row, import_id=row.import_id, by=by) for row in rows
        }

    def write(self, batch: Sequence[Planned], *, origin: Origin) -> Sequence[Rejection]:
        """Add and change accounts in the caller's transaction."""
        return one_by_one(batch, partial(_write, Typed(custom.fields_of(Module.ACCOUNT)), origin))

    def remove_unused(self, import_id: int, *, by: User, now: datetime) -> Removed:
        """Delete the accounts that an import created and that nobody has changed or linked since."""
        return remove(Module.ACCOUNT, Account.objects.filter(import_id=import_id), by=by, now=now, own=("addresses",))


def _write(typed: Typed, origin: Origin, item: Planned) -> None:
    if item.fate == Fate.CREATE:
        made = _draft(item.draft, typed, origin, None)
        actions.add_account(made, by=origin.by, now=origin.now)
    elif row := Account.objects.filter(pk=item.record_id).first():
        changed = _draft(item.draft, typed, origin, row)
        actions.edit_account(row, changed, by=origin.by, now=origin.now)


def _addresses(cell: str) -> str:
    """Every address of a cell, each on its own. Raises ValueError for one that cannot be written to."""
    return " ".join(addresses.parse(one).as_written for one in SEPARATORS.split(cell.strip()) if one.strip("."))


def _draft(draft: Draft, typed: Typed, origin: Origin, row: Account | None) -> AccountDraft:
    """What the file names; the rest stays, addresses too."""
    told = draft.values
    owner = User.objects.filter(pk=int(told["owner"])).first() if told.get("owner") else None
    held = tuple(row.addresses.order_by("position").values_list("email", flat=True)) if row else ()
    return AccountDraft(
        values={key: told[key] for key in ACCOUNT_FIELDS if key in told},
        custom=typed.values(told),
        emails=_together(held, tuple(told["email"].split())) if told.get("email") else None,
        owner=owner or (None if row else origin.owner),
        import_id=None if row else origin.import_id,
    )


def _together(held: tuple[str, ...], told: tuple[str, ...]) -> tuple[str, ...]:
    """Those it has, then the new ones."""
    known = {addresses.parse(one).normal for one in held}
    return (*held, *(one for one in told if addresses.parse(one).normal not in known))
