"""The sequences of the demo: two, with people at different steps, whose first mails leave as the clock is moved."""

from __future__ import annotations

from collections.abc import Sequence as Many
from datetime import datetime, time

from relance.mail.models import Template
from relance.ops.demo_words import Words
from relance.people.models import Person
from relance.sequences import actions, enrolling
from relance.sequences.models import Enrolment, Sequence
from relance.team.models import User

DAY = 24 * 60
PLACES = (0, 0, 0, 0, 0, 1, 1, 1, 1, 3, 3, 3)
"""How many steps each of the first people has behind her."""


def fill(users: Many[User], words: Words, now: datetime) -> None:
    """Write two sequences, and enrol leads of this colleague and contacts of the next one."""
    chief, colleague = users[0], users[-1]
    french = _sequence(words.french_sequence, "fr", "Premier contact", "Relance devis", "Appeler", chief, now)
    english = _sequence(words.english_sequence, "en", "First contact", "After the quote", "Call", chief, now)
    _enrol(french, Person.Kind.LEAD, 16, by=chief, now=now)
    _enrol(english, Person.Kind.CONTACT, 9, by=colleague, now=now)


def _sequence(name: str, language: str, first: str, second: str, call: str, by: User, now: datetime) -> Sequence:
    """A mail, its follow-up in the same thread, a call, a last word."""
    known = {template.name: template for template in Template.objects.filter(name__in=(first, second))}
    steps = (
        actions.StepDraft(
            kind="mail", key="first", template=known[first], name=first, wait_minutes=DAY, hour=time(9, 30)
        ),
        actions.StepDraft(kind="mail", key="second", template=known[second], wait_minutes=3 * DAY, thread="first"),
        actions.StepDraft(kind="task", key="call", name=call, wait_days=2),
        actions.StepDraft(kind="mail", key="last", template=known[second], wait_minutes=2 * DAY, hour=time(10)),
    )
    draft = actions.SequenceDraft(name=name, language=language, steps=steps, stops_company=language == "fr")
    return actions.add(draft, by=by, now=now)


def _enrol(sequence: Sequence, kind: str, count: int, *, by: User, now: datetime) -> None:
    people = Person.objects.visible_to(by).filter(kind=kind, owner=by).order_by("pk")
    found = enrolling.enrol(sequence, list(people.values_list("pk", flat=True)[:count]), by=by, now=now)
    rows = list(Enrolment.objects.filter(pk__in=found.ids).order_by("pk"))
    for row, behind in zip(rows, PLACES, strict=False):
        for _ in range(behind):
            actions.skip(row, by=by, now=now)
    for row in rows[len(PLACES) : len(PLACES) + 2]:
        actions.pause(row, by=by, now=now)
    for row in rows[len(PLACES) + 2 :]:
        actions.remove(row, by=by, now=now)
