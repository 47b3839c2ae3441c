"""The pages of webhooks in a real browser: both themes, French, a phone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.web.browser import browser as browser
from tests.web.browser import visit as visit
from tests.web.test_look_in_a_browser import PASSWORD
from tests.web.test_look_in_a_browser import camille as administrator  # noqa: F401  a fixture

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.web.urls"),
    pytest.mark.shows("API-02"),
]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("theme", "language", "width"), [("light", "en-GB", 1280), ("dark", "fr", 1280), ("light", "fr", 390)]
)
def test_a_webhook_is_made_and_looked_at(visit, administrator, receiver, theme, language, width):  # noqa: F811
    administrator.language = language[:2]
    administrator.save()
    visitor = visit(theme=theme, language=language, width=width, height=844)
    visitor.sign_in("camille@helionne.example", PASSWORD)
    name = f"{theme}-{language}-{width}"

    visitor.go("/settings/webhooks")
    barriers, wide = visitor.barriers(), [visitor.overflow()]
    visitor.shot(f"webhooks-empty-{name}")
    visitor.go("/settings/webhooks/new")
    visitor.page.fill("input[name=name]", "Facturation")
    visitor.page.fill("input[name=url]", receiver.url)
    for kind in ("deal.won", "mail.replied"):
        visitor.page.check(f"input[value='{kind}']")
    barriers += visitor.barriers()
    wide.append(visitor.overflow())
    visitor.shot(f"webhooks-new-{name}")
    visitor.page.click("button[data-default]")
    visitor.page.wait_for_selector("code.token")
    barriers += visitor.barriers()
    wide.append(visitor.overflow())
    visitor.shot(f"webhooks-secret-{name}")
    visitor.page.click("form[action$='/test'] button")
    visitor.page.wait_for_selector("a[href*='/deliveries/']")
    barriers += visitor.barriers()
    wide.append(visitor.overflow())
    visitor.shot(f"webhooks-page-{name}")
    visitor.page.click("a[href*='/deliveries/']")
    visitor.page.wait_for_selector("pre")
    barriers += visitor.barriers()
    wide.append(visitor.overflow())
    visitor.shot(f"webhooks-delivery-{name}")
    visitor.go("/settings/webhooks")
    barriers += visitor.barriers()
    visitor.shot(f"webhooks-list-{name}")

    assert barriers == []
    assert wide == [0] * 5
    assert visitor.complaints == []
    assert receiver.requests[0].told["type"] == "webhook.test"
