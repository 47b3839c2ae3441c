"""Draft, edit, schedule, launch, stop and delete a mass mail (MASS-01 to MASS-09); mail.actions sends what leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from relance.campaigns import audience, preflight, rules
from relance.campaigns.models import MassMail
from relance.lib.refusal import Refused
from relance.lib.states import move
from relance.mail import actions as mail
from relance.mail import contents
from relance.mail.models import Mailbox, Message, Recipient
from relance.mail.models.template import SenderChoice
from relance.mail.outbound import held
from relance.mail.outbound.pace import in_same_hour, mass_start
from relance.mail.preflight import Check
from relance.mail.templates import Parts
from relance.team import policy
from relance.team.models import Module, Organisation, User
from relance.team.workspace import organisation

FIELDS = ("name", "module", "audience", "criteria", "template", "mailbox", "from_choice", "reply_choice", "track")
PREPARE, QUEUE = "relance.campaigns.prepare", "campaigns"
FORGOTTEN = timedelta(minutes=2)
State = MassMail.State


class AlreadyLaunched(Refused):
    """It has left, or somebody else has just moved it."""


class NotReady(Refused):
    """Something keeps it from leaving; `problems` lists the checks that failed."""

    def __init__(self, problems: tuple[Check, ...]) -> None:
        super().__init__(" ".join(f"{check.sentence} {check.detail}".strip() for check in problems))
        self.problems = problems


class InThePast(Refused):
    """The hour that was asked for has passed."""


class HourFull(Refused):
    """As many mass mails as allowed are scheduled for that hour and module."""


class TooManyStarts(Refused):
    """As many mass mails as allowed have started in this hour; `next_at` is the next one with room."""

    def __init__(self, sentence: str, next_at: datetime) -> None:
        super().__init__(sentence)
        self.next_at = next_at


class CannotStop(Refused):
    """There is nothing left to stop."""


class CannotPause(Refused):
    """It is not being sent."""


class CannotResume(Refused):
    """It is not paused."""


class StillSending(Refused):
    """It has to be stopped before it can be deleted."""


@dataclass(frozen=True, kw_only=True)
class MassMailDraft:
    """What is to be changed in a mass mail: the values named here (see FIELDS), the rest stays."""

    values: Mapping[str, object] = field(default_factory=dict)


@transaction.atomic
def draft_mass_mail(draft: MassMailDraft, *, by: User, now: datetime) -> MassMail:
    """A new mass mail, not yet sent. Raises Forbidden."""
    require_right(by)
    mass_mail = MassMail(creator=by, created_at=now, updated_at=now)
    _fill(mass_mail, draft, by)
    mass_mail.save()
    return mass_mail


@transaction.atomic
def edit_mass_mail(mass_mail: MassMail, draft: MassMailDraft, *, by: User, now: datetime) -> MassMail:
    """Change what the draft names; so near to its hour, this stops it (MASS-06). Raises Forbidden, AlreadyLaunched."""
    _require_creator(mass_mail, by)
    mass_mail = _hold(mass_mail)
    _stop_if_frozen(mass_mail, now)
    _fill(mass_mail, draft, by)
    mass_mail.updated_at = now
    mass_mail.save()
    return mass_mail


@transaction.atomic
def open_for_edit(mass_mail: MassMail, *, by: User, now: datetime) -> bool:
    """Begin to edit: in its last minutes that alone stops it, so that no old text leaves (ZMM-30). True if it did."""
    _require_creator(mass_mail, by)
    mass_mail = _hold(mass_mail)
    stopped = _stop_if_frozen(mass_mail, now)
    mass_mail.save(update_fields=["state", "state_why"])
    return stopped


def _fill(mass_mail: MassMail, draft: MassMailDraft, by: User) -> None:
    for name in FIELDS:
        if name in draft.values:
            setattr(mass_mail, name, draft.values[name])
    template, mailbox = mass_mail.template, mass_mail.mailbox
    policy.require(template is None or template.shared or template.owner_id == by.pk or by.is_administrator)
    policy.require(mailbox is None or mailbox.kind == Mailbox.Kind.SHARED or mailbox.user_id == by.pk)


def _stop_if_frozen(mass_mail: MassMail, now: datetime) -> bool:
    if mass_mail.state != State.SCHEDULED or mass_mail.scheduled_at is None:
        return False
    if not rules.is_frozen(mass_mail.scheduled_at, now=now, minutes=organisation().freeze_minutes):
        return False
    mass_mail.state, mass_mail.state_why = State.STOPPED, "edited_late"
    return True


@transaction.atomic
def schedule(mass_mail: MassMail, at: datetime, *, by: User, now: datetime) -> MassMail:
    """Let it leave at a moment. Raises Forbidden, NotReady, InThePast, HourFull, AlreadyLaunched."""
    _require_creator(mass_mail, by)
    if at <= now:
        raise InThePast(_("This moment has passed. Choose a later one, or send it now."))
    known = _one_at_a_time()
    mass_mail = _hold(mass_mail)
    _require_room(mass_mail, at, known)
    _require_ready(mass_mail, now)
    _move(mass_mail, to=State.SCHEDULED, scheduled_at=at, state_why="", updated_at=now)
    return mass_mail


def _require_room(mass_mail: MassMail, at: datetime, known: Organisation) -> None:
    """At most so many are scheduled per module for the same hour of the organisation's clock (MASS-03)."""
    others = MassMail.objects.filter(state=State.SCHEDULED, module=mass_mail.module, deleted_at=None).exclude(
        pk=mass_mail.pk
    )
    times = others.values_list("scheduled_at", flat=True)
    same = in_same_hour(at, [each for each in times if each], ZoneInfo(known.time_zone))
    if same >= known.scheduled_per_module_hour:
        raise HourFull(
            _("%(count)d mass mails leave in this hour already, which is the limit. Choose another hour.")
            % {"count": same}
        )


