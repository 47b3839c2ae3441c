"""Beside an open conversation: who its people are, the deal it is linked to, what happened around it (INBOX-07)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.utils import timezone

from relance.deals import pipelines
from relance.deals.models import Deal, Stage
from relance.lib.whereabouts import Source, whereabouts
from relance.mail.writing.advice import known_of
from relance.people.models import Person
from relance.team.models import User
from relance.web import deal_words
from relance.web import format as fmt
from relance.web.deal_mails import Row
from relance.web.deal_words import Close
from relance.web.history import panel
from relance.web.inbox_page import Who
from relance.web.places import PLACES
from relance.web.timeline import Line

MOST_PEOPLE = 4


@dataclass(frozen=True, kw_only=True)
class Card:
    """One of the people; `person` where she has a page that the reader may see."""

    who: Who
    person: Person | None = None
    clock: str = ""

    @property
    def phone(self) -> str:
        """Where she is called."""
        return (self.person.phone or self.person.mobile) if self.person else ""


@dataclass(frozen=True, kw_only=True)
class Linked:
    """The deal of the conversation: how far it is, what it is worth, when it should close, why it is this one."""

    deal: Deal
    row: Row
    amount: str
    close: Close
    stages: Sequence[Stage]

    @property
    def steps(self) -> list[str]:
        """The open stages: `done`, `now`, or still to come."""
        here = self.number
        return ["done" if at < here else "now" if at == here else "" for at in range(1, len(self.stages) + 1)]

    @property
    def number(self) -> int:
        """At which of them it stands; beyond the last once it has ended."""
        found = [at for at, stage in enumerate(self.stages, start=1) if stage.pk == self.deal.stage_id]
        return found[0] if found else len(self.stages) + 1


def cards(people: Sequence[Who], user: User, now: datetime) -> list[Card]:
    """The people on the other side."""
    some = people[:MOST_PEOPLE]
    hrefs = {who.href for who in some if who.href}
    rows = Person.objects.visible_to(user).filter(addresses__normal__in=[who.normal for who in some])
    known = {PLACES[one.kind].record(one.pk): one for one in rows.select_related("account").distinct()}
    return [_card(who, known.get(who.href) if who.href in hrefs else None, user, now) for who in some]


def _card(who: Who, person: Person | None, user: User, now: datetime) -> Card:
    if person is None:
        return Card(who=who)
    found = whereabouts(known_of(person), sender=user.time_zone)
    clock = fmt.clock_time(now, found.zone) if found.source is not Source.SENDER else ""
    return Card(who=who, person=person, clock=clock)


def linked(row: Row | None, now: datetime) -> Linked | None:
    """The deal that a mail is linked to, if the reader may see it."""
    if row is None or row.mail.deal is None:
        return None
    deal = row.mail.deal
    return Linked(
        deal=deal,
        row=row,
        amount=deal_words.worth(deal.amount, deal.currency) if deal.amount else "",
        close=deal_words.close_of(deal, now.astimezone(timezone.get_current_timezone()).date()),
        stages=pipelines.open_stages(deal.pipeline),
    )


def around(shown: Sequence[Card], user: User) -> list[Line]:
    """The last that happened with the first of the people who is known."""
    person = next((card.person for card in shown if card.person is not None), None)
    if person is None:
        return []
    page = PLACES[person.kind].record(person.pk)
    told = panel(person.kind, person.pk, user=user, query=QueryDict(), page_href=page, brief=True)
    return [line for day in told.days for line in day.lines]
