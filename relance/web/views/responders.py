"""Auto-responders: all of them with their numbers, the form of one, and its switch (MASS-10)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.campaigns import responding, stats
from relance.campaigns.models import MassMail, Responder
from relance.campaigns.responding import ResponderDraft
from relance.campaigns.stats import Figures
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.team import policy
from relance.web.forms.responders import ResponderForm
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast


def index(request: HttpRequest) -> HttpResponse:
    """All that a colleague may see."""
    user = user_of(request)
    rows = Responder.objects.visible_to(user).select_related("creator", "template", "target_list")[:200]
    told = [(row, *_mail(row), responding.may_change(row, user)) for row in rows]
    return render(request, "responders/index.html", {"rows": told, "may_send": user.may_send_mass_mail})


def _mail(row: Responder) -> tuple[MassMail | None, Figures | None]:
    """Its present mail and what became of it."""
    mail = row.mails.select_related("message").order_by("-pk").first()
    return mail, stats.figures(mail.message) if mail is not None and mail.message is not None else None


def found(request: HttpRequest, responder_id: int) -> Responder:
    """One that the colleague may see. Raises Http404."""
    rows = Responder.objects.visible_to(user_of(request)).select_related(
        "creator", "template", "target_list", "mailbox"
    )
    return get_object_or_404(rows, pk=responder_id)


def edit(request: HttpRequest, responder_id: int | None = None) -> HttpResponse:
    """Its form."""
    user = user_of(request)
    policy.require(user.may_send_mass_mail)
    responder = found(request, responder_id) if responder_id else None
    form = ResponderForm(request.POST or None, responder=responder, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            values = {name: form.cleaned_data[name] for name in responding.FIELDS}
            saved = responding.save(responder, ResponderDraft(values=values), by=user, now=clock.now())
            if responder is None:
                responding.switch(saved, on=True, by=user, now=clock.now())
            toast(request, _("Saved."))
            return redirect("responders")
        except Refused as refused:
            form.add_error(None, str(refused))
    context = {"form": form, "responder": responder}
    return render(request, "responders/edit.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def act(request: HttpRequest, responder_id: int, verb: str) -> HttpResponse:
    """Switch it on or off, or delete it."""
    responder, user, now = found(request, responder_id), user_of(request), clock.now()
    try:
        match verb:
            case "on" | "off":
                responding.switch(responder, on=verb == "on", by=user, now=now)
            case "delete":
                responding.delete(responder, by=user, now=now)
            case _:
                raise Http404
        toast(request, _("Saved."))
    except Refused as refused:
        problem(request, str(refused))
    return redirect("responders")
