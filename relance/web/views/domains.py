"""The domains by which mail is sent: what they publish, and what they ought to (ADM-03)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail.domains import checking, words
from relance.mail.domains.checking import Known
from relance.mail.domains.rules import Level
from relance.team.policy import require
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast
from relance.web.views.settings import shell

RESULTS = {Level.OK: "ok", Level.WARN: "warn", Level.BAD: "no", Level.UNKNOWN: "todo"}
"""The marks of components/check.html."""


def page(request: HttpRequest) -> HttpResponse:
    """Each domain in use, with what the last look at the name servers found."""
    user = user_of(request)
    require(user.is_administrator)
    context = {"domains": [_card(each) for each in checking.known()], **shell(user, "settings-mailboxes")}
    return render(request, "settings/domains.html", context)


def _card(known: Known) -> dict[str, object]:
    findings = [
        {
            "title": words.title(each.part),
            "sentence": words.sentence(each),
            "result": RESULTS[each.level],
            "record": each.facts.get("record", ""),
            "publish": each.publish,
        }
        for each in known.findings
    ]
    return {"known": known, "worst": known.worst.value, "findings": findings}


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Ask the name servers now."""
    found = checking.check(by=user_of(request), now=clock.now())
    wrong = sum(each.worst is Level.BAD for each in found)
    if wrong:
        problem(request, _("The domains were checked. See below what to publish."))
    else:
        toast(request, _("The domains were checked."))
    return redirect("settings-domains")


@require_POST
def selector(request: HttpRequest) -> HttpResponse:
    """Name the DKIM selector of a domain."""
    user, told = user_of(request), request.POST
    require(user.is_administrator)
    try:
        checking.name_selector(told.get("domain", ""), told.get("selector", ""), by=user)
    except Refused as refused:
        problem(request, str(refused))
    else:
        toast(request, _("The selector is kept. Check now to look its key up."))
    return redirect("settings-domains")
