"""What criteria may ask mail about people and companies: who was written to, who opened, clicked, replied (REC-05).

Only what people did counts: machines that open and click are kept apart (ENG-02). For a company it is what its people
did, as far as the asker may see them (X8).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from relance.lib.criteria import Fact, Group, Node
from relance.mail.models import Interaction, Recipient, Template
from relance.people.models import Person
from relance.records.facts import at_least, often
from relance.records.registry import (
    Filter,
    Happening,
    NotUnderstood,
    Occasion,
    Source,
    Words,
    add_facts,
    add_filters,
    add_source,
)
from relance.team.models import Module, User

MOST_CHOICES = 500
WRITTEN: dict[str, Words] = {"never": _("never written to"), "opened_no_reply": _("opened, no reply")}
NOT_LEFT = (Recipient.State.REFUSED.value, Recipient.State.CANCELLED.value)
FACTS = ("written", "opened", "clicked", "replied", "bounced")
PEOPLE: Mapping[str, str] = {Module.LEAD: "person", Module.CONTACT: "person", Module.ACCOUNT: "person__account"}
_narrowing: dict[str, str] = {"template": "message__content__template"}


def add_to_lists() -> None:
    """Let lists of people and companies ask what mail knows."""
    for kind in Person.Kind.values:
        add_filters(kind, Filter(key="mail", label=_("Mail"), node=_in_short, words=_words))
    for module, who in PEOPLE.items():
        add_facts(module, *_facts(who))
        add_source(module, Source(key="template", label=_("Template"), choices=_templates), *FACTS)


def narrow_by(source: Source, lookup: str) -> None:
    """A higher floor says what else a mail may belong to; `lookup` leads there from a recipient."""
    _narrowing[source.key] = lookup
    for module in PEOPLE:
        add_source(module, source, *FACTS)


def _templates(user: User) -> Mapping[str, Words]:
    rows = Template.objects.visible_to(user).order_by("name", "pk")
    return {str(pk): name for pk, name in rows.values_list("pk", "name")[:MOST_CHOICES]}


def _words(value: str) -> Words:
    return WRITTEN.get(value, value)


def _in_short(value: str) -> Node:
    """`mail=never`, `mail=opened_no_reply`."""
    if value == "never":
        return Fact(key="written", has=False)
    if value == "opened_no_reply":
        return Group(parts=(Fact(key="opened"), Fact(key="replied", has=False)))
    raise NotUnderstood(value)


def _facts(who: str) -> tuple[Happening, ...]:
    def fact(key: str, condition: Callable[..., Q], label: Words, did: Words, did_not: Words) -> Happening:
        return Happening(key=key, label=label, did=did, did_not=did_not, condition=partial(condition, who))

    return (
        fact("written", _written, _("Was written to"), _("was written to"), _("was not written to")),
        fact("opened", _opened, _("Opened a mail"), _("opened a mail"), _("did not open a mail")),
        fact("clicked", _clicked, _("Clicked a link"), _("clicked a link"), _("did not click a link")),
        fact("replied", _replied, _("Replied to a mail"), _("replied to a mail"), _("did not reply to a mail")),
        fact("bounced", _bounced, _("Had a mail bounce"), _("had a mail bounce"), _("had no mail bounce")),
    )


def _to(who: str, occasion: Occasion, before: str = "") -> Q:
    """The copies of the mail in question; `before` leads to the copy."""
    found = Q()
    if who != "person":
        found &= Q(**{f"{before}person__in": Person.objects.visible_to(occasion.asking.user)})
    return found & Q(**{f"{before}{_narrowing[occasion.source]}": occasion.of}) if occasion.source else found


def _copies(who: str, occasion: Occasion) -> QuerySet[Recipient]:
    return Recipient.objects.filter(_to(who, occasion))


def _written(who: str, occasion: Occasion) -> Q:
    copies = _copies(who, occasion).exclude(state__in=NOT_LEFT)
    return at_least(copies, who, "sent_at", occasion, written="queued_at")


def _opened(who: str, occasion: Occasion) -> Q:
    if occasion.times > 1:
        return _hits(who, occasion, Interaction.Kind.OPEN)
    since = {"last_opened_at__gte": occasion.since} if occasion.since else {}
    opened = _copies(who, occasion).filter(first_opened_at__isnull=False, **since)
    return often(opened, who, 1, occasion.asking)


def _clicked(who: str, occasion: Occasion) -> Q:
    if occasion.times > 1 or occasion.since:
        return _hits(who, occasion, Interaction.Kind.CLICK)
    return often(_copies(who, occasion).filter(first_clicked_at__isnull=False), who, 1, occasion.asking)


def _replied(who: str, occasion: Occasion) -> Q:
    return _dated("replied_at", who, occasion)


def _bounced(who: str, occasion: Occasion) -> Q:
    return _dated("bounced_at", who, occasion)


def _dated(column: str, who: str, occasion: Occasion) -> Q:
    told = {f"{column}__gte": occasion.since} if occasion.since else {f"{column}__isnull": False}
    return often(_copies(who, occasion).filter(**told), who, occasion.times, occasion.asking)


def _hits(who: str, occasion: Occasion, kind: str) -> Q:
    """So many openings or clicks by a person, each hit for itself."""
    told = _to(who, occasion, "recipient__")
    hits = Interaction.objects.filter(told, kind=kind, verdict=Interaction.Verdict.HUMAN)
    return at_least(hits, f"recipient__{who}", "at", occasion, written="at")
