"""The sequences of the demo: people at different steps, and nothing that leaves before the clock is moved."""

from datetime import UTC, datetime

import pytest

from relance.mail.mailboxes import MailboxDraft, add_mailbox
from relance.mail.models import Message
from relance.mail.templates import TemplateDraft, add_template
from relance.ops import demo_sequences
from relance.ops.demo_templates import TEMPLATES
from relance.ops.demo_words import FRENCH
from relance.people import actions
from relance.people.actions import PersonDraft
from relance.sequences.models import Enrolment, Sequence
from relance.team.actions import add_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.shows("ADM-06", "SEQ-11")
def test_the_demo_begins_with_two_sequences_and_people_at_different_steps():
    boss = add_user(email="camille@helionne.example", name="Camille", role="administrator")
    box = {"name": "World", "kind": "shared", "address": "bonjour@helionne.example", "host": "127.0.0.1"}
    add_mailbox(MailboxDraft(values={**box, "security": "none"}, is_default=True), by=boss)
    for values in TEMPLATES:
        add_template(TemplateDraft(values=values), by=boss, now=NOW)
    for number in range(16):
        draft = PersonDraft(values={"first_name": f"P {number}"}, emails=(f"p{number}@x.example",))
        actions.add_person("lead", draft, by=boss, now=NOW)

    demo_sequences.fill([boss], FRENCH, NOW)

    rows = Enrolment.objects.filter(sequence__name="Toitures de l’Ouest")
    assert Sequence.objects.count() == 2
    assert set(rows.values_list("position", flat=True)) == {1, 2, 4}
    assert set(rows.values_list("state", flat=True)) == {"active", "paused", "stopped"}
    assert not Enrolment.objects.filter(state="active", due_at__lte=NOW).exists()
    assert not Message.objects.exists()
