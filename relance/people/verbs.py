"""How leads, contacts and accounts are written by their fields: forms, the API, imports and many at once use these."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict

from relance.people import actions
from relance.people.actions import ACCOUNT_FIELDS, PERSON_FIELDS, AccountDraft, PersonDraft
from relance.people.models import Account, Person
from relance.records import links, registry, values
from relance.records.fields import Value, Values
from relance.team.models import Module, User


class Shared(TypedDict):
    """What the drafts of people and of accounts have in common."""

    values: Mapping[str, str]
    emails: tuple[str, ...] | None
    owner: User | None
    custom: Values


class PeopleVerbs:
    """Leads, or contacts."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def add(self, told: Values, *, by: User, now: datetime) -> Person:
        """A new person. Raises Forbidden, BadValue, BadAddress, NobodyNamed."""
        return actions.add_person(self.kind, self._draft(told, by, None), by=by, now=now)

    def edit(self, row: Person, told: Values, *, by: User, now: datetime) -> Person:
        """Change what is named. Raises Forbidden, BadValue, BadAddress."""
        return actions.edit_person(row, self._draft(told, by, row), by=by, now=now)

    def delete(self, row: Person, *, by: User, now: datetime) -> None:
        """Delete the person; mail and wishes stay. Raises Forbidden."""
        actions.delete_person(row, by=by, now=now)

    def _draft(self, told: Values, by: User, row: Person | None) -> PersonDraft:
        shared = _shared(self.kind, told, PERSON_FIELDS, by, row, {"account": row.account_id} if row else {})
        account = told.get("account")
        if "account" in told:
            shared["values"] = {**shared["values"], "account": ""}
        return PersonDraft(**shared, account=Account.objects.get(pk=str(account)) if account else None)


class AccountVerbs:
    """Companies."""

    def add(self, told: Values, *, by: User, now: datetime) -> Account:
        """A new company. Raises Forbidden, BadValue, BadAddress."""
        return actions.add_account(self._draft(told, by, None), by=by, now=now)

    def edit(self, row: Account, told: Values, *, by: User, now: datetime) -> Account:
        """Change what is named. Raises Forbidden, BadValue, BadAddress."""
        return actions.edit_account(row, self._draft(told, by, row), by=by, now=now)

    def delete(self, row: Account, *, by: User, now: datetime) -> None:
        """Delete the company; its people stay. Raises Forbidden."""
        actions.delete_account(row, by=by, now=now)

    def _draft(self, told: Values, by: User, row: Account | None) -> AccountDraft:
        return AccountDraft(**_shared(Module.ACCOUNT, told, ACCOUNT_FIELDS, by, row, {}))


def _shared(
    module: str, told: Values, plain: tuple[str, ...], by: User, row: Person | Account | None, links_now: Values
) -> Shared:
    """Custom values are judged by the actions, whoever calls them."""
    declared = registry.module(module).declared
    standing = {"owner": row.owner_id, **links_now} if row else {}
    links.checked(declared, values.completed(declared, told, new=row is None), by=by, now=standing)
    built_in = {field.key for field in declared}
    owner = told.get("owner")
    named = {name: _text(told[name]) for name in plain if name in told}
    if "owner" in told:
        named["owner"] = ""
    return Shared(
        values=named,
        emails=_emails(told),
        owner=User.objects.get(pk=str(owner)) if owner else None,
        custom={key: value for key, value in told.items() if key not in built_in},
    )


def _text(value: Value) -> str:
    return "" if value is None else str(value)


def _emails(told: Values) -> tuple[str, ...] | None:
    if "emails" not in told:
        return None
    value = told["emails"]
    return value if isinstance(value, tuple) else ()
