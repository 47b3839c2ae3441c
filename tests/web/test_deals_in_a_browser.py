"""The board of deals in a real browser: cards dragged, moved by key and by menu, lost with a reason; phone and dark."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from relance.deals import actions, pipelines
from relance.deals.models import Deal
from relance.people import actions as people
from relance.people.actions import AccountDraft, PersonDraft
from relance.team.actions import add_user
from relance.team.workspace import organisation

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.shows("REC-04", "QUAL-02"),
]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PASSWORD = "a-long-enough-word"


@pytest.fixture
def camille(transactional_db):
    organisation()
    return add_user(
        email="camille@helionne.example", name="Camille Aubry", role="administrator", password=PASSWORD, language="en"
    )


@pytest.fixture
def deals(camille):
    account = people.add_account(AccountDraft(values={"name": "Laiterie du Val"}), by=camille, now=NOW)
    draft = PersonDraft(values={"first_name": "Nadia"}, emails=("nadia@val.example",), account=account)
    nadia = people.add_person("contact", draft, by=camille, now=NOW)
    names = ("Cold store 3", "Depot Carquefou", "Dairy, 160 kWp")
    return [
        actions.add(
            {"name": name, "amount": Decimal(1000 * place), "account": account.pk, "contact": nadia.pk,
             "close_date": date(2027, 1, 10 + place)},
            by=camille, now=NOW,
        )
        for place, name in enumerate(names, start=1)
    ]  # fmt: skip


def stage(number):
    return pipelines.stages(pipelines.pipelines()[0])[number]


def column(page, number):
    return page.locator(f"#stage-{stage(number).pk}")


def drag(page, card, target):
    """Press, carry in steps, let go: as a hand does."""
    card.hover()
    page.mouse.down()
    box = target.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=12)
    expect(target).to_have_class(re.compile("is-target"))
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()


def test_a_card_is_dragged_to_another_stage_and_back_by_undo(visit, camille, deals):
    visitor = visit()
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/deals/board")
    page = visitor.page

    drag(page, page.locator(f"#deal-{deals[0].pk}"), column(page, 2).locator("[data-cards]"))

    expect(page.get_by_text("Cold store 3 moved to Proposal, 1 of 1.")).to_be_visible()
    expect(column(page, 2).locator("h2")).to_contain_text("1")
    expect(column(page, 0).locator("h2")).to_contain_text("2")
    expect(page.locator("#board-totals")).to_contain_text("€6,000")
    assert Deal.objects.get(pk=deals[0].pk).stage == stage(2)
    assert visitor.barriers() == []
    visitor.shot("deals-moved")
    page.keyboard.press("z")
    expect(column(page, 2).locator("h2")).to_contain_text("0")
    assert Deal.objects.get(pk=deals[0].pk).stage == stage(0)


def test_a_card_is_put_below_another_in_its_column(visit, camille, deals):
    visitor = visit()
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/deals/board")
    page = visitor.page
    below = page.locator(f"#deal-{deals[0].pk}").bounding_box()

    page.locator(f"#deal-{deals[2].pk}").hover()
    page.mouse.down()
    page.mouse.move(below["x"] + 80, below["y"] + below["height"] - 5, steps=15)
    with page.expect_response(lambda answer: answer.url.endswith("/moves")):
        page.mouse.up()

    assert list(Deal.objects.order_by("position").values_list("name", flat=True)) == [
        "Depot Carquefou", "Cold store 3", "Dairy, 160 kWp",
    ]  # fmt: skip


def test_a_card_is_moved_by_keys_alone(visit, camille, deals):
    visitor = visit()
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/deals/board")
    page = visitor.page

    page.keyboard.press("j")
    expect(page.locator(f"#deal-{deals[2].pk} h3 a")).to_be_focused()
    page.keyboard.press("m")
    expect(page.get_by_role("menuitem", name="Qualification")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Qualification")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_text("Dairy, 160 kWp moved to Qualification, 1 of 1.")).to_be_visible()
    expect(column(page, 1).locator(f"#deal-{deals[2].pk} h3 a")).to_be_focused()
    assert Deal.objects.get(pk=deals[2].pk).stage == stage(1)


def test_what_was_just_done_covers_no_place_where_a_card_may_be_dropped(visit, camille, deals):
    visitor = visit()
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/deals/board")
    page = visitor.page
    drag(page, page.locator(f"#deal-{deals[0].pk}"), column(page, 2).locator("[data-cards]"))
    expect(page.get_by_text("Cold store 3 moved to Proposal, 1 of 1.")).to_be_visible()

    drag(page, page.locator(f"#deal-{deals[1].pk}"), page.locator(f'#board-ends [data-stage="{stage(-1).pk}"]'))

    expect(page.get_by_role("heading", name="Is Depot Carquefou lost?")).to_be_visible()
    toast, ends = page.locator(".toast").bounding_box(), page.locator("#board-ends").bounding_box()
    assert toast["y"] + toast["height"] <= ends["y"]


def test_a_card_dropped_on_lost_asks_why(visit, camille, deals):
    visitor = visit()
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/deals/board")
    page = visitor.page

    drag(page, page.locator(f"#deal-{deals[1].pk}"), page.locator(f'#board-ends [data-stage="{stage(-1).pk}"]'))
    expect(page.get_by_role("heading", name="Is Depot Carquefou lost?")).to_be_visible()
    assert visitor.barriers() == []
    page.get_by_label("Why it was lost").fill("Too dear")
    page.get_by_role("button", name="Mark as lost").click()

    expect(page.get_by_text("Depot Carquefou is lost.")).to_be_visible()
    expect(page.locator(f"#deal-{deals[1].pk}")).to_have_count(0)
    lost = Deal.objects.get(pk=deals[1].pk)
    assert (lost.state, lost.lost_because) == ("lost", "Too dear")


def test_a_card_dropped_on_won_is_won(visit, camille, deals):
    visitor = visit()
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/deals/board")
    page = visitor.page

    drag(page, page.locator(f"#deal-{deals[1].pk}"), page.locator(f'#board-ends [data-stage="{stage(-2).pk}"]'))

    expect(page.get_by_text("Depot Carquefou is won.")).to_be_visible()
    expect(page.locator(f"#deal-{deals[1].pk}")).to_have_count(0)
    assert Deal.objects.get(pk=deals[1].pk).state == "won"


@pytest.mark.parametrize(("theme", "width", "language"), [("light", 1440, "en"), ("dark", 390, "fr")])
def test_the_pages_of_deals_have_no_barrier(visit, camille, deals, theme, width, language):
    camille.language = language
    camille.save()
    actions.lose(deals[1], because="Trop cher", by=camille, now=NOW)
    visitor = visit(theme=theme, width=width)
    visitor.sign_in("camille@helionne.example", PASSWORD)
    found = []
    pages = {
        "board": "/deals/board", "list": "/deals", "criteria": "/deals?criteria=1&state=open", "empty": "/deals?q=zzzz",
        "page": f"/deals/{deals[0].pk}", "lost": f"/deals/{deals[1].pk}", "form": "/deals/new",
        "move": f"/deals/{deals[0].pk}/move", "settings": "/settings/pipelines",
        "contact": f"/contacts/{deals[0].contact_id}", "mass-mail": f"/mass-mails/new?module=deal&ids={deals[0].pk}",
    }  # fmt: skip
    for name, path in pages.items():
        visitor.go(path)
        found += visitor.barriers()
        if visitor.overflow() > 0:
            found.append(f"{path} is {visitor.overflow()} px too wide")
        visitor.shot(f"deal-{name}-{theme}")

    assert found == []


def test_the_preview_opens_beside_the_list(visit, camille, deals):
    visitor = visit()
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/deals")

    visitor.page.get_by_role("link", name="Cold store 3").click()

    expect(visitor.page.get_by_role("dialog").get_by_role("heading", name="Cold store 3")).to_be_visible()
    assert visitor.barriers() == []


def test_the_names_of_stages_are_read_on_a_phone(visit, camille, deals):
    visitor = visit(width=390)
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/settings/pipelines")

    widths = [one.bounding_box()["width"] for one in visitor.page.locator('.stages-set input[name="name"]').all()]

    assert min(widths) > 180
    assert visitor.overflow() == 0


def test_enter_behind_the_reason_of_a_loss_moves_the_deal_nowhere_else(visit, camille, deals):
    visitor = visit()
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go(f"/deals/{deals[0].pk}/move")
    assert visitor.barriers() == []

    visitor.page.get_by_label("Why it was lost").fill("Too dear")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(lambda url: "/move" not in url)

    lost = Deal.objects.get(pk=deals[0].pk)
    assert (lost.state, lost.lost_because) == ("lost", "Too dear")
