"""The forms of the mass mail's steps."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from relance.campaigns.models import MassMail
from relance.mail.models import Mailbox, Template
from relance.mail.models.template import SenderChoice
from relance.team.models import User
from relance.team.workspace import organisation

AS_THE_TEMPLATE_SAYS = ("", _("As the template says, else my address"))


STARTS = ("template", "mailbox", "from_choice", "reply_choice", "track")


def _senders(user: User) -> list[tuple[str, object]]:
    """Whose address may stand there, with the address itself where it is one."""
    known = {SenderChoice.OWN: user.email, SenderChoice.ORGANISATION: organisation().mail_address or _("none yet")}
    return [
        AS_THE_TEMPLATE_SAYS,
        *(
            (choice.value, f"{choice.label}, {known[choice]}" if choice in known else choice.label)
            for choice in SenderChoice
        ),
    ]


class MessageForm(forms.Form):
    """What they read, from whom, and whether it is followed (MASS-02)."""

    template = forms.ModelChoiceField(label=_("Template"), queryset=Template.objects.none())
    from_choice = forms.ChoiceField(
        label=_("From"), choices=[AS_THE_TEMPLATE_SAYS, *SenderChoice.choices], required=False
    )
    reply_choice = forms.ChoiceField(
        label=_("Reply-To"), choices=[AS_THE_TEMPLATE_SAYS, *SenderChoice.choices], required=False
    )
    mailbox = forms.ModelChoiceField(
        label=_("Leaves by"), queryset=Mailbox.objects.none(), required=False, empty_label=_("The default mailbox")
    )
    track = forms.BooleanField(label=_("Follow this mail"), required=False)

    def __init__(self, data: object, *, mass_mail: MassMail, user: User) -> None:
        start = {name: getattr(mass_mail, name) for name in STARTS}
        if mass_mail.template_id is None:
            start |= {"from_choice": "", "reply_choice": ""}
        super().__init__(data, initial=start)  # type: ignore[arg-type]
        for name in ("from_choice", "reply_choice"):
            self.fields[name].choices = _senders(user)  # type: ignore[attr-defined]
        mine = Template.objects.visible_to(user).filter(Q(archived_at=None) | Q(pk=mass_mail.template_id))
        self.fields["template"].queryset = mine.order_by("name", "id")  # type: ignore[attr-defined]
        shared = Mailbox.objects.filter(is_active=True).filter(Q(kind=Mailbox.Kind.SHARED) | Q(user=user))
        self.fields["mailbox"].queryset = shared  # type: ignore[attr-defined]

    def values(self) -> dict[str, object]:
        """What was chosen."""
        return dict(self.cleaned_data)


class SendForm(forms.Form):
    """Now, or at a day and an hour of the organisation's clock."""

    when = forms.ChoiceField(label=_("When"), choices=[("now", _("Now")), ("later", _("Schedule"))])
    day = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    hour = forms.TimeField(
        label=_("Hour"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )

    def clean(self) -> dict[str, object]:
        """A later departure needs its day and hour."""
        told = super().clean() or {}
        if told.get("when") == "later":
            for name, word in (("day", _("Choose a day.")), ("hour", _("Choose an hour."))):
                if not told.get(name) and name not in self.errors:
                    self.add_error(name, word)
        return told

    def moment(self, zone: ZoneInfo) -> datetime | None:
        """The moment of departure; None for now. An hour that the clock skips is the one after it."""
        if self.cleaned_data["when"] == "now":
            return None
        wanted = datetime.combine(self.cleaned_data["day"], self.cleaned_data["hour"], tzinfo=zone)
        return datetime.fromtimestamp(wanted.timestamp(), tz=zone)


def proposed(now: datetime, zone: ZoneInfo, scheduled_at: datetime | None) -> dict[str, object]:
    """The day and hour to begin with: those that were set, else the next full hour but one."""
    at = (scheduled_at or now + timedelta(hours=1)).astimezone(zone)
    hour = at.time() if scheduled_at else time(at.hour)
    return {"when": "later" if scheduled_at else "now", "day": at.date(), "hour": hour}
