"""Writing a mail, in a real browser beside real processes: what is typed outlives every breakdown."""

from __future__ import annotations

import os
import re
import signal
from contextlib import suppress
from datetime import datetime, timedelta
from email import message_from_bytes
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from relance.ops.postgres import _postmaster
from tests.journeys.test_first_story import Office
from tests.mail.inbound.dovecot import dovecot
from tests.mail.inbound.mails import mail as raw_mail
from tests.mail.outbound.relays import postfix
from tests.ops.running import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.browser]
BROKEN = (
    "Failed to load resource",
    "status of 50",
    "500 http",
    "503 http",
    "/mails/",
)  # what the browser and the visitor say of a breakdown
KEPT = re.compile("draft kept at")
PIXEL = re.compile(r'http[^"]+/o/[^"]+\.gif')
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0"


class Desk(Office):
    """What the API tells beside the browser."""

    def draft(self, number):
        """A mail being written; nothing while the server is away."""
        with suppress(OSError):
            return self.call("GET", f"/drafts/{number}")
        return {}

    def now(self):
        """By the clock of the workspace."""
        return datetime.fromisoformat(self.call("GET", "/clock")["now"])

    def local(self, at):
        """A moment as the fields of a form take it."""
        zone = ZoneInfo(self.call("GET", "/me")["time_zone"])
        return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture
def office(demo):
    return Desk(demo)


@pytest.mark.shows("ENG-01", "D365-15", "X5")
def test_what_is_typed_outlives_a_restart_of_the_database_a_dropped_net_and_a_closed_tab(demo, visit, office):
    visitor = visit()
    visitor.sign_in("demo@helionne.example", "relance-demo")
    page, context = visitor.page, visitor.page.context

    def kept(words):
        wait_until(lambda: words in str(office.draft(number)), lambda: f"never kept: {words}")

    # The database restarts while somebody types
    visitor.go("/mails/new")
    page.fill("#id_to", "ann@journey.example")
    page.fill("#id_subject", "Words")
    page.locator(".rich").click()
    page.keyboard.type("One. ")
    expect(page.locator("[data-kept]")).to_have_text(KEPT)
    number = int(page.url.rpartition("/")[2])
    os.kill(_postmaster(demo.home), signal.SIGINT)
    page.keyboard.type("Two. ", delay=150)
    kept("Two.")

    # The net drops, and comes back
    context.set_offline(True)
    page.keyboard.type("Three. ")
    expect(page.locator("[data-kept]")).to_have_text("kept in this browser")
    expect(page.locator("[data-note]")).to_contain_text("reach it by themselves as soon as it does: go on writing")
    visitor.shot("composer-offline")
    context.set_offline(False)
    kept("Three.")
    expect(page.locator("[data-note]")).to_have_text("")

    # The tab is closed before the net is back
    context.set_offline(True)
    page.keyboard.type("Four.")
    page.wait_for_timeout(50)
    page.close()
    context.set_offline(False)
    visitor.page = page = context.new_page()
    visitor.go(f"/mails/drafts/{number}")
    expect(page.locator(".rich")).to_contain_text("One. Two. Three. Four.")
    kept("Four.")

    # A mail that the server has never seen
    visitor.go("/mails/new")
    context.set_offline(True)
    page.fill("#id_subject", "Never kept")
    page.close()
    context.set_offline(False)
    visitor.page = page = context.new_page()
    visitor.go("/mails/new")
    expect(page.locator("#id_subject")).to_have_value("Never kept")
    page.wait_for_url(re.compile(r"/mails/drafts/\d+$"))

    # Another window has written meanwhile: both are there, and the author decides
    visitor.go(f"/mails/drafts/{number}")
    context.set_offline(True)
    page.fill("#id_subject", "Mine")
    page.close()
    context.set_offline(False)
    office.call("PATCH", f"/drafts/{number}", {"subject": "Elsewhere"})
    visitor.page = page = context.new_page()
    visitor.go(f"/mails/drafts/{number}")
    expect(page.locator("#id_subject")).to_have_value("Elsewhere")
    page.locator("[data-put-back]").click()
    expect(page.locator("#id_subject")).to_have_value("Mine")
    kept("Mine")

    for words in BROKEN:
        visitor.forgive(words)


