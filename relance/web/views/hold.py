"""The answer to what is held: let it leave, or stop it (D16)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail import holds
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast


@require_POST
def answer(request: HttpRequest, verb: str) -> HttpResponse:
    """Release or stop everything that is held."""
    user, now = user_of(request), clock.now()
    try:
        match verb:
            case "release":
                count = holds.release(by=user, now=now)
                said = ngettext("%(count)d mail leaves now.", "%(count)d mails leave now.", count) % {"count": count}
                toast(request, said if count else _("Mail leaves from here now."))
            case "stop":
                holds.stop(by=user, now=now)
                toast(request, _("Stopped. What was held does not leave, new mail does."))
            case _:
                raise Http404
    except Refused as refused:
        problem(request, str(refused))
    return redirect("today")
