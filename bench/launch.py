"""L5: from a chosen audience to written recipients, for a hundred thousand people of whom a quarter is left out."""

from __future__ import annotations

import time
from statistics import median

from django.db import connection

from bench import copies
from bench.printing import Figure, say
from relance.campaigns import actions, jobs
from relance.campaigns.models import MassMail
from relance.lib import clock
from relance.mail.models import Mailbox, Message, Template
from relance.people.models import Person
from relance.team.models import User

PEOPLE, DEAD, OPTED_OUT = 100_000, 20_000, 5_000
ROUNDS = 5
ADDRESSES = """
INSERT INTO people_address (person_id, position, email, normal, state, state_why, soft_bounces)
SELECT id, 0, primary_email, primary_email, CASE WHEN id % 5 = 0 THEN 'bounced' ELSE 'valid' END, '', 0
FROM people_person WHERE NOT EXISTS (SELECT 1 FROM people_address a WHERE a.person_id = people_person.id)
"""
SUPPRESSIONS = """
INSERT INTO people_suppression (normal, scope, route, at, words, lifted_words)
SELECT primary_email, 'marketing', 'page', now(), '', '' FROM people_person WHERE id %% 5 = 1 ORDER BY id LIMIT %s
ON CONFLICT DO NOTHING
"""


def figure(*, people: int = PEOPLE, rounds: int = ROUNDS, note: str = "") -> Figure:
    """Fill an empty, migrated database unless it is full, and launch one mail after another; the first only warms."""
    sender = User.objects.first() or copies.boss()
    if not Person.objects.exists():
        copies.people(people)
    mailbox = _prepare(people)
    took = median([_launch(sender, mailbox, people) for _ in range(rounds + 1)][1:])
    return Figure(
        id="L5", what=f"recipients of {people:,} people, a quarter left out", ours=took, theirs=None, ratio=took,
        gate=5, target=2, stretch=1, unit="s",
        note=f"{note}median of {rounds}, to the commit after which the first copy may leave",
    )  # fmt: skip


def _prepare(people: int) -> Mailbox:
    with connection.cursor() as cursor:
        cursor.execute(ADDRESSES)
        cursor.execute(SUPPRESSIONS, [people * OPTED_OUT // PEOPLE])
        cursor.execute("VACUUM (ANALYZE)")
    return copies.mailbox()


def _launch(sender: User, mailbox: Mailbox, people: int) -> float:
    """What the worker does with a launched mail, in seconds; every copy is checked by its count."""
    now = clock.now()
    template = Template.objects.create(
        name="Study", subject="Your study", html="<p>Hello</p>", owner=sender, shared=True,
        created_at=now, updated_at=now,
    )  # fmt: skip
    values = {"name": "Study", "module": "contact", "audience": "all", "template": template, "mailbox": mailbox}
    mass_mail = actions.draft_mass_mail(actions.MassMailDraft(values=values), by=sender, now=now)
    MassMail.objects.update(launched_at=None)  # or the hour would be full
    message = actions.launch(mass_mail, by=sender, now=now)
    assert message is not None
    begun = time.perf_counter()
    jobs.count_rows(jobs.PEOPLE)
    actions.prepare(message.pk, now=clock.now())
    took = time.perf_counter() - begun
    message = Message.objects.get(pk=message.pk)
    assert message.total + message.refused == people, (message.total, message.refused)
    assert message.refused == people * (DEAD + OPTED_OUT) // PEOPLE, message.refused
    say(f"     {message.total:,} recipients and {message.refused:,} left out in {took:.2f} s")
    return took
