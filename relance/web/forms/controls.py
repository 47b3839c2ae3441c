"""The control of a field by its type, what stands in it, and what somebody wrote into it; for forms of any module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from relance.records import links, values
from relance.records.fields import Field, Kind, Value, Values
from relance.records.values import BadValue, Habits
from relance.team.models import User
from relance.web.forms import meanwhile
from relance.web.record_cells import options_href

Choices = list[tuple[str, str | Promise]]
NOTHING: tuple[str, str | Promise] = ("", _("Not known"))
MOST_BOXES = 12
TYPES = {Kind.EMAIL: "email", Kind.PHONE: "tel", Kind.DATE: "date", Kind.MOMENT: "datetime-local"}
MODES = {Kind.NUMBER: "decimal", Kind.MONEY: "decimal", Kind.URL: "url"}


def habits() -> Habits:
    """How the reader of the page writes."""
    return Habits(zone=ZoneInfo(timezone.get_current_timezone_name()), language=(get_language() or "en")[:2])


def control(field: Field, value: Value) -> forms.Field:
    """What the field is filled in with. Everything is read as text: `told` says what it means."""
    made = _control(field, value)
    made.label, made.help_text = str(field.label), str(field.help)
    made.required = made.widget.is_required = field.required
    return made


def _control(field: Field, value: Value) -> forms.Field:
    match field.kind:
        case Kind.LONG_TEXT:
            return forms.CharField(widget=forms.Textarea(attrs={"rows": 4}))
        case Kind.YES_NO:
            return forms.ChoiceField(choices=[NOTHING, ("yes", _("Yes")), ("no", _("No"))])
        case Kind.CHOICE:
            return forms.ChoiceField(choices=_choices(field, value))
        case Kind.CHOICES if has_boxes(field):
            return forms.MultipleChoiceField(choices=_choices(field, value)[1:], widget=forms.CheckboxSelectMultiple)
        case Kind.USER if not field.many:
            return forms.ChoiceField(choices=_colleagues(value))
        case _ if field.many or field.kind == Kind.CHOICES:
            return forms.CharField(widget=forms.Textarea(attrs={"rows": 2}))
        case _:
            return forms.CharField(widget=_line(field))


def has_boxes(field: Field) -> bool:
    """Whether several choices are ticked; many, or new words, are written one a line."""
    return not field.open and len(field.options()) <= MOST_BOXES


def _line(field: Field) -> forms.TextInput:
    attributes: dict[str, str] = {}
    if field.kind == Kind.LINK:
        attributes = {
            "list": f"{field.key}-names", "autocomplete": "off", "hx-trigger": "input changed delay:150ms",
            "hx-target": f"#{field.key}-names", "hx-get": options_href(field), "hx-vals": f'{{"for": "{field.key}"}}',
        }  # fmt: skip
    elif field.kind in MODES:
        attributes["inputmode"] = MODES[field.kind]
    widget = forms.TextInput(attrs=attributes)
    widget.input_type = TYPES.get(field.kind, "text")
    return widget


def _choices(field: Field, value: Value) -> Choices:
    """A choice that was taken back since is not lost by saving something else."""
    known: Choices = [(key, label) for key, label in field.options().items()]
    held = value if isinstance(value, tuple) else (str(value),) if value else ()
    return [NOTHING, *known, *((str(one), str(one)) for one in held if one not in field.options())]


def _colleagues(value: Value) -> Choices:
    active: Choices = [(str(user.pk), str(user)) for user in User.objects.filter(is_active=True)]
    gone = User.objects.filter(pk=str(value)).first() if value and str(value) not in dict(active) else None
    return [("", _("Nobody")), *active, *([(str(gone.pk), str(gone))] if gone else [])]


def initial(field: Field, value: Value, names: Mapping[str, Mapping[int, str]]) -> str | list[str]:
    """What stands in the control at first; a link by the name of its record."""
    if field.kind == Kind.LINK and isinstance(value, int):
        return names.get(field.key, {}).get(value, "")
    if field.kind == Kind.CHOICES and has_boxes(field):
        return list(value) if isinstance(value, tuple) else []
    return values.text(field, value, habits())


class FieldsForm(forms.Form):
    """Fields of any module. What was not touched is not read again, so that it cannot be refused or lost."""

    record: tuple[str, int] | None = None
    """The module and the id of a record that is there already."""

    def __init__(self, *args: object, fields: Sequence[Field], held: Values, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments
        self.declared, self.held, self.user = {field.key: field for field in fields}, held, user
        self.told: dict[str, Value] = {}
        names = {
            field.key: links.names(field, [value], by=user)
            for field in fields
            if field.kind == Kind.LINK and isinstance(value := held.get(field.key), int)
        }
        for field in fields:
            self.fields[field.key] = control(field, held.get(field.key))
            self.initial.setdefault(field.key, initial(field, held.get(field.key), names))

    def drawn(self) -> SafeString:
        """What the fields hold now, told by a hidden control of the form of a record that is there already."""
        return meanwhile.drawn(self)

    def full_clean(self) -> None:
        """What others changed while the form stood open stays; where both wrote, it is said."""
        clashes = meanwhile.settle(self, record=self.record, user=self.user) if self.is_bound else {}
        super().full_clean()
        for name, told in clashes.items():
            self.add_error(name, told)

    def clean(self) -> dict[str, object]:
        """Read what was touched, each by its type; a value that does not fit is said beside its field."""
        for key, field in self.declared.items():
            written = self.cleaned_data.get(key)
            if key not in self.cleaned_data or self._untouched(key, written):
                continue
            try:
                self.told[key] = self._read(field, written)
            except BadValue as bad:
                self.add_error(key, str(bad))
        return self.cleaned_data

    def _untouched(self, key: str, written: object) -> bool:
        """As a browser sends it back: line ends of its own, choices in any order."""
        before = self.initial.get(key) or ("" if isinstance(written, str) else [])
        if isinstance(written, str):
            return written.replace("\r\n", "\n").strip() == str(before).strip()
        return sorted(map(str, written or ())) == sorted(before)  # type: ignore[call-overload]

    def _read(self, field: Field, written: object) -> Value:
        if isinstance(written, list):
            return values.several(field, written, habits())
        text = str(written or "")
        if field.kind == Kind.LINK:
            return links.found(field, text, by=self.user)
        return values.read(field, text, habits())

    def bound(self) -> list[forms.BoundField]:
        """The controls in the order of the fields."""
        return [self[key] for key in self.declared]

    def refuse(self, bad: BadValue) -> None:
        """Say beside its field what the verb did not take."""
        self.add_error(bad.field if bad.field in self.fields else None, str(bad))
