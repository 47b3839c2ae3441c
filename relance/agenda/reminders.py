"""Follow-up reminders: set with a mail, settled by what people do, due at their time, put off or done (ENG-05)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from relance.agenda.models import Reminder
from relance.agenda.watching import Condition, Seen, Settled, is_due, is_settled
from relance.events import LinkClicked, MessageOpened, MessageReplied, OpeningTakenBack
from relance.lib import live
from relance.lib.refusal import Refused
from relance.mail.models import Message, Recipient
from relance.team.models import User
from relance.team.policy import require

State = Reminder.State
OPEN = (State.WAITING, State.DUE)
MOST = 500
HOME = "today"


class TooEarly(Refused):
    """A reminder before the mail has left, or in the past."""


@transaction.atomic
def remind(message: Message, *, condition: str, due_at: datetime, by: User, now: datetime) -> Reminder:
    """Tell its sender at that time, if the condition holds then. Raises Forbidden, TooEarly."""
    require(message.sender_id == by.pk)
    if due_at <= max(now, message.deliver_at):
        raise TooEarly(_("The reminder must come after the mail has left. Choose a later time."))
    return Reminder.objects.create(
        owner=by, message=message, condition=Condition(condition), due_at=due_at, created_at=now
    )


@transaction.atomic
def put_off(reminder: Reminder, *, until: datetime, by: User, now: datetime) -> None:
    """Ask again then, if its condition still holds. Raises Forbidden, TooEarly."""
    require(reminder.owner_id == by.pk)
    if until <= now:
        raise TooEarly(_("Choose a time to come."))
    Reminder.objects.filter(pk=reminder.pk).update(state=State.WAITING, due_at=until, settled_by="", settled_at=None)


@transaction.atomic
def finish(reminder: Reminder, *, by: User, now: datetime) -> None:
    """It has been seen to. Raises Forbidden."""
    require(reminder.owner_id == by.pk)
    Reminder.objects.filter(pk=reminder.pk, state__in=OPEN).update(state=State.DONE, settled_at=now)


@transaction.atomic
def reopen(reminder: Reminder, *, by: User) -> None:
    """Not after all. Raises Forbidden."""
    require(reminder.owner_id == by.pk)
    Reminder.objects.filter(pk=reminder.pk, state=State.DONE).update(state=State.DUE, settled_at=None)


def settle(batch: Sequence[MessageOpened | LinkClicked | MessageReplied]) -> None:
    """A reaction: what somebody did makes reminders needless, those that are due already as well."""
    messages = Recipient.objects.filter(pk__in=[event.recipient_id for event in batch]).values("message")
    _settle(Reminder.objects.select_for_update().filter(message__in=messages, state__in=OPEN).order_by("id"))


def stand_again(batch: Sequence[OpeningTakenBack]) -> None:
    """A reaction: it was a machine that opened, so what its opening had settled waits again."""
    messages = Recipient.objects.filter(pk__in=[event.recipient_id for event in batch]).values("message")
    by_looks = (Settled.OPENED, Settled.CLICKED)
    rows = Reminder.objects.select_for_update().filter(
        message__in=messages, state=State.SETTLED, settled_by__in=by_looks
    )
    settled = list(rows.order_by("id"))
    seen = seen_of(each.message_id for each in settled)
    open_again = [each for each in settled if not is_settled(Condition(each.condition), seen.get(each.message_id, ()))]
    Reminder.objects.filter(pk__in=[each.pk for each in open_again]).update(
        state=State.WAITING, settled_by="", settled_at=None
    )


@transaction.atomic
def become_due(now: datetime) -> int:
    """Those whose time has come: due if the condition holds, settled if not; how many are due now."""
    rows = Reminder.objects.select_for_update(skip_locked=True).waiting().filter(due_at__lte=now)
    waiting = _settle(rows.order_by("due_at", "id")[:MOST])
    seen = seen_of(each.message_id for each in waiting)
    due = [
        each for each in waiting
        if is_due(Condition(each.condition), seen.get(each.message_id, ()), due_at=each.due_at, now=now)
    ]  # fmt: skip
    Reminder.objects.filter(pk__in=[each.pk for each in due]).update(state=State.DUE)
    if due:
        tell({each.owner_id for each in due})
    return len(due)


def _settle(rows: Iterable[Reminder]) -> list[Reminder]:
    """Those of them that still stand, once what people did is looked at."""
    reminders = list(rows)
    seen, standing, owners = seen_of(each.message_id for each in reminders), [], set()
    for each in reminders:
        copies = seen.get(each.message_id, ())
        why = is_settled(Condition(each.condition), copies)
        if why is None:
            standing.append(each)
            continue
        at = min(filter(None, (_moment(copy, why) for copy in copies)), default=None)
        Reminder.objects.filter(pk=each.pk).update(state=State.SETTLED, settled_by=why, settled_at=at)
        owners.add(each.owner_id)
    if owners:
        tell(owners)
    return standing


def _moment(copy: Seen, why: Settled) -> datetime | None:
    """When somebody did what settles it; what came before and does not, as an opening before the answer, is not it."""
    match why:
        case Settled.REPLIED:
            return copy.replied_at
        case Settled.CLICKED:
            return copy.clicked_at
    return copy.opened_at


def seen_of(message_ids: Iterable[int]) -> dict[int, tuple[Seen, ...]]:
    """What is known of the copies of these messages."""
    found: dict[int, list[Seen]] = {}
    for copy in Recipient.objects.filter(message__in=set(message_ids)).order_by("id"):
        found.setdefault(copy.message_id, []).append(
            Seen(
                sent_at=copy.sent_at, opened_at=copy.first_opened_at, clicked_at=copy.first_clicked_at,
                replied_at=copy.replied_at, bounced_at=copy.bounced_at,
                is_followed=copy.track == Recipient.Track.FULL,
            )
        )  # fmt: skip
    return {message: tuple(copies) for message, copies in found.items()}


def tell(owner_ids: Iterable[int]) -> None:
    """Wake the open pages of these colleagues."""
    with connection.cursor() as cursor:
        live.tell(cursor, HOME, *(f"alerts:{owner}" for owner in sorted(owner_ids)))
