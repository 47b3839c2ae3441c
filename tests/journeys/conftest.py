"""One whole demo for the journeys of a file: real processes, a real browser, mail over a real socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.ops.running import Running, relance
from tests.web.browser import Visitor, browser

__all__ = ["browser"]

SEALED = "Failed to execute 'postMessage'"  # axe speaks to every frame, and the frame of a mail answers nobody


@pytest.fixture(scope="module")
def demo() -> Iterator[Running]:
    """The demo as a newcomer starts it."""
    with relance("demo", LANGUAGE="en") as running:
        running.wait_until_ready()
        yield running


@pytest.fixture
def visit(browser: Browser, demo: Running) -> Iterator[Callable[..., Visitor]]:
    """`visit(theme="dark", width=390, language="fr")`; at the end its console must have stayed empty."""
    visitors: list[Visitor] = []

    def opened(*, theme: str = "light", width: int = 1440, language: str = "en") -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, locale=language, reduced_motion="reduce"
        )
        visitors.append(Visitor(page=context.new_page(), address=f"http://localhost:{demo.port}"))
        return visitors[-1]

    yield opened
    for visitor in visitors:
        visitor.forgive(SEALED)
        visitor.page.context.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []
