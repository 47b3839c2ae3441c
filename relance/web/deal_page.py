"""What the page and the list of deals show: the way through the stages, sums, the last sign, people, rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, When
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from relance.deals import pipelines, rules
from relance.deals.actions import last_open
from relance.deals.mail_lists import messages_of, messages_visible_to
from relance.deals.models import Deal, Stage, StageMove
from relance.deals.modules import SHOWN
from relance.deals.pulse import pulses
from relance.insights.history import Figures, figures_of
from relance.mail.models import Recipient
from relance.mail.writing import drafts
from relance.people.models import Person
from relance.people.wishes import NOTHING, Reach, reach_of
from relance.records.custom import fields_of
from relance.records.lists import Row
from relance.team import policy
from relance.team.models import Module, User
from relance.web import deal_mails, deal_words, engagement, record_cells
from relance.web import format as fmt
from relance.web.agenda_panel import agenda_of
from relance.web.deal_words import Close
from relance.web.history import panel
from relance.web.places import PLACES

FEW = 6
STATES = {"open": "deal_open", "won": "deal_won", "lost": "deal_lost"}


@dataclass(frozen=True, kw_only=True)
class Passed:
    """One stage of the path: `done`, `now`, or still to come, and how long the deal stood there."""

    stage: Stage
    state: str
    told: str


@dataclass(frozen=True, kw_only=True)
class Contact:
    """One person of the deal; without a link where the reader may not see her."""

    person: Person
    is_primary: bool
    is_visible: bool
    reach: Reach

    @property
    def state(self) -> str:
        """Why mail would not reach her, as a word of `relance.web.words`; empty where nothing is known against it."""
        if self.reach.wish is not None:
            return "opted_out"
        if self.reach.dead is not None:
            return "hard_bounced" if self.reach.dead.state == "bounced" else "invalid"
        return "" if self.person.primary_email else "no_address"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One row of the list."""

    row: Row
    amount: str
    close: Close
    state: str


def context(deal: Deal, *, user: User, now: datetime, query: QueryDict, brief: bool = False) -> dict[str, object]:
    """All that a deal's page shows."""
    place = PLACES[Module.DEAL]
    way = list(deal.moves.select_related("source", "target", "by").order_by("at", "id"))
    zone = timezone.get_current_timezone()
    felt = pulses([deal], after=deal.pipeline.quiet_days, now=now)[deal.pk]
    stages = pipelines.stages(deal.pipeline)
    return {
        "place": place,
        "deal": deal,
        "base": place.record(deal.pk),
        "state": STATES[deal.state],
        "path": _path(deal, stages, way, now),
        "way": [(deal_words.moved(move), move) for move in reversed(way)],
        "amount": deal_words.worth(deal.amount, deal.currency) if deal.amount else "",
        "weighted": _weighted(deal),
        "close": deal_words.close_of(deal, now.astimezone(zone).date()),
        "sign": deal_words.pulse_word(felt, now, zone),
        "contacts": contacts(deal, user),
        "cells": record_cells.of_record(deal, fields_of(Module.DEAL), user=user),
        "account_visible": _sees_account(deal, user),
        "reopens": last_open(deal),
        "ends": {stage.kind: stage for stage in stages if not stage.is_open},
        "agenda": None if brief else agenda_of(deal, user=user, next=place.record(deal.pk)),
        "history": panel(Module.DEAL, deal.pk, user=user, query=query, page_href=place.record(deal.pk), brief=brief),
        "figures": None if brief else _figures(deal, user),
        "engagement_href": engagement.address({"deal": deal.pk, "days": engagement.DAYS[-1]}),
        "mails": None if brief else deal_mails.of_deal(deal, view=query.get("mails", ""), user=user),
        "may_edit": policy.allows(user, Module.DEAL, "edit", deal),
        "may_delete": policy.allows(user, Module.DEAL, "delete", deal),
        "may_write": drafts.may_write(user),
    }


def _figures(deal: Deal, user: User) -> Figures:
    mails = messages_visible_to(user) & messages_of(deal)
    return figures_of(Recipient.objects.filter(message__in=mails.order_by()))


def _sees_account(deal: Deal, user: User) -> bool:
    return deal.account is not None and policy.allows(user, Module.ACCOUNT, "read", deal.account)


