"""The accounts that imported people belong to, found by folded name or made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from relance.lib import at_once
from relance.lib.fold import fold
from relance.people.models import Account
from relance.records import changes
from relance.records.imports.target import Origin
from relance.team.models import Module


class Companies:
    """Accounts by the name of their company."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._accounts = accounts

    @classmethod
    def none(cls) -> Self:
        """For people whose company stays a text."""
        return cls({})

    @classmethod
    def found_or_made(cls, named: Mapping[str, str], *, origin: Origin) -> Self:
        """The accounts of these companies; `named` maps a name to a website, which only a new account takes."""
        wanted = {fold(name)[:200]: name for name in reversed(list(named))}
        visible = Account.objects.visible_to(origin.by).filter(name_folded__in=wanted)
        accounts = {account.name_folded: account for account in visible.order_by("-pk")}
        made = [_account(name, named[name], origin=origin) for folded, name in wanted.items() if folded not in accounts]
        at_once.added(made)
        accounts.update({account.name_folded: account for account in made})
        with changes.through(changes.Way.IMPORT):
            changes.added_many(Module.ACCOUNT, made, by=origin.by, now=origin.now)
        return cls(accounts)

    def named(self, company: str) -> Account | None:
        """The account of a company, if it has one."""
        return self._accounts.get(fold(company)[:200]) if company and self._accounts else None


def _account(name: str, website: str, *, origin: Origin) -> Account:
    return Account(
        name=name[:200],
        name_folded=fold(name)[:200],
        search=fold(f"{name} {website}"),
        website=website,
        owner=origin.owner,
        import_id=origin.import_id,
        created_at=origin.now,
        updated_at=origin.now,
    )
