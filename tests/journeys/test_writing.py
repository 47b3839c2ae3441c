"""Writing a mail, in a real browser beside real processes: what is typed outlives every breakdown."""

from __future__ import annotations

import os
import re
import signal
from contextlib import suppress

import pytest
from playwright.sync_api import expect

from relance.ops.postgres import _postmaster
from tests.journeys.test_first_story import Office
from tests.ops.running import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.browser]
BROKEN = ("Failed to load resource", "status of 50", "/mails/")  # what the browser and the visitor say of a breakdown
KEPT = re.compile("draft kept at")


class Desk(Office):
    """What the API tells beside the browser."""

    def draft(self, number):
        """A mail being written; nothing while the server is away."""
        with suppress(OSError):
            return self.call("GET", f"/drafts/{number}")
        return {}


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
    expect(page.locator("[data-kept]")).to_contain_text("kept in this browser")
    context.set_offline(False)
    kept("Three.")

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
