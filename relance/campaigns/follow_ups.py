"""Follow-ups of a mass mail: who gets them, whom to leave out, and when (MASS-05)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.campaigns import rules
from relance.campaigns.drafts import MassMailDraft, draft_mass_mail, edit_mass_mail
from relance.campaigns.holding import AlreadyLaunched, require_creator, row_of
from relance.campaigns.models import MassMail
from relance.campaigns.sources import fields_module
from relance.lib.refusal import Refused
from relance.lib.states import move
from relance.mail.models import Template
from relance.records import criteria
from relance.records.registry import Asking
from relance.team.models import User
from relance.team.workspace import organisation

State, Follow = MassMail.State, MassMail.Follow
FAULTS: Mapping[str, str | Promise] = {
    "days_only": gettext_lazy("Those who opened it open it on days of their own: give a number of days, not a date."),
    "when": gettext_lazy("Give either a number of days or a date."),
    "days": gettext_lazy("A follow-up leaves between 0 and 365 days after."),
}
# Whoever has opened before the follow-up was planned is followed up too, from now on at the earliest.
FILL = """
INSERT INTO campaigns_followdue (mass_mail_id, recipient_id, due_at)
SELECT %(follow_up)s, r.id, greatest(r.first_opened_at + make_interval(days => %(days)s), %(now)s)
FROM mail_recipient r
WHERE r.message_id = %(message)s AND r.first_opened_at IS NOT NULL AND r.bounced_at IS NULL
ON CONFLICT DO NOTHING
"""
REDATE = """
UPDATE campaigns_followdue d SET due_at = greatest(r.first_opened_at + make_interval(days => %s), %s)
FROM mail_recipient r WHERE r.id = d.recipient_id AND d.mass_mail_id = %s AND d.done_at IS NULL
"""


class BadFollowUp(Refused):
    """A follow-up that may not be."""


class TooManyFollowUps(Refused):
    """The mail has as many follow-ups as it may have."""


@dataclass(frozen=True, kw_only=True)
class FollowUpDraft:
    """A follow-up as somebody wants it; `leave_out` are criteria as text, looked at when it goes out."""

    who: str
    template: Template | None
    days: int | None = None
    at: datetime | None = None
    leave_out: str = ""
    name: str = ""


@transaction.atomic
def add_follow_up(first: MassMail, draft: FollowUpDraft, *, by: User, now: datetime) -> MassMail:
    """One more mail after the first; of a mail that has left it is scheduled at once.

    Raises Forbidden, BadFollowUp, TooManyFollowUps, BadCriteria.
    """
    require_creator(first, by)
    first = row_of(first)
    if first.parent_id is not None or first.deleted_at is not None:
        raise BadFollowUp(_("A follow-up has no follow-ups of its own. Add it to the first mail."))
    count = first.follow_ups.filter(deleted_at=None).count()
    if count >= (most := organisation().follow_ups_per_mail):
        raise TooManyFollowUps(_("A mass mail has at most %(count)d follow-ups. Delete one first.") % {"count": most})
    _require_sense(first, draft, by=by, now=now)
    name = draft.name.strip() or _("%(name)s, follow-up %(number)d") % {"name": first.name, "number": count + 1}
    same = ("module", "mailbox", "from_choice", "reply_choice", "track")
    values = {key: getattr(first, key) for key in same} | {"name": name[:160], "template": draft.template}
    follow_up = draft_mass_mail(MassMailDraft(values=values), by=by, now=now)
    follow_up.parent = first
    _write(follow_up, draft)
    if first.state == State.LAUNCHED:
        plan(follow_up, now=now)
    return follow_up


@transaction.atomic
def edit_follow_up(follow_up: MassMail, draft: FollowUpDraft, *, by: User, now: datetime) -> MassMail:
    """Change it until it goes; in its last minutes that stops it (MASS-06). Raises as `add_follow_up` does."""
    require_creator(follow_up, by)
    first = follow_up.parent
    if first is None:
        raise BadFollowUp(_("This is no follow-up."))
    values: dict[str, object] = {"template": draft.template}
    if draft.name.strip():
        values["name"] = draft.name.strip()[:160]
    follow_up = edit_mass_mail(follow_up, MassMailDraft(values=values), by=by, now=now)
    _require_sense(first, draft, by=by, now=now)
    planned = follow_up.state == State.SCHEDULED
    _write(follow_up, draft)
    if planned:
        plan(follow_up, now=now)
    return follow_up


def _require_sense(first: MassMail, draft: FollowUpDraft, *, by: User, now: datetime) -> None:
    if draft.who not in Follow.values:
        raise BadFollowUp(_("Say who gets it: those who received, opened, clicked, or did not."))
    if fault := rules.follow_up_fault(draft.who, days=draft.days, at=draft.at):
        raise BadFollowUp(str(FAULTS[fault]))
    if draft.at is not None and draft.at <= now:
        raise BadFollowUp(_("This moment has passed. Choose a later one."))
    if draft.leave_out:
        tree = criteria.read_text(draft.leave_out)
        criteria.condition(tree, module=fields_module(first.module), asking=Asking(user=by, now=now))


def _write(follow_up: MassMail, draft: FollowUpDraft) -> None:
    follow_up.follow, follow_up.days, follow_up.leave_out = draft.who, draft.days, draft.leave_out
    follow_up.scheduled_at = draft.at
    follow_up.save()


def plan_all(first: MassMail, *, now: datetime) -> None:
    """The first mail leaves: its follow-ups get their moments."""
    for follow_up in first.follow_ups.filter(state=State.DRAFT, deleted_at=None):
        plan(follow_up, now=now)


def plan(follow_up: MassMail, *, now: datetime) -> None:
    """Give a follow-up its moment: its date, days after the first, or a moment for each person who opens."""
    first = follow_up.parent
    assert first is not None
    assert first.launched_at is not None
    at = follow_up.scheduled_at
    if follow_up.follow == Follow.OPENED:
        at = None
        _fill(follow_up, first, now)
    elif follow_up.days is not None:
        at = max(first.launched_at + timedelta(days=follow_up.days), now)
    to, why = State.SCHEDULED, ""
    if at is not None and at < now:
        to, why = State.STOPPED, "date_passed"
    rows = MassMail.objects.filter(pk=follow_up.pk)
    told = {"state_why": why, "scheduled_at": at, "updated_at": now, "tries": 0, "again_at": None}
    if not move(rows, "state", rules.FOLLOW_UP_MOVES, to=to, **told):
        raise AlreadyLaunched(_("It has left already. Copy it to send it again."))
    follow_up.refresh_from_db()


def _fill(follow_up: MassMail, first: MassMail, now: datetime) -> None:
    told = {"follow_up": follow_up.pk, "days": follow_up.days, "message": first.message_id, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(FILL, told)
        cursor.execute(REDATE, [follow_up.days, now, follow_up.pk])


def stop_all(first: MassMail, *, now: datetime) -> None:
    """The first mail was stopped: nothing of it leaves any more, its follow-ups neither."""
    waiting = first.follow_ups.filter(state__in=(State.SCHEDULED, State.LATE), deleted_at=None)
    waiting.update(state=State.STOPPED, state_why="first_stopped", updated_at=now)
