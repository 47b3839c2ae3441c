"""The story of the demo's first page: the contract that is not opened, and who is told to call."""

from datetime import UTC, datetime, timedelta

import pytest

from relance.agenda import assistant, reminders
from relance.deals import pipelines
from relance.deals.models import Deal
from relance.mail.mailboxes import MailboxDraft, add_mailbox
from relance.mail.models import Recipient
from relance.ops import demo_contract, population
from relance.ops.demo_words import FRENCH
from relance.ops.population import Character
from relance.team.actions import add_user
from relance.team.workspace import organisation

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.shows("ADM-06", "ENG-05", "ENG-06")
def test_soon_after_the_contract_has_left_camille_is_told_to_call():
    organisation()
    boss = add_user(email="camille@helionne.example", name="Camille", role="administrator")
    box = {"name": "World", "kind": "shared", "address": "bonjour@helionne.example", "host": "127.0.0.1"}
    add_mailbox(MailboxDraft(values={**box, "security": "none"}, is_default=True), by=boss)

    demo_contract.fill(boss, FRENCH.contract, NOW)
    Recipient.objects.update(state="sent", track="full", sent_at=NOW + timedelta(seconds=1))

    assert reminders.become_due(NOW + timedelta(minutes=1)) == 0
    assert reminders.become_due(NOW + timedelta(minutes=2)) == 1
    (card,) = [each for each in assistant.cards(boss, now=NOW + timedelta(minutes=2)) if each.kind == "reminder"]
    deal = Deal.objects.get()
    assert card.title == "Nadia Ferrand has not opened “Votre contrat, 184 kWc”."
    assert card.why == "Signature du contrat is due tomorrow at 12:00."
    assert card.deal == deal
    assert card.person.phone == "+33 2 40 55 01 27"
    assert deal.stage == pipelines.open_stages(deal.pipeline)[-1]
    assert population.character(Recipient.objects.get().email) is Character.SILENT, "so that the reminder stands"
