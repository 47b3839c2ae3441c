"""What a mass mail sets off: field updates, tasks and calls when it is opened, clicked or bounces (MASS-04)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from relance.agenda.models import Call, Task
from relance.campaigns import rules
from relance.campaigns.drafts import touched
from relance.campaigns.models import MassMail, Trigger
from relance.campaigns.rules import Acts
from relance.campaigns.sources import fields_module
from relance.lib.refusal import Refused
from relance.records import links, registry, values
from relance.records.custom import TAGS
from relance.records.fields import Field, Kind
from relance.records.values import PLAIN, Habits
from relance.team.models import User
from relance.team.workspace import organisation

MOST_DAYS, MOST_AHEAD, LONGEST_SUBJECT = 365, 36_500, 200
FAULTS: Mapping[str, str | Promise] = {
    "fields_only": gettext_lazy("A mail that bounces can only update fields. Leave out the tasks and the calls."),
    "nothing": gettext_lazy("Say what is to happen: a field, a task or a call."),
}


def _too_many(what: str, most: int) -> str:
    match what:
        case "updates":
            told = ngettext(
                "At most %(count)d field is updated by one trigger. Take one out.",
                "At most %(count)d fields are updated by one trigger. Take one out.", most,
            )  # fmt: skip
        case "tasks":
            told = ngettext(
                "At most %(count)d task is added by one trigger. Take one out.",
                "At most %(count)d tasks are added by one trigger. Take one out.", most,
            )  # fmt: skip
        case _:
            told = ngettext(
                "At most %(count)d call is planned by one trigger. Take one out.",
                "At most %(count)d calls are planned by one trigger. Take one out.", most,
            )  # fmt: skip
    return told % {"count": most}


class BadTrigger(Refused):
    """A trigger that may not be, or that says something that cannot be done."""


@dataclass(frozen=True, kw_only=True)
class Errand:
    """A task or a call to come: due so many days after the event, or on a day. Without an owner the record's own."""

    subject: str
    days: int | None = 0
    day: str = ""
    hour: str = "09:00"
    owner_id: int | None = None
    status: str = ""
    priority: str = "normal"


@dataclass(frozen=True, kw_only=True)
class TriggerDraft:
    """What is to follow from one event; `updates` name fields by their keys, read as texts or JSON."""

    event: str
    updates: Sequence[tuple[str, object]] = ()
    tasks: Sequence[Errand] = ()
    calls: Sequence[Errand] = ()


def module_of(mass_mail: MassMail) -> str:
    """The module whose fields a trigger updates."""
    return fields_module(mass_mail.module)


def fields_of(mass_mail: MassMail) -> list[Field]:
    """The fields that a trigger may update."""
    return [
        field
        for field in registry.fields(module_of(mass_mail))
        if field.editable and not field.many and field.kind != Kind.EMAIL and field.key != TAGS.key
    ]


def misfits(mass_mail: MassMail) -> list[str]:
    """The fields that its triggers update and that its records do not have (any more), by their keys."""
    wanted = {str(each["field"]) for trigger in mass_mail.triggers.all() for each in trigger.updates}
    return sorted(wanted - {field.key for field in fields_of(mass_mail)}) if wanted else []


def most_acts() -> Acts:
    """How much one trigger may do: an administrator's choice."""
    known = organisation()
    return Acts(
        updates=known.updates_per_trigger, tasks=known.tasks_per_trigger, calls=known.calls_per_trigger
    )  # fmt: skip


@transaction.atomic
def set_trigger(
    mass_mail: MassMail, draft: TriggerDraft, *, by: User, now: datetime, habits: Habits = PLAIN
) -> Trigger:
    """Say what follows from an event, instead of what was said before. Raises Forbidden, BadTrigger, BadValue."""
    mass_mail = touched(mass_mail, by=by, now=now)
    if draft.event not in Trigger.Event.values:
        raise BadTrigger(_("A trigger waits for a mail that is opened, clicked or bounces."))
    acts, most = Acts(updates=len(draft.updates), tasks=len(draft.tasks), calls=len(draft.calls)), most_acts()
    if fault := rules.trigger_fault(draft.event, acts, most=most):
        raise BadTrigger(str(FAULTS[fault]) if fault in FAULTS else _too_many(fault, getattr(most, fault)))
    told = {
        "updates": _updates(mass_mail, draft.updates, by, habits),
        "tasks": [_errand(one, Task, now=now) for one in draft.tasks],
        "calls": [_errand(one, Call, now=now) for one in draft.calls],
    }
    return Trigger.objects.update_or_create(mass_mail=mass_mail, event=draft.event, defaults=told)[0]


@transaction.atomic
def remove_trigger(mass_mail: MassMail, event: str, *, by: User, now: datetime) -> None:
    """Nothing follows from this event any more. Raises Forbidden, AlreadyLaunched."""
    touched(mass_mail, by=by, now=now).triggers.filter(event=event).delete()


def _updates(
    mass_mail: MassMail, told: Sequence[tuple[str, object]], by: User, habits: Habits
) -> list[dict[str, object]]:
    known = {field.key: field for field in fields_of(mass_mail)}
    for key, _value in told:
        if key not in known:
            raise BadTrigger(_("There is no field “%(field)s” that can be updated here.") % {"field": key[:80]})
    read = {key: values.read_json(known[key], value, habits) for key, value in told}
    if len(read) < len(told):
        raise BadTrigger(_("One field is named twice. Say once what it shall hold."))
    for key, value in read.items():
        values.complete(known[key], value)
    checked = links.checked(known.values(), read, by=by)
    return [{"field": key, "value": values.plain(value)} for key, value in checked.items()]


def _errand(one: Errand, kind: type[Task] | type[Call], *, now: datetime) -> dict[str, object]:
    subject = " ".join(one.subject.split())[:LONGEST_SUBJECT]
    if not subject:
        raise BadTrigger(_("Write what it is about."))
    status = one.status or kind.Status.TODO
    if status not in kind.Status.values or one.priority not in ("low", "normal", "high"):
        raise BadTrigger(_("This status or priority does not exist."))
    if one.owner_id is not None and not User.objects.filter(pk=one.owner_id, is_active=True).exists():
        raise BadTrigger(_("This colleague is not there any more. Choose another one."))
    _require_moment(one, now=now)
    return {**asdict(one), "subject": subject, "status": status}


def _require_moment(one: Errand, *, now: datetime) -> None:
    try:
        time.fromisoformat(one.hour)
        day = date.fromisoformat(one.day) if one.day else None
    except ValueError:
        raise BadTrigger(_("This day or hour does not exist.")) from None
    if day is not None:
        today = now.astimezone(ZoneInfo(organisation().time_zone)).date()
        if day < today:
            raise BadTrigger(_("This day has passed. Choose a later one, or a number of days after the event."))
        if day > today + timedelta(days=MOST_AHEAD):
            raise BadTrigger(_("Choose a day within a hundred years."))
        return
    if one.days is None or not 0 <= one.days <= MOST_DAYS:
        raise BadTrigger(_("It is due between 0 and 365 days after the event, or on a day."))
