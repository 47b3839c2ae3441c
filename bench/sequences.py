"""Sequences with a hundred thousand people under way: a tick with nothing due, and enrolling ten thousand (issue 7).

python -m bench.sequences [--json] [--quick]

Of those under way seven in ten wait for a date, a quarter for a task, the rest for a mail to leave; some are paused.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING

from bench.installation import installation
from bench.printing import Figure, say, show

if TYPE_CHECKING:
    from django.db.models import Model

    from relance.sequences.models import Sequence
    from relance.team.models import User

ACTIVE, ENROLLED, QUICK = 100_000, 10_000, 10
VISITS = 41
ADDRESSES = """
INSERT INTO people_address (person_id, position, email, normal, state, state_why, soft_bounces)
SELECT id, 0, primary_email, primary_email, 'valid', '', 0 FROM people_person
"""
ENROLMENTS = """
INSERT INTO sequences_enrolment (sequence_id, version_id, person_id, user_id, mailbox_id, normal, state, reason,
    position, waits, due_at, is_booked, enrolled_at)
SELECT %(sequence)s, %(version)s, id, %(user)s, %(mailbox)s, primary_email,
    CASE WHEN id %% 20 = 0 THEN 'paused' ELSE 'active' END, CASE WHEN id %% 20 = 0 THEN 'by_hand' ELSE '' END,
    CASE WHEN id %% 20 BETWEEN 1 AND 5 THEN 2 ELSE 3 END,
    CASE WHEN id %% 20 BETWEEN 1 AND 5 THEN 'task' WHEN id %% 20 = 6 THEN 'mail' ELSE '' END,
    CASE WHEN id %% 20 BETWEEN 1 AND 6 THEN NULL ELSE %(now)s + (60 + id %% 9999) * interval '1 minute' END,
    false, %(now)s
