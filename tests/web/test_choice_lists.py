"""Lists of choices are drawn as Django draws them."""

from __future__ import annotations

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from relance.web.choice_lists import Renderer

PLAIN = [("", "---------"), ("a", "A & B"), ("<b>", "<i>"), (3, 1234.5), (True, _("Language"))]
GROUPS = [("", _("Language")), ("l'été", [("x", "X"), ("y", mark_safe("<b>Y</b>"))]), ("<g>", [("z", "Z")])]


class Odd(forms.Select):
    """With attributes of every kind on its choices."""

    def create_option(self, name, value, *rest, **more):
        option = super().create_option(name, value, *rest, **more)
        option["attrs"] |= {"disabled": not value, "data-hint": '"quoted"', "data-number": 7, "hidden": True}
        return option


class Own(forms.Select):
    """Whose choices have a template of their own."""

    option_template_name = "django/forms/widgets/input_option.html"


@pytest.mark.parametrize("value", ["a", "y", 3, None, "<b>", ["a", "x"]])
@pytest.mark.parametrize("choices", [PLAIN, GROUPS, []])
@pytest.mark.parametrize("widget", [forms.Select, Odd, Own, forms.SelectMultiple])
def test_lists_of_choices_are_drawn_as_django_draws_them(widget, choices, value):
    made = widget(attrs={"class": 'a"b', "required": True, "autofocus": False, "data-n": 1000}, choices=choices)

    assert made.render("na<me", value, {"id": "id_x"}, Renderer()) == made.render(
        "na<me", value, {"id": "id_x"}, DjangoTemplates()
    )


def test_the_pages_use_it():
    assert type(forms.Form().renderer) is Renderer
