"""The page that describes the API: complete, readable without a token, at home under the strict policy."""

import re

import pytest

from tests.web.browser import browser, visit  # noqa: F401  fixtures

pytestmark = [pytest.mark.django_db, pytest.mark.shows("API-01")]


def pages(client):
    """The overview, and the page of each resource."""
    overview = client.get("/api/v1/docs").content.decode()
    return overview, [
        client.get(f"/api/v1/docs?of={slug}").content.decode() for slug in set(re.findall(r'"\?of=([\w-]+)"', overview))
    ]


@pytest.mark.slow
def test_every_operation_is_described_without_a_token(client):
    description = client.get("/api/v1/openapi.json").json()

    overview, others = pages(client)

    ids = {operation["operationId"] for path in description["paths"].values() for operation in path.values()}
    assert set(re.findall(r'href="\?of=[\w-]+#(\w+)"', overview)) == ids
    assert set(re.findall(r'<details[^>]* id="(\w+)"', "".join(others))) == ids


@pytest.mark.slow
def test_the_pages_need_no_inline_script_or_style(client):
    overview, others = pages(client)

    told = "".join([overview, *others])
    assert "Add a person" in told
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]+src=)", told)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize(("theme", "width", "language"), [("light", 1280, "en-GB"), ("dark", 390, "fr-FR")])
def test_the_page_reads_well_in_a_browser(visit, administrator, theme, width, language):  # noqa: F811
    visitor = visit(theme=theme, width=width, language=language)

    visitor.go("/api/v1/docs")
    visitor.shot(f"api-overview-{theme}")
    first = visitor.barriers()
    visitor.page.click("nav >> text=Templates")
    visitor.page.click("summary:has-text('Write a template')")

    visitor.shot(f"api-{theme}-{width}")
    assert visitor.page.locator("details[open] code", has_text="subject").first.is_visible()
    assert first + visitor.barriers() == []
    assert visitor.overflow() <= 0
