"""The look in a real browser: sign-in, Today, the profile and the style guide; both themes, both languages, a phone."""

from __future__ import annotations

import re

import pytest

from relance.team import policy
from relance.team.models import User
from relance.team.workspace import organisation

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.web.urls"),
    pytest.mark.shows("ADM-02"),
]
PASSWORD = "un-mot-de-passe-long"


@pytest.fixture
def camille(transactional_db):
    organisation()
    role = policy.ensure_roles()["administrator"]
    return User.objects.create_user("camille@helionne.example", PASSWORD, name="Camille Aubry", role=role)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en-GB", "fr"])
def test_signing_in_leads_to_today(visit, camille, theme, language):
    camille.language = language[:2]
    camille.save()
    visitor = visit(theme=theme, language=language)

    visitor.go("/")
    barriers = visitor.barriers()
    visitor.shot(f"sign-in-{theme}-{language}")
    visitor.sign_in_by_the_form("camille@helionne.example", PASSWORD)

    assert visitor.page.url.endswith("/")
    assert visitor.page.get_attribute("html", "lang") == language[:2]
    assert barriers + visitor.barriers() == []
    visitor.shot(f"today-{theme}-{language}")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_component_passes_the_rules_in_both_themes(visit, camille, theme):
    visitor = visit(theme=theme)
    visitor.sign_in("camille@helionne.example", PASSWORD)

    visitor.go("/styleguide")

    assert visitor.barriers() == []


def test_no_page_is_wider_than_a_phone(visit, camille):
    visitor = visit(width=390, height=844)
    visitor.sign_in("camille@helionne.example", PASSWORD)

    widths = {}
    for path in ("/", "/profile", "/styleguide", "/accounts/2fa/", "/accounts/password/change/"):
        visitor.go(path)
        widths[path] = visitor.overflow()

    assert widths == dict.fromkeys(widths, 0)


def test_the_palette_opens_by_key_and_leads_away(visit, camille):
    visitor = visit()
    visitor.sign_in("camille@helionne.example", PASSWORD)

    visitor.page.keyboard.press("Control+k")
    visitor.page.keyboard.type("prof")
    barriers = visitor.barriers()
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/profile")

    assert barriers == []


def test_a_dialog_gives_the_focus_back(visit, camille):
    visitor = visit()
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/styleguide")
    opener = visitor.page.locator("[data-dialog-open=sg-dialog]")

    opener.click()
    inside = visitor.page.evaluate("document.querySelector('#sg-dialog').contains(document.activeElement)")
    visitor.page.keyboard.press("Escape")

    assert inside
    assert opener.evaluate("element => element === document.activeElement")


def test_shift_extends_a_selection_and_the_bar_offers_all_results(visit, camille):
    visitor = visit()
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/styleguide")
    boxes = visitor.page.locator("tbody input[name=ids]")

    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    ticked = boxes.evaluate_all("boxes => boxes.filter(box => box.checked).length")
    visitor.page.locator("[data-select-everything]").click()

    assert ticked == 3
    assert visitor.page.locator("[data-selected]").inner_text() == "312"
    assert visitor.page.locator("[data-all]").input_value() == "1"


def test_single_letters_sleep_while_typing_and_wake_outside(visit, camille):
    visitor = visit()
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/profile")

    visitor.page.locator("#id_signature").press("?")
    asleep = visitor.page.locator("#keys").is_visible()
    visitor.page.locator("h1").click()
    visitor.page.keyboard.press("?")

    assert not asleep
    assert visitor.page.locator("#keys").is_visible()


def test_the_theme_of_the_profile_wins_over_the_system(visit, camille):
    visitor = visit(theme="light")
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/profile")

    visitor.page.locator("label", has_text="Dark").click()
    visitor.page.locator("[data-default]").click()
    visitor.page.wait_for_load_state()

    assert visitor.page.get_attribute("html", "data-theme") == "dark"
    assert visitor.page.locator("[data-toast]").inner_text().startswith("Profile saved.")


