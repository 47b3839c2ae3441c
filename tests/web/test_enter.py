"""Enter in a text field presses the main button of its form: a browser takes the first one that stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from relance.records import custom
from relance.team.actions import add_user
from relance.team.workspace import organisation

pytestmark = pytest.mark.shows("QUAL-02")
TEMPLATES = Path(__file__).resolve().parents[2] / "relance/web/templates"
FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
BUTTON = re.compile(
    r"<button(?:\{%.*?%\}|\{\{.*?\}\}|[^>{])*>|\{% include \"components/enter\.html\"[^%]*%\}", re.DOTALL
)
ELSEWHERE = ('type="button"', "disabled", " form=")
TYPED = re.compile(r'<input class="input|\{% field ')
PASSWORD = "a-long-enough-word"


def taken_by_another(form: str) -> str:
    """The first button of a form, if Enter would press it although another one is the main one."""
    buttons = [one for one in BUTTON.findall(form) if not any(word in one for word in ELSEWHERE)]
    main = [one for one in buttons if "data-default" in one or "primary" in one]
    first = buttons[0] if main else ""
    return "" if not main or first in main or 'aria-hidden="true"' in first or "enter.html" in first else first


def told(template: Path) -> list[str]:
    forms = FORM.findall(template.read_text())
    return [first for form in forms if TYPED.search(form) and (first := taken_by_another(form))]


def test_in_every_form_with_a_text_field_the_first_button_is_the_main_one():
    found = {path.relative_to(TEMPLATES).as_posix(): said for path in TEMPLATES.rglob("*.html") if (said := told(path))}

    assert found == {}


@pytest.mark.parametrize(
    ("buttons", "first"),
    [
        (
            '<button class="btn" name="b">B</button><button class="btn primary">A</button>',
            '<button class="btn" name="b">',
        ),
        ('<button class="btn primary">A</button><button class="btn">B</button>', ""),
        ('<button type="button">B</button><button class="btn" form="x">C</button><button data-default>A</button>', ""),
        ('{% include "components/enter.html" %}<button name="b">B</button><button data-default>A</button>', ""),
        ("<button>B</button><button>A</button>", ""),
    ],
)
def test_the_rule_knows_the_main_button(buttons, first):
    assert taken_by_another(f"<form>{buttons}</form>") == first


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_enter_in_a_new_field_makes_it_and_leads_back_to_the_module(visit, transactional_db):
    organisation()
    add_user(email="camille@helionne.example", name="Camille Aubry", role="administrator", password=PASSWORD)
    site = visit()
    site.sign_in("camille@helionne.example", PASSWORD)
    site.go("/settings/modules/lead/fields/new")

    site.page.get_by_label("Label").fill("Roof")
    site.page.keyboard.press("Enter")

    expect(site.page).to_have_url(re.compile(r"/settings/modules/lead$"))
    assert [str(field.label) for field in custom.fields_of("lead")][:1] == ["Roof"]