@transaction.atomic
def launch(mass_mail: MassMail, *, by: User, now: datetime) -> Message:
    """Send it now. Raises Forbidden, NotReady, TooManyStarts, AlreadyLaunched."""
    _require_creator(mass_mail, by)
    known = _one_at_a_time()
    mass_mail = _hold(mass_mail)
    start = next_start(now, known=known)
    if start > now:
        hour = start.astimezone(ZoneInfo(known.time_zone)).strftime("%H:%M")
        raise TooManyStarts(
            _("%(count)d mass mails have started in this hour, which is the limit. Schedule this one for %(hour)s.")
            % {"count": known.mass_starts_per_hour, "hour": hour},
            start,
        )
    _require_ready(mass_mail, now)
    return _start(mass_mail, known, now)


def next_start(now: datetime, *, known: Organisation | None = None) -> datetime:
    """Now, or the beginning of the next hour in which a mass mail may still start (MASS-03)."""
    known = known or organisation()
    started = (
        MassMail.objects.filter(launched_at__isnull=False)
        .order_by("-launched_at")
        .values_list("launched_at", flat=True)
    )
    times = [at for at in started[: 10 * known.mass_starts_per_hour] if at is not None]
    return mass_start(now, started=times, zone=ZoneInfo(known.time_zone), limit=max(known.mass_starts_per_hour, 1)).at


def taken(at: datetime, *, module: str) -> tuple[int, int]:
    """How many mass mails have started in the clock hour of a moment, and how many of a module are scheduled for it."""
    zone = ZoneInfo(organisation().time_zone)
    near = (at - timedelta(hours=2), at + timedelta(hours=2))
    started = MassMail.objects.filter(launched_at__range=near).values_list("launched_at", flat=True)
    waiting = MassMail.objects.filter(state=State.SCHEDULED, module=module, deleted_at=None, scheduled_at__range=near)
    planned = waiting.values_list("scheduled_at", flat=True)
    return (
        in_same_hour(at, [each for each in started if each], zone),
        in_same_hour(at, [each for each in planned if each], zone),
    )


