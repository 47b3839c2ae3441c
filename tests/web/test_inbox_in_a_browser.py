"""The inbox in a real browser: hostile mail opens nothing and calls nobody; the look in both themes and on a phone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from relance.mail.inbound import packing, receive
from relance.mail.models import Mailbox, Received, SavedDraft
from relance.team import policy
from relance.team.models import User
from relance.team.workspace import organisation
from tests.mail.inbound.hostile import PAYLOADS
from tests.mail.inbound.mails import mail
from tests.mail.returns import person

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.web.urls"),
]
PASSWORD = "un-mot-de-passe-long"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
THREADS = 8
NAME = "<img src=x onerror=alert(2)>"


@pytest.fixture
def camille(transactional_db):
    organisation()
    role = policy.ensure_roles()["administrator"]
    return User.objects.create_user("camille@helionne.example", PASSWORD, name="Camille Aubry", role=role)


@pytest.fixture
def box(camille):
    return Mailbox.objects.create(name="us", address="us@helionne.example", host="x", sharing="everyone")


@pytest.mark.shows("X1", "X2", "X3", "X4")
def test_three_hundred_hostile_mails_open_no_dialog_and_call_nobody(visit, camille, box):
    raws = []
    for number, payload in enumerate(PAYLOADS):
        part = f'--x\nContent-Type: text/html\n\n{payload}\n--x\nContent-Type: text/html; name="{NAME}.html"\n'
        raws.append(
            mail(
                f"{NAME} {number}", f"{part}Content-Disposition: attachment\n\n{payload}\n--x--\n",
                sender=f'"{NAME}" <m{number}@evil.example>', Message_ID=f"<{number}@evil.example>",
                References=f"<root{number % THREADS}@evil.example>", Content_Type="multipart/mixed; boundary=x",
            )
        )  # fmt: skip
    receive.store_many(box, [(packing.pack(raw), NOW + timedelta(seconds=at)) for at, raw in enumerate(raws)])
    receive.interpret_waiting()
    threads = sorted(set(type(box).objects.get(pk=box.pk).received.values_list("thread", flat=True)))
    visitor = visit()
    dialogs, asked = [], []
    visitor.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    visitor.page.context.on("request", lambda request: asked.append(request.url))
    visitor.sign_in("camille@helionne.example", PASSWORD)

    frames = 0
    for thread in threads:
        visitor.go(f"/inbox?folder=all&thread={thread}")
        visitor.page.evaluate("document.querySelectorAll('iframe').forEach(one => { one.loading = 'eager'; })")
        visitor.page.wait_for_load_state("networkidle")
        frames += _loaded(visitor.page)

    here = urlsplit(visitor.address).netloc
    assert len(threads) == THREADS
    assert frames == len(PAYLOADS)
    assert dialogs == []
    assert [url for url in asked if urlsplit(url).scheme in ("http", "https") and urlsplit(url).netloc != here] == []
    assert {urlsplit(url).scheme for url in asked} <= {"http", "data"}
    visitor.complaints.clear()  # the browser tells what the rules have kept out


def _loaded(page) -> int:
    """How many frames have their document, once all of them have, or half a minute is over."""
    wanted = page.locator("iframe.mailframe").count()
    for _turn in range(150):
        there = sum("/frame" in frame.url for frame in page.frames)
        if there == wanted:
            break
        page.wait_for_timeout(200)
    page.wait_for_timeout(300)
    return there


@pytest.mark.shows("INBOX-03", "DESIGN")
@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 1440), ("light", 390)])
def test_the_inbox_passes_the_rules_of_access_and_fits(visit, camille, box, theme, width):
    person(1)
    letters = [
        mail("Solardach Halle 2", "Guten Tag,\n\nKann das Dach 11 kg/m² tragen?", sender="Ève <eve1@rouviere.example>",
             Message_ID="<1@x>", To="us@helionne.example", Cc="Jana <jana@kessler.example>"),
        mail("Re: Solardach Halle 2", "<p>Vielen <b>Dank</b>.</p><img src='http://x.example/a.png'>",
             Message_ID="<2@x>", References="<1@x>", Content_Type="text/html"),
        mail("Demande de devis", "Bonjour", sender="contact@cidrerie-lenoir.example", Message_ID="<3@x>"),
    ]  # fmt: skip
    receive.store_many(box, [(packing.pack(raw), NOW + timedelta(hours=at)) for at, raw in enumerate(letters)])
    receive.interpret_waiting()
    visitor = visit(theme=theme, width=width)
    visitor.sign_in("camille@helionne.example", PASSWORD)

    visitor.go("/inbox")
    visitor.shot(f"inbox-{theme}-{width}")
    barriers, over = visitor.barriers(), visitor.overflow()
    if width > 400:
        visitor.page.keyboard.press("j")
        visitor.page.keyboard.press("j")
        second = visitor.page.evaluate("document.activeElement.textContent")
        visitor.page.keyboard.press("k")
        first = visitor.page.evaluate("document.activeElement.textContent")
        assert ("Demande de devis" in first, "Solardach" in second) == (True, True)
        visitor.page.keyboard.press("j")
        visitor.page.keyboard.press("Enter")
    else:
        visitor.page.locator(".mailrow", has_text="Solardach").first.click()
    visitor.page.wait_for_url("**thread=**")
    visitor.page.wait_for_load_state("networkidle")
    visitor.shot(f"inbox-open-{theme}-{width}")

    assert barriers + visitor.barriers() == []
    assert (over, visitor.overflow()) == (0, 0)
    assert visitor.page.locator(".mailframe").count() >= 1
    if width > 400:
        visitor.page.keyboard.press("e")
        visitor.page.wait_for_url(lambda url: "thread" not in url)
        assert visitor.page.locator(".mailrow", has_text="Solardach").count() == 0
    visitor.forgive("Failed to execute 'postMessage'")


@pytest.mark.shows("INBOX-03", "ENG-01")
def test_an_answer_is_written_below_the_mail_kept_and_sent_without_leaving_it(visit, camille, box):
    people = {"To": "us@helionne.example", "Cc": "Jana <jana@kessler.example>"}
    raw = mail("Votre étude", "Kann das Dach mehr tragen?", sender="Eve <eve@rouviere.example>", **people)
    receive.store_many(box, [(packing.pack(raw), NOW)])
    receive.interpret_waiting()
    visitor = visit()
    visitor.sign_in("camille@helionne.example", PASSWORD)
    page = visitor.page
    visitor.go("/inbox")
    page.locator(".mailrow").click()
    page.wait_for_url("**thread=**")

    page.keyboard.press("a")
    page.keyboard.type("Ja, 11 kg gehen.")
    page.locator("[data-answer][data-kept]:not([data-kept=''])").wait_for()
    draft = SavedDraft.objects.get()
    page.reload()
    again = page.locator(".answer .typing").inner_text()
    lines = page.locator("[data-said]").bounding_box()["height"]
    page.locator(".answer .typing").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Gruß")
    barriers = visitor.barriers()
    page.keyboard.press("Control+Enter")
    page.locator(".answer .typing.bare").wait_for()

    sent = SavedDraft.objects.get()
    assert (draft.html, draft.cc) == ("<p>Ja, 11 kg gehen.</p>", "Jana <jana@kessler.example>")
    assert again.strip() == "Ja, 11 kg gehen."
    assert lines < 24
    assert (sent.html, sent.message is not None) == ("<p>Ja, 11 kg gehen. Gruß</p>", True)
    assert "thread=" in page.url
    assert barriers == []
    visitor.forgive("Failed to execute 'postMessage'")


@pytest.mark.shows("INBOX-03")
def test_a_first_click_into_an_empty_answer_begins_above_the_signature_a_second_may_change_it(visit, camille, box):
    camille.signature = "Camille Aubry\nHélionne"
    camille.save()
    receive.store_many(box, [(packing.pack(mail("Votre étude", "Bonjour", sender="Eve <eve@rouviere.example>")), NOW)])
    receive.interpret_waiting()
    visitor = visit()
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go(f"/inbox?thread={Received.objects.get().thread_id}")
    signature = visitor.page.locator(".answer .typing > p").last

    signature.click()
    visitor.page.keyboard.type("Oui.")
    signature.click()
    visitor.page.keyboard.press("End")
    visitor.page.keyboard.type(" SARL")

    lines = visitor.page.locator(".answer .typing").inner_text().split("\n")
    assert [line for line in lines if line] in (
        ["Oui.", "Camille Aubry SARL", "Hélionne"],
        ["Oui.", "Camille Aubry", "Hélionne SARL"],
    )
    visitor.forgive("Failed to execute 'postMessage'")


@pytest.mark.shows("DEAL-03", "INBOX-05")
def test_the_menus_of_a_mail_stay_inside_a_phone(visit, camille, box):
    Mailbox.objects.update(kind="shared", imap_host="imap.example")
    received = receive.interpret(receive.store(box, mail("Roof", "Hello", From="eve@client.example"), now=NOW).pk)
    visitor = visit(width=390)
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go(f"/inbox?thread={received.thread_id}")

    for name in ("Link to a record", "No deal"):
        visitor.page.get_by_text(name, exact=True).click()
        box = visitor.page.locator(".belongs > .anchor[open] > .menu").bounding_box()
        assert 0 <= box["x"] < box["x"] + box["width"] <= 390
        visitor.page.keyboard.press("Escape")
        assert "thread=" in visitor.page.url
