"""Mails with their deals, as pages show them: the *linked* icon, the reason, what may be changed (DEAL-03)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

from relance.deals import mail_facts, mail_lists, mails, suggesting
from relance.deals.mail_lists import Listed
from relance.deals.models import Deal, DealMail
from relance.deals.ranking import Reason
from relance.team import policy
from relance.team.models import Module, User
from relance.web import words_of_deals

VIEWS = ("deal", "contact")
Rule = DealMail.Rule
ICONS = {Rule.HAND: "hand", Rule.WRITTEN_HERE: "link", Rule.THREAD: "link"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One mail of a list."""

    mail: Listed
    href: str
    may_change: bool
    why: str
    icon: str


@dataclass(frozen=True, kw_only=True)
class Offered:
    """A deal to choose in the dialog, and what speaks for it."""

    deal: Deal
    reasons: Sequence[str | Promise]
    is_chosen: bool


def of_deal(deal: Deal, *, view: str, user: User) -> dict[str, object]:
    """The mails of a deal's page, in one of its two views; none for whom mail has no part in deals (DEAL-07)."""
    if not mail_facts.has_mailbox(user):
        return {"may_see": False}
    shown = view if view in VIEWS else VIEWS[0]
    people = list(deal.links.values_list("person_id", flat=True))
    listed = mail_lists.of_deal(deal, by=user) if shown == "deal" else mail_lists.of_people(people, by=user)
    return {
        "may_see": True,
        "view": shown,
        "rows": rows(listed, user),
        "deal": deal,
        "base": reverse("deal", args=[deal.pk]),
        "offered": DealMail.objects.filter(is_offered=True, offered=deal).count(),
    }


def of_person(person_id: int, *, user: User) -> dict[str, object]:
    """The mails of a contact's page, each with its deal."""
    if not mail_facts.has_mailbox(user):
        return {"may_see": False}
    return {"may_see": True, "view": "contact", "rows": rows(mail_lists.of_people([person_id], by=user), user)}


def of_key(key: str, *, user: User) -> Row | None:
    """One mail as its own page shows it; None where mail has no part in deals (DEAL-07)."""
    if not mail_facts.has_mailbox(user):
        return None
    one = mail_lists.one(key, by=user)
    return row(one, user) if one is not None else None


def rows(listed: Sequence[Listed], user: User) -> list[Row]:
    """The mails as a list shows them."""
    return [row(one, user) for one in listed]


def row(one: Listed, user: User) -> Row:
    """One mail as a list, or its own page, shows it."""
    return Row(mail=one, href=page_of(one), may_change=may_change(one, user), why=why(one), icon=icon_of(one))


def page_of(one: Listed) -> str:
    """Where the mail itself is read; empty where there is no such page."""
    name, key = ("mail", one.message) if one.message is not None else ("inbox-mail", one.received)
    try:
        return reverse(name, args=[key])
    except NoReverseMatch:
        return ""


def icon_of(one: Listed) -> str:
    """How it came to its deal, drawn: by hand, by prediction, or written there or in its thread."""
    if one.link is None or not one.is_linked:
        return "unlink"
    return ICONS.get(Rule(one.link.rule), "wand-sparkles")


def may_change(one: Listed, user: User) -> bool:
    """Whether this colleague may link the mail elsewhere."""
    if one.is_linked:
        return one.deal is not None and policy.allows(user, Module.DEAL, "edit", one.deal)
    return policy.level(user, Module.DEAL, "edit") > policy.NONE


def why(one: Listed) -> str:
    """Which rule made the link, as a sentence (DEAL-09)."""
    if one.link is None:
        return ""
    return words_of_deals.why_linked(one.link)


def offered(one: Listed, *, user: User) -> list[Offered]:
    """The deals of the mail's people, in their order. Raises NotLinkable."""
    mail = mails.mail_of(mail_lists.row_of(one))
    chosen = one.deal.pk if one.deal is not None else None
    return [
        Offered(
            deal=told.deal,
            reasons=[words_of_deals.REASONS[Reason(reason)] for reason in told.reasons],
            is_chosen=told.deal.pk == chosen,
        )
        for told in suggesting.suggestions(mail, by=user)
    ]
