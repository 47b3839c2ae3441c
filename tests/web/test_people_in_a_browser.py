"""Leads and contacts in a real browser: the list, the preview, the selection, the record, by mouse and by key."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from relance.people import actions
from relance.people.actions import PersonDraft
from relance.people.models import Person
from relance.people.suppression import Wish
from relance.team.actions import add_user
from relance.team.workspace import organisation
from tests.web.test_people import mail_to

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.shows("REC-05", "REC-07", "UNSUB-02", "QUAL-02"),
]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PASSWORD = "a-long-enough-word"


@pytest.fixture
def camille(transactional_db):
    organisation()
    return add_user(
        email="camille@helionne.example", name="Camille Aubry", role="administrator", password=PASSWORD, language="fr"
    )


@pytest.fixture
def people(camille):
    names = ("Lucie Pasquier", "Antoine Guillou", "Béatrice Vallon", "Dirk Vermeulen")
    made = []
    for number, name in enumerate(names):
        first, _, last = name.partition(" ")
        draft = PersonDraft(
            values={"first_name": first, "last_name": last, "company": "Moulins Guérin"},
            emails=(f"p{number}@guerin.example",),
        )
        made.append(actions.add_person("lead", draft, by=camille, now=NOW))
    mail_to(made[0], camille, first_opened_at=NOW, last_opened_at=NOW, opens=3)
    actions.opt_out(Wish(normal="p2@guerin.example", route="page", at=NOW, recipient_id=1))
    return made


@pytest.mark.parametrize(("theme", "width", "language"), [("light", 1440, "en"), ("dark", 390, "fr")])
def test_the_pages_of_people_have_no_barrier(visit, camille, people, theme, width, language):
    camille.language = language
    camille.save()
    visitor = visit(theme=theme, width=width)
    visitor.sign_in("camille@helionne.example", PASSWORD)
    found = []
    pages = {
        "list": "/leads", "criteria": "/leads?criteria=1&state=valid", "empty": "/contacts", "form": "/leads/new",
        "record": f"/leads/{people[0].pk}", "opted-out": f"/leads/{people[2].pk}", "accounts": "/companies",
    }  # fmt: skip

    for name, address in pages.items():
        visitor.go(address)
        found += visitor.barriers()
        found += [f"{name} is too wide"] if visitor.overflow() > 0 else []
        visitor.shot(f"people-{name}-{theme}")

    assert found == []


def test_the_preview_opens_beside_the_list_and_goes_on_by_key(visit, camille, people):
    visitor = visit()
    page = visitor.page
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/leads")

    page.get_by_role("link", name="Antoine Guillou").click()
    expect(page.locator("dialog.drawer h2")).to_have_text("Antoine Guillou")
    page.keyboard.press("j")
    expect(page.locator("dialog.drawer h2")).to_have_text("Béatrice Vallon")

    assert visitor.barriers() == []


def test_the_bell_tells_the_wish_on_focus(visit, camille, people):
    camille.language = "en"
    camille.save()
    visitor = visit()
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/leads")

    visitor.page.locator(".told").focus()

    expect(visitor.page.locator(".told .pop")).to_be_visible()
    expect(visitor.page.locator(".told .pop")).to_contain_text("The unsubscribe page")


def test_all_results_are_handed_over_after_the_number_was_said(visit, camille, people):
    camille.language = "en"
    camille.save()
    yann = add_user(email="yann@helionne.example", name="Yann Le Goff", role="manager")
    visitor = visit()
    page = visitor.page
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/leads?q=guerin")

    page.get_by_label("Select Lucie Pasquier").check()
    page.get_by_role("button", name="all 4 results").click()
    page.get_by_role("button", name="Change owner").click()
    page.get_by_label("Owner").select_option("Yann Le Goff")
    page.get_by_role("button", name="Change 4 leads").click()

    expect(page.get_by_text("4 leads were changed.")).to_be_visible()
    assert set(Person.objects.values_list("owner", flat=True)) == {yann.pk}
