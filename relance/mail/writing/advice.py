"""When a mail that is being written should arrive, for the first person in To: with the rule that says so (ENG-04)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from relance.lib.whereabouts import Found, Known, country_of, country_of_phone, whereabouts
from relance.lib.worktime import Work
from relance.mail.models import Interaction
from relance.mail.writing import timing
from relance.mail.writing.addressing import Recipient
from relance.mail.writing.timing import Proposal
from relance.people.models import Person
from relance.team.models import User
from relance.team.working import public_holidays, work_of
from relance.team.workspace import organisation

SINCE = timedelta(days=365)
MOST_OPENS = 200


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What is proposed, where the recipient is, and whether the hour that was chosen lies outside her work."""

    recipient: Recipient
    found: Found
    proposal: Proposal
    chosen_at: datetime
    is_outside: bool
    work: Work
    opens: tuple[datetime, ...] = ()


def advise(
    recipients: Sequence[Recipient], *, by: User, now: datetime, deliver_at: datetime | None = None
) -> Advice | None:
    """For the first of them whom one sees; None without anybody."""
    first = next((each for each in recipients if each.typed.field == "to"), None)
    if first is None:
        return None
    person = first.person if first.is_visible else None
    found, work = whereabouts(known_of(person), sender=by.time_zone), _work(person, now)
    chosen = deliver_at if deliver_at and deliver_at > now else now
    opens = tuple(opens_of(person, now)) if person else ()
    return Advice(
        recipient=first,
        found=found,
        proposal=timing.propose(now, zone=found.zone, work=work, opens=opens),
        chosen_at=chosen,
        is_outside=timing.is_outside(chosen, zone=found.zone, work=work),
        work=work,
        opens=opens,
    )


def known_of(person: Person | None) -> Known:
    """What tells where somebody is."""
    if person is None:
        return Known()
    account = person.account
    return Known(
        time_zone=person.time_zone,
        country=person.country,
        account_country=account.country if account else "",
        phone=person.phone or person.mobile or (account.phone if account else ""),
    )


def _work(person: Person | None, now: datetime) -> Work:
    """The house's working days and hours, with the holidays of the recipient's own country where it is known."""
    house = work_of(organisation(), now=now)
    known = known_of(person)
    told = country_of(known.country) or country_of(known.account_country) or country_of_phone(known.phone)
    return replace(house, holidays=public_holidays(told, now=now)) if told else house


def opens_of(person: Person, now: datetime) -> list[datetime]:
    """When this person herself opened our mails lately."""
    rows = Interaction.objects.filter(
        recipient__person=person, kind=Interaction.Kind.OPEN, verdict=Interaction.Verdict.HUMAN, at__gt=now - SINCE
    )
    return list(rows.order_by("-at").values_list("at", flat=True)[:MOST_OPENS])
