"""The form of a follow-up: who gets it, whom to leave out, the template, and when (ZMM-27)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from relance.campaigns.actions import FollowUpDraft
from relance.campaigns.models import MassMail
from relance.campaigns.sources import fields_module
from relance.mail.models import Template
from relance.records import views
from relance.records.selection import Kind, Selection, words
from relance.team.models import User
from relance.team.workspace import organisation
from relance.web.forms.agenda import DayInput, HourInput

KEPT = "kept"


class FollowUpForm(forms.Form):
    """A follow-up in the order of its dialogue."""

    who = forms.ChoiceField(label=_("Who gets it"), choices=MassMail.Follow.choices)
    leave_out = forms.ChoiceField(label=_("Leave out"), required=False)
    template = forms.ModelChoiceField(label=_("Template"), queryset=Template.objects.none(), required=False)
    when = forms.ChoiceField(label=_("When"), choices=[("days", _("Days after")), ("date", _("On a date"))])
    days = forms.IntegerField(label=_("Days"), required=False)
    day = forms.DateField(label=_("Day"), required=False, widget=DayInput())
    hour = forms.TimeField(label=_("Hour"), required=False, widget=HourInput())
    name = forms.CharField(label=_("Name"), required=False, max_length=160)

    def __init__(self, data: object, *, first: MassMail, follow_up: MassMail | None, user: User, now: datetime) -> None:
        self.zone, self.before, self.user, self.first = ZoneInfo(organisation().time_zone), follow_up, user, first
        self.module = fields_module(first.module)
        super().__init__(data, initial=self._start())  # type: ignore[arg-type]
        mine = Template.objects.visible_to(user).filter(
            Q(archived_at=None) | Q(pk=follow_up.template_id if follow_up else None)
        )
        self.fields["template"].queryset = mine.order_by("name", "id")  # type: ignore[attr-defined]
        self.fields["template"].empty_label = _("Choose a template")  # type: ignore[attr-defined]
        self.fields["leave_out"].choices = self._whom(now)  # type: ignore[attr-defined]

    def _start(self) -> dict[str, object]:
        row = self.before
        if row is None:
            return {"who": MassMail.Follow.NOT_OPENED, "when": "days", "days": 3, "hour": "09:00"}
        at = row.scheduled_at.astimezone(self.zone) if row.scheduled_at and row.days is None else None
        told: dict[str, object] = {"who": row.follow, "template": row.template_id, "days": row.days, "name": row.name}
        told |= {"when": "date" if at else "days", "leave_out": KEPT if row.leave_out else ""}
        return told | ({"day": at.date(), "hour": at.time()} if at else {"hour": "09:00"})

    def _whom(self, now: datetime) -> list[tuple[str, object]]:
        choices: list[tuple[str, object]] = [("", _("Nobody"))]
        if self.before is not None and self.before.leave_out:
            chosen = Selection(module=self.module, kind=Kind.FILTER, params={"where": self.before.leave_out})
            told = ", ".join(f"{label} {value}".strip() for label, value in words(chosen, user=self.user, now=now))
            choices.append((KEPT, told or self.before.leave_out))
        return choices + [(str(view.pk), view.name) for view in views.of(self.module, self.user)]

    def draft(self) -> FollowUpDraft:
        """As the verb takes it; of days and date the one that was chosen."""
        told = self.cleaned_data
        at = None
        if told["when"] == "date" and told["day"] and told["hour"]:
            wanted = datetime.combine(told["day"], told["hour"], tzinfo=self.zone)
            at = datetime.fromtimestamp(wanted.timestamp(), tz=self.zone)
        return FollowUpDraft(
            who=told["who"], template=told["template"], at=at, leave_out=self._left(),
            days=told["days"] if told["when"] == "days" else None, name=told["name"],
        )  # fmt: skip

    def _left(self) -> str:
        chosen = self.cleaned_data["leave_out"]
        if chosen == KEPT:
            return self.before.leave_out if self.before else ""
        view = views.find(self.module, chosen, user=self.user) if chosen else None
        return views.params(view).get("where", "") if view is not None else ""
