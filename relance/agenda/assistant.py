"""The Assistant: one list of what needs its reader's attention, each with its reason; acted on, put off, or dismissed.

Nothing here is kept but what was put aside (`Aside`): a card stands as long as what it tells of is so (ENG-06).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from relance.agenda import alerts, reminders
from relance.agenda.due import until_tonight
from relance.agenda.models import Alert, Aside, Call, Reminder, Task
from relance.agenda.watching import Condition, Known, known
from relance.deals import pulse
from relance.deals.models import Deal
from relance.lib import zones
from relance.lib.refusal import Refused
from relance.mail import contents, mailboxes
from relance.mail.domains import checking, words
from relance.mail.domains.rules import Level
from relance.mail.models import Mailbox, Recipient
from relance.people.models import Person
from relance.team.models import User

RECENT = timedelta(days=14)
MOST = 30  # of each kind
MOST_DEALS = 300
# Today, tomorrow, on another day; what should have been.
TASK_DUE = (
    gettext_lazy("%(task)s is due today at %(time)s."),
    gettext_lazy("%(task)s is due tomorrow at %(time)s."),
    gettext_lazy("%(task)s is due on %(day)s at %(time)s."),
    gettext_lazy("%(task)s was due on %(day)s at %(time)s."),
)
DEAL_CLOSES = (
    gettext_lazy("The deal %(deal)s is to close today."),
    gettext_lazy("The deal %(deal)s is to close tomorrow."),
    gettext_lazy("The deal %(deal)s is to close on %(day)s."),
    gettext_lazy("The deal %(deal)s was to close on %(day)s."),
)


class Kind(StrEnum):
    """What a card tells of, the most pressing first."""

    REMINDER = "reminder"
    REPLIED = "replied"
    OPENED = "opened"
    BOUNCED = "bounced"
    MAILBOX = "mailbox"
    DOMAIN = "domain"
    TASK = "task"
    CALL = "call"
    QUIET = "quiet"


class NoSuchCard(Refused):
    """It is not there any more."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """One thing to see to. `why` is its reason in a sentence; the rest is what its buttons need."""

    key: str
    kind: Kind
    at: datetime
    title: str
    why: str
    about: str = ""
    person: Person | None = None
    recipient: Recipient | None = None
    deal: Deal | None = None
    task: Task | None = None
    call: Call | None = None
    mailbox: Mailbox | None = None
    reminder: Reminder | None = None
    copies: tuple[Recipient, ...] = ()

    @property
    def slug(self) -> str:
        """Its key as the name of a place in a page."""
        return self.key.replace(":", "-")

    @property
    def phone(self) -> str:
        """By which the person may be called."""
        return (self.person.phone or self.person.mobile) if self.person else ""


def cards(user: User, *, now: datetime, to_do: bool = True) -> list[Card]:
    """Everything that needs attention, the most pressing kind first, and in it the latest.

    `to_do`: with the tasks and calls that are due.
    """
    found = [*_reminders(user, now), *_alerts(user, now), *_mailboxes(user), *_domains(user), *_quiet(user, now)]
    if to_do:
        found += _to_do(user, now)
    aside = _aside(user, now)
    return sorted((card for card in found if card.key not in aside), key=_order)


def _order(card: Card) -> tuple[int, float]:
    return list(Kind).index(card.kind), -card.at.timestamp()


def _aside(user: User, now: datetime) -> set[str]:
    rows = Aside.objects.filter(owner=user).filter(Q(until=None) | Q(until__gt=now))
    return set(rows.values_list("key", flat=True))


def put_aside(key: str, *, by: User, now: datetime, until: datetime | None = None) -> None:
    """Show a card again then, or never. A reminder is put off or done. Raises NoSuchCard, TooEarly."""
    card = next((each for each in cards(by, now=now) if each.key == key), None)
    if card is None:
        raise NoSuchCard(_("This card is not there any more."))
    if until is not None and until <= now:
        raise reminders.TooEarly(_("Choose a time to come."))
    if card.reminder is not None:
        if until is None:
            reminders.finish(card.reminder, by=by, now=now)
        else:
            reminders.put_off(card.reminder, until=until, by=by, now=now)
        return
    Aside.objects.update_or_create(owner=by, key=key, defaults={"until": until, "created_at": now})


def bring_back(key: str, *, by: User) -> None:
    """Show a card again that was put aside."""
    kind, _colon, id = key.partition(":")
    if kind == Kind.REMINDER and id.isdigit():
        for reminder in Reminder.objects.filter(owner=by, pk=int(id)):
            reminders.reopen(reminder, by=by)
    Aside.objects.filter(owner=by, key=key).delete()


def _reminders(user: User, now: datetime) -> Iterator[Card]:
    rows = list(Reminder.objects.visible_to(user).due().select_related("message__content")[:MOST])
    if not rows:
        return
    seen = reminders.seen_of(row.message_id for row in rows)
    copies: dict[int, list[Recipient]] = {}
    people = Recipient.objects.filter(message__in=[row.message_id for row in rows]).select_related(
        "person__account", "message__content"
    )
    for copy in people.order_by("id"):
        copies.setdefault(copy.message_id, []).append(copy)
    for row in rows:
        of = copies.get(row.message_id, [])
        if not of:
            continue
        told = known(Condition(row.condition), seen.get(row.message_id, ()))
        person, deal = of[0].person, _deal_of(row)
        yield Card(
            key=f"reminder:{row.pk}", kind=Kind.REMINDER, at=row.due_at, title=_reminder_title(row, of[0], told),
            why=" ".join(filter(None, (_certainty(told), _what_presses(person, deal, user, now)))),
            about=contents.subject_of(of[0]), person=person, recipient=of[0], deal=deal, reminder=row,
            copies=tuple(of),
        )  # fmt: skip


def _reminder_title(row: Reminder, copy: Recipient, told: Known) -> str:
    words = {"who": copy.name or copy.email, "subject": contents.subject_of(copy)}
    if told is Known.NOT_SENT:
        return _("“%(subject)s” to %(who)s has not left.") % words
    match row.condition:
        case Condition.NOT_OPENED:
            return _("%(who)s has not opened “%(subject)s”.") % words
        case Condition.NO_REPLY:
            return _("%(who)s has not answered “%(subject)s”.") % words
    return _("You wanted to be reminded of “%(subject)s” to %(who)s.") % words


def _certainty(told: Known) -> str:
    match told:
        case Known.NOT_FOLLOWED:
            return _("Its openings are not followed, so nobody can know: ask.")
        case Known.PARTLY_FOLLOWED:
            return _("Some of its recipients are not followed.")
        case Known.BOUNCED:
            return _("The mail came back: it never arrived.")
        case Known.NOT_SENT:
            return _("See what holds it back.")
    return ""


def _what_presses(person: Person | None, deal: Deal | None, user: User, now: datetime) -> str:
    """What is due soon with this person or this deal: why it matters now."""
    about = Q(deal=deal) if deal else Q(person=person) if person else Q(pk__in=[])
    soon = now + timedelta(days=3)
    rows = Task.objects.visible_to(user).open().filter(about, due_at__gte=now, due_at__lte=soon)
    zone = zones.zone(user.time_zone)
    today = now.astimezone(zone).date()
    if (task := rows.order_by("due_at", "id").first()) and task.due_at:
        at = task.due_at.astimezone(zone)
        words = {"task": task.subject, "day": f"{at:%d/%m}", "time": f"{at:%H:%M}"}
        return _of_day(at.date(), today, TASK_DUE) % words
    if deal and deal.close_date and deal.close_date <= soon.date():
        words = {"deal": deal.name, "day": f"{deal.close_date:%d/%m}"}
        return _of_day(deal.close_date, today, DEAL_CLOSES) % words
    return ""


def _of_day(day: date, today: date, sentences: Sequence[str | Promise]) -> str:
    """The sentence for today, for tomorrow, for another day to come, or for one that is past."""
    gap = (day - today).days
    return str(sentences[3 if gap < 0 else min(gap, 2)])


def _when(at: datetime | None, user: User) -> str:
    return f"{at.astimezone(zones.zone(user.time_zone)):%d/%m %H:%M}" if at else ""


def _deal_of(row: Reminder) -> Deal | None:
    message = row.message
    if message.about_kind.lower() != "deal" or not message.about_id:
        return None
    return Deal.objects.visible_to(row.owner).filter(pk=message.about_id).first()


def _alerts(user: User, now: datetime) -> Iterator[Card]:
    rows = alerts.standing(user).filter(at__gt=now - RECENT)[: 3 * MOST]
    for alert in rows:
        if not alerts.is_sure(alert, now):
            continue
        copy = alert.recipient
        yield Card(
            key=f"alert:{alert.pk}", kind=Kind(alert.kind), at=alert.at, title=copy.name or copy.email,
            why=_alert_why(alert), about=contents.subject_of(copy), person=copy.person, recipient=copy,
        )  # fmt: skip


def _alert_why(alert: Alert) -> str:
    copy = alert.recipient
    match alert.kind:
        case Alert.Kind.REPLIED:
            return _("Has answered your mail.")
        case Alert.Kind.BOUNCED:
            return copy.bounce_text or _("The mail came back.")
    if copy.clicks:
        return _("Opened for the first time, and clicked.")
    if copy.opens > 1:
        return ngettext("Opened %(count)d time.", "Opened %(count)d times.", copy.opens) % {"count": copy.opens}
    return _("Opened for the first time.")


def _mailboxes(user: User) -> Iterator[Card]:
    mine = Q(user=user) | Q(kind=Mailbox.Kind.SHARED) if user.is_administrator else Q(user=user)
    broken = Q(state=Mailbox.State.BROKEN) | Q(fetch_state=Mailbox.State.BROKEN)
    for box in Mailbox.objects.filter(mine, broken, is_active=True).order_by("id"):
        at = box.state_at or box.fetched_at or box.created_at
        why = mailboxes.state_sentence(box) if box.state == Mailbox.State.BROKEN else mailboxes.fetch_sentence(box)
        yield Card(
            key=f"mailbox:{box.pk}:{box.state_code or box.fetch_code}", kind=Kind.MAILBOX, at=at, title=box.address,
            why=why or _("The mailbox does not work."), mailbox=box,
        )  # fmt: skip


def _domains(user: User) -> Iterator[Card]:
    """Sending domains that lack something, as the last look found; for administrators (ADM-03)."""
    if not user.is_administrator:
        return
    for domain in checking.lacking():
        wrong = [each for each in domain.findings if each.level is Level.BAD]
        if wrong and domain.checked_at:
            yield Card(
                key=f"domain:{domain.pk}:{wrong[0].code}", kind=Kind.DOMAIN, at=domain.checked_at,
                title=domain.domain, why=words.sentence(wrong[0]),
            )  # fmt: skip


def _to_do(user: User, now: datetime) -> Iterator[Card]:
    tasks, calls = until_tonight(user, now=now)
    for task in tasks.select_related("person__account", "deal")[:MOST]:
        yield Card(
            key=f"task:{task.pk}:{task.due_at:%Y-%m-%d}", kind=Kind.TASK, at=task.due_at or now, title=task.subject,
            why=_due(task.due_at, user, now), person=task.person, deal=task.deal, task=task,
        )  # fmt: skip
    for call in calls.select_related("person__account", "deal")[:MOST]:
        yield Card(
            key=f"call:{call.pk}:{call.due_at:%Y-%m-%d}", kind=Kind.CALL, at=call.due_at or now, title=call.subject,
            why=_due(call.due_at, user, now), person=call.person, deal=call.deal, call=call,
        )  # fmt: skip


def _due(at: datetime | None, user: User, now: datetime) -> str:
    words = {"when": _when(at, user)}
    return _("Overdue since %(when)s.") % words if at and at < now else _("Due on %(when)s.") % words


def _quiet(user: User, now: datetime) -> Iterator[Card]:
    """One's open deals that gave no sign for longer than their pipeline allows."""
    rows = Deal.objects.visible_to(user).filter(owner=user, state=Deal.State.OPEN)
    deals = list(rows.select_related("pipeline", "contact__account", "account").order_by("id")[:MOST_DEALS])
    for after, many in _by_patience(deals):
        for id, told in pulse.pulses(many, after=after, now=now).items():
            deal = next(each for each in many if each.pk == id)
            if told.quiet:
                yield Card(
                    key=f"quiet:{id}:{told.at:%Y-%m-%d}", kind=Kind.QUIET, at=told.at, title=deal.name,
                    why=ngettext("No sign for %(count)d day.", "No sign for %(count)d days.", told.quiet)
                    % {"count": told.quiet},
                    about=str(deal.contact or deal.account or ""), person=deal.contact, deal=deal,
                )  # fmt: skip


def _by_patience(deals: Iterable[Deal]) -> Iterable[tuple[int, list[Deal]]]:
    groups: dict[int, list[Deal]] = {}
    for deal in deals:
        groups.setdefault(deal.pipeline.quiet_days, []).append(deal)
    return groups.items()
