"""An administrator makes "Subscriptions" without a line of code: fields, a file of a thousand rows, a view, a mail."""

from __future__ import annotations

import re
from email.parser import BytesParser
from email.policy import default

import pytest
from playwright.sync_api import expect

from relance.campaigns import actions as campaigns
from relance.campaigns.models import MassMail
from relance.lib import clock
from relance.mail.models import Mailbox
from relance.mail.templates import TemplateDraft, add_template
from relance.mail.transport.fake import FakeRelay
from relance.people.actions import PersonDraft, add_person
from relance.records.imports import jobs
from relance.records.models import CustomModule, Import, Record, View
from relance.team.actions import add_user
from relance.team.workspace import organisation
from tests.mail.outbound.engine import dispatcher, is_done, mailbox, until
from tests.web import browser as windows

visit = windows.visit  # its own server and database, not those of the demo

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.shows("REC-01", "REC-05", "REC-08", "MASS-01", "QUAL-02"),
]
PASSWORD = "a-long-enough-word"
FIELDS = (
    ("Plan", "choice", "Free\nPro"),
    ("Seats", "number", ""),
    ("Renews", "date", ""),
    ("Active", "yes_no", ""),
    ("Contract", "text", ""),
    ("Client", "link", ""),
)
CLIENTS = {0: "zoe@val.example", 1: "Zoé Roux", 2: "nobody@x.example"}  # by address, by name, and one who is not there
SEALED = "Failed to execute 'postMessage'"  # axe speaks to every frame, and the frame of a mail answers nobody


def thousand() -> str:
    """A file of subscriptions: one in ten is a large one."""
    rows = (
        f"Client {n:04d};client{n}@abo.example;{'Pro' if n % 2 else 'Free'};{200 if n % 10 == 0 else n % 10};"
        f"31/12/2026;{'oui' if n % 3 else 'non'};C-{n};{CLIENTS.get(n, '')}"
        for n in range(1_000)
    )
    return "\n".join(["Name;E-mail;Plan;Seats;Renews;Active;Contract;Client", *rows]) + "\n"


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def camille(transactional_db):
    organisation()
    camille = add_user(
        email="camille@helionne.example", name="Camille", role="administrator", password=PASSWORD, language="en"
    )
    for first, last, email in (("Zoé", "Roux", "zoe@val.example"), ("Luc", "Petit", "luc@val.example")):
        draft = PersonDraft(values={"first_name": first, "last_name": last}, emails=(email,))
        add_person("contact", draft, by=camille, now=clock.now())
    return camille


@pytest.fixture
def offer(camille):
    html = '<p>Your {Record.plan} plan of {Record.seats} seats.</p><p><a href="https://helionne.example/x">See</a></p>'
    values = {"name": "Renewal", "subject": "{Record.name}, it renews", "html": "<p>x</p>", "shared": True}
    return lambda: add_template(TemplateDraft(values={**values, "html": html}), by=camille, now=clock.now())


def test_an_administrator_makes_a_module_fills_it_filters_it_and_mails_it(visit, camille, offer, tmp_path):
    visitor = visit()
    page, barriers = visitor.page, []
    visitor.sign_in("camille@helionne.example", PASSWORD)

    def look(name: str) -> None:
        barriers.extend(f"{name}: {barrier}" for barrier in visitor.barriers())
        barriers.extend([f"{name} is too wide"] if visitor.overflow() > 0 else [])
        visitor.shot(f"journey-module-{name}")

    visitor.go("/settings/modules")
    look("modules")
    page.get_by_role("link", name="New module").click()
    page.get_by_label("Name of the module").fill("Subscriptions")
    page.get_by_label("What one record is called").fill("Subscription")
    page.get_by_label("Its records carry an e-mail address").check()
    look("new")
    page.get_by_role("button", name="Make the module").click()
    page.get_by_role("link", name="New field").click()
    for label, kind, choices in FIELDS:
        page.get_by_label("Label").fill(label)
        page.get_by_label("Type").select_option(kind)
        if choices:
            look("field")
            page.get_by_label("Choices").fill(choices)
        if kind == "link":
            page.get_by_label("Links to").select_option("contact")
        page.get_by_label("Shown in lists").check()
        page.get_by_role("button", name="Make it, and another").click()
        expect(page.get_by_text(f"The field {label} was made.")).to_be_visible()
    visitor.go("/settings/modules/subscriptions")
    look("fields")

    page.get_by_role("navigation", name="Navigation").get_by_role("link", name="Subscriptions").click()
    look("empty")
    page.get_by_role("link", name="Import", exact=True).click()
    file = tmp_path / "subscriptions.csv"
    file.write_text(thousand(), encoding="utf-8")
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Read the file").click()
    expect(page.locator("#preview")).to_contain_text("Contract")
    look("columns")
    page.get_by_role("button", name="Check the rows").click()
    expect(page.locator("main")).to_contain_text("a link to a record that is not there")
    page.get_by_role("button", name="Import 999 rows").click()
    jobs.run(import_id=Import.objects.get().pk)
    expect(page.locator("#import")).to_contain_text("Undo the import")
    expect(page.locator("#import")).to_contain_text("you see no “nobody@x.example” there")
    assert Record.objects.count() == 999
    visitor.go("/contacts?where=all(@subscriptions.client:no:1:90)")
    expect(page.get_by_text("has no record in “Subscriptions” in the last 90 days").first).to_be_visible()
    expect(page.locator("main")).to_contain_text("Luc Petit")
    expect(page.locator("main")).not_to_contain_text("Zoé Roux")

    page.get_by_role("navigation", name="Navigation").get_by_role("link", name="Subscriptions").click()
    look("list")
    page.get_by_role("link", name="Search and criteria").click()
    page.get_by_label("Field").select_option("seats")
    page.get_by_label("Comparison").select_option("more")
    page.get_by_label("Number", exact=True).fill("100")
    page.get_by_label("Number", exact=True).press("Enter")
    page.wait_for_url(re.compile("where="))
    look("filtered")
    page.get_by_text("Save as new view…").click()
    page.get_by_label("Name of the view").fill("Large ones")
    page.get_by_role("button", name="Save the view").click()
    expect(page.get_by_text("The view “Large ones” was saved.")).to_be_visible()
    page.get_by_role("link", name="Client 0000").click()
    expect(page.get_by_role("dialog")).to_contain_text("C-0")
    look("preview")
    page.keyboard.press("Escape")

    template = offer()
    with FakeRelay() as relay:
        box = mailbox(relay.port)
        Mailbox.objects.filter(pk=box.pk).update(is_default=True)
        page.get_by_label("Select the page").check()
        page.get_by_role("button", name="all 100 results").click()
        page.get_by_role("button", name="Mass mail…").click()
        page.locator("#audience .count-xl", has_text="100").wait_for()
        look("recipients")
        page.click("button[form=who]")
        page.select_option("[name=template]", label=template.name)
        page.click("button[form=message]")
        page.frame_locator("iframe").get_by_text("Your Free plan of 200 seats.").wait_for()
        look("check")
        page.click("button.only-now")
        page.wait_for_url("**/mass-mails/*")
        message = MassMail.objects.get().message
        campaigns.prepare(message.pk, now=clock.now())
        with dispatcher():
            until(is_done(message), seconds=60)
        sent = [BytesParser(policy=default).parsebytes(each.content) for each in relay.mails]

    assert len(sent) == 100
    assert "Client 0000, it renews" in {str(each["Subject"]) for each in sent}
    assert View.objects.get().module == CustomModule.objects.get().key
    visitor.forgive(SEALED)
    assert barriers == []
