"""Enrol one or many people; refuse with reasons; say beforehand what would go out (SEQ-01, SEQ-10, SEQ-14)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence as Many
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from relance.lib import clock, live
from relance.lib.refusal import Refused
from relance.mail.models import Mailbox
from relance.people import selection as people_selection
from relance.people.models import Person
from relance.records.selection import Selection
from relance.sequences import rules
from relance.sequences.judging import Judged, judge, words
from relance.sequences.models import Enrolling, Enrolment, Pace, Sequence, Version
from relance.sequences.rules import Planned, Traveller
from relance.sequences.surroundings import facts_of, house_at, mailbox_of, places_of, sender_zone, steps_of, zone_of
from relance.team import policy
from relance.team.models import Module, User

BATCH = 1000
FORGOTTEN = timedelta(minutes=2)
AT_ONCE = 50
MOST_PLANNED = 10_000
WHEREABOUTS = ("time_zone", "country", "phone", "mobile", "account__country", "account__phone")
JOB, QUEUE = "relance.sequences.enrol", "bulk"

INSERT = """
WITH given AS (
  SELECT * FROM jsonb_to_recordset(%s::jsonb) AS v(person bigint, normal text, due timestamptz)
), new AS (
  INSERT INTO sequences_enrolment (sequence_id, version_id, person_id, user_id, mailbox_id, normal, state, reason,
    position, waits, due_at, is_booked, enrolled_at)
  SELECT %s, %s, person, %s, %s, normal, 'active', '', 1, '', due, false, %s FROM given ORDER BY person
  ON CONFLICT DO NOTHING RETURNING id, due_at
), told AS (
  INSERT INTO sequences_trace (enrolment_id, at, what, detail)
  SELECT id, %s, 'enrolled', jsonb_build_object('by', %s::text, 'version', %s::int, 'due', due_at) FROM new
)
SELECT id FROM new
"""


class NoMailbox(Refused):
    """There is nothing to send from."""


class NothingToSend(Refused):
    """The sequence has no step, or is no more."""


class Refusal(Refused):
    """This one person cannot be enrolled; `reason` says why."""

    def __init__(self, judged: Judged) -> None:
        super().__init__(_("%(name)s was not enrolled: %(why)s.") % {"name": judged.name, "why": words(judged.refusal)})
        self.reason = judged.refusal


@dataclass(frozen=True, kw_only=True)
class Enrolled:
    """What came of it: the new enrolments, and how many were left out for which reason."""

    ids: tuple[int, ...] = ()
    left: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """What would go out, when and to whom, and who would be left out and why (SEQ-10)."""

    planned: list[Planned]
    accepted: list[Judged]
    refused: list[Judged]
    zones: dict[int, str]


def require_enroller(user: User) -> None:
    """Any colleague who may change leads or contacts (SEQ-01)."""
    policy.require(any(policy.level(user, kind, "edit") > policy.NONE for kind in (Module.LEAD, Module.CONTACT)))


@transaction.atomic
def enrol(sequence: Sequence, people: Many[int], *, by: User, now: datetime) -> Enrolled:
    """Put these people in, leaving out whoever may not be written to. Raises Forbidden, NoMailbox, NothingToSend."""
    require_enroller(by)
    mailbox, version = _ready(sequence, by)
    visible = set(Person.objects.visible_to(by).filter(pk__in=people).values_list("pk", flat=True))
    judged = judge(sorted(visible), sequence_id=sequence.pk)
    left = Counter(each.refusal for each in judged if each.refusal)
    left["not_seen"] += len(set(people)) - len(judged)
    accepted = [each for each in judged if not each.refusal]
    ids = _write(sequence, version, mailbox, accepted, by=by, now=now)
    left["already"] += len(accepted) - len(ids)
    _tell(sequence)
    return Enrolled(ids=ids, left=dict(+left))


def enrol_one(sequence: Sequence, person: Person, *, by: User, now: datetime) -> Enrolment:
    """Put one person in. Raises Forbidden, NoMailbox, NothingToSend, Refusal."""
    found = enrol(sequence, [person.pk], by=by, now=now)
    if found.ids:
        return Enrolment.objects.get(pk=found.ids[0])
    reason = next(iter(found.left), "already")
    raise Refusal(Judged(person_id=person.pk, name=str(person), email="", normal="", since=None, refusal=reason))


def _ready(sequence: Sequence, by: User) -> tuple[Mailbox, Version]:
    version = sequence.current
    if sequence.deleted_at is not None or not version.steps.exists():
        raise NothingToSend(_("This sequence has no steps, or was deleted. Nobody was enrolled."))
    mailbox = mailbox_of(by)
    if mailbox is None:
        raise NoMailbox(_("You have no mailbox to send from. Connect one in the settings first."))
    return mailbox, version


def _write(
    sequence: Sequence, version: Version, mailbox: Mailbox, accepted: Many[Judged], *, by: User, now: datetime
) -> tuple[int, ...]:
    house, first = house_at(now), steps_of(version)[0]
    known = Person.objects.select_related("account").only(*WHEREABOUTS)
    persons = known.in_bulk([each.person_id for each in accepted])
    facts, own = facts_of(first), sender_zone(by)
    rows = []
    for each in accepted:
        zone = zone_of(persons[each.person_id], by).zone if first.is_mail else own
        due = rules.due_at(facts, after=now, zone=zone, work=house.work)
        rows.append({"person": each.person_id, "normal": each.normal, "due": due.isoformat()})
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            [json.dumps(rows), sequence.pk, version.pk, by.pk, mailbox.pk, now, now, by.name, version.number],
        )
        return tuple(pk for (pk,) in cursor.fetchall())


def _tell(sequence: Sequence) -> None:
    with connection.cursor() as cursor:
        live.tell(cursor, f"sequence:{sequence.pk}")


def plan(sequence: Sequence, people: Many[int], *, by: User, now: datetime) -> DryRun:
    """The calendar of what would go out, under the limits of the mailbox; nothing is written. Raises as `enrol`."""
    require_enroller(by)
    mailbox, version = _ready(sequence, by)
    visible = Person.objects.visible_to(by).filter(pk__in=list(people)[:MOST_PLANNED])
    persons = {person.pk: person for person in visible.select_related("account")}
    judged = judge(sorted(persons), sequence_id=sequence.pk)
    accepted = [each for each in judged if not each.refusal]
    travellers = [Traveller(id=each.person_id, zone=zone_of(persons[each.person_id], by).zone) for each in accepted]
    planned = rules.dry_run(
        travellers,
        [facts_of(step) for step in steps_of(version)],
        start=now,
        sender_zone=sender_zone(by),
        work=house_at(now).work,
        places=places_of(Pace.objects.filter(mailbox=mailbox).first()),
    )
    zones = {each.id: str(each.zone) for each in travellers}
    return DryRun(planned=planned, accepted=accepted, refused=[each for each in judged if each.refusal], zones=zones)


def chosen_ids(chosen: Selection, *, by: User, now: datetime) -> list[int]:
    """The people of a selection, as many as a dry run takes."""
    rows = people_selection.resolve(chosen, user=by, now=now)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:MOST_PLANNED])


@transaction.atomic
def start(sequence: Sequence, chosen: Selection, *, by: User, now: datetime) -> Enrolling:
    """Begin to enrol a selection, with its progress. Raises Forbidden, NoMailbox, NothingToSend, UnknownModule."""
    require_enroller(by)
    _ready(sequence, by)
    rows = people_selection.resolve(chosen, user=by, now=now)
    job = Enrolling.objects.create(
        sequence=sequence, by=by, module=chosen.module, kind=chosen.kind, criteria=chosen.criteria(),
        total=rows.count(), last=rows.aggregate(last=Max("pk"))["last"] or 0, created_at=now,
    )  # fmt: skip
    app.configure_task(JOB, queue=QUEUE).defer(enrolling_id=job.pk)
    return job


def begin(sequence: Sequence, chosen: Selection, *, by: User, now: datetime) -> Enrolling:
    """The same, done before this returns where the people are few. Raises as `start` does."""
    job = start(sequence, chosen, by=by, now=now)
    if job.total <= AT_ONCE:
        run(enrolling_id=job.pk)
        job.refresh_from_db()
    return job


@app.task(name=JOB, queue=QUEUE)
def run(*, enrolling_id: int) -> None:
    """Go through the people who are not settled yet; safe to ring twice."""
    while _one_batch(enrolling_id, now=clock.now()):
        continue


def go_on_forgotten(now: datetime) -> None:
    """Go on with what waits for a job that never came."""
    waiting = Enrolling.objects.filter(finished_at=None, created_at__lt=now - FORGOTTEN).order_by("pk")
    for pk in waiting.values_list("pk", flat=True)[:5]:
        _one_batch(pk, now=now)


@transaction.atomic
def _one_batch(enrolling_id: int, *, now: datetime) -> bool:
    job = Enrolling.objects.select_for_update(of=("self",)).select_related("by__role", "sequence").get(pk=enrolling_id)
    if job.finished_at is not None:
        return False
    chosen = Selection.of(job.module, job.kind, job.criteria)
    rows = people_selection.resolve(chosen, user=job.by, now=job.created_at)
    ids = list(rows.filter(pk__gt=job.reached, pk__lte=job.last).order_by("pk").values_list("pk", flat=True)[:BATCH])
    if ids:
        found = _enrolled(job, ids, now=now)
        job.reached, job.enrolled = ids[-1], job.enrolled + len(found.ids)
        job.left = dict(Counter(job.left) + Counter(found.left))
    if len(ids) < BATCH:
        job.finished_at = now
    job.save()
    with connection.cursor() as cursor:
        live.tell(cursor, f"enrolling:{job.pk}")
    return job.finished_at is None


def _enrolled(job: Enrolling, ids: list[int], *, now: datetime) -> Enrolled:
    try:
        return enrol(job.sequence, ids, by=job.by, now=now)
    except Refused as refused:
        return Enrolled(left={str(refused): len(ids)})
