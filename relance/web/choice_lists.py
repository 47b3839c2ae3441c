"""Lists of choices, drawn as Django draws them but without a template for each: there are 400 time zones (L1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

Told = Mapping[str, Any]  # what a widget of Django tells its template

SELECT = "django/forms/widgets/select.html"
OPTION = "django/forms/widgets/select_option.html"


class Renderer(DjangoTemplates):
    """Django's own, save for lists of choices."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """The widget's HTML."""
        if template_name == SELECT and _is_plain(context["widget"]):
            return select(context["widget"])
        return str(super().render(template_name, context, request))


def select(widget: Told) -> SafeString:
    """The list as `select.html` writes it."""
    groups = "".join(_group(name, choices) for name, choices, _number in widget["optgroups"])
    name = conditional_escape(widget["name"])
    return mark_safe(f'<select name="{name}"{_attributes(widget["attrs"])}>{groups}\n</select>')


def _is_plain(widget: Told) -> bool:
    groups = (choices for _name, choices, _number in widget["optgroups"])
    return all(choice["template_name"] == OPTION for choices in groups for choice in choices)


def _group(name: str | None, choices: Iterable[Told]) -> str:
    options = "".join(map(_option, choices))
    return f'\n  <optgroup label="{conditional_escape(localize(name))}">{options}\n  </optgroup>' if name else options


def _option(choice: Told) -> str:
    value, label = conditional_escape(str(choice["value"])), conditional_escape(localize(choice["label"]))
    return f'\n  <option value="{value}"{_attributes(choice["attrs"])}>{label}</option>\n'


def _attributes(attributes: Told) -> str:
    told = ((name, value) for name, value in attributes.items() if value is not False)
    return "".join(
        f" {name}" if value is True else f' {name}="{conditional_escape(str(value))}"' for name, value in told
    )
