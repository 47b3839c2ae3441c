"""Write to the rows chosen in a list, and count a list exactly (REC-05); what changes rows is in views/bulk.py."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.deals.models import Deal
from relance.lib import clock
from relance.records import lists
from relance.records.selection import Selection
from relance.web.places import counted, place_of
from relance.web.signed_in import user_of
from relance.web.toast import problem


def _nobody(request: HttpRequest, module: str, chosen: Selection) -> HttpResponse | None:
    """Back to the list where nothing is ticked."""
    if not chosen.is_nothing:
        return None
    problem(request, _("Nothing is selected. Tick the rows first."))
    return redirect(place_of(module).href)


@require_POST
def mass_mail(request: HttpRequest, module: str) -> HttpResponse:
    """Begin a mass mail to them."""
    chosen = Selection.posted(module, request.POST)
    answer = _nobody(request, module, chosen) or redirect("mass-mail-new")
    if not chosen.is_nothing:
        answer["Location"] += f"?module={module}&{chosen.query()}"
    return answer


@require_POST
def mail(request: HttpRequest, module: str) -> HttpResponse:
    """Write to the one that is ticked; several are a mass mail."""
    chosen = Selection.posted(module, request.POST)
    if chosen.is_nothing:
        problem(request, _("Nothing is selected. Tick the rows first."))
        return redirect(place_of(module).href)
    if len(chosen.ids) != 1:
        problem(request, _("A personal mail is written to one at a time. Tick one row, or make a mass mail."))
        return redirect(place_of(module).href)
    named = module if module in ("account", "deal") else "person"
    query = {named: chosen.ids[0]}
    if module == "deal":
        deal = Deal.objects.visible_to(user_of(request)).filter(pk=chosen.ids[0]).first()
        query |= {"person": deal.contact_id} if deal and deal.contact_id else {}
    return redirect(f"{reverse('mail-new')}?{urlencode(query)}")


def count(request: HttpRequest, module: str) -> HttpResponse:
    """The exact count of a list, fetched after the page."""
    params = {key: value for key, value in request.GET.items() if isinstance(value, str)}
    asked, user = lists.read(module, params), user_of(request)
    number = lists.count(asked, user=user, now=clock.now(), exact=True)
    told = counted(module, number.number, about=number.about)
    return render(request, "people/count.html", {"count": number, "count_words": told})
