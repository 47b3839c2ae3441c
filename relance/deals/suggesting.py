"""The deals that a colleague is offered for a mail, and which of two opinions orders them (DEAL-04, DEAL-09)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Max

from relance.deals import mail_facts
from relance.deals.mail_facts import Mail
from relance.deals.models import Deal, DealMail
from relance.deals.prediction import predict
from relance.deals.ranking import FEWEST, Known, Ranked, Reason, Said, is_better, rank
from relance.team.models import User

LOOKED_AT = 500  # of the last choices made by hand


@dataclass(frozen=True, kw_only=True)
class Opinions:
    """What the rule and the ranking say of one mail: deals, or none."""

    ruled: int | None = None
    ranked: int | None = None


NONE = Opinions()


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A deal to choose, and what speaks for it."""

    deal: Deal
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Measured:
    """How often each opinion met what colleagues chose by hand."""

    choices: int
    ruled: int
    ranked: int

    @property
    def uses_ranking(self) -> bool:
        """Whether the ranking orders what is offered."""
        return is_better(ranked=self.ranked, ruled=self.ruled, choices=self.choices)


def measured() -> Measured:
    """Both opinions against the last choices made by hand."""
    rows = DealMail.objects.filter(rule=DealMail.Rule.HAND, deal__isnull=False).order_by("-at", "-id")
    told = list(rows.values_list("deal_id", "ruled", "ranked")[:LOOKED_AT])
    return Measured(
        choices=len(told),
        ruled=sum(deal == ruled for deal, ruled, _ranked in told),
        ranked=sum(deal == ranked for deal, _ruled, ranked in told),
    )


def suggestions(mail: Mail, *, by: User) -> list[Suggestion]:
    """The deals of the mail's people that the colleague sees: by the ranking where it has proved better, else those
    that are open first, and the one changed last first."""
    deals = list(
        mail_facts.offered(mail, by=by).select_related("stage", "account").order_by("state", "-modified_at", "-id")
    )
    deals.sort(key=lambda deal: deal.state != Deal.State.OPEN)
    if not measured().uses_ranking:
        return [Suggestion(deal=deal) for deal in deals]
    by_id = {deal.pk: deal for deal in deals}
    return [Suggestion(deal=by_id[one.deal], reasons=one.reasons) for one in ranked(mail, deals)]


def opinions(mail: Mail) -> Opinions:
    """What the rule and the ranking say of a mail, to be held against what a colleague chooses."""
    deals = list(Deal.objects.filter(links__person__in=mail.people).distinct().select_related("account"))
    said = predict(mail_facts.facts([mail])[mail.key])
    best = ranked(mail, deals)
    return Opinions(ruled=said.deal, ranked=best[0].deal if best else None)


def ranked(mail: Mail, deals: Sequence[Deal]) -> list[Ranked]:
    """The deals as the ranking orders them."""
    ids = [deal.pk for deal in deals]
    last: dict[int, datetime] = dict(
        DealMail.objects.filter(deal__in=ids).exclude(key=mail.key).values_list("deal").annotate(last=Max(F("at")))
    )
    people: dict[int, set[int]] = {}
    for deal_id, person_id in Deal.contacts.through.objects.filter(deal__in=ids).values_list("deal_id", "person_id"):
        people.setdefault(deal_id, set()).add(person_id)
    known = [
        Known(
            deal=deal.pk,
            text=f"{deal.name} {deal.account.name if deal.account else ''}",
            people=frozenset(people.get(deal.pk, ())),
            primary=deal.contact_id,
            state=deal.state,
            modified_at=deal.modified_at,
            last_mail_at=last.get(deal.pk),
        )
        for deal in deals
    ]
    return rank(Said(text=mail.text, people=mail.people, at=mail.at), known)


__all__ = ["FEWEST", "NONE", "Measured", "Opinions", "Suggestion", "measured", "opinions", "ranked", "suggestions"]
