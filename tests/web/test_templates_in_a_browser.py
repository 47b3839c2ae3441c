"""The editor of templates in a browser: rich text with chips, pasting, links, a newsletter of blocks, versions."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from relance.lib import clock
from relance.mail.models import Mailbox, Message, Template
from relance.mail.templates import TemplateDraft, add_template
from relance.team.actions import add_user
from relance.team.workspace import organisation

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a-long-enough-password"
SEALED = "Failed to execute 'postMessage'"
WORD = (
    "<html><head><style>p.MsoNormal{}</style></head><body><!--StartFragment-->"
    "<p class=MsoNormal style='margin:0'><b style='mso-bidi-font-weight:normal'>Offer</b><o:p></o:p></p>"
    "<p class=MsoListParagraphCxSpFirst><span style='mso-list:Ignore'>· </span>One</p>"
    "<p class=MsoListParagraphCxSpLast><span style='mso-list:Ignore'>· </span>Two</p>"
    "<p><span style='font-weight:700'>Sure</span></p></body></html>"
)
PASTE = """([html]) => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  document.activeElement.dispatchEvent(event);
}"""


@pytest.fixture
def camille(db):
    organisation()
    made = add_user(email="camille@helionne.example", name="Camille Aubry", role="administrator")
    made.set_password(PASSWORD)
    made.save(update_fields=["password"])
    return made


@pytest.mark.shows("TPL-01", "TPL-02", "TPL-03")
def test_a_text_is_written_with_chips_pasted_from_word_and_a_version_is_restored(visit, camille, settings, tmp_path):
    settings.RELANCE_FILES = str(tmp_path)
    Mailbox.objects.create(name="S", address="s@helionne.example", host="127.0.0.1", state="working", is_default=True)
    visitor = visit()
    visitor.sign_in(camille.email, PASSWORD)
    page = visitor.page
    visitor.go(reverse("template-new"))
    page.fill("#id_name", "Offer")
    page.fill("#id_subject", "Your offer")
    area = page.locator(".rich")
    chips = area.locator(".merge").all_inner_texts()

    area.click()
    page.keyboard.press("Control+A")
    page.evaluate(PASTE, [WORD])
    page.keyboard.press("Control+End")
    page.click("[data-link]")
    page.fill("#link-address", "https://helionne.example/offer")
    page.click("#link button[value=link]")
    visitor.shot("template-editor")
    barriers = visitor.barriers()
    page.click("[data-default]")
    page.wait_for_url(re.compile(r"/templates/\d+$"))
    first = Template.objects.get()
    page.click("[data-source]")
    page.fill("#id_html", "<p>Later</p>")
    page.click("[data-default]")
    page.wait_for_function("document.querySelector('#id_html').value === '<p>Later</p>'")
    page.locator("details.card summary").click()
    page.get_by_role("button", name="Restore version 1").click()
    page.wait_for_function("document.querySelector('#id_html').value.includes('Offer')")

    # Its files, its folder and language, a text part of its own, a trial to oneself; what is typed outlives an upload
    page.fill("#id_folder", "Deals")
    page.select_option("#id_language", "fr")
    page.set_checked("#id_shared", False)
    page.get_by_text("Plain text of your own").click()
    page.fill("#id_text", "Offer, in plain words")
    for name in ("prices.pdf", "terms.pdf"):
        page.set_input_files("#id_enclosed", {"name": name, "mimeType": "application/pdf", "buffer": name.encode()})
        page.get_by_role("button", name="Attach").click()
        expect(page.locator("#template-files")).to_contain_text(name)
    page.get_by_role("button", name="Remove prices.pdf").click()
    expect(page.locator("#template-files")).not_to_contain_text("prices.pdf")
    page.get_by_role("button", name="Test send").click()
    expect(page.get_by_text("A test is on its way to camille@helionne.example")).to_be_visible()
    barriers += visitor.barriers()
    page.click("[data-default]")
    expect(page.get_by_text("Template saved.")).to_be_visible()
    kept = Template.objects.get()
    trial = Message.objects.get(send_key__startswith="test:")

    assert (kept.folder, kept.language, kept.shared, kept.text) == ("Deals", "fr", False, "Offer, in plain words")
    assert [each.name for each in kept.attachments.all()] == ["terms.pdf"]
    assert [each.name for each in trial.content.attachments.all()] == ["terms.pdf"]
    assert chips[0].startswith("Person.firstName")
    assert "<strong>Offer</strong>" in first.html
    assert "<strong>Sure</strong>" in first.html
    assert "<ul><li><p>One</p></li><li><p>Two" in first.html
    assert 'href="https://helionne.example/offer"' in first.html
    assert "Mso" not in first.html
    assert barriers + visitor.barriers() == []
    visitor.forgive(SEALED)


def opened_offer(visit, camille):
    """A template before its author."""
    words = {"name": "Offer", "subject": "Your offer", "html": "<p>Hello</p>"}
    template = add_template(TemplateDraft(values=words), by=camille, now=clock.now())
    visitor = visit()
    visitor.sign_in(camille.email, PASSWORD)
    visitor.go(reverse("template", args=[template.pk]))
    return visitor


@pytest.mark.shows("TPL-01")
def test_what_is_drawn_anew_meanwhile_does_not_swallow_the_answer_to_a_test_send(visit, camille):
    Mailbox.objects.create(name="S", address="s@helionne.example", host="127.0.0.1", state="working", is_default=True)
    visitor = opened_offer(visit, camille)
    page = visitor.page
    send = page.get_by_role("button", name="Test send")
    tests, checks = visitor.hold("/templates/.*test$"), visitor.hold("/templates/.*check$")

    # The place of the answer is another element by the time that it arrives
    send.click()
    tests.wait(1)
    page.evaluate("document.getElementById('tried').replaceWith(document.getElementById('tried').cloneNode(true))")
    tests.let_through(0)
    expect(page.get_by_text("A test is on its way to camille@helionne.example")).to_be_visible()

    # A check of the text that ends later does not take a refusal off the page
    page.fill("#id_subject", "Your offer {Person.nothing}")
    checks.wait(1)
    send.click()
    tests.wait(2)
    tests.let_through(1)
    refused = page.locator("#tried [role=alert]")
    expect(refused).to_contain_text("nothing")
    checks.let_through(0)
    expect(page.locator("#faults")).to_contain_text("nothing")
    expect(refused).to_contain_text("nothing")
    visitor.forgive(SEALED)


@pytest.mark.shows("TPL-01")
def test_a_check_that_a_later_one_has_overtaken_is_not_shown(visit, camille):
    visitor = opened_offer(visit, camille)
    page = visitor.page
    held = visitor.hold("/templates/.*check$")

    page.fill("#id_subject", "Your offer {Person.nothing}")
    held.wait(1)
    page.fill("#id_subject", "Your offer {Person.nobody}")
    held.wait(2)
    held.let_through(1)
    expect(page.locator("#faults")).to_contain_text("nobody")
    held.let_through(0)

    expect(page.locator("#faults")).to_contain_text("nobody")
    visitor.forgive(SEALED)


@pytest.mark.shows("TPL-03")
def test_a_newsletter_is_put_together_of_blocks_by_buttons_and_seen_on_a_phone(visit, camille):
    visitor = visit()
    visitor.sign_in(camille.email, PASSWORD)
    page = visitor.page
    visitor.go(f"{reverse('template-new')}?kind=blocks")
    page.fill("#id_name", "News")
    page.fill("#id_subject", "News of November")

    page.click("[data-add=button]")
    button = page.locator("[data-block=button]")
    button.locator("[data-name=text]").fill("Read")
    button.locator("[data-name=href]").fill("https://helionne.example/news")
    button.locator("[data-move=up]").click()
    page.frame_locator("iframe").get_by_text("Read").wait_for()
    page.locator('[name="width"][value="phone"]').check(force=True)
    visitor.shot("newsletter-editor")
    barriers = visitor.barriers()
    page.click("[data-default]")
    page.wait_for_url(re.compile(r"/templates/\d+$"))

    news = Template.objects.get()
    assert [block["kind"] for block in news.layout] == ["heading", "text", "button", "footer"]
    assert "Read</a>" in news.html
    assert barriers == []
    visitor.forgive(SEALED)
