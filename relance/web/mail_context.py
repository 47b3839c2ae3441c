"""Beside a mail that is being written: who the first recipient is, the deals, and what was exchanged last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from relance.deals import mail_lists
from relance.deals.mail_lists import Listed
from relance.mail.models import Recipient
from relance.mail.writing import addressing
from relance.people.models import Person
from relance.team.models import User
from relance.web import deal_mails, deal_page, mail_states

LOOKED_AT = 10  # mails among which the last of each direction is sought


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One mail to or from the recipient, and what came of it."""

    mail: Listed
    href: str
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What is known of the first recipient, as far as the writer may see it; `person` is nobody for an unknown one."""

    name: str
    email: str
    person: Person | None = None
    href: str = ""
    deals: deal_page.OfRecord | None = None
    exchanges: tuple[Exchange, ...] = ()
    others: int = 0


def of(recipients: Sequence[addressing.Recipient], user: User, now: datetime) -> Context | None:
    """Of the first in To; None while there is nobody."""
    first = next((each for each in recipients if each.typed.field == "to"), None)
    if first is None:
        return None
    name, email, others = first.name or first.typed.email, first.typed.email, len(recipients) - 1
    if first.person is None or not first.is_visible:
        return Context(name=name, email=email, others=others)
    person = first.person
    return Context(
        name=name,
        email=email,
        others=others,
        person=person,
        href=reverse(person.kind, args=[person.pk]),
        deals=deal_page.of_record("contact", person.pk, user=user, now=now),
        exchanges=tuple(_exchanges(person, user, now)),
    )


def _exchanges(person: Person, user: User, now: datetime) -> list[Exchange]:
    """The last mail of each direction, the newest first."""
    found: dict[bool, Listed] = {}
    for one in mail_lists.of_people([person.pk], by=user, limit=LOOKED_AT):
        found.setdefault(one.is_outgoing, one)
    return [Exchange(mail=one, href=deal_mails.page_of(one), state=_state(one, person, now)) for one in found.values()]


def _state(one: Listed, person: Person, now: datetime) -> str:
    """What the recipient did with a mail of ours."""
    copies = Recipient.objects.filter(message=one.message, person=person).select_related("message")
    copy = copies.first() if one.message is not None else None
    return mail_states.of(copy, now=now) if copy is not None else ""