def _weighted(deal: Deal) -> str:
    if deal.state != Deal.State.OPEN or not deal.amount:
        return ""
    return deal_words.worth(round(rules.weighted(deal.amount, deal.stage.probability), 0), deal.currency)


def _path(deal: Deal, stages: list[Stage], way: list[StageMove], now: datetime) -> list[Passed]:
    """The open stages in their order, and the end where the deal has one."""
    until = deal.won_at or deal.lost_at or now
    stays = rules.stays([(move.target_id, move.at) for move in way], until)
    shown = [stage for stage in stages if stage.is_open or stage.pk == deal.stage_id]
    here = next((number for number, stage in enumerate(shown) if stage.pk == deal.stage_id), -1)
    found = []
    for number, stage in enumerate(shown):
        state = "now" if number == here else "done" if number < here and stage.pk in stays else ""
        days = stays[stage.pk].spent.days if stage.pk in stays else 0
        found.append(Passed(stage=stage, state=state, told=_stay(state, days, deal)))
    return found


def _stay(state: str, days: int, deal: Deal) -> str:
    if state == "done":
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    if state == "now" and deal.state == Deal.State.OPEN:
        return ngettext("for %(count)d day", "for %(count)d days", days) % {"count": days} if days else _("since today")
    return ""


def contacts(deal: Deal, user: User) -> list[Contact]:
    """The people of the deal, the primary one first."""
    people = [link.person for link in deal.links.select_related("person").order_by("id")]
    ids = [person.pk for person in people]
    seen = set(Person.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
    reach = reach_of(ids)
    found = [
        Contact(
            person=person,
            is_primary=person.pk == deal.contact_id,
            is_visible=person.pk in seen,
            reach=reach.get(person.pk, NOTHING),
        )
        for person in people
    ]
    return sorted(found, key=lambda one: not one.is_primary)


def rows(found: Iterable[Row], *, now: datetime) -> list[Listed]:
    """The rows of the list with their sums and days in words."""
    today = now.astimezone(timezone.get_current_timezone()).date()
    return [_listed(row, today) for row in found]


def _listed(row: Row, today: date) -> Listed:
    deal = Deal(close_date=row["close_date"], state=row["state"])
    return Listed(
        row=row,
        amount=deal_words.worth(row["amount"], row["currency"]) if row["amount"] else "",
        close=deal_words.close_of(deal, today),
        state=STATES[row["state"]],
    )


def landed(deal: Deal) -> str:
    """What a move did, for the toast that also tells it to whoever cannot see the board."""
    if deal.state == Deal.State.WON:
        return _("%(deal)s is won.") % {"deal": deal}
    if deal.state == Deal.State.LOST:
        return _("%(deal)s is lost.") % {"deal": deal}
    here = Deal.objects.filter(stage=deal.stage_id)
    above = here.filter(position__lt=deal.position).count() + 1
    told = {"deal": deal, "stage": deal.stage, "place": above, "count": fmt.figure(here.count(), get_language())}
    return _("%(deal)s moved to %(stage)s, %(place)s of %(count)s.") % told


@dataclass(frozen=True, kw_only=True)
class OfRecord:
    """The deals of an account or a person, as their page shows them; `query` leads to all, and to a new one."""

    rows: list[Listed]
    more: bool
    query: str
    may_read: bool
    may_add: bool


def of_record(name: str, record_id: int, *, user: User, now: datetime) -> OfRecord:
    """The open deals first, then the latest; `name` is `account` or `contact`."""
    found = Deal.objects.visible_to(user)
    found = found.of_person(record_id) if name == "contact" else found.filter(account=record_id)
    near = found.order_by(Case(When(state=Deal.State.OPEN, then=0), default=1), "-modified_at", "-id")
    few = list(near.values(*SHOWN, "id")[: FEW + 1])
    return OfRecord(
        rows=rows(few[:FEW], now=now),
        more=len(few) > FEW,
        query=f"{name}={record_id}",
        may_read=policy.level(user, Module.DEAL, "read") > policy.NONE,
        may_add=policy.level(user, Module.DEAL, "edit") > policy.NONE,
    )
