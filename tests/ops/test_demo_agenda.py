"""The agenda of the demo: something late, something today, something done, each about somebody."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from relance.agenda.models import Call, Case, Note, Task
from relance.ops import demo_agenda
from relance.people import actions
from relance.people.actions import PersonDraft
from relance.team.actions import add_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.shows("ADM-06", "REC-09")
def test_the_demo_begins_with_something_to_do_and_something_done():
    boss = add_user(email="camille@helionne.example", name="Camille", role="administrator")
    for number in range(5):
        language = "fr" if number % 2 else "en"
        draft = PersonDraft(values={"first_name": f"Person {number}", "language": language})
        actions.add_person("contact", draft, by=boss, now=NOW)

    demo_agenda.fill([boss], "fr", NOW)

    tasks = Task.objects.all()
    assert tasks.filter(done_at=None, due_at__lt=NOW).exists()
    assert tasks.filter(done_at=None, due_at__date=NOW.date()).exists()
    assert tasks.filter(status="done", done_at__lt=NOW).exists()
    assert not tasks.filter(done_at__gt=NOW).exists()
    assert Call.objects.filter(status="done", note__gt="").exists()
    assert Call.objects.filter(status="todo", due_at__gt=NOW).exists()
    assert (Note.objects.count(), Case.objects.count()) == (demo_agenda.NOTES, demo_agenda.CASES)
    assert not tasks.filter(person=None).exists()
