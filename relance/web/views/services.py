"""Sign-in services, and the way there and back of one who signs in to her mailbox (INBOX-01)."""

from __future__ import annotations

from hmac import compare_digest

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail import mailboxes, signing_in
from relance.mail.models import Mailbox, SignInService
from relance.team.policy import require
from relance.web.forms.services import ServiceForm
from relance.web.mailbox_tests import tested
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast
from relance.web.views.settings import shell

KEPT = "mailbox-sign-in"
"""What the session remembers of a sign-in that is under way."""


def index(request: HttpRequest) -> HttpResponse:
    """The services that mailboxes can choose."""
    user = user_of(request)
    require(user.is_administrator)
    context = {"services": SignInService.objects.all(), **shell(user, "settings-mailboxes")}
    return render(request, "settings/services.html", context)


def form(request: HttpRequest, service_id: int | None = None) -> HttpResponse:
    """Add a service, or change one."""
    user = user_of(request)
    require(user.is_administrator)
    service = get_object_or_404(SignInService, pk=service_id) if service_id else None
    shown = ServiceForm(request.POST or None, instance=service, initial={} if service else {"preset": "google"})
    if request.method == "POST" and shown.is_valid():
        kept = SignInService.objects.get(pk=service.pk) if service else None
        try:
            signing_in.save_service(kept, shown.draft(), by=user)
        except Refused as refused:
            shown.add_error(None, str(refused))
        else:
            toast(request, _("The service was saved. Mailboxes can choose it now."))
            return redirect("settings-services")
    context = {"form": shown, "service": service, "back_to": _back_to(request), **shell(user, "settings-mailboxes")}
    return render(request, "settings/service.html", context, status=422 if request.method == "POST" else 200)


def sign_in(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    """Go to the service, where the owner of a mailbox signs in and consents."""
    mailbox = get_object_or_404(Mailbox.objects.select_related("service"), pk=mailbox_id, is_active=True)
    require(mailboxes.may_change(mailbox, user_of(request)))
    try:
        begun = signing_in.begin(mailbox, back_to=_back_to(request))
    except Refused as refused:
        problem(request, str(refused))
        return redirect("settings-mailboxes")
    request.session[KEPT] = {"mailbox": mailbox.pk, "state": begun.state, "verifier": begun.verifier}
    return HttpResponseRedirect(begun.url)


def done(request: HttpRequest) -> HttpResponse:
    """Back from the service: keep what it gave, and try the mailbox."""
    user, kept = user_of(request), request.session.pop(KEPT, None)
    told = request.GET
    if not kept or not compare_digest(str(kept["state"]).encode(), told.get("state", "").encode()):
        problem(request, _("This sign-in was not begun here, or it has ended. Begin again from the mailbox."))
        return redirect("settings-mailboxes")
    mailbox = get_object_or_404(Mailbox.objects.select_related("service"), pk=kept["mailbox"], is_active=True)
    require(mailboxes.may_change(mailbox, user))
    if "code" not in told:
        problem(request, _("You have not given permission, so nothing has changed. Sign in again when you like."))
        return redirect("settings-mailboxes")
    try:
        signing_in.finish(
            mailbox, told["code"][:4_000], kept["verifier"], back_to=_back_to(request), now=clock.now()
        )  # fmt: skip
    except Refused as refused:
        problem(request, str(refused))
        return redirect("settings-mailboxes")
    return tested(request, mailbox)


def _back_to(request: HttpRequest) -> str:
    """The return address, as it is registered with the service."""
    return request.build_absolute_uri(reverse("settings-sign-in-done"))
