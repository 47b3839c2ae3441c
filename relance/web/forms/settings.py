"""The forms of the settings."""

from __future__ import annotations

from typing import Any, ClassVar

from babel import Locale
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from relance.lib.fold import fold
from relance.mail.mailboxes import MailboxDraft
from relance.mail.models import Mailbox, SignInService
from relance.mail.signing_in import SERVERS
from relance.team import working
from relance.team.models import ApiToken, Organisation, Role, User
from relance.web.forms.first_start import COUNTRIES, PolicyChoice, zones

MOST_CONNECTIONS = 64  # as in the API
MUST_HAVE = ("connections", "imap_port", "imap_security", "sharing")
NOT_ASKED_AT_FIRST = (*MUST_HAVE, "imap_host", "imap_username", "never_stored")


class OrganisationForm(forms.ModelForm):
    """The organisation and how it appears in From."""

    country = forms.ChoiceField(label=_("Country"), choices=COUNTRIES, required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones)

    class Meta:
        model = Organisation
        fields: ClassVar = ["name", "country", "language", "time_zone", "mail_name", "mail_address"]
        help_texts: ClassVar = {"mail_address": _("The address that mass mails can show as the organisation’s.")}


class TrackingForm(forms.ModelForm):
    """How mail is followed, and the opt-out link."""

    tracking = forms.ChoiceField(
        label=_("How is mail followed?"), choices=Organisation.Tracking.choices, widget=PolicyChoice
    )

    class Meta:
        model = Organisation
        fields: ClassVar = ["tracking", "track_opens", "opt_out_required"]
        help_texts: ClassVar = {
            "track_opens": _("Off: clicks and answers are still seen, openings are not."),
            "opt_out_required": _("A template may place its own link; otherwise one is added at the end."),
        }


class SendingForm(forms.ModelForm):
    """The limits of sending."""

    class Meta:
        model = Organisation
        fields: ClassVar = [
            "mass_starts_per_hour", "scheduled_per_module_hour", "follow_ups_per_mail", "updates_per_trigger",
            "tasks_per_trigger", "calls_per_trigger", "freeze_minutes", "sends_per_hour",
            "retry_hours", "late_hours", "fetch_minutes", "bounce_limit", "complaint_limit",
        ]  # fmt: skip
        help_texts: ClassVar = {
            "fetch_minutes": _("New mail in the inbox is seen at once where the server tells of it (IDLE)."),
            "sends_per_hour": _("All mailboxes together. Empty: no limit."),
            "retry_hours": _("How long a mail that the server put off is tried again before it is given up."),
            "late_hours": _("After an outage, a mass mail later than this asks before it leaves."),
            "bounce_limit": _("A mass mail past this pauses by itself, once. 0: no limit."),
            "complaint_limit": _("A mass mail past this pauses by itself, once. 0: no limit."),
        }


def holiday_countries() -> list[tuple[str, str]]:
    """The countries whose public holidays are known, by their names in the reader's language."""
    names = Locale.parse((get_language() or "en").replace("-", "_")).territories
    known = sorted(((code, names.get(code, code)) for code in working.countries()), key=lambda each: fold(each[1]))
    return [("", str(_("No country"))), *known]


