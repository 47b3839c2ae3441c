"""Criteria and views in a real browser: built by mouse and by key, on a desk and on a phone, in both languages."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from relance.people import actions
from relance.people.actions import AccountDraft, PersonDraft
from relance.records.models import CustomField, View
from relance.team.actions import add_user
from relance.team.workspace import organisation

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.shows("REC-05", "QUAL-02"),
]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PASSWORD = "a-long-enough-word"
TREE = (
    "all(city:is:Nantes,@opened:yes:3:30,any(account.city:empty,roof:between:1:400,created_at:last:6w,"
    "owner:one_of:me:none,city:one_of:Lyon:Paris,created_at:during:this_month,state:is:bounced))"
)


@pytest.fixture
def camille(transactional_db):
    organisation()
    user = add_user(email="camille@helionne.example", name="Camille Aubry", role="administrator", password=PASSWORD)
    type(user).objects.filter(pk=user.pk).update(language="en")
    CustomField.objects.create(module="lead", key="roof", label="Roof area", kind="number", created_at=NOW)
    account = actions.add_account(AccountDraft(values={"name": "Moulins Guérin", "city": "Nantes"}), by=user, now=NOW)
    for name, city in (("Lucie Pasquier", "Nantes"), ("Antoine Guillou", "Lyon"), ("Dirk Vermeulen", "Gent")):
        first, _, last = name.partition(" ")
        draft = PersonDraft(values={"first_name": first, "last_name": last, "city": city}, emails=(), account=account)
        actions.add_person("lead", draft, by=user, now=NOW)
    return user


def test_criteria_are_built_counted_shown_and_kept_as_a_view(visit, camille):
    visitor = visit()
    page = visitor.page
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/leads")

    page.get_by_role("link", name="Search and criteria").click()
    page.get_by_label("Field").select_option("city")
    expect(page.get_by_label("Comparison")).to_be_visible()
    page.get_by_label("Comparison").select_option("contains")
    page.get_by_label("Value", exact=True).fill("n")
    page.get_by_label("Value", exact=True).press("Tab")
    expect(page.locator("#criteria-count")).to_contain_text("3 leads")
    page.get_by_role("button", name="Group").click()
    expect(page.get_by_label("Field")).to_have_count(2)
    page.get_by_label("Field").nth(1).select_option("account.city")
    expect(page.get_by_label("Comparison")).to_have_count(2)
    page.get_by_label("Value", exact=True).nth(1).fill("Nantes")
    page.get_by_label("Value", exact=True).nth(1).press("Enter")
    page.wait_for_url(re.compile("where="))
    expect(page.get_by_text("City contains “n” and Account › City is “Nantes”.")).to_be_visible()
    assert visitor.barriers() == []
    page.get_by_text("Save as new view…").click()
    page.get_by_label("Name of the view").fill("Around Nantes")
    page.get_by_role("button", name="Save the view").click()

    expect(page.get_by_text("The view “Around Nantes” was saved.")).to_be_visible()
    expect(page.get_by_role("navigation", name="Views").get_by_role("link", name="Around Nantes")).to_have_attribute(
        "aria-current", "page"
    )
    assert View.objects.get().criteria == {
        "all": [
            {"field": "city", "operator": "contains", "value": "n"},
            {"any": [{"field": "account.city", "operator": "is", "value": "Nantes"}]},
        ]
    }


def test_the_count_outlives_a_redrawing_of_its_builder_that_asks_the_same(visit, camille):
    visitor = visit()
    page = visitor.page
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/leads?criteria=1&where=all(city:contains:n)")
    count = page.locator("#criteria-count")
    expect(count).to_contain_text("3 leads")

    page.evaluate(
        "() => { window.redrawn = new Promise(done => addEventListener('htmx:after:settle', done, { once: true })); }"
    )
    page.get_by_label("Value", exact=True).dispatch_event("change")
    page.evaluate("window.redrawn.then(() => true)")

    expect(count).to_contain_text("3 leads")


def test_a_criterion_is_added_and_taken_away_by_key_alone(visit, camille):
    visitor = visit()
    page = visitor.page
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/leads?criteria=1&where=all(city:is:Lyon)")

    page.get_by_role("button", name="Criterion", exact=True).first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Field")).to_have_count(2)
    page.get_by_role("button", name="Take the criterion away").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Field")).to_have_count(1)
    page.locator("#criteria-show").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("link", name="Dirk Vermeulen")).to_be_visible()


@pytest.mark.parametrize(("theme", "width", "language"), [("light", 1440, "en"), ("dark", 390, "fr")])
def test_the_builder_and_the_pages_of_views_have_no_barrier(visit, camille, theme, width, language):
    type(camille).objects.filter(pk=camille.pk).update(language=language)
    kept = {"module": "lead", "owner": camille, "created_at": NOW, "updated_at": NOW}
    views = [
        View.objects.create(name=name, position=place, columns=["city", "account.city", "roof"], **kept)
        for place, name in enumerate(("Around Nantes", "All"))
    ]
    visitor = visit(theme=theme, width=width)
    visitor.sign_in("camille@helionne.example", PASSWORD)
    found = []
    pages = {
        "builder": f"/leads?criteria=1&where={TREE}",
        "chips": f"/leads?where={TREE}",
        "view": f"/leads?view={views[0].pk}",
        "edited": f"/leads?view={views[0].pk}&where=all(city:empty)&criteria=1",
        "settings": f"/views/{views[0].pk}",
        "columns": "/views/lead/columns?columns=city,account.city,roof",
        "refused": "/leads?where=all(owner__password:is:x)&criteria=1",
    }

    for name, address in pages.items():
        visitor.go(address)
        visitor.page.wait_for_load_state("networkidle")
        found += visitor.barriers()
        found += [f"{name} is too wide by {visitor.overflow()}"] if visitor.overflow() > 0 else []
        visitor.shot(f"criteria-{name}-{theme}")

    assert found == []


def test_columns_are_chosen_and_moved(visit, camille):
    visitor = visit()
    page = visitor.page
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/leads")

    page.get_by_role("link", name="Columns").click()
    page.get_by_label("Another column").select_option("city")
    page.get_by_role("button", name="Add the column").click()
    expect(page.get_by_role("button", name="Leave out City")).to_be_visible()
    page.get_by_label("Another column").select_option("account.city")
    page.get_by_role("button", name="Add the column").click()
    page.get_by_role("button", name="Move Account › City up").click()
    expect(page.locator("#columns li").first).to_contain_text("Account › City")
    page.get_by_role("button", name="Show these columns").click()

    page.wait_for_url(re.compile("columns=account.city%2Ccity"))
    expect(page.get_by_role("row", name="Antoine Guillou")).to_contain_text("Nantes")