@pytest.mark.shows("ENG-03")
def test_news_enter_an_open_page_without_reloading_and_what_is_typed_stays(visit, camille, settings):
    visitor = visit()
    settings.LIVE, settings.RELANCE_EDGE_URL = True, visitor.address
    asked = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.page.route(
        "**/live?ticket=*",
        lambda route: route.fulfill(
            content_type="text/event-stream", body='retry: 60000\ndata: {"topics": ["today"]}\n\n'
        ),
    )

    with visitor.page.expect_response("**/today/news"):
        visitor.sign_in("camille@helionne.example", PASSWORD)

    assert sum("/live?ticket=" in url for url in asked) == 1
    assert visitor.page.locator("#today").count() == 1


def test_a_lost_connection_is_said_in_the_page(visit, camille, settings):
    visitor = visit()
    settings.LIVE, settings.RELANCE_EDGE_URL = True, visitor.address
    visitor.page.clock.install()
    visitor.page.route("**/live?ticket=*", lambda route: route.abort())
    with visitor.page.expect_event("requestfailed", lambda request: "/live?ticket=" in request.url):
        visitor.sign_in("camille@helionne.example", PASSWORD)

    visitor.page.clock.run_for(12_000)

    assert visitor.page.locator("[data-lost] .banner").is_visible()
    visitor.forgive("net::ERR_FAILED")


def test_what_is_being_read_does_not_move(visit, camille, settings):
    visitor = visit(height=240)
    settings.LIVE, settings.RELANCE_EDGE_URL = True, visitor.address
    streams = []
    visitor.page.route("**/live?ticket=*", lambda route: streams.append(route))
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.page.evaluate("document.querySelector('#main').scrollTo(0, 400)")
    streams[0].fulfill(content_type="text/event-stream", body='retry: 60000\ndata: {"topics": ["today"]}\n\n')

    chip = visitor.page.locator("[data-fresh] button")
    chip.wait_for()
    before = visitor.page.evaluate("document.querySelector('#main').scrollTop")
    with visitor.page.expect_response("**/today/news"):
        chip.click()

    assert before > 80
    assert visitor.page.evaluate("document.querySelector('#main').scrollTop") == 0


def test_letters_walk_through_a_list(visit, camille):
    visitor = visit()
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/styleguide")
    visitor.page.locator("#a10").click()
    focused = "document.activeElement.closest('tr')?.querySelector('input').value ?? ''"

    visitor.page.evaluate("document.querySelector('tbody a').focus()")
    visitor.page.keyboard.press("j")
    second = visitor.page.evaluate(focused)
    visitor.page.keyboard.press("x")
    visitor.page.keyboard.press("k")

    assert (second, visitor.page.evaluate(focused)) == ("2", "1")
    assert visitor.page.locator("tbody tr[aria-selected]").count() == 1


def test_a_menu_is_walked_by_arrows_and_closed_by_escape(visit, camille):
    visitor = visit()
    visitor.sign_in("camille@helionne.example", PASSWORD)
    summary = visitor.page.locator(".account > summary")

    summary.focus()
    visitor.page.keyboard.press("ArrowDown")
    first = visitor.page.evaluate("document.activeElement.getAttribute('role')")
    barriers = visitor.barriers()
    visitor.page.keyboard.press("Escape")

    assert first == "menuitem"
    assert barriers == []
    assert summary.evaluate("element => element === document.activeElement && !element.parentElement.open")


COLOURS = "element => [getComputedStyle(element).color, getComputedStyle(element).backgroundColor]"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chosen_icon_of_a_module_is_seen(visit, camille, theme):
    visitor = visit(theme=theme)
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/settings/modules/new")

    drawn, ground = visitor.page.locator(".icon-choice label:has(:checked)").evaluate(COLOURS)
    light = [float(re.search(r"oklch\(([\d.]+)", colour)[1]) for colour in (drawn, ground)]

    assert abs(light[0] - light[1]) > 0.4
