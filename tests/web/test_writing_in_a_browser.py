"""A seller's mails in a browser: the recommended template, changed; the hour, the file, what came of them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from relance.agenda import reminders
from relance.deals import actions as deals
from relance.lib import clock
from relance.mail.models import Content, Interaction, Mailbox, Message, Recipient, SavedDraft
from relance.mail.templates import TemplateDraft, add_template
from relance.mail.writing import attaching
from relance.people.actions import AccountDraft, PersonDraft, add_account, add_person
from relance.people.models import Person, Suppression
from relance.sequences import actions as sequences
from relance.sequences.actions import SequenceDraft, StepDraft
from relance.team.actions import add_user
from relance.team.models import Organisation
from relance.team.workspace import organisation

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a-long-enough-password"
SEALED = "Failed to execute 'postMessage'"
KEPT = re.compile("draft kept at")


@pytest.fixture
def camille(transactional_db):
    organisation()
    Organisation.objects.update(tracking="track_by_default")
    made = add_user(email="camille@helionne.example", name="Camille Aubry", role="administrator", password=PASSWORD)
    Mailbox.objects.create(
        name="Sales", address="sales@helionne.example", host="127.0.0.1", state="working", is_default=True
    )
    return made


@pytest.fixture
def jana(camille):
    """A contact in Berlin, with her company."""
    company = add_account(AccountDraft(values={"name": "Kessler"}), by=camille, now=clock.now())
    values = {"first_name": "Jana", "last_name": "Kessler", "phone": "+49 30 1234"}
    draft = PersonDraft(values=values, emails=("jana@kessler.example",))
    made = add_person("contact", draft, by=camille, now=clock.now())
    Person.objects.filter(pk=made.pk).update(account=company)
    return made


def template(camille, name, html):
    values = {"name": name, "subject": "Your roof", "html": html, "language": "en"}
    return add_template(TemplateDraft(values=values), by=camille, now=clock.now())


def sent(camille, used, number, **facts):
    """Mails that have left an hour ago, by one template, to this many people or to the one named."""
    at = clock.now() - timedelta(hours=1)
    text = Content.objects.create(template=used, subject="Your roof", html="<p>Hello</p>")
    message = Message.objects.create(
        kind="personal", send_key=f"t:{Message.objects.count()}", content=text, mailbox=Mailbox.objects.get(),
        sender=camille, deliver_at=at, created_at=at, state="done", **facts.pop("message", {}),
    )  # fmt: skip
    answered, person = facts.pop("answered", 0), facts.pop("person", None)
    Recipient.objects.bulk_create(
        Recipient(
            message=message, person=person, email=f"p{n}@{used.pk}.example", normal=f"p{n}@{used.pk}.example",
            state="sent", queued_at=at, sent_at=at, track="full",
            **({"replied_at": at + timedelta(minutes=9)} if n < answered else {}), **facts,
        )
        for n in range(number)
    )  # fmt: skip
    return message


@pytest.mark.shows("TPL-04", "TPL-05", "D365-08")
def test_the_recommended_template_is_used_and_a_change_of_it_is_at_once_in_the_sequence(visit, camille, jana):
    short, long = (template(camille, name, "<p>Hello {Person.firstName}</p>") for name in ("Short", "Long"))
    steps = (StepDraft(kind="mail", key="one", template=short),)
    made = sequences.add(SequenceDraft(name="Roofs", steps=steps, language="en"), by=camille, now=clock.now())
    visitor = visit()
    page = visitor.page
    visitor.sign_in(camille.email, PASSWORD)

    # Nothing is recommended on noise; forty mails each tell one from the other
    visitor.go(f"/mails/new?person={jana.pk}")
    expect(page.get_by_text("No template is recommended")).to_be_visible()
    sent(camille, short, 40, answered=20, person=jana)
    sent(camille, long, 40, answered=4, person=jana)
    visitor.go(f"/sequences/{made.pk}/edit")
    expect(page.get_by_text("Recommended template: Short.")).to_be_visible()
    visitor.go(f"/mails/new?person={jana.pk}")
    expect(page.get_by_text("Recommended template: Short.")).to_be_visible()
    page.select_option("#id_template", label="Short")
    page.locator("[data-use-template]").click()
    expect(page.locator(".rich")).to_contain_text("Hello Jana")
    barriers = visitor.barriers()

    # The template is changed; the step of the sequence reads the new words at once
    visitor.go(f"/templates/{short.pk}")
    page.click("[data-source]")
    page.fill("#id_html", "<p>Good morning {Person.firstName}</p>")
    page.click("[data-default]")
    expect(page.locator("#id_html")).to_have_value("<p>Good morning {Person.firstName}</p>")
    visitor.go(f"/sequences/{made.pk}/steps/{made.current.steps.get().pk}")
    expect(page.frame_locator("iframe").get_by_text("Good morning")).to_be_visible()

    assert barriers == []
    visitor.forgive(SEALED)


@pytest.mark.shows(
    "ENG-01",
    "ENG-04",
    "ENG-07",
    "D365-04",
    "D365-14",
    "D365-15",
    "D365-16",
    "ENG-08",
    "ENG-09",
    "D365-05",
    "D365-06",
    "D365-07",
    "D365-17",
    "D365-19",
    "D365-22",
    "D365-01",
    "D365-11",
    "D365-18",
    "D365-20",
)
def test_a_mail_gets_its_hour_and_its_followed_file_and_tells_what_came_of_it(visit, camille, jana, settings, tmp_path):
    settings.RELANCE_FILES = str(tmp_path)
    visitor = visit()
    page = visitor.page
    visitor.sign_in(camille.email, PASSWORD)
    Suppression.objects.create(normal="lea@off.example", scope="marketing", route="page", at=clock.now())
    visitor.go(f"/mails/new?person={jana.pk}")

    # The hour: warned of a Sunday night there, then the proposal
    page.fill("#id_subject", "The offer")
    page.locator(".rich").click()
    page.keyboard.type("Here it is.")
    page.get_by_text("Choose", exact=True).click()
    sunday = clock.now() + timedelta(days=13 - clock.now().weekday())
    page.fill("#id_deliver_at", f"{sunday:%Y-%m-%d}T23:30")
    expect(page.locator("#mail-time")).to_contain_text("It would arrive outside working hours")
    expect(page.locator("#mail-time")).to_contain_text("Berlin")

    # Beside it: who she is, how she is followed and what decides it; whoever has opted out is taken out again
    expect(page.locator("#mail-context")).to_contain_text("No personal mail yet")
    expect(page.locator("#mail-tracking tbody")).to_contain_text("not asked")
    page.get_by_role("switch", name="Follow this mail").click()
    expect(page.locator("#mail-tracking")).to_contain_text("not followed: switched off for this mail")
    page.get_by_role("switch", name="Follow this mail").click()
    expect(page.locator("#mail-tracking")).to_contain_text("1 of 1 followed")
    page.locator("[data-more-copies]").click()
    page.fill("#id_cc", '"Off, Lea" <lea@off.example>, max@off.example')
    page.locator("[data-take-out='lea@off.example']").click()
    expect(page.locator("#id_cc")).to_have_value("max@off.example")
    page.fill("#id_cc", "")

    # The reminder: without a condition
    page.locator("label", has_text="Anyway").click()
    page.fill("#id_remind_at", f"{sunday + timedelta(days=9):%Y-%m-%d}T09:00")
    expect(page.get_by_text("It appears then, whatever the recipient did.")).to_be_visible()

    # The file: attached to the kept mail, then followed
    expect(page.locator("[data-kept]")).to_have_text(KEPT)
    ways = [
        page.get_by_role("toolbar").get_by_role("button", name="Attach"),
        page.get_by_role("button", name="New attachment"),
    ]
    for way, name in zip(ways, ("offer.pdf", "terms.pdf"), strict=True):
        with page.expect_file_chooser() as chosen:
            way.click()
        chosen.value.set_files({"name": name, "mimeType": "application/pdf", "buffer": name.encode()})
        expect(page.locator("#mail-files")).to_contain_text(name)
    page.get_by_role("button", name="Manage attachments").click()
    page.locator("#manage-files").get_by_role("button", name="Remove terms.pdf").click()
    expect(page.locator("#mail-files")).not_to_contain_text("terms.pdf")
    page.locator("#manage-files").get_by_role("button", name="Follow", exact=True).click()
    expect(page.locator("#manage-files").get_by_role("button", name="Do not follow")).to_be_visible()
    barriers = visitor.barriers()
    visitor.shot("composer-files")
    page.keyboard.press("Escape")
    expect(page.locator("#mail-files")).to_contain_text("followed link")
    page.locator("[data-send]").click()
    page.wait_for_url(re.compile(r"/mails/\d+$"))
    number = int(page.url.rpartition("/")[2])

    # Its tile says when it leaves; once it was opened, says so, and unfolds in place
    visitor.go(f"/contacts/{jana.pk}")
    tile = page.locator(".mailtile", has_text="The offer")
    expect(tile).to_contain_text("scheduled for")
    copy = Recipient.objects.get(message=number)
    at = clock.now() - timedelta(hours=3)
    Message.objects.filter(pk=number).update(state="done", deliver_at=at, started_at=at)
    Recipient.objects.filter(pk=copy.pk).update(
        state="sent",
        track="full",
        sent_at=at,
        first_opened_at=at + timedelta(hours=1),
        last_opened_at=at + timedelta(hours=1),
        opens=1,
    )
    for kind, link, verdict in (("open", None, "human"), ("file", 1, "human"), ("open", None, "machine")):
        Interaction.objects.create(
            message_id=number, recipient=copy, kind=kind, link=link, at=at + timedelta(hours=1), verdict=verdict
        )
    visitor.go(f"/contacts/{jana.pk}")
    expect(tile).to_contain_text("opened")
    tile.locator("summary").click()
    expect(tile.get_by_role("link", name="Open the full page")).to_be_visible()

    # The page of the mail is read only, with its figures and its whole history
    tile.get_by_role("link", name="Open the full page").click()
    page.wait_for_url(f"**/mails/{number}")
    activity = page.locator("#mail-activity")
    expect(activity.get_by_role("heading", name="Recipient activity")).to_be_visible()
    expect(activity.locator(".tile", has_text="Opened by")).to_contain_text("1 of 1 followed")
    expect(activity).to_contain_text("Fetched by a machine")
    expect(page.get_by_text("followed link, opened 1 time")).to_be_visible()
    assert page.locator("article [contenteditable], article input:visible, article textarea").count() == 0
    visitor.shot("sent-mail")
    barriers += visitor.barriers()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("followed link, ended")).to_be_visible()
    page.get_by_role("button", name="Open again").click()
    page.locator("summary", has_text="Replace").click()
    page.set_input_files("#new-1", {"name": "x.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 newer"})
    page.get_by_role("button", name="Replace").click()
    expect(page.get_by_text("The links lead to the new file now.")).to_be_visible()
    assert Message.objects.get(pk=number).content.attachments.get().file.size == len(b"%PDF-1.7 newer")
    reminders.become_due(clock.now() + timedelta(days=40))
    visitor.go("/")
    expect(page.locator(".urgent", has_text="The offer")).to_be_visible()

    # Where the house follows nothing, the controls are gone, no file is followed, and what was known stays readable
    Organisation.objects.update(tracking="off")
    draft = SavedDraft.objects.create(author=camille, subject="Quiet", created_at=at, updated_at=at)
    given = attaching.Given(name="a.pdf", content_type="application/pdf", data=b"%PDF")
    attaching.attach(draft, given, by=camille, now=at)
    visitor.go(f"/mails/drafts/{draft.pk}")
    expect(page.get_by_text("Your organisation follows no mail.")).to_be_visible()
    expect(page.get_by_role("switch", name="Follow this mail")).to_have_count(0)
    page.get_by_role("button", name="Manage attachments").click()
    expect(page.locator("#manage-files").get_by_role("button", name="Follow", exact=True)).to_be_disabled()
    visitor.go(f"/mails/{number}")
    expect(activity.locator(".tile", has_text="Opened by")).to_contain_text("1 of 1 followed")
    assert barriers + visitor.barriers() == []
    visitor.forgive(SEALED)


@pytest.mark.shows("ENG-01", "ENG-04", "ENG-07")
def test_what_was_told_of_a_mail_before_takes_back_no_newer_word_and_no_file(visit, camille, jana, settings, tmp_path):
    settings.RELANCE_FILES = str(tmp_path)
    visitor = visit()
    page = visitor.page
    visitor.sign_in(camille.email, PASSWORD)
    visitor.go(f"/mails/new?person={jana.pk}")
    held = visitor.hold("/told")

    page.fill("#id_subject", "The offer")
    held.wait(1)
    page.set_input_files("#id_files", {"name": "offer.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"})
    expect(page.locator("#mail-files")).to_contain_text("offer.pdf")
    held.wait(2)
    page.get_by_role("switch", name="Follow this mail").click()
    held.wait(3)
    held.let_through(2)
    expect(page.locator("#mail-tracking")).to_contain_text("switched off for this mail")
    for older in (0, 1):
        held.let_through(older)

    expect(page.locator("#mail-tracking")).to_contain_text("switched off for this mail")
    expect(page.locator("#mail-files")).to_contain_text("offer.pdf")
    visitor.forgive(SEALED)


@pytest.mark.shows("ENG-10", "D365-21", "D365-23")
def test_what_came_of_many_mails_is_seen_over_time_and_on_each_record(visit, camille, jana):
    offer = template(camille, "Offer", "<p>Hello</p>")
    person = Person.objects.get(pk=jana.pk)
    deal = deals.add({"name": "Roof", "account": person.account_id, "contact": person.pk}, by=camille, now=clock.now())
    about = {"message": {"about_kind": "Deal", "about_id": deal.pk}}
    opened = {"first_opened_at": clock.now() - timedelta(minutes=30), "opens": 1}
    sent(camille, offer, 1, person=person, answered=1, **opened, **about)
    visitor = visit(width=390, theme="dark", language="fr-FR")
    page = visitor.page
    visitor.sign_in(camille.email, PASSWORD)

    visitor.go("/engagement")
    expect(page.locator("svg.chart.only-phone text").first).to_be_visible()
    letters = page.locator("svg.chart.only-phone text").first.evaluate("word => word.getBoundingClientRect().height")
    visitor.shot("engagement-phone")
    barriers, over = visitor.barriers(), [visitor.overflow()]
    told = {}
    for path in (f"/contacts/{jana.pk}", f"/companies/{person.account_id}", f"/deals/{deal.pk}"):
        visitor.go(path)
        figures = page.locator("section.card", has_text="Engagement").locator("dd")
        told[path] = figures.all_inner_texts()
        over.append(visitor.overflow())
    page.get_by_role("link", name="All figures").click()
    expect(page.locator(".chip", has_text="Roof")).to_be_visible()

    assert letters >= 10
    assert list(told.values()) == [["1", "1", "0", "1"]] * 3
    assert barriers == []
    assert over == [0, 0, 0, 0]
    visitor.forgive(SEALED)
