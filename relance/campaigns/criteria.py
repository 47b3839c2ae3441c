"""Criteria may ask of which mass mail somebody opened, clicked, replied, and who is on a target list (REC-05)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from relance.campaigns.models import ListMember, MassMail, TargetList
from relance.mail.criteria import MOST_CHOICES, narrow_by
from relance.records.registry import Happening, Occasion, Source, Words, add_facts
from relance.team.models import Module, User

COLUMNS = {Module.LEAD: "person", Module.CONTACT: "person", Module.ACCOUNT: "account"}


def add_to_lists() -> None:
    """Let the facts of mail be narrowed to one mass mail."""
    narrow_by(Source(key="mass_mail", label=_("Mass mail"), choices=_mass_mails), "message__mass_mail")

    for module, column in COLUMNS.items():
        add_facts(module, _listed(column))


def _listed(column: str) -> Happening:
    return Happening(
        key="listed", label=_("On a target list"), did=_("is on a target list"), did_not=_("is on no target list"),
        condition=partial(_on_a_list, column), dated=False, counted=False,
        sources=(Source(key="target_list", label=_("Target list"), choices=_lists),),
    )  # fmt: skip


def _on_a_list(column: str, occasion: Occasion) -> Q:
    rows = ListMember.objects.filter(**{column: OuterRef("pk")})
    seen = TargetList.objects.visible_to(occasion.asking.user)
    return Q(Exists(rows.filter(target_list__in=seen.filter(pk=occasion.of) if occasion.source else seen)))


def _lists(user: User) -> Mapping[str, Words]:
    rows = TargetList.objects.visible_to(user).order_by("name", "pk")
    return {str(pk): name for pk, name in rows.values_list("pk", "name")[:MOST_CHOICES]}


def _mass_mails(user: User) -> Mapping[str, Words]:
    rows = MassMail.objects.visible_to(user).filter(message__isnull=False).order_by("-pk")
    return {str(pk): name for pk, name in rows.values_list("pk", "name")[:MOST_CHOICES]}
