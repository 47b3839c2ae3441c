"""Test two templates on a share of the readers of a mass mail (+)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.mass_mails import found
from relance.api.mass_mails_told import Key
from relance.api.reading import Wanted
from relance.campaigns import contests
from relance.campaigns.models import Contest
from relance.lib import clock
from relance.mail.models import Template

router = Router(tags=["Mass mails"])


class ContestIn(Wanted):
    """Template B against that of the mail, on a share of the readers, judged once after so many hours."""

    template_id: Key
    share: int = Field(20, description="percent, both halves together")
    hours: int = 24
    measure: Literal["replied", "clicked"] = "replied"


class ContestArmOut(Schema):
    """One of the two mails."""

    letter: str
    mass_mail_id: int
    hits: int
    people: int


class ContestOut(Schema):
    """A test and, once it is judged, its winner; `clear` is false where chance may explain the difference."""

    template_id: int
    share: int
    hours: int
    measure: str
    state: str
    decide_at: datetime | None
    winner: str
    clear: bool
    why: str
    arms: list[ContestArmOut]


def show_contest(contest: Contest) -> ContestOut:
    """A test as the API tells."""
    told = contests.tally(contest)
    arms = [
        ContestArmOut(
            letter=arm.letter, mass_mail_id=arm.mass_mail_id, hits=told[arm.letter][0], people=told[arm.letter][1]
        )
        for arm in contest.arms.all()
        if arm.letter in told
    ]
    names = [name for name in ContestOut.model_fields if name not in ("arms", "template_id")]
    return ContestOut(
        template_id=contest.template_b_id, arms=arms, **{name: getattr(contest, name) for name in names}
    )  # fmt: skip


@router.get("/{int:mass_mail_id}/contest", response=ContestOut, summary="Its test of two templates")
def read(request: Caller, mass_mail_id: int) -> ContestOut:
    """404 for a mail without one."""
    contest = contests.of(found(request, mass_mail_id), *Contest.State.values)
    if contest is None:
        raise Http404
    return show_contest(contest)


@router.put("/{int:mass_mail_id}/contest", response=ContestOut, summary="Test two templates")
def put(request: Caller, mass_mail_id: int, wanted: ContestIn) -> ContestOut:
    """Begins at the launch; the rest leaves at its hour by itself."""
    mass_mail = found(request, mass_mail_id)
    template = get_object_or_404(Template.objects.visible_to(request.user), pk=wanted.template_id)
    draft = contests.ContestDraft(
        template_b=template, share=wanted.share, hours=wanted.hours, measure=wanted.measure
    )  # fmt: skip
    return show_contest(contests.set_contest(mass_mail, draft, by=request.user, now=clock.now()))


@router.delete("/{int:mass_mail_id}/contest", response={204: None}, summary="Send without a test")
def remove(request: Caller, mass_mail_id: int) -> Status[None]:
    """Before it begins."""
    contests.drop(found(request, mass_mail_id), by=request.user, now=clock.now())
    return Status(204, None)