FROM people_person WHERE id <= %(last)s
"""
TASKS = """
WITH task AS (
    INSERT INTO agenda_task ({columns}) SELECT {values} FROM agenda_task t, sequences_enrolment e
    WHERE t.id = %(task)s AND e.waits = 'task' RETURNING id, person_id
)
INSERT INTO sequences_steprun (enrolment_id, step_id, task_id, at)
SELECT e.id, %(step)s, task.id, %(now)s FROM task JOIN sequences_enrolment e ON e.person_id = task.person_id
"""


def figures(people: int, more: int) -> Iterator[Figure]:
    """Fill an empty, migrated database, look on while nothing is due, and enrol more people."""
    from bench import copies
    from relance.lib import clock
    from relance.sequences import enrolling, running, settling

    user, now = copies.boss(), clock.now()
    _first, again = _fill(user, people, more, now)
    chores: tuple[Callable[[datetime], object], ...] = (
        running.run_due, settling.settle, running.resume_due, running.end_gone, enrolling.go_on_forgotten,
    )  # fmt: skip
    took = {each.__name__: _timed(each) for each in chores}
    total = sum(each for each, _busy in took.values())
    told = ", ".join(f"{name} {each:.1f}" for name, (each, _busy) in took.items())
    yield Figure(
        id="Q1", what=f"a tick of {people:,} under way, nothing due", ours=total, theirs=None, ratio=total,
        gate=50, target=20, stretch=10, unit="ms",
        note=f"all chores at once: {told}; {sum(busy for _each, busy in took.values()):.1f} ms are our processor's",
    )  # fmt: skip
    yield _enrolling(again, user, more)


def _timed(chore: Callable[[datetime], object]) -> tuple[float, float]:
    """By the clock and by our processor, in milliseconds: the medians of many."""
    from relance.lib import clock

    took, busy = [], []
    for _ in range(VISITS):
        begun, spent = time.perf_counter(), time.process_time()
        chore(clock.now())
        took.append((time.perf_counter() - begun) * 1000)
        busy.append((time.process_time() - spent) * 1000)
    return median(took), median(busy)


def _enrolling(sequence: Sequence, user: User, more: int) -> Figure:
    """From the button to the last person; how far it is can be seen after each thousand."""
    from relance.lib import clock
    from relance.records.selection import Selection
    from relance.sequences import enrolling

    begun, spent = time.perf_counter(), time.process_time()
    job = enrolling.start(sequence, Selection(module="lead"), by=user, now=clock.now())
    enrolling.run(enrolling_id=job.pk)
    took, busy = time.perf_counter() - begun, time.process_time() - spent
    job.refresh_from_db()
    assert job.enrolled == more, (job.enrolled, job.left)
    return Figure(
        id="Q2", what=f"enrolling {more:,} people", ours=took, theirs=None, ratio=took * ENROLLED / more,
        gate=10, target=5, stretch=3, unit="s", note=f"{busy:.2f} s of it are our processor's",
    )  # fmt: skip


def _fill(user: User, people: int, more: int, now: datetime) -> tuple[Sequence, Sequence]:
    """People, two sequences, and everybody but the newest under way in the first."""
    from django.db import connection

    from bench import copies
    from relance.agenda import actions as agenda
    from relance.agenda.models import Task

    begun, box = time.monotonic(), copies.mailbox()
    copies.people(people + more)
    first, again = (_sequence(user, name, now) for name in ("First", "Again"))
    task = agenda.add(Task, {"subject": "Call"}, by=user, now=now)
    own = {"person_id": "e.person_id"}
    columns = _columns(Task)
    values = ", ".join(own.get(name, f"t.{name}") for name in columns)
    known: dict[str, int | datetime] = {
        "sequence": first.pk, "version": first.current.pk, "user": user.pk, "mailbox": box.pk, "now": now,
        "last": people, "task": task.pk, "step": first.current.steps.get(position=2).pk,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_person SET kind = 'lead' WHERE id > %s", [people])
        cursor.execute(ADDRESSES)
        cursor.execute(ENROLMENTS, known)
        cursor.execute(TASKS.format(columns=", ".join(columns), values=values), known)
        _mails(user, first, people)
        cursor.execute("VACUUM (ANALYZE)")
    say(f"{people:,} under way and {more:,} more people in {time.monotonic() - begun:.0f} s.")
    return first, again


def _columns(model: type[Model]) -> list[str]:
    """What an INSERT may name."""
    fields = model._meta.concrete_fields
    return [str(field.column) for field in fields if not (field.primary_key or field.generated)]


def _sequence(user: User, name: str, now: datetime) -> Sequence:
    from relance.mail.templates import TemplateDraft, add_template
    from relance.sequences import actions

    values = {"name": name, "language": "en", "subject": "Your roof", "html": "<p>Hello {Person.firstName}</p>"}
    template = add_template(TemplateDraft(values=values), by=user, now=now)
    steps = (
        actions.StepDraft(kind="mail", template=template),
        actions.StepDraft(kind="task", name="Call", wait_days=1),
        actions.StepDraft(kind="mail", template=template, wait_minutes=2880),
    )
    return actions.add(actions.SequenceDraft(name=name, steps=steps), by=user, now=now)


def _mails(user: User, sequence: Sequence, people: int) -> None:
    """One in twenty waits for a mail that has not left yet; each is a message of its own, as the engine wants it."""
    from django.db import connection

    from bench import copies
    from relance.mail.models import Message
    from relance.sequences.models import StepRun

    pattern = copies.mass_mail(user, key="step:0:0")
    columns = _columns(Message)
    own = {"send_key": "'step:' || e.id || ':3'", "kind": "'sequence'", "state": "'sending'"}
    names, values = [f'"{each}"' for each in columns], [own.get(each, f'm."{each}"') for each in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO mail_message ({', '.join(names)}) SELECT {', '.join(values)} "
            "FROM mail_message m, sequences_enrolment e WHERE m.id = %s AND e.waits = 'mail'",
            [pattern.pk],
        )
        cursor.execute(
            "INSERT INTO mail_recipient "
            "(message_id, person_id, email, normal, name, state, track, attempts, queued_at) "
            "SELECT m.id, e.person_id, e.normal, e.normal, '', 'queued', 'full', 0, now() "
            "FROM sequences_enrolment e JOIN mail_message m ON m.send_key = 'step:' || e.id || ':3'"
        )
        cursor.execute(
            "INSERT INTO sequences_steprun (enrolment_id, step_id, message_id, at) SELECT e.id, %s, m.id, now() "
            "FROM sequences_enrolment e JOIN mail_message m ON m.send_key = 'step:' || e.id || ':3'",
            [sequence.current.steps.get(position=3).pk],
        )
    assert StepRun.objects.filter(message__isnull=False).count() == people // 20


def main(words: list[str]) -> int:
    """Print the figures; 1 if one misses its gate."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="a tenth of the people")
    given = parser.parse_args(words)
    part = QUICK if given.quick else 1
    with installation():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        found = list(figures(ACTIVE // part, ENROLLED // part))
        show(found, as_json=given.json)
    return int(any(each.reached == "MISSED" for each in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
