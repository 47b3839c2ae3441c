"""A visitor with a real browser: Chromium of the system, an empty console, and the accessibility rules of axe.

Import the fixtures in a conftest: `from tests.web.browser import browser, visit`. The live stream is off, since no
edge runs beside the test's server.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_core_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import APIResponse, Browser, ConsoleMessage, Page, Response, Route, expect, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 30_000  # ms that anything expected may take to come: a busy machine is no fault
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
AXE = Axe().axe_script
# As text: what Playwright would take apart and put together piece by piece costs more than the looking.
LOOK = "rules => axe.run(document, rules).then(found => JSON.stringify(found.violations))"
# Chromium's own advice, not a fault of a page.
ADVICE = ("[DOM] ",)


@dataclass
class Held:
    """Answers as the server gave them, kept from the page until they are let through, in any order."""

    page: Page
    answers: list[tuple[Route, APIResponse]] = field(default_factory=list)

    def take(self, route: Route) -> None:
        """Have the request answered, and keep the answer."""
        self.answers.append((route, route.fetch()))

    def wait(self, number: int) -> None:
        """Until so many are here; fails when patience is over."""
        for _ in range(PATIENCE // 20):
            if len(self.answers) >= number:
                return
            self.page.wait_for_timeout(20)
        raise AssertionError(f"{len(self.answers)} answers instead of {number}")

    def let_through(self, place: int) -> None:
        """Give one to the page, which has drawn what it makes of it when this returns."""
        route, answer = self.answers[place]
        with self.page.expect_event("requestfinished", lambda request: request == route.request):
            route.fulfill(response=answer)
        self.page.evaluate("new Promise(drawn => setTimeout(() => requestAnimationFrame(drawn), 50))")


@dataclass
class Visitor:
    """One person before one browser window."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    # Gives the key of a session to whoever need not come in by the form; None where there is only the form.
    door: Callable[[str], str] | None = None

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("response", self._look)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(ADVICE):
            self.complaints.append(f"console {message.type}: {message.text}")

    def _look(self, answer: Response) -> None:
        if answer.status >= 500:
            self.complaints.append(f"{answer.status} {answer.url}")

    def forgive(self, words: str) -> None:
        """Expect complaints that hold these words: the test has provoked them."""
        self.complaints = [complaint for complaint in self.complaints if words not in complaint]

    def hold(self, address: str) -> Held:
        """Keep the answers to requests whose address matches from the page."""
        held = Held(self.page)
        self.page.route(re.compile(address), held.take)
        return held

    def go(self, path: str) -> None:
        """Open a page of the product."""
        self.page.goto(self.address + path)

    def sign_in(self, email: str, password: str) -> None:
        """Be signed in, and before Today; by the form only where the test's database is not ours."""
        if self.door is None:
            self.sign_in_by_the_form(email, password)
            return
        name = settings.SESSION_COOKIE_NAME
        self.page.context.add_cookies([{"name": name, "value": self.door(email), "url": self.address}])
        self.go("/")

    def sign_in_by_the_form(self, email: str, password: str) -> None:
        """Sign in as people do."""
        self.go("/accounts/login/")
        self.page.fill("input[name=login]", email)
        self.page.fill("input[name=password]", password)
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url(lambda url: "/accounts/login" not in url)

    def barriers(self) -> list[str]:
        """What axe finds against WCAG 2 A and AA on the page as it stands."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        found = json.loads(self.page.evaluate(LOOK, RULES))
        return [
            f"{rule['id']} ({self.page.url}): {node['target']} {node.get('failureSummary', '')}"
            for rule in found
            for node in rule["nodes"]
        ]

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window; a page never scrolls sideways."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def shot(self, name: str) -> None:
        """Keep a picture for review, where `RELANCE_SHOTS` names a folder."""
        if folder := os.environ.get("RELANCE_SHOTS"):
            self.page.screenshot(path=Path(folder) / f"{name}.png")


Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a file."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    expect.set_options(timeout=PATIENCE)
    # Playwright keeps an event loop in this thread, where Django would refuse its own queries.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()


def session_of(email: str) -> str:
    """A session as the form begins one."""
    client = Client()
    client.force_login(get_user_model().objects.get(email=email), backend=settings.AUTHENTICATION_BACKENDS[0])
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


@pytest.fixture
def visit(browser, live_server, settings) -> Iterator[Visit]:
    """`visit(theme="dark", width=390, language="fr")` opens a window; at the end its console must have stayed empty."""
    settings.LIVE = False
    settings.ALLOWED_HOSTS = ["*"]
    visitors: list[Visitor] = []

    def opened(theme: str = "light", width: int = 1440, height: int = 900, language: str = "en-GB") -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            locale=language,
            reduced_motion="reduce",
        )
        visitors.append(Visitor(page=context.new_page(), address=live_server.url, door=session_of))
        return visitors[-1]

    yield opened
    for visitor in visitors:
        visitor.page.context.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []
