"""The story of a deal in a real browser: a lead is converted with a deal, which goes over the board and is won."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from relance.deals import pipelines
from relance.deals.models import Deal
from relance.people import actions as people
from relance.people.actions import PersonDraft
from relance.people.models import Account, Person
from relance.records import changes
from relance.team.actions import add_user
from relance.team.workspace import organisation
from tests.web import browser as windows

visit = windows.visit  # its own server and database, not those of the demo

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.shows("REC-04", "REC-06", "REC-10", "QUAL-02"),
]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PASSWORD = "a-long-enough-word"


@pytest.fixture
def camille(transactional_db):
    organisation()
    return add_user(
        email="camille@helionne.example", name="Camille Aubry", role="salesperson", password=PASSWORD, language="en"
    )


@pytest.fixture
def lead(camille):
    draft = PersonDraft(
        values={"first_name": "Emily", "last_name": "Watson", "company": "Harbour & Finch", "city": "London"},
        emails=("emily@harbour.example",),
    )
    return people.add_person("lead", draft, by=camille, now=NOW)


def carry(page, card, target):
    """Press, carry until the column answers, let go."""
    card.hover()
    page.mouse.down()
    box = target.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=12)
    expect(target).to_have_class(re.compile("is-target"))
    page.mouse.up()


@pytest.mark.parametrize(("theme", "language"), [("light", "en"), ("dark", "fr")])
def test_a_lead_becomes_a_contact_with_a_deal_that_is_won(visit, camille, lead, theme, language):
    camille.language = language
    camille.save()
    visitor = visit(theme=theme)
    page = visitor.page
    visitor.sign_in("camille@helionne.example", PASSWORD)

    visitor.go(f"/leads/{lead.pk}")
    page.locator(f'a[href="/leads/{lead.pk}/convert"]').click()
    assert visitor.barriers() == []
    page.fill("input[name=name]", "Roof, 60 kWp")
    page.fill("input[name=amount]", "82 000")
    page.locator("form[data-save] button[data-default]").click()
    expect(page.get_by_role("heading", level=1, name="Roof, 60 kWp")).to_be_visible()
    assert visitor.barriers() == []
    visitor.shot(f"journey-deal-{theme}")
    deal = Deal.objects.get()
    assert (deal.amount, deal.contact_id, deal.account.name) == (Decimal(82000), lead.pk, "Harbour & Finch")
    stages = pipelines.stages(deal.pipeline)

    visitor.go("/deals/board")
    card = page.locator(f"#deal-{deal.pk}")
    carry(page, card, page.locator(f"#stage-{stages[2].pk} [data-cards]"))
    expect(page.locator(f"#stage-{stages[2].pk} h2")).to_contain_text("1")
    expect(page.get_by_role("status").get_by_text("Roof, 60 kWp")).to_be_visible()

    card.locator("h3 a").focus()
    page.keyboard.press("m")
    page.get_by_role("menuitem", name=stages[3].name).focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#stage-{stages[3].pk} h2")).to_contain_text("1")

    visitor.go(f"/deals/{deal.pk}")
    page.locator(f'form[action$="/moves"] button[value="{stages[5].pk}"]').click()
    expect(page.locator(".topbar .chip.good")).to_be_visible()
    visitor.go("/deals/board")
    expect(page.locator("#board-ends")).to_contain_text("1, ")
    visitor.go(f"/contacts/{lead.pk}")
    expect(page.locator("#deals")).to_contain_text("Roof, 60 kWp")

    deal.refresh_from_db()
    assert [move.target.kind for move in deal.moves.all()] == ["open", "open", "open", "won"]
    assert deal.state == "won"
    assert Person.objects.get().kind == "contact"
    assert Account.objects.get().city == "London"
    assert [line.act for line in changes.of("deal", deal.pk)] == ["changed", "changed", "changed", "added"]
    assert changes.of("contact", lead.pk)[0].act == "converted"


def test_on_a_phone_a_card_is_moved_by_its_menu(visit, camille, lead):
    visitor = visit(width=390, theme="dark")
    page = visitor.page
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go(f"/leads/{lead.pk}/convert")
    assert visitor.barriers() == []
    assert visitor.overflow() <= 0
    page.locator("form[data-save] button[data-default]").click()
    page.wait_for_url("**/deals/*")
    deal = Deal.objects.get()
    stages = pipelines.stages(deal.pipeline)

    visitor.go("/deals/board")
    assert visitor.overflow() <= 0
    page.locator(f"#deal-{deal.pk} summary").click()
    page.get_by_role("menuitem", name=stages[1].name).click()

    expect(page.locator(f"#stage-{stages[1].pk} h2")).to_contain_text("1")
    assert visitor.barriers() == []
    visitor.shot("journey-board-phone")
    assert Deal.objects.get().stage == stages[1]