WEEK = ((0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")), (4, _("Friday")),
        (5, _("Saturday")), (6, _("Sunday")))  # fmt: skip


class WorkForm(forms.ModelForm):
    """When the house works: sequences and delivery times keep to it."""

    work_days = forms.TypedMultipleChoiceField(
        label=_("Working days"), choices=WEEK, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    work_from = forms.TimeField(label=_("Work begins"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    work_until = forms.TimeField(label=_("Work ends"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    holiday_country = forms.ChoiceField(label=_("Public holidays of"), choices=holiday_countries, required=False)
    days_off = forms.CharField(
        label=_("Further days off"), required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One date on each line: 2026-12-24."),
    )  # fmt: skip
    absence_days = forms.IntegerField(
        label=_("Working days of an absence without a date"), min_value=1, max_value=60,
        help_text=_("A sequence waits so long after an automatic answer that names no day of return."),
    )  # fmt: skip

    pressure_days = forms.IntegerField(
        label=_("Days between two automatic mails to one person"), min_value=1, max_value=365, required=False,
        help_text=_("Mass mails and sequences together: a step of a sequence waits. Empty: no limit."),
    )  # fmt: skip
    company_pressure_days = forms.IntegerField(
        label=_("Days between two programs that write to one company"), min_value=1, max_value=365, required=False,
        help_text=_(
            "A sequence waits while another, or a mass mail, has just written to a colleague. Empty: no limit."
        ),
    )  # fmt: skip

    class Meta:
        model = Organisation
        fields: ClassVar = [
            "work_days", "work_from", "work_until", "holiday_country", "days_off", "absence_days", "pressure_days",
            "company_pressure_days",
        ]  # fmt: skip

    def __init__(self, data: Any = None, *, instance: Organisation) -> None:  # Any: as Django's own
        super().__init__(data, initial={"days_off": "\n".join(instance.days_off)}, instance=instance)

    def clean_days_off(self) -> list[str]:
        """The dates, each once."""
        try:
            return working.days_told(self.cleaned_data["days_off"].split())
        except ValueError:
            raise forms.ValidationError(_("Write each date as year-month-day, such as 2026-12-24.")) from None


def offered_roles() -> list[tuple[str, str]]:
    """The roles that a colleague can be given."""
    return [(role.key, str(role)) for role in Role.objects.order_by("id")]


class UserForm(forms.Form):
    """A new colleague."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=offered_roles, initial=Role.Key.SALESPERSON)
    password = forms.CharField(
        label=_("First password"),
        min_length=10,
        help_text=_("At least ten characters. Tell it to your colleague, who can change it."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class UserChangeForm(forms.Form):
    """A colleague's name, role and team, and whether the account is open."""

    name = forms.CharField(label=_("Name"), max_length=120)
    role = forms.ChoiceField(label=_("Role"), choices=offered_roles)
    team = forms.CharField(label=_("Team"), max_length=120, required=False, help_text=_("A new name makes a new team."))
    is_active = forms.BooleanField(
        label=_("May sign in"), required=False, help_text=_("Off: the account is closed; all that belongs to it stays.")
    )


class MailboxForm(forms.ModelForm):
    """A mailbox and its relay."""

    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=587)
    password = forms.CharField(
        label=_("Password"),
        required=False,
        help_text=_("Stored encrypted. Left empty, the present one is kept."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    imap_port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=993, required=False)
    imap_security = forms.ChoiceField(
        label=_("Encryption"), choices=Mailbox.Security.choices, initial=Mailbox.Security.TLS, required=False
    )
    imap_password = forms.CharField(
        label=_("Password"),
        required=False,
        help_text=_("Empty: the present one is kept, or the one of the server that sends is used."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    sharing = forms.ChoiceField(
        label=_("Who else reads its mail"),
        choices=Mailbox.Sharing.choices,
        required=False,
        help_text=_("Mail about records that a colleague’s role hides stays hidden from that colleague."),
    )
    is_default = forms.BooleanField(label=_("Used unless another is chosen"), required=False)
    kind = forms.ChoiceField(
        label=_("Who uses it"),
        choices=Mailbox.Kind.choices,
        initial=Mailbox.Kind.SHARED,
        required=False,
        help_text=_("Personal: you write and read in it. Shared: your colleagues too."),
    )
    service = forms.ModelChoiceField(
        label=_("Sign-in"),
        queryset=SignInService.objects.filter(is_active=True),
        required=False,
        empty_label=_("User name and password"),
        help_text=_("With a service, you sign in on its page after saving, and no password is stored."),
    )
    host = forms.CharField(
        label=_("Server"),
        max_length=253,
        required=False,
        help_text=_("The server that takes your outgoing mail (SMTP), such as smtp.example.com."),
    )
    connections = forms.IntegerField(
        label=_("Connections at once"), min_value=1, max_value=MOST_CONNECTIONS, initial=4, required=False
    )

    class Meta:
        model = Mailbox
        fields: ClassVar = [
            "name", "address", "from_name", "host", "port", "security", "username", "connections", "per_hour",
            "bounce_domain", "maildir", "ca_file", "imap_host", "imap_port", "imap_security", "imap_username",
            "never_stored", "sharing", "files_sent", "service",
        ]  # fmt: skip
        help_texts: ClassVar = {
            "address": _("The address that people see and answer to."),
            "username": _("Empty if the server asks for none."),
            "bounce_domain": _("Where undeliverable mail returns. Empty: the domain of the address."),
            "maildir": _("A folder of this server where answers and bounces arrive. Optional."),
            "ca_file": _("Only for a server with a certificate of your own making."),
            "per_hour": _("Empty: no limit."),
            "imap_host": _(
                "The server where your mail arrives (IMAP), such as imap.example.com. Empty: it is not read."
            ),
            "imap_username": _("Empty: the one of the server that sends."),
            "files_sent": _("Whatever the server has filed itself is not filed a second time."),
            "never_stored": _("Addresses or domains, one a line, whose mail stays on the server only."),
        }
        widgets: ClassVar = {"never_stored": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: object, by: User | None = None, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.may_share = by is None or by.is_administrator
        if self.instance.pk is None:
            self.fields["password"].help_text = _("Stored encrypted.")
            self.fields["imap_password"].help_text = _("Empty: that of the server that sends is used.")
        if self.instance.pk is not None or not self.may_share:
            del self.fields["kind"]
        if not self.may_share:
            del self.fields["is_default"]

    def clean(self) -> dict[str, object]:
        """The servers of a service that everybody knows need not be typed."""
        values = super().clean() or {}
        service = values.get("service")
        for name, usual in SERVERS.get(service.preset, {}).items() if service else ():
            values[name] = values.get(name) or usual
        if not values.get("host") and "host" not in self.errors:
            self.add_error("host", _("Enter the server that sends your mail."))
        return values

    def draft(self) -> MailboxDraft:
        """What was entered, as the action wants it."""
        values = dict(self.cleaned_data)
        chosen = values.pop("kind", "") or (Mailbox.Kind.SHARED if self.may_share else Mailbox.Kind.PERSONAL)
        password, is_default = values.pop("password"), values.pop("is_default", None)
        imap_password = values.pop("imap_password")
        for name in NOT_ASKED_AT_FIRST:
            known = name in self.data or (name == "imap_host" and values[name])
            if not known or (name in MUST_HAVE and values[name] in (None, "")):
                del values[name]
        if "never_stored" not in self.data:  # a shorter form: a box that is not shown is not unticked
            del values["files_sent"]
            del values["service"]
        if self.instance.pk is None:
            values["kind"] = chosen
        return MailboxDraft(
            values=values, password=password or None, imap_password=imap_password or None, is_default=is_default
        )


class TokenForm(forms.Form):
    """A new key of the API."""

    name = forms.CharField(label=_("What it is for"), max_length=120)
    scope = forms.ChoiceField(label=_("It may"), choices=ApiToken.Scope.choices, initial=ApiToken.Scope.WRITE)
