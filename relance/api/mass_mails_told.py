"""Mass mails as the API tells and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from relance.api.paging import Listed, Page
from relance.api.reading import Moment, Wanted
from relance.campaigns.audience import Excluded
from relance.campaigns.models import MassMail
from relance.campaigns.preflight import Preflight
from relance.mail.outbound.recipients import Refusal

Choice = Literal["own", "owner", "organisation"]
Audience = Literal["rows", "filter", "all", "lists"]
Key = Annotated[int, Field(ge=1, le=2**63 - 1)]
MOST_ROWS = 10_000


class MassMailOut(Schema):
    """A mass mail."""

    id: int
    name: str
    module: str
    parent_id: int | None = Field(description="The first mail, of a follow-up.")
    follow: str = Field(description="Which of its readers a follow-up goes to.")
    days: int | None
    leave_out: str
    audience: str
    criteria: dict[str, Any]
    excluded: list[int] = Field(description="Target lists whose addresses are left out.")
    template_id: int | None
    mailbox_id: int | None
    from_choice: str
    reply_choice: str
    track: bool
    status: str = Field(
        description="draft, scheduled, late, stopped; once launched: preparing, sending, paused, stopped, done."
    )
    state_why: str
    scheduled_at: datetime | None
    launched_at: datetime | None
    matched: int
    creator_id: int
    created_at: datetime
    updated_at: datetime


class MassMails(Listed):
    """A page of mass mails."""

    items: list[MassMailOut]


class CriteriaIn(Wanted):
    """Who is chosen. rows: `ids`; filter: `params`, the filters of the list; lists: `lists`; all: nothing."""

    ids: list[Key] | None = Field(None, max_length=MOST_ROWS)
    params: dict[str, str] | None = Field(None, max_length=30, examples=[{"q": "lyon", "source": "fair"}])
    lists: list[Key] | None = Field(None, max_length=100, description="Target lists, for the audience `lists`.")


class MassMailChange(Wanted):
    """What to change; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=160)
    module: str | None = Field(
        None, max_length=20, description="lead, contact, deal, list, or a module with addresses."
    )
    audience: Audience | None = None
    criteria: CriteriaIn | None = None
    excluded: list[Key] | None = Field(None, max_length=100, description="Target lists to leave out, by address.")
    template_id: int | None = Field(None, description="null takes it away.")
    mailbox_id: int | None = Field(None, description="null: the default mailbox.")
    from_choice: Choice | None = None
    reply_choice: Choice | None = None
    track: bool | None = None


class MassMailIn(MassMailChange):
    """A new mass mail."""

    name: str = Field(min_length=1, max_length=160)
    module: str = Field(max_length=20, description="lead, contact, deal, or a custom module with addresses.")
    audience: Audience = "all"
    criteria: CriteriaIn = CriteriaIn(ids=None, params=None, lists=None)


class ScheduleIn(Wanted):
    """When it leaves, by the workspace's clock."""

    at: Moment


class LeftOutOut(Schema):
    """How many are left out for one reason, with an example."""

    reason: str
    people: int
    example: str


class PreflightCheckOut(Schema):
    """One thing that was looked at before the launch."""

    key: str
    level: str = Field(description="ok, warn, bad")
    sentence: str
    detail: str
    remedy: str


class PreflightOut(Schema):
    """Who gets it, who does not and why, and whether it can leave."""

    matched: int
    will_receive: int
    left_out: list[LeftOutOut]
    modes: dict[str, int] = Field(description="How many copies would be followed in which way.")
    agreed_to_tracking: int
    checks: list[PreflightCheckOut]
    ready: bool


class ExcludedOut(Schema):
    """Somebody who will not get it, and why; a deal may have nobody to write to."""

    person_id: int | None
    name: str
    company: str
    email: str
    reason: str
    detail: str


class LeftOutPage(Listed):
    """A page of those who will not get it."""

    items: list[ExcludedOut]


class WhoIsLeftOut(Page):
    """Which of them."""

    reason: Refusal | None = None


class AcceptedOut(Schema):
    """Somebody who will get it."""

    person_id: int
    name: str
    company: str
    email: str


class AudiencePage(Listed):
    """A page of those who will get it."""

    items: list[AcceptedOut]


def show(mass_mail: MassMail) -> MassMailOut:
    """A mass mail as the API tells."""
    return MassMailOut(**{name: getattr(mass_mail, name) for name in MassMailOut.model_fields})


def show_preflight(looked: Preflight) -> PreflightOut:
    """What was looked at, as the API tells."""
    count = looked.audience
    return PreflightOut(
        matched=count.matched,
        will_receive=count.accepted,
        left_out=[
            LeftOutOut(reason=str(left.reason), people=left.people, example=left.example.name or left.example.email)
            for left in count.left_out
        ],
        modes={str(mode): people for mode, people in count.modes.items()},
        agreed_to_tracking=count.granted,
        checks=[
            PreflightCheckOut(key=c.key, level=str(c.level), sentence=c.sentence, detail=c.detail, remedy=c.remedy)
            for c in looked.checks
        ],
        ready=looked.ready,
    )


def show_excluded(row: Excluded) -> ExcludedOut:
    """Somebody who is left out, as the API tells."""
    return ExcludedOut(
        person_id=row.person_id, name=row.name, company=row.company, email=row.email, reason=str(row.reason),
        detail=str(row.detail),
    )  # fmt: skip
