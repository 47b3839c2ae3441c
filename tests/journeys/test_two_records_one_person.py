"""The story of a person who was written down twice: addresses, a role that sees its own, a merge, a file, the audit."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from relance.people import actions
from relance.people.actions import PersonDraft
from relance.people.models import Person
from relance.records import changes
from relance.team.actions import add_user
from relance.team.models import User
from relance.team.policy import Level
from relance.team.workspace import organisation
from tests.web import browser as windows

visit = windows.visit

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.shows("REC-02", "REC-03", "REC-08", "REC-10"),
]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PASSWORD = "a-long-enough-word"


@pytest.fixture
def camille(transactional_db):
    organisation()
    add_user(email="maud@helionne.example", name="Maud Keller", role="salesperson", password=PASSWORD, language="fr")
    return add_user(
        email="camille@helionne.example", name="Camille Aubry", role="administrator", password=PASSWORD, language="en"
    )


def write_down(visitor, *, phone, emails):
    """A contact by hand, also where somebody has one of the addresses already."""
    page = visitor.page
    visitor.go("/contacts/new")
    page.fill("input[name=first_name]", "Zoé")
    page.fill("input[name=last_name]", "Martin")
    page.fill("input[name=phone]", phone)
    page.fill("textarea[name=emails]", emails)
    page.locator("button[data-default]").click()
    if page.locator("button[name=anyway]").count():
        visitor.forgive("422")
        page.locator("button[name=anyway]").click()
    page.wait_for_url(re.compile(r"/contacts/\d+$"))


def narrow_role(visitor):
    """A role that reads its own contacts and takes no file along, given to Maud."""
    page = visitor.page
    visitor.go("/settings/roles/new")
    page.fill("input[name=name]", "Call centre")
    page.select_option("select[name=contact-read]", value=str(int(Level.OWN)))
    page.select_option("select[name=contact-edit]", value=str(int(Level.OWN)))
    page.uncheck("input[name=may_export]")
    assert visitor.barriers() == []
    page.locator("button[data-default]").click()
    visitor.go("/settings/users")
    page.get_by_role("link", name="Maud Keller").click()
    if page.locator("select[name=role]").count():
        page.select_option("select[name=role]", label="Call centre")
    else:
        page.get_by_text("Call centre", exact=True).click()
    page.locator("button[data-default]").click()


def test_two_records_of_one_person_become_one_and_only_who_may_sees_it(visit, camille):
    visitor = visit()
    page = visitor.page
    visitor.sign_in("camille@helionne.example", PASSWORD)
    narrow_role(visitor)
    maud = User.objects.get(email="maud@helionne.example")
    actions.add_person("contact", PersonDraft(values={"last_name": "Kervella"}, emails=()), by=maud, now=NOW)
    ours = Person.objects.exclude(last_name="Kervella")

    write_down(visitor, phone="01 40 00 00 01", emails="zoe@harbour.example\nz.martin@home.example")
    first = ours.get()
    private = page.locator("#addresses li").filter(has_text="z.martin@home.example")
    private.locator("summary").click()
    private.locator("input[name=words]").fill("Asked on the phone")
    private.locator("form[action$=opt-out] button").click()
    expect(page.locator("#addresses")).to_contain_text("Opted out")
    write_down(visitor, phone="01 40 00 00 02", emails="ZOE@harbour.example\nzoe.m@second.example")
    second = ours.exclude(pk=first.pk).get()

    visitor.go("/contacts/duplicates")
    page.get_by_role("link", name="Compare and merge…").click()
    page.locator(f"input[name=kept][value='{first.pk}']").check()
    page.locator(f"input[name=of-phone][value='{second.pk}']").check()
    assert visitor.barriers() == []
    visitor.shot("journey-merge")
    page.locator("button[data-default]").click()
    page.wait_for_url(f"**/contacts/{first.pk}")
    for address in ("zoe@harbour.example", "z.martin@home.example", "zoe.m@second.example"):
        expect(page.locator("#addresses")).to_contain_text(address)
    expect(page.locator("#addresses")).to_contain_text("Opted out")
    expect(page.locator("#history-panel")).to_contain_text("Camille Aubry")
    visitor.shot("journey-merged")
    merged = ours.get()
    assert (merged.pk, merged.phone) == (first.pk, "01 40 00 00 02")
    told = changes.of("contact", first.pk)
    assert told[0].act == "merged"
    assert {line.by for line in told} == {camille}

    visitor.go("/contacts")
    page.locator("details:has(a[href*='/exports/contact.csv'])").first.locator("summary").click()
    with page.expect_download() as taken:
        page.get_by_role("menuitem", name="As CSV").click()
    written = Path(taken.value.path()).read_text(encoding="utf-8-sig")
    assert written.count("Zoé") == 1
    assert "zoe.m@second.example" in written

    other = visit(theme="dark", language="fr", width=390)
    other.sign_in("maud@helionne.example", PASSWORD)
    other.go("/contacts")
    expect(other.page.get_by_role("link", name="Kervella")).to_be_visible()
    expect(other.page.get_by_text("Zoé")).to_have_count(0)
    expect(other.page.locator("a[href*='/exports/']")).to_have_count(0)
    assert other.page.request.get(f"{other.address}/contacts/{first.pk}").status == 404
    assert other.overflow() <= 0
    other.shot("journey-own-only-phone")
