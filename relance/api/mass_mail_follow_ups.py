"""Follow-ups of a mass mail: who gets them, whom to leave out, and when (MASS-05)."""

from __future__ import annotations

from datetime import datetime

from django.shortcuts import get_object_or_404
from ninja import Router, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.mass_mails import found
from relance.api.mass_mails_told import MassMailOut, show
from relance.api.reading import Moment, Wanted
from relance.campaigns import actions
from relance.lib import clock
from relance.mail.models import Template

router = Router(tags=["Mass mails"])


class FollowUpIn(Wanted):
    """A follow-up: `days` after the first mail (of `opened`: after each person's own opening), or a moment `at`."""

    follow: str = Field(max_length=11, description="received, opened, not_opened, clicked, not_clicked or not_replied.")
    template_id: int | None = None
    days: int | None = None
    at: Moment | None = None
    leave_out: str = Field(
        "", max_length=4000, description="Criteria as a list's `where` says them, looked at when it goes out."
    )
    name: str = Field("", max_length=160)

    def draft(self, request: Caller) -> actions.FollowUpDraft:
        """As the verb takes it. Raises Http404 for a template that is not there."""
        template = None
        if self.template_id is not None:
            template = get_object_or_404(Template.objects.visible_to(request.user), pk=self.template_id)
        at: datetime | None = self.at
        return actions.FollowUpDraft(
            who=self.follow, template=template, days=self.days, at=at, leave_out=self.leave_out, name=self.name
        )


@router.get("/{int:mass_mail_id}/follow-ups", response=list[MassMailOut], summary="Its follow-ups")
def index(request: Caller, mass_mail_id: int) -> list[MassMailOut]:
    """In the order in which they were added; each is a mass mail with numbers of its own."""
    rows = found(request, mass_mail_id).follow_ups.filter(deleted_at=None).select_related("message").order_by("id")
    return [show(row) for row in rows]


@router.post("/{int:mass_mail_id}/follow-ups", response={201: MassMailOut}, summary="Add a follow-up")
def add(request: Caller, mass_mail_id: int, new: FollowUpIn) -> Status[MassMailOut]:
    """At most 5; of a mail that has left it is scheduled at once."""
    first, draft = found(request, mass_mail_id), new.draft(request)
    return Status(201, show(actions.add_follow_up(first, draft, by=request.user, now=clock.now())))


@router.put("/{int:mass_mail_id}/follow-up", response=MassMailOut, summary="Change a follow-up")
def change(request: Caller, mass_mail_id: int, wanted: FollowUpIn) -> MassMailOut:
    """The id is the follow-up's own. Until it goes; stop, launch and delete it as any mass mail."""
    follow_up, draft = found(request, mass_mail_id), wanted.draft(request)
    return show(actions.edit_follow_up(follow_up, draft, by=request.user, now=clock.now()))
