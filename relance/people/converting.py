"""A lead becomes a contact: the same row, so its mail, history, wishes and consent stay where they are (REC-06)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from relance import events
from relance.lib.refusal import Refused
from relance.people.actions import search_text
from relance.people.models import Account, Person
from relance.records import changes
from relance.records.changes import Act
from relance.team import policy
from relance.team.models import Module, User


class AlreadyContact(Refused):
    """Only a lead can be converted."""


@transaction.atomic
def become_contact(person: Person, *, account: Account | None, by: User, now: datetime) -> Person:
    """Make a lead a contact, of that account if one is given. Raises Forbidden, AlreadyContact."""
    held = Person.objects.select_for_update(of=("self",)).select_related("owner__team", "account").get(pk=person.pk)
    if held.kind == Person.Kind.CONTACT:
        raise AlreadyContact(_("%(name)s is a contact already.") % {"name": held})
    policy.require(policy.allows(by, Module.LEAD, "edit", held))
    policy.require(policy.level(by, Module.CONTACT, "edit") > policy.NONE)
    before = changes.snapshot(Module.LEAD, held)
    held.kind, held.converted_at, held.updated_at = Person.Kind.CONTACT, now, now
    if account is not None:
        held.account = account
        held.company = held.company or account.name
        held.search = search_text(held, None)
    held.save()
    changes.changed(Module.CONTACT, held, before, by=by, now=now, act=Act.CONVERTED)
    events.emit(events.PersonConverted(held.pk))
    return held
