"""`{% field form.name %}`: a form field with its label, its hint or its error, and what assistive technology needs.

Label above, hint below, and the error replaces the hint (DESIGN section 4). The drawing follows the widget: text and
choice fields, one check box, a switch, radio buttons as `segmented` or as `choice` cards, several check boxes.
"""

from __future__ import annotations

from dataclasses import dataclass

from django import forms, template
from django.forms.boundfield import BoundField

register = template.Library()


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, **options: object) -> dict[str, object]:
    """Options: `label`, `hint`, `bare` (no hint), `as` (segmented, choice, switch), `class`, `small`, `auto`,
    and what the input itself takes: `placeholder`, `autofocus`, `autocomplete`, `inputmode`, `rows`."""
    shape = str(options.get("as") or _shape(bound))
    described = _described(bound, options)
    return {
        "bound": bound,
        "shape": shape,
        "label": options.get("label") or bound.label,
        "hint": _hint(bound, options),
        "class": options.get("class", ""),
        "error_id": f"{bound.auto_id}_error",
        "hint_id": f"{bound.auto_id}_hint",
        "widget": bound.as_widget(attrs=_attributes(bound, shape, options, described)) if _whole(shape) else "",
        "choices": [] if _whole(shape) else _choices(bound, shape),
    }


@dataclass(frozen=True)
class Choice:
    """One radio button or check box of a field."""

    id: str
    value: str
    label: str
    hint: str
    checked: bool


def _choices(bound: BoundField, shape: str) -> list[Choice]:
    """The choices of a field, whatever its widget; an option's attribute `data_hint` explains it."""
    chosen = bound.value()
    several = (
        {str(value) for value in chosen} if shape == "checks" and isinstance(chosen, list | tuple) else {str(chosen)}
    )
    return [
        Choice(
            id=f"{bound.auto_id}_{number}",
            value=str(option.data["value"]),
            label=str(option.choice_label),
            hint=str(option.data["attrs"].get("data_hint", "")),
            checked=str(option.data["value"]) in several,
        )
        for number, option in enumerate(bound.subwidgets)
    ]


@register.filter
def wrong_fields(form: forms.BaseForm) -> list[BoundField]:
    """The fields to correct, in the order of the form."""
    return [bound for bound in form if bound.errors]


def _whole(shape: str) -> bool:
    return shape in ("line", "check", "switch")


def _shape(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return "checks"
    if isinstance(widget, forms.RadioSelect):
        return "choice"
    return "line"


def _hint(bound: BoundField, options: dict[str, object]) -> object:
    return "" if options.get("bare") else options.get("hint") or bound.help_text


def _described(bound: BoundField, options: dict[str, object]) -> str:
    if bound.errors:
        return f"{bound.auto_id}_error"
    return f"{bound.auto_id}_hint" if _hint(bound, options) else ""


def _attributes(bound: BoundField, shape: str, options: dict[str, object], described: str) -> dict[str, str | bool]:
    attributes: dict[str, str | bool] = {}
    if shape == "line":
        base = "select" if isinstance(bound.field.widget, forms.Select) else "input"
        extra = " ".join(name for name in ("small", "auto") if options.get(name))
        attributes["class"] = f"{base} {extra}".strip()
    if shape == "switch":
        attributes |= {"class": "switch", "role": "switch"}
    if described:
        attributes["aria-describedby"] = described
    if bound.errors:
        attributes["aria-invalid"] = "true"
    for name in ("placeholder", "autofocus", "autocomplete", "inputmode", "rows"):
        if value := options.get(name):
            attributes[name] = True if value is True else str(value)
    return attributes