def _start(mass_mail: MassMail, known: Organisation, now: datetime) -> Message:
    """Freeze the text, write the message, and ring for its recipients: all in the caller's transaction."""
    mailbox = preflight.mailbox_of(mass_mail)
    assert mass_mail.template is not None
    assert mailbox is not None
    content = contents.freeze(
        Parts.of(mass_mail.template), list_headers=True, footer=known.opt_out_required, template=mass_mail.template
    )
    message = mail.draft(
        mail.Draft(
            kind=Message.Kind.MASS,
            send_key=f"mass:{mass_mail.pk}",
            content=content,
            mailbox=mailbox,
            sender=mass_mail.creator,
            deliver_at=now,
            from_choice=mass_mail.from_choice,
            reply_choice=mass_mail.reply_choice,
            track=mass_mail.track,
            track_opens=known.track_opens,
            tracking=known.tracking,
            opt_out_link=known.opt_out_required,
        ),
        now=now,
    )
    _move(mass_mail, to=State.LAUNCHED, message=message, launched_at=now, state_why="")
    app.configure_task(PREPARE, queue=QUEUE).defer(message_id=message.pk)
    return message


def start_due(now: datetime) -> list[int]:
    """Launch what is due, each in its transaction; what cannot leave stops or waits, and says why. The ids seen."""
    seen: list[int] = []
    while (taken := _start_one(now, seen)) is not None:
        seen.append(taken)
    return seen


@transaction.atomic
def _start_one(now: datetime, seen: list[int]) -> int | None:
    due = MassMail.objects.filter(state=State.SCHEDULED, scheduled_at__lte=now, deleted_at=None).exclude(pk__in=seen)
    mass_mail = due.order_by("scheduled_at", "id").select_for_update(skip_locked=True, of=("self",)).first()
    if mass_mail is None or mass_mail.scheduled_at is None:
        return None
    known = _one_at_a_time()
    if held.is_foreign() or rules.is_late(mass_mail.scheduled_at, now=now, hours=known.late_hours):
        _move(mass_mail, to=State.LATE, state_why="late")
    elif (start := next_start(now, known=known)) > now:
        _move(mass_mail, to=State.SCHEDULED, scheduled_at=start, state_why="no_room")
    elif not _may_send(mass_mail.creator):
        _move(mass_mail, to=State.STOPPED, state_why="creator_gone")
    elif not preflight.examine(mass_mail, now=now).ready:
        _move(mass_mail, to=State.STOPPED, state_why="not_ready")
    else:
        _start(mass_mail, known, now)
    return mass_mail.pk


@transaction.atomic
def prepare(message_id: int, *, now: datetime) -> bool:
    """Write the recipients of a launched mail and let it be sent: all or nothing, once however often it runs."""
    message = Message.objects.select_for_update().filter(pk=message_id, state=Message.State.PREPARING).first()
    if message is None:
        return False
    mass_mail = MassMail.objects.select_related("creator__role").get(message=message)
    modes = audience.modes_of(wanted=message.track, policy=message.tracking, opens=message.track_opens)
    owner_signs = SenderChoice.OWNER in (message.from_choice, message.reply_choice)
    matched = audience.write(mass_mail, message.pk, owner_signs=owner_signs, modes=modes, now=now)
    total = message.recipients.exclude(state=Recipient.State.REFUSED).count()
    MassMail.objects.filter(pk=mass_mail.pk).update(matched=matched)
    mail.note_recipients(message, total=total, refused=matched - total)
    return mail.queue(message, now=now)


def prepare_forgotten(now: datetime) -> None:
    """Prepare what waits for a job that never came; the one that runs holds its row, so it is passed over."""
    waiting = Message.objects.filter(
        kind=Message.Kind.MASS, state=Message.State.PREPARING, created_at__lt=now - FORGOTTEN
    )
    for message_id in waiting.values_list("pk", flat=True):
        prepare(message_id, now=now)


@transaction.atomic
def stop(mass_mail: MassMail, *, by: User, now: datetime) -> MassMail:
    """Nothing more of it leaves. Before the launch it can still be launched later. Raises Forbidden, CannotStop."""
    allowed = rules.may_stop(creator_id=mass_mail.creator_id, user_id=by.pk, administers=by.is_administrator)
    policy.require(allowed, _not_yours(mass_mail))
    mass_mail = _row(mass_mail)
    if mass_mail.message is not None:
        if mail.stop(mass_mail.message, now=now) is None:
            raise CannotStop(_("Everything has left already, nothing can be stopped."))
    elif not move(
        MassMail.objects.filter(pk=mass_mail.pk), "state", rules.MOVES, to=State.STOPPED, state_why="by_hand"
    ):
        raise CannotStop(_("It was not scheduled, so there is nothing to stop."))
    return _row(mass_mail)


