"""Deals as they declare themselves: fields, lists, filters, and how they are written."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.deals.models import Deal, Pipeline, Stage
from relance.deals.verbs import DealVerbs
from relance.people.modules import SHARED_FILTERS
from relance.records.declaring import column
from relance.records.fields import Field, Kind, Words
from relance.records.registry import Asking, Column, Filter, Listed, NotUnderstood, Rows, declare
from relance.team.models import Module, User

STATES: Mapping[str, Words] = dict(Stage.Kind.choices)


def pipeline_names() -> Mapping[str, Words]:
    """The pipelines in use, by id."""
    return {str(pk): name for pk, name in Pipeline.objects.filter(retired_at=None).values_list("pk", "name")}


def stage_names() -> Mapping[str, Words]:
    """The stages in use, by id; with their pipeline's name where there are several."""
    rows = Stage.objects.filter(retired_at=None, pipeline__retired_at=None).order_by(
        "pipeline__position", "pipeline", F("kind").desc(), "position", "id"
    )
    told = list(rows.values_list("pk", "name", "pipeline__name"))
    several = len({pipeline for _pk, _name, pipeline in told}) > 1
    return {str(pk): f"{pipeline}: {name}" if several else name for pk, name, pipeline in told}


DECLARED: tuple[Field, ...] = (
    column(Deal, "name", required=True, listed=True, sortable=True),
    column(Deal, "account", target=Module.ACCOUNT.value, listed=True),
    column(Deal, "contact", target=Module.CONTACT.value),
    Field(
        key="contacts", label=_("Contacts"), kind=Kind.LINK, column="contacts", target=Module.CONTACT.value, many=True
    ),
    column(Deal, "amount", kind=Kind.MONEY, listed=True, sortable=True),
    column(Deal, "currency"),
    Field(
        key="pipeline", label=_("Pipeline"), kind=Kind.CHOICE, column="pipeline", options=pipeline_names
    ),
    Field(key="stage", label=_("Stage"), kind=Kind.CHOICE, column="stage", options=stage_names, listed=True),
    column(Deal, "state", label=pgettext_lazy("deal", "State"), editable=False, max_length=0),
    column(Deal, "close_date", listed=True),
    column(Deal, "owner", listed=True),
    column(Deal, "lost_because"),
    column(Deal, "note"),
    Field(key="won_at", label=pgettext_lazy("deal", "Won on"), kind=Kind.MOMENT, editable=False),
    Field(key="lost_at", label=pgettext_lazy("deal", "Lost on"), kind=Kind.MOMENT, editable=False),
    Field(key="moved_at", label=_("In this stage since"), kind=Kind.MOMENT, editable=False),
    Field(key="modified_at", label=_("Modified"), kind=Kind.MOMENT, editable=False, sortable=True),
    Field(
        key="created_at", label=pgettext_lazy("date", "Added"), kind=Kind.MOMENT, editable=False, sortable=True
    ),
)  # fmt: skip
COLUMNS = (
    Column(key="name", label=_("Name"), field="name_folded"),
    Column(key="amount", label=_("Amount"), field="worth", kind="number"),
    Column(key="close", label=pgettext_lazy("date", "Close"), field="closing", kind="number"),
    Column(key="created", label=pgettext_lazy("date", "Added"), field="created_at", kind="moment"),
    Column(key="modified", label=_("Modified"), field="modified_at", kind="moment"),
)
SHOWN = (
    "name", "account_id", "account__name", "contact_id", "amount", "currency", "stage_id", "stage__name", "state",
    "pipeline_id", "close_date", "owner_id", "owner__name", "won_at", "lost_at", "created_at", "modified_at",
)  # fmt: skip


def declare_module() -> None:
    """Make deals known to lists, searches, forms and the audit."""
    declare(
        Listed(
            key=Module.DEAL,
            model=Deal,
            label=_("Deals"),
            icon="square-kanban",
            visible=visible,
            columns=COLUMNS,
            filters=FILTERS,
            fields=SHOWN,
            detail=("account__name", "stage__name"),
            declared=DECLARED,
            verbs=DealVerbs(),
        )
    )


def visible(user: User) -> Rows:
    """The deals that this colleague may see."""
    return Deal.objects.visible_to(user)


def _state(value: str, _asking: Asking) -> Q:
    if value not in STATES:
        raise NotUnderstood(value)
    return Q(state=value)


def _state_words(value: str) -> Words:
    return STATES.get(value, value)


def _number(value: str) -> int:
    if value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    raise NotUnderstood(value)


def _stage(value: str, _asking: Asking) -> Q:
    return Q(stage_id=_number(value))


def _pipeline(value: str, _asking: Asking) -> Q:
    return Q(pipeline_id=_number(value))


def _account(value: str, _asking: Asking) -> Q:
    return Q(account_id=_number(value))


def _contact(value: str, _asking: Asking) -> Q:
    return Q(pk__in=Deal.contacts.through.objects.filter(person_id=_number(value)).values("deal_id"))


def _stage_words(value: str) -> Words:
    return stage_names().get(value, value)


def _pipeline_words(value: str) -> Words:
    return pipeline_names().get(value, value)


def _id_words(value: str) -> Words:
    return f"#{value}"


FILTERS = (
    *(known for known in SHARED_FILTERS if known.key in ("owner", "created", "import")),
    Filter(key="state", label=pgettext_lazy("deal", "State"), condition=_state, words=_state_words),
    Filter(key="pipeline", label=_("Pipeline"), condition=_pipeline, words=_pipeline_words),
    Filter(key="stage", label=_("Stage"), condition=_stage, words=_stage_words),
    Filter(key="account", label=_("Account"), condition=_account, words=_id_words),
    Filter(key="contact", label=_("Contact"), condition=_contact, words=_id_words),
)
