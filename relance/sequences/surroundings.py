"""What the rules need to know: working time, zones, steps as facts, the sender's mailbox and its pace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from relance.lib import zones
from relance.lib.whereabouts import Found, Known, whereabouts
from relance.lib.worktime import Work
from relance.mail import mailboxes
from relance.mail.models import Mailbox
from relance.people.models import Person
from relance.sequences.models import Pace, Step, Version
from relance.sequences.rules import Places, StepFacts
from relance.team.models import Organisation, User
from relance.team.working import work_of
from relance.team.workspace import organisation


@dataclass(frozen=True, kw_only=True)
class House:
    """The organisation and its working time, read once for many steps."""

    known: Organisation
    work: Work


def house_at(now: datetime) -> House:
    """As it is set now."""
    known = organisation()
    return House(known=known, work=work_of(known, now=now))


def zone_of(person: Person | None, user: User) -> Found:
    """In which zone somebody is, and what told it; the sender's where nothing does."""
    if person is None:
        return whereabouts(Known(), sender=user.time_zone)
    account = person.account
    known = Known(
        time_zone=person.time_zone,
        country=person.country,
        account_country=account.country if account else "",
        phone=person.phone or person.mobile or (account.phone if account else ""),
    )
    return whereabouts(known, sender=user.time_zone)


def sender_zone(user: User) -> ZoneInfo:
    """The zone of the colleague on whose behalf it runs."""
    return zones.zone(user.time_zone)


def steps_of(version: Version) -> list[Step]:
    """The steps in their order."""
    return list(version.steps.select_related("template").order_by("position"))


def facts_of(step: Step) -> StepFacts:
    """A step as the rules see it."""
    return StepFacts(
        key=step.key, is_mail=step.is_mail, wait=timedelta(minutes=step.wait_minutes), days=step.wait_days,
        hour=step.hour,
    )  # fmt: skip


def mailbox_of(user: User) -> Mailbox | None:
    """The mailbox that sequences of this colleague leave from: his own, else the shared one (SEQ-03)."""
    own = Mailbox.objects.filter(user=user, is_active=True).order_by("-is_default", "id").first()
    return own or mailboxes.default_mailbox(user)


def places_of(pace: Pace | None) -> Places:
    """The limits of a mailbox, and the places taken so far."""
    if pace is None:
        return Places()
    return Places(
        per_day=pace.per_day, gap=timedelta(seconds=pace.gap), next_at=pace.next_at, day=pace.day, taken=pace.taken
    )
