"""The deals of the demo."""

from datetime import UTC, datetime

import pytest

from relance.deals.models import Deal, StageMove
from relance.ops import demo_deals
from relance.ops.demo_words import ENGLISH
from relance.people import actions as people
from relance.people.actions import AccountDraft, PersonDraft
from relance.team.actions import add_user

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.shows("ADM-06", "REC-04")
def test_the_demo_has_deals_at_every_stage_with_their_way_and_nothing_in_the_future():
    owner = add_user(email="camille@helionne.example", name="Camille", role="administrator")
    for number in range(6):
        account = people.add_account(AccountDraft(values={"name": f"Company {number % 3}"}), by=owner, now=NOW)
        draft = PersonDraft(values={"first_name": f"P{number}"}, emails=(f"p{number}@x.example",), account=account)
        people.add_person("contact", draft, by=owner, now=NOW)

    demo_deals.fill(ENGLISH, NOW)

    assert Deal.objects.count() == demo_deals.DEALS
    assert set(Deal.objects.values_list("state", flat=True)) == {"open", "won", "lost"}
    assert Deal.objects.open().values("stage").distinct().count() == 5
    assert not Deal.objects.exclude(state="lost").filter(amount=0).exists()
    assert not StageMove.objects.filter(at__gt=NOW).exists()
    assert not Deal.objects.filter(contact=None).exists()
    assert 3 <= Deal.objects.open().filter(modified_at__lt=NOW.replace(day=6)).count() <= 20
