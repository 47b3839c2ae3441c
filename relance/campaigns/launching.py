"""Schedule and launch a mass mail within the limits of the hour (MASS-03, MASS-09); mail.actions sends what leaves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from relance.campaigns import contests, failing, follow_ups, preflight, rules
from relance.campaigns.audience import follows_opens
from relance.campaigns.campaigning import links_filled
from relance.campaigns.holding import hold, may_send, moved, one_at_a_time, require_creator, require_room
from relance.campaigns.models import Contest, MassMail
from relance.campaigns.preparing import PREPARE, QUEUE
from relance.campaigns.taking_turns import take_turns
from relance.lib.refusal import Refused
from relance.mail import actions as mail
from relance.mail import contents
from relance.mail.models import Message
from relance.mail.outbound import held
from relance.mail.outbound.pace import in_same_hour, mass_start
from relance.mail.preflight import Check
from relance.mail.templates import Parts
from relance.team.models import Organisation, User
from relance.team.workspace import organisation

State = MassMail.State


class NotReady(Refused):
    """Something keeps it from leaving; `problems` lists the checks that failed."""

    def __init__(self, problems: tuple[Check, ...]) -> None:
        super().__init__(" ".join(f"{check.sentence} {check.detail}".strip() for check in problems))
        self.problems = problems


class InThePast(Refused):
    """The hour that was asked for has passed."""


class TooManyStarts(Refused):
    """As many mass mails as allowed have started in this hour; `next_at` is the next one with room."""

    def __init__(self, sentence: str, next_at: datetime) -> None:
        super().__init__(sentence)
        self.next_at = next_at


class TooEarly(Refused):
    """A follow-up before the first mail."""


@transaction.atomic
def schedule(mass_mail: MassMail, at: datetime, *, by: User, now: datetime) -> MassMail:
    """Let it leave at a moment. Raises Forbidden, NotReady, InThePast, HourFull, AlreadyLaunched."""
    require_creator(mass_mail, by)
    if at <= now:
        raise InThePast(_("This moment has passed. Choose a later one, or send it now."))
    known = one_at_a_time()
    mass_mail = hold(mass_mail)
    if mass_mail.parent_id is not None:
        raise TooEarly(_("A follow-up has its moment from its own page. Change it there."))
    require_room(mass_mail, at, known)
    _require_ready(mass_mail, now)
    moved(mass_mail, to=State.SCHEDULED, scheduled_at=at, state_why="", updated_at=now)
    return mass_mail


@transaction.atomic
def launch(mass_mail: MassMail, *, by: User, now: datetime) -> Message | None:
    """Send it now; a follow-up to those who open waits for each of them, and gives None.

    Raises Forbidden, NotReady, TooManyStarts, AlreadyLaunched, TooEarly.
    """
    require_creator(mass_mail, by)
    known = one_at_a_time()
    mass_mail = hold(mass_mail)
    if mass_mail.parent is not None:
        return _launch_follow_up(mass_mail, mass_mail.parent, known, now)
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


def _launch_follow_up(mass_mail: MassMail, first: MassMail, known: Organisation, now: datetime) -> Message | None:
    """A stopped follow-up leaves now, without counting as a start; to those who open it leaves as they do."""
    if first.message_id is None:
        raise TooEarly(_("The first mail has not left yet. The follow-up leaves after it."))
    if mass_mail.follow == MassMail.Follow.OPENED:
        follow_ups.plan(mass_mail, now=now)
        return None
    _require_ready(mass_mail, now)
    return _start(mass_mail, known, now)


def next_start(now: datetime, *, known: Organisation | None = None) -> datetime:
    """Now, or the beginning of the next hour in which a mass mail may still start (MASS-03)."""
    known = known or organisation()
    started = (
        MassMail.objects.filter(launched_at__isnull=False, parent=None, responder=None, arm=None)
        .order_by("-launched_at")
        .values_list("launched_at", flat=True)
    )
    times = [at for at in started[: 10 * known.mass_starts_per_hour] if at is not None]
    return mass_start(now, started=times, zone=ZoneInfo(known.time_zone), limit=known.mass_starts_per_hour).at


def taken(at: datetime, *, module: str) -> tuple[int, int]:
    """How many mass mails have started in the clock hour of a moment, and how many of a module are scheduled for it."""
    zone = ZoneInfo(organisation().time_zone)
    near = (at - timedelta(hours=2), at + timedelta(hours=2))
    started = MassMail.objects.filter(launched_at__range=near, parent=None, responder=None, arm=None).values_list(
        "launched_at", flat=True
    )
    waiting = MassMail.objects.filter(
        state=State.SCHEDULED, module=module, parent=None, deleted_at=None, scheduled_at__range=near
    )
    planned = waiting.values_list("scheduled_at", flat=True)
    return (
        in_same_hour(at, [each for each in started if each], zone),
        in_same_hour(at, [each for each in planned if each], zone),
    )


def _start(mass_mail: MassMail, known: Organisation, now: datetime) -> Message | None:
    """Begin it, plan its follow-ups, and ring for its recipients: all in the caller's transaction.

    A mail that is tested first lets both arms leave, and waits for the verdict.
    """
    if (contest := contests.of(mass_mail, Contest.State.DRAFT)) is not None:
        for arm in contests.begin(contest, mass_mail, now=now):
            _start(arm, known, now)
        moved(mass_mail, to=State.SCHEDULED, scheduled_at=contest.decide_at, state_why="tested", updated_at=now)
        return None
    contest = contests.of(mass_mail, Contest.State.RUNNING)
    if contest is not None and contests.decide(contest, now=now).winner == "b":
        mass_mail.template = contest.template_b
        mass_mail.save(update_fields=["template"])
    message = begin(mass_mail, known, now, deliver_at=now)
    follow_ups.plan_all(mass_mail, now=now)
    app.configure_task(PREPARE, queue=QUEUE).defer(message_id=message.pk)
    return message


def begin(mass_mail: MassMail, known: Organisation, now: datetime, *, deliver_at: datetime) -> Message:
    """Freeze the text and write the message, still without recipients."""
    mailbox = preflight.mailbox_of(mass_mail)
    assert mass_mail.template is not None
    assert mailbox is not None
    content = contents.freeze(
        links_filled(Parts.of(mass_mail.template)),
        list_headers=True,
        footer=known.opt_out_required,
        template=mass_mail.template,
    )
    message = mail.draft(
        mail.Draft(
            kind=Message.Kind.MASS,
            send_key=f"mass:{mass_mail.pk}",
            content=content,
            mailbox=mailbox,
            sender=mass_mail.creator,
            deliver_at=deliver_at,
            from_choice=mass_mail.from_choice,
            reply_choice=mass_mail.reply_choice,
            track=mass_mail.track,
            track_opens=known.track_opens and follows_opens(mass_mail),
            tracking=known.tracking,
            opt_out_link=known.opt_out_required,
        ),
        now=now,
    )
    moved(mass_mail, to=State.LAUNCHED, message=message, launched_at=now, state_why="")
    return message


def start_due(now: datetime) -> list[int]:
    """Launch what is due, each in its transaction; what cannot leave stops or waits, and says why. The ids seen."""
    seen: list[int] = []
    take_turns(partial(_start_one, now=now, seen=seen), what="mass mail", note=partial(failing.note, now=now))
    return seen


@transaction.atomic
def _start_one(failed: Collection[int], begun: list[int], *, now: datetime, seen: list[int]) -> bool:
    its_turn = Q(again_at=None) | Q(again_at__lte=now)
    due = MassMail.objects.filter(its_turn, state=State.SCHEDULED, scheduled_at__lte=now, deleted_at=None).exclude(
        pk__in=[*seen, *failed]
    )
    mass_mail = due.order_by("scheduled_at", "id").select_for_update(skip_locked=True, of=("self",)).first()
    if mass_mail is None or mass_mail.scheduled_at is None:
        return False
    begun.append(mass_mail.pk)
    seen.append(mass_mail.pk)
    known = one_at_a_time()
    if held.is_foreign() or rules.is_late(mass_mail.scheduled_at, now=now, hours=known.late_hours):
        moved(mass_mail, to=State.LATE, state_why="late")
    elif mass_mail.parent_id is None and (start := next_start(now, known=known)) > now:
        moved(mass_mail, to=State.SCHEDULED, scheduled_at=start, state_why="no_room")
    elif may_leave(mass_mail, now=now):
        _start(mass_mail, known, now)
    return True


def may_leave(mass_mail: MassMail, *, now: datetime) -> bool:
    """Whether it can leave at its hour; if not, it stops and says why."""
    if not may_send(mass_mail.creator):
        moved(mass_mail, to=State.STOPPED, state_why="creator_gone")
    elif preflight.problems(mass_mail, now=now):
        moved(mass_mail, to=State.STOPPED, state_why="not_ready")
    else:
        return True
    return False


def _require_ready(mass_mail: MassMail, now: datetime) -> None:
    problems = preflight.problems(mass_mail, now=now)
    if problems:
        raise NotReady(problems)
