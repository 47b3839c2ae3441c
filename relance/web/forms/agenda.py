"""The forms of tasks, calls, cases and notes, and of what is added in one line from the page of a record."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import ClassVar

from django import forms
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from relance.agenda import rules
from relance.agenda.links import LINKS, Linked, Named, link_of, named
from relance.agenda.models import Call, Case, Note, Priority, Task
from relance.lib import zones
from relance.records import held, registry, search
from relance.records.fields import Values
from relance.team.models import User
from relance.web.forms.controls import FieldsForm
from relance.web.forms.people import Choices, colleagues

CODE = re.compile(r"#([a-z][a-z0-9_]{0,19})-([0-9]{1,18})\s*$")
NOT_SAID: tuple[str, str | Promise] = ("", _("Not said"))


def coded(one: Named) -> str:
    """A record as the field `about` holds it: its name, and what tells it from others of this name."""
    return f"{one.name} #{one.module}-{one.id}"


class DayInput(forms.DateInput):
    """A day, as browsers ask for it."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class HourInput(forms.TimeInput):
    """An hour, as browsers ask for it."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class AgendaForm(FieldsForm):
    """What the four share: who is to do it, the record that it is about, and fields of one's own."""

    module: ClassVar[str]

    about = forms.CharField(
        label=_("About"),
        max_length=300,
        required=False,
        help_text=_("A person, an account, a deal or a case: type a name and choose it."),
        widget=forms.TextInput(
            attrs={
                "list": "about-names", "autocomplete": "off", "hx-trigger": "input changed delay:150ms",
                "hx-target": "#about-names",
            }
        ),
    )  # fmt: skip
    owner = forms.ChoiceField(label=_("Assigned to"), choices=colleagues)

    def __init__(
        self, *args: object, user: User, now: datetime, row: Task | Call | Case | Note | None = None, **kwargs: object
    ) -> None:
        own = [field for field in registry.fields(self.module) if field.custom and field.editable]
        super().__init__(*args, fields=own, held=held.of(row, own) if row else {}, user=user, **kwargs)
        self.record = (self.module, row.pk) if row else None
        self.now, self.row = now, row
        self.zone = zones.zone(user.time_zone)
        self.fields["about"].widget.attrs["hx-get"] = reverse("about-options")
        if row is not None:
            present: Choices = [("", _("Nobody"))] if row.owner is None else [(str(row.owner.pk), str(row.owner))]
            others: Choices = [choice for choice in colleagues() if choice[0] != present[0][0]]
            self.fields["owner"] = forms.ChoiceField(
                label=_("Assigned to"), choices=[*present, *others], required=row.owner is not None
            )

    def clean_about(self) -> Linked | None:
        """The record that was chosen, among those that one may see; a name that one alone bears will do."""
        text = self.cleaned_data["about"].strip()
        if not text:
            return None
        if code := CODE.search(text):
            link = link_of(code[1])
            record = LINKS[link](self.user).filter(pk=int(code[2])).first()
            if record is not None and (link != "record" or named(record).module == code[1]):
                return record
        else:
            found = [one for one in search.find(self.user, text, limit=3) if one.name == text and _linkable(one.module)]
            if len(found) == 1:
                return LINKS[link_of(found[0].module)](self.user).get(pk=found[0].id)
        raise forms.ValidationError(_("Choose a record of the list that opens while you type, or leave this empty."))

    def values(self) -> Values:
        """What was written, by the keys of the fields; a link that was not touched stays, another takes its place."""
        apart = ("about", "day", "hour", "owner", *self.declared)
        plain = {key: value for key, value in self.cleaned_data.items() if key not in apart}
        owner = self.cleaned_data["owner"]
        return {**plain, **self._links(), "owner": int(owner) if owner else None, **self.told}

    def _links(self) -> Values:
        chosen: Linked | None = self.cleaned_data["about"]
        if self.row is not None and self.initial.get("about") == self.data.get("about", "").strip():
            return {}
        links = [link for link in LINKS if self.row is None or hasattr(self.row, f"{link}_id")]
        link = link_of(named(chosen).module) if chosen is not None else ""
        return {one: chosen.pk if chosen is not None and one == link else None for one in links}


def _linkable(module: str) -> bool:
    return module not in ("task", "call", "note")