@transaction.atomic
def pause(mass_mail: MassMail, *, by: User, now: datetime) -> MassMail:
    """Send no more for now. Raises Forbidden, CannotPause."""
    _require_creator(mass_mail, by)
    mass_mail = _row(mass_mail)
    if mass_mail.message is None or not mail.pause(mass_mail.message, now=now):
        raise CannotPause(_("It is not being sent, so it cannot be paused."))
    return _row(mass_mail)


@transaction.atomic
def resume(mass_mail: MassMail, *, by: User, now: datetime) -> MassMail:
    """Go on with those who have not had it. Raises Forbidden, CannotResume."""
    _require_creator(mass_mail, by)
    mass_mail = _row(mass_mail)
    if held.is_foreign():
        raise CannotResume(_("Nothing leaves from here until an administrator says so on Today. Nothing is lost."))
    if mass_mail.message is None or not mail.resume(mass_mail.message, now=now):
        raise CannotResume(_("It is not paused."))
    return _row(mass_mail)


@transaction.atomic
def delete_mass_mail(mass_mail: MassMail, *, by: User, now: datetime) -> None:
    """Take it off the pages; what was sent stays in each person's history. Raises Forbidden, StillSending."""
    policy.require(may_delete(mass_mail, by))
    mass_mail = _row(mass_mail)
    if not rules.may_delete_now(mass_mail.status):
        raise StillSending(_("It is being sent. Stop it first, then delete it."))
    MassMail.objects.filter(pk=mass_mail.pk, deleted_at=None).update(deleted_at=now)


@transaction.atomic
def copy_mass_mail(mass_mail: MassMail, *, by: User, now: datetime) -> MassMail:
    """The same once more as a draft of one's own. Raises Forbidden."""
    values = {name: getattr(mass_mail, name) for name in FIELDS}
    values["name"] = (_("%(name)s, copy") % {"name": mass_mail.name})[:160]
    return draft_mass_mail(MassMailDraft(values=values), by=by, now=now)


def may_delete(mass_mail: MassMail, user: User) -> bool:
    """Its creator, and those whose role reaches it (MASS-07)."""
    return mass_mail.creator_id == user.pk or policy.allows(
        user, Module.MASS_MAIL, "delete", mass_mail, owner="creator"
    )


def _may_send(user: User) -> bool:
    return user.may_send_mass_mail


def require_right(user: User) -> None:
    """Mass mail is for those whose role says so. Raises Forbidden."""
    policy.require(_may_send(user))


def _require_creator(mass_mail: MassMail, user: User) -> None:
    require_right(user)
    policy.require(rules.may_act(creator_id=mass_mail.creator_id, user_id=user.pk), _not_yours(mass_mail))


def _not_yours(mass_mail: MassMail) -> str:
    return _("Only %(name)s, who made it, may do this.") % {"name": mass_mail.creator.name}


def _require_ready(mass_mail: MassMail, now: datetime) -> None:
    problems = preflight.examine(mass_mail, now=now).problems
    if problems:
        raise NotReady(problems)


def _one_at_a_time() -> Organisation:
    """The settings, held so that two launches at once count each other."""
    return Organisation.objects.select_for_update().get(pk=organisation().pk)


def _row(mass_mail: MassMail) -> MassMail:
    rows = MassMail.objects.select_for_update(of=("self",)).select_related(
        "template", "mailbox", "message", "creator__role"
    )
    return rows.get(pk=mass_mail.pk)


def _hold(mass_mail: MassMail) -> MassMail:
    """The row as it stands, held against others until the end of the transaction. Raises AlreadyLaunched."""
    row = _row(mass_mail)
    if row.state == State.LAUNCHED or row.deleted_at is not None:
        raise AlreadyLaunched(_("It has left already. Copy it to send it again."))
    return row


def _move(mass_mail: MassMail, *, to: str, **also: object) -> None:
    if not move(MassMail.objects.filter(pk=mass_mail.pk), "state", rules.MOVES, to=to, **also):
        raise AlreadyLaunched(_("It has left already. Copy it to send it again."))
    mass_mail.refresh_from_db()