@pytest.mark.shows("ENG-02", "ENG-03", "D365-02", "D365-03")
@pytest.mark.shows("ENG-05", "ENG-06", "ENG-01", "D365-09", "D365-10", "D365-12", "D365-13", "SELL-11")
def test_the_contract_stays_unopened_until_the_eve_of_the_signature_and_an_answer_settles_it(demo, visit, office):
    visitor = visit()
    visitor.sign_in("demo@helionne.example", "relance-demo")
    page = visitor.page
    eve = office.call("POST", "/leads", {"first_name": "Ève", "emails": ["eve@story.example"], "phone": "+33123456789"})
    remind_at = office.now() + timedelta(days=1)
    signature = {"subject": "Signature", "person": eve["id"], "due_at": (remind_at + timedelta(hours=20)).isoformat()}
    office.call("POST", "/tasks", signature)

    with postfix() as relay, dovecot() as server:
        server.user = "claire"
        box = {
            "name": "Story", "address": "story@helionne.example", "host": "127.0.0.1",
            "port": relay.port, "security": "none", "imap_host": "127.0.0.1", "imap_port": server.port,
            "imap_security": "none", "imap_username": "claire", "imap_password": "geheim",
        }  # fmt: skip
        box_id = office.call("POST", "/mailboxes", box)["id"]
        plan = {"to": "eve@story.example", "subject": "The plan", "html": "<p>Here</p>", "mailbox_id": box_id}
        office.call("POST", f"/drafts/{office.call('POST', '/drafts', plan)['id']}/send")

        # The link of the contract is mailed, with a reminder if it is not opened
        visitor.go(f"/mails/new?person={eve['id']}")
        page.on("dialog", lambda asked: asked.accept("https://www.helionne.example/contrat"))
        page.select_option("#id_mailbox", label="Story")
        page.fill("#id_subject", "The contract")
        page.locator(".rich").click()
        page.keyboard.press("Control+Home")
        page.keyboard.type("Sign here")
        page.keyboard.press("Shift+Home")
        page.click("[data-command=createLink]")
        page.locator("label", has_text="Not opened").click()
        page.fill("#id_remind_at", office.local(remind_at))
        expect(page.locator("[data-kept]")).to_have_text(KEPT)
        expect(page.locator("#mail-tracking")).to_contain_text("1 of 1 followed")
        barriers = visitor.barriers()
        page.locator("[data-send]").click()
        page.wait_for_url(re.compile(r"/mails/\d+$"))
        number = int(page.url.rpartition("/")[2])
        wait_until(lambda: relay.delivered() == 2, lambda: "the contract never left")
        mails = [message_from_bytes(file.read_bytes()) for file in (relay.home / "mail/all/new").iterdir()]
        plan, sent = sorted(mails, key=lambda mail: "contract" in mail["Subject"])

        # Nothing is asked on the day before; on its eve the Assistant says to call
        visitor.go("/")
        expect(page.locator(".urgent", has_text="The contract")).to_have_count(0)
        assert demo.command("clock", "advance", "1d").returncode == 0
        asked = page.locator(".urgent", has_text="Ève has not opened “The contract”")
        expect(asked).to_be_visible(timeout=60_000)
        expect(asked).to_contain_text("Signature is due")
        expect(asked.get_by_role("link", name="Call +33123456789")).to_be_visible()
        visitor.shot("contract")
        barriers += visitor.barriers()

        # The answer arrives in the real mailbox, and settles it in the open page
        server.fill([raw_mail(
            "Re: The contract", "Signed.", sender="Ève <eve@story.example>", In_Reply_To=sent["Message-ID"],
            Message_ID="<signed@story.example>",
        )])  # fmt: skip
        assert demo.command("clock", "advance", "1h").returncode == 0
        expect(asked).to_have_count(0, timeout=90_000)

    # The other mail is opened, by a machine and then by a person, twice: one alert in the open page, and its card
    (pixel,) = PIXEL.findall(b"".join(part.get_payload(decode=True) or b"" for part in plan.walk()).decode())
    for agent in ("curl/8.9.1", THUNDERBIRD, THUNDERBIRD):
        urlopen(Request(pixel, headers={"User-Agent": agent}), timeout=20).close()
    alert = page.locator("[data-alert]", has_text=re.compile("(Ève|eve@story.example) has opened your mail"))
    expect(alert).to_have_count(1, timeout=60_000)
    visitor.go("/")
    card = page.locator("li.item[id^=card-]", has_text="Ève").filter(has_text="The plan")
    expect(card).to_have_count(1)
    expect(alert).to_have_count(0)
    _choose(card, "Tomorrow morning")
    expect(card).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(card).to_have_count(1)
    _choose(card, "It is settled")
    expect(card).to_have_count(0)

    settled = [each for each in office.call("GET", "/reminders?state=settled")["items"] if each["message_id"] == number]
    assert [each["settled_by"] for each in settled] == ["replied"]
    assert "/c/" in str(sent.get_payload(0).get_payload(decode=True))
    assert barriers == []


def _choose(card, words):
    card.locator("summary").click()
    card.get_by_role("menuitem", name=words).click()