class TimedForm(AgendaForm):
    """What is due on a day, at an hour if it matters."""

    day = forms.DateField(label=_("Due"), required=False, widget=DayInput)
    hour = forms.TimeField(
        label=_("At"), required=False, widget=HourInput, help_text=_("Without an hour: by the end of the day.")
    )

    def due_at(self) -> datetime | None:
        """The moment, by the clock of whoever writes."""
        day, hour = self.cleaned_data["day"], self.cleaned_data["hour"]
        if day is None:
            return None
        return datetime.combine(day, hour, self.zone) if hour else rules.at_work(day, self.zone)

    def values(self) -> Values:
        """The same, with when."""
        return {**super().values(), "due_at": self.due_at()}


class TaskForm(TimedForm):
    """A task."""

    module = "task"

    subject = forms.CharField(label=_("What is to be done"), max_length=200)
    status = forms.ChoiceField(label=_("Status"), choices=Task.Status.choices, initial=Task.Status.TODO)
    priority = forms.ChoiceField(label=_("Priority"), choices=Priority.choices, initial=Priority.NORMAL)
    note = forms.CharField(label=_("Note"), widget=forms.Textarea, required=False)

    def clean(self) -> dict[str, object]:
        """An hour belongs to a day."""
        super().clean()
        if self.cleaned_data.get("hour") and not self.cleaned_data.get("day") and "day" not in self.errors:
            self.add_error("day", _("Say on which day as well."))
        return self.cleaned_data


class CallForm(TimedForm):
    """A call, planned or made."""

    module = "call"

    subject = forms.CharField(label=_("What it is about"), max_length=200)
    day = forms.DateField(label=_("Day"), widget=DayInput)
    hour = forms.TimeField(label=_("At"), widget=HourInput)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=0, max_value=1440, initial=15)
    direction = forms.ChoiceField(label=_("Direction"), choices=Call.Direction.choices)
    status = forms.ChoiceField(label=_("Status"), choices=Call.Status.choices)
    result = forms.ChoiceField(label=_("Result"), choices=[NOT_SAID, *Call.Result.choices], required=False)
    priority = forms.ChoiceField(label=_("Priority"), choices=Priority.choices, initial=Priority.NORMAL)
    note = forms.CharField(label=_("What was said"), widget=forms.Textarea, required=False)


class CaseForm(AgendaForm):
    """A case."""

    module = "case"

    subject = forms.CharField(label=_("Subject"), max_length=200)
    status = forms.ChoiceField(label=_("Status"), choices=Case.Status.choices)
    priority = forms.ChoiceField(label=_("Priority"), choices=Priority.choices, initial=Priority.NORMAL)
    description = forms.CharField(label=_("Description"), widget=forms.Textarea, required=False)


class NoteForm(AgendaForm):
    """A note."""

    module = "note"

    text = forms.CharField(label=_("Note"), widget=forms.Textarea)
    is_pinned = forms.BooleanField(label=_("Keep it on top of the record"), required=False)


Row = Task | Call | Case | Note
FORMS: dict[str, type[AgendaForm]] = {"task": TaskForm, "call": CallForm, "case": CaseForm, "note": NoteForm}


def initial_of(row: Row, *, user: User) -> dict[str, object]:
    """A row as its form shows it."""
    plain = (
        "subject",
        "status",
        "priority",
        "note",
        "minutes",
        "direction",
        "result",
        "description",
        "text",
        "is_pinned",
    )
    told: dict[str, object] = {name: getattr(row, name) for name in plain if hasattr(row, name)}
    due_at: datetime | None = getattr(row, "due_at", None)
    local = due_at.astimezone(zones.zone(user.time_zone)) if due_at else None
    when = {"day": local.date(), "hour": local.time()} if local else {}
    return {**told, **when, "owner": str(row.owner_id or "")}


def initial_of_new(module: str, *, user: User, now: datetime, about: Named | None, made: bool) -> dict[str, object]:
    """What an empty form proposes: oneself, the record from which one came, for a call the next quarter of an hour.

    `made`: a call that is being written down has begun a quarter of an hour ago.
    """
    told: dict[str, object] = {"owner": str(user.pk), "about": coded(about) if about else ""}
    if module != "call":
        return told
    start = (now - timedelta(minutes=15) if made else rules.soon(now)).astimezone(zones.zone(user.time_zone))
    status = Call.Status.DONE if made else Call.Status.TODO
    return {**told, "day": start.date(), "hour": start.time().replace(second=0, microsecond=0), "status": status}
