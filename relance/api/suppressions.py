"""The suppression ledger: who must not be written to, since when, by which route (UNSUB-02)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.paging import Listed, Page, paged
from relance.api.reading import Wanted
from relance.lib import clock
from relance.people import actions
from relance.people.models import Suppression
from relance.people.suppression import Wish
from relance.team import policy
from relance.team.models import Module

router = Router(tags=["Suppressions"])


class SuppressionOut(Schema):
    """One line of the ledger."""

    id: int
    email: str = Field(description="The address as compared.")
    scope: str
    route: str
    at: datetime
    recipient_id: int | None
    words: str
    lifted_at: datetime | None


class Suppressions(Listed):
    """A page of the ledger."""

    items: list[SuppressionOut]


class SuppressionIn(Wanted):
    """An address that must not be written to."""

    email: str = Field(max_length=320)
    scope: Literal["everything", "marketing", "sequences"] = "marketing"
    words: str = Field("", max_length=300)


class Search(Page):
    """Which lines."""

    email: str = ""


def show(line: Suppression) -> SuppressionOut:
    """A line as the API tells."""
    return SuppressionOut(
        id=line.pk, email=line.normal, scope=line.scope, route=line.route, at=line.at, recipient_id=line.recipient_id,
        words=line.words, lifted_at=line.lifted_at,
    )  # fmt: skip


def require_ledger(request: Caller) -> None:
    """The ledger names everybody, so it is for those who see everybody. Raises Forbidden."""
    levels = [policy.level(request.user, module, "read") for module in (Module.LEAD, Module.CONTACT)]
    policy.require(all(level == policy.ALL for level in levels))


@router.get("", response=Suppressions, summary="The ledger")
def index(request: Caller, response: HttpResponse, search: Query[Search]) -> dict[str, Any]:
    """The ledger, newest first. For those who see all people."""
    require_ledger(request)
    rows = Suppression.objects.all()
    if search.email:
        rows = rows.filter(normal=actions.parse(search.email).normal)
    return paged(request, response, rows, search, show)


@router.post("", response={201: SuppressionOut}, summary="Write a wish down")
def add(request: Caller, new: SuppressionIn) -> Status[SuppressionOut]:
    """Do not write to this address any more; the first date stands."""
    require_ledger(request)
    policy.require(policy.level(request.user, Module.LEAD, "edit") > policy.NONE)
    normal = actions.parse(new.email).normal
    actions.opt_out(
        Wish(
            normal=normal, scope=new.scope, route=Suppression.Route.API, at=clock.now(), words=new.words,
            by_id=request.user.pk,
        )
    )  # fmt: skip
    return Status(201, show(Suppression.objects.filter(normal=normal, scope=new.scope, lifted_at=None).latest("pk")))
