"""Settings: the organisation, colleagues, mailboxes, sending, tracking, keys of the API (ADM-02)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail import mailboxes, signing_in
from relance.mail.models import Mailbox
from relance.mail.reading_state import read_now, reading_state
from relance.team import actions
from relance.team import settings as team_settings
from relance.team.models import ApiToken, Team, User
from relance.team.policy import require
from relance.team.workspace import organisation
from relance.web.forms.settings import (
    MailboxForm,
    OrganisationForm,
    SendingForm,
    TokenForm,
    TrackingForm,
    UserChangeForm,
    UserForm,
    WorkForm,
)
from relance.web.mailbox_tests import tested
from relance.web.toast import problem, toast


@dataclass(frozen=True)
class Tab:
    """One page of the settings."""

    label: str | Promise
    url: str
    administrators: bool = True


TABS = (
    Tab(gettext_lazy("Organisation"), "settings"),
    Tab(gettext_lazy("Users and roles"), "settings-users"),
    Tab(gettext_lazy("Pipelines"), "settings-pipelines"),
    Tab(gettext_lazy("Modules and fields"), "settings-modules"),
    Tab(gettext_lazy("Mailboxes"), "settings-mailboxes", administrators=False),
    Tab(gettext_lazy("Sending and limits"), "settings-sending"),
    Tab(gettext_lazy("Working time"), "settings-work"),
    Tab(gettext_lazy("Tracking and consent"), "settings-tracking"),
    Tab(gettext_lazy("API"), "settings-tokens", administrators=False),
    Tab(gettext_lazy("Webhooks"), "settings-webhooks"),
)


def shell(user: User, here: str) -> dict[str, object]:
    """What every page of the settings shows: its tabs."""
    tabs = [
        {"label": tab.label, "href": reverse(tab.url), "here": tab.url == here}
        for tab in TABS
        if user.is_administrator or not tab.administrators
    ]
    return {"tabs": tabs, "here": next(tab.label for tab in TABS if tab.url == here)}


def _organisation_form(request: HttpRequest, form_class: type[ModelForm], here: str, template: str) -> HttpResponse:
    user = _user(request)
    if not user.is_administrator:
        return redirect("settings-mailboxes")
    form = form_class(request.POST or None, instance=organisation())
    if request.method == "POST" and form.is_valid():
        try:
            team_settings.change(form.cleaned_data, by=user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            toast(request, _("Settings saved."))
            return redirect(here)
    status = 422 if request.method == "POST" else 200
    return render(request, template, {"form": form, **shell(user, here)}, status=status)


def organisation_page(request: HttpRequest) -> HttpResponse:
    """The organisation and how it appears in From."""
    return _organisation_form(request, OrganisationForm, "settings", "settings/organisation.html")


def tracking_page(request: HttpRequest) -> HttpResponse:
    """How mail is followed (UNSUB-06), and the opt-out link (UNSUB-03)."""
    return _organisation_form(request, TrackingForm, "settings-tracking", "settings/tracking.html")


def sending_page(request: HttpRequest) -> HttpResponse:
    """The limits of sending."""
    return _organisation_form(request, SendingForm, "settings-sending", "settings/sending.html")


def work_page(request: HttpRequest) -> HttpResponse:
    """Working days, hours, public holidays (ADM-02)."""
    return _organisation_form(request, WorkForm, "settings-work", "settings/sending.html")


def users_page(request: HttpRequest) -> HttpResponse:
    """Colleagues, and a form to add one."""
    user = _user(request)
    require(user.is_administrator)
    form = UserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = actions.add_user(**form.cleaned_data)
        except Refused as refused:
            form.add_error("email", str(refused))
        else:
            toast(request, _("%(name)s can sign in now.") % {"name": added.name})
            return redirect("settings-users")
    context = {
        "form": form,
        "users": User.objects.select_related("role", "team").order_by("name", "id"),
        **shell(user, "settings-users"),
    }
    return render(request, "settings/users.html", context, status=422 if request.method == "POST" else 200)


def user_page(request: HttpRequest, user_id: int) -> HttpResponse:
    """Change a colleague's role or team, or close the account."""
    user = _user(request)
    require(user.is_administrator)
    colleague = get_object_or_404(User.objects.select_related("role", "team"), pk=user_id)
    first = {
        "name": colleague.name,
        "role": colleague.role.key,
        "team": colleague.team.name if colleague.team else "",
        "is_active": colleague.is_active,
    }
    form = UserChangeForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_user(colleague, actions.UserChange(**form.cleaned_data), by=user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            toast(request, _("Settings saved."))
            return redirect("settings-users")
    teams = Team.objects.values_list("name", flat=True)
    context = {"form": form, "colleague": colleague, "teams": teams, **shell(user, "settings-users")}
    return render(request, "settings/user.html", context, status=422 if request.method == "POST" else 200)


def mailboxes_page(request: HttpRequest) -> HttpResponse:
    """The mailboxes that send, and whether they work."""
    user = _user(request)
    rows = Mailbox.objects.filter(is_active=True).select_related("service")
    shown = rows if user.is_administrator else rows.filter(kind=Mailbox.Kind.SHARED) | rows.filter(user=user)
    context = {"mailboxes": [card(mailbox, user) for mailbox in shown], **shell(user, "settings-mailboxes")}
    return render(request, "settings/mailboxes.html", context)


def card(mailbox: Mailbox, user: User) -> dict[str, Any]:
    """One mailbox as the page shows it."""
    return {
        "mailbox": mailbox,
        "sentence": mailboxes.state_sentence(mailbox),
        "incoming": mailboxes.fetch_sentence(mailbox),
        "may_change": mailboxes.may_change(mailbox, user),
        "reading": reading_state(mailbox) if mailbox.imap_host else None,
        "signs_in": mailbox.service_id is not None
        and (not mailbox.grant or any(mailboxes.needs_sign_in(mailbox, code) for code in _codes(mailbox))),
    }


def _codes(mailbox: Mailbox) -> tuple[str, str]:
    return mailbox.state_code, mailbox.fetch_code


def mailbox_form(request: HttpRequest, mailbox_id: int | None = None) -> HttpResponse:
    """Connect a mailbox, or change its settings."""
    user = _user(request)
    mailbox = get_object_or_404(Mailbox, pk=mailbox_id, is_active=True) if mailbox_id else None
    require(mailbox is None or mailboxes.may_change(mailbox, user))
    first = {"is_default": mailbox.is_default if mailbox else not Mailbox.objects.filter(is_default=True).exists()}
    form = MailboxForm(request.POST or None, instance=mailbox, initial=first, by=user)
    if request.method == "POST" and form.is_valid():
        try:
            saved = (
                mailboxes.edit_mailbox(Mailbox.objects.get(pk=mailbox.pk), form.draft(), by=user)
                if mailbox
                else mailboxes.add_mailbox(form.draft(), by=user)
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            if saved.service_id and not signing_in.is_signed_in(saved):
                return redirect("settings-mailbox-sign-in", saved.pk)
            return tested(request, saved)
    context = {"form": form, "mailbox": mailbox, **shell(user, "settings-mailboxes")}
    return render(request, "settings/mailbox.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def mailbox_test(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Try the connection; nothing is sent (INBOX-01)."""
    user = _user(request)
    mailbox = get_object_or_404(Mailbox, pk=mailbox_id, is_active=True)
    require(mailboxes.may_change(mailbox, user))
    return tested(request, mailbox)


@require_POST
def mailbox_read(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Fetch its mail at once (INBOX-02)."""
    user = _user(request)
    mailbox = get_object_or_404(Mailbox, pk=mailbox_id, is_active=True)
    require(mailboxes.may_change(mailbox, user))
    try:
        read_now(mailbox)
    except Refused as refused:
        problem(request, str(refused))
    else:
        toast(request, _("New mail is fetched within seconds."))
    return redirect("settings-mailboxes")


@require_POST
def mailbox_retire(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Stop using a mailbox."""
    mailboxes.retire_mailbox(get_object_or_404(Mailbox, pk=mailbox_id, is_active=True), by=_user(request))
    toast(request, _("The mailbox is no longer used. What it sent stays."))
    return redirect("settings-mailboxes")


def tokens_page(request: HttpRequest) -> HttpResponse:
    """My keys of the API; a new one is shown once."""
    user, text = _user(request), ""
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _token, text = actions.make_token(user, **form.cleaned_data)
        form = TokenForm()
    context = {
        "form": form,
        "text": text,
        "tokens": ApiToken.objects.filter(user=user, revoked_at=None),
        **shell(user, "settings-tokens"),
    }
    return render(request, "settings/tokens.html", context, status=422 if form.errors else 200)


@require_POST
def token_revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Close a key for good."""
    user = _user(request)
    actions.revoke_token(get_object_or_404(ApiToken, pk=token_id, user=user), by=user, now=clock.now())
    toast(request, _("The key no longer opens anything."))
    return redirect("settings-tokens")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
