"""What came of mails to single people: in all, and by colleague, team, template or period (ENG-10)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from ninja import Query, Router, Schema
from pydantic import Field

from relance.api.key import Caller
from relance.api.reading import Moment
from relance.deals.mail_lists import messages_of
from relance.deals.models import Deal
from relance.insights import engagement
from relance.insights.engagement import Asked, By, Figures
from relance.lib import clock, zones
from relance.mail.models import Message
from relance.people.models import Account, Person
from relance.team.models import User

router = Router(tags=["Engagement"])
QUARTER, LONGEST = timedelta(days=90), timedelta(days=3_660)


class EngagementFigures(Schema):
    """Of some copies. Openings are spoken of where they are followed, clicks where links are, answers always."""

    sent: int
    people: int
    bounced: int
    arrived: int
    followed: int = Field(description="Those that arrived and whose openings are followed.")
    opened: int
    opens: int
    links_followed: int
    clicked: int
    clicks: int
    replied: int
    machine_hits: int = Field(description="What machines did; it counts nowhere else.")
    open_rate: float | None = Field(description="opened / followed; null where nothing is followed.")
    click_rate: float | None = Field(description="clicked / links_followed.")
    reply_rate: float | None = Field(description="replied / arrived.")
    median_seconds_to_open: float | None
    median_seconds_to_reply: float | None


class EngagementGroup(Schema):
    """One colleague, team or template by its id, or a period by its beginning."""

    id: int | None
    begins_at: datetime | None
    name: str
    figures: EngagementFigures


class EngagementOut(Schema):
    """Mails to one person or few and those of sequences; mass mail and test mails are left out."""

    since: datetime
    until: datetime
    by: str
    total: EngagementFigures
    groups: list[EngagementGroup]


class EngagementAsked(Schema):
    """Which copies, by when they left, and along what they are set apart. Without a time: the last 90 days."""

    by: Literal["period", "user", "team", "template"] = "period"
    since: Moment | None = None
    until: Moment | None = None
    user_id: int | None = None
    team_id: int | None = None
    template_id: int | None = None
    person_id: int | None = None
    account_id: int | None = None
    deal_id: int | None = None


@router.get("", response=EngagementOut, summary="What came of mails")
def read(request: Caller, asked: Query[EngagementAsked]) -> EngagementOut:
    """One's own mails, and those to people whom one sees. At most ten years, at most 200 groups."""
    user, along = request.user, By(asked.by)
    until = asked.until or clock.now()
    wanted = _wanted(asked, user, until=until, since=max(asked.since or until - QUARTER, until - LONGEST))
    groups = engagement.groups(wanted, along, by=user, zone=zones.zone(user.time_zone))
    return EngagementOut(
        since=wanted.since, until=until, by=along, total=_told(engagement.total(wanted, by=user)),
        groups=[
            EngagementGroup(
                id=group.key if isinstance(group.key, int) else None,
                begins_at=group.key if isinstance(group.key, datetime) else None,
                name=group.name, figures=_told(group.figures),
            )
            for group in groups
        ],
    )  # fmt: skip


def _wanted(asked: EngagementAsked, user: User, *, since: datetime, until: datetime) -> Asked:
    """Of a record that one may not see there is nothing to tell."""
    person = Person.objects.visible_to(user).filter(pk=asked.person_id or 0).exists()
    account = Account.objects.visible_to(user).filter(pk=asked.account_id or 0).exists()
    deal = Deal.objects.visible_to(user).filter(pk=asked.deal_id or 0).first()
    hidden = (
        (asked.person_id is not None and not person)
        or (asked.account_id is not None and not account)
        or (asked.deal_id is not None and deal is None)
    )
    return Asked(
        since=since, until=until, user_id=asked.user_id, team_id=asked.team_id, template_id=asked.template_id,
        person_id=asked.person_id, account_id=asked.account_id,
        messages=Message.objects.none() if hidden else messages_of(deal) if deal else None,
    )  # fmt: skip


def _told(told: Figures) -> EngagementFigures:
    plain = {name: getattr(told, name) for name in EngagementFigures.model_fields if hasattr(told, name)}
    return EngagementFigures(
        **plain,
        median_seconds_to_open=told.to_open.total_seconds() if told.to_open is not None else None,
        median_seconds_to_reply=told.to_reply.total_seconds() if told.to_reply is not None else None,
    )
