"""Deals: the list, one deal, its people, its forms (REC-04)."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from relance.deals import actions, pipelines
from relance.deals.models import Deal, Deals
from relance.lib import clock
from relance.lib.fold import fold
from relance.lib.refusal import Refused
from relance.people.models import Account, Person
from relance.records import links, lists, registry
from relance.records.fields import Value
from relance.team import policy
from relance.team.models import Module
from relance.team.policy import Forbidden
from relance.web import deal_page, record_lists
from relance.web.forms.deals import DealForm, typed
from relance.web.places import PLACES
from relance.web.signed_in import user_of
from relance.web.toast import toast

SUGGESTED = 12


def index(request: HttpRequest) -> HttpResponse:
    """The list."""
    user = user_of(request)
    shown = record_lists.read(request, Module.DEAL, user=user, now=clock.now())
    context = record_lists.context(shown, user=user, criteria="criteria" in request.GET)
    return render(request, "deals/list.html", {**context, "rows": deal_page.rows(shown.page.rows, now=clock.now())})


def visible(request: HttpRequest) -> Deals:
    """The deals that this colleague may see."""
    rows = Deal.objects.visible_to(user_of(request))
    return rows.select_related("account__owner", "contact", "owner__team", "pipeline", "stage")


def found(request: HttpRequest, deal_id: int) -> Deal:
    """The deal, if this colleague may see it; 404 otherwise (X8)."""
    return get_object_or_404(visible(request), pk=deal_id)


def editable(request: HttpRequest, deal_id: int) -> Deal:
    """The deal, if this colleague may also change it."""
    deal = found(request, deal_id)
    if not policy.allows(user_of(request), Module.DEAL, "edit", deal):
        raise PermissionDenied(_("Your role does not let you change this deal. Its owner or an administrator can."))
    return deal


def page(request: HttpRequest, deal_id: int) -> HttpResponse:
    """One deal; `?drawer=1` gives the preview beside the list."""
    deal, drawer = found(request, deal_id), "drawer" in request.GET
    context = deal_page.context(deal, user=user_of(request), now=clock.now(), query=request.GET, brief=drawer)
    return render(request, "deals/drawer.html" if drawer else "deals/page.html", context)


def new(request: HttpRequest) -> HttpResponse:
    """Add a deal; its account or contact may stand in the address, from whose page one comes."""
    user = user_of(request)
    if policy.level(user, Module.DEAL, "edit") == policy.NONE:
        raise PermissionDenied(_("Your role does not let you add deals. An administrator can change it."))
    pipeline = pipelines.named(number_of(request.GET.get("pipeline", "")) or 0) or pipelines.pipelines()[0]
    first = {"owner": str(user.pk), "stage": str(pipelines.open_stages(pipeline)[0].pk), "currency": pipeline.currency}
    initial = {**first, **_from_record(request)}
    form = DealForm(request.POST or None, user=user, pipeline=pipeline, initial=initial)
    if request.method != "POST" or not form.is_valid():
        return _form(request, form)
    try:
        deal = actions.add(form.values(), by=user, now=clock.now())
    except Forbidden:
        raise
    except Refused as refused:
        form.add_error(None, str(refused))
        return _form(request, form)
    toast(request, pgettext("deal", "%(name)s was added.") % {"name": deal})
    return redirect("deal", deal.pk)


def _from_record(request: HttpRequest) -> dict[str, str]:
    """What the page of an account or a contact says of its new deal."""
    user = user_of(request)
    account = Account.objects.visible_to(user).filter(pk=number_of(request.GET.get("account", "")) or 0).first()
    people = Person.objects.visible_to(user).contacts().select_related("account")
    contact = people.filter(pk=number_of(request.GET.get("contact", "")) or 0).first()
    company = account or (contact.account if contact else None)
    told = {"account": company.name if company else "", "contact": typed(contact) if contact else ""}
    return {key: value for key, value in told.items() if value}


def edit(request: HttpRequest, deal_id: int) -> HttpResponse:
    """Change what is known of a deal."""
    deal, user = editable(request, deal_id), user_of(request)
    initial = DealForm.initial_of(deal)
    form = DealForm(request.POST or None, user=user, deal=deal, pipeline=deal.pipeline, initial=initial)
    if request.method != "POST" or not form.is_valid():
        return _form(request, form, deal=deal)
    try:
        actions.edit(deal, form.values(), by=user, now=clock.now())
    except Forbidden:
        raise
    except Refused as refused:
        form.add_error(None, str(refused))
        return _form(request, form, deal=deal)
    toast(request, pgettext("deal", "%(name)s was saved.") % {"name": deal})
    return redirect("deal", deal.pk)


def _form(request: HttpRequest, form: DealForm, *, deal: Deal | None = None) -> HttpResponse:
    place = PLACES[Module.DEAL]
    context = {"place": place, "form": form, "deal": deal, "base": place.record(deal.pk) if deal else ""}
    return render(request, "deals/form.html", context, status=422 if form.errors else 200)


def contact_options(request: HttpRequest) -> HttpResponse:
    """Contacts that hold what was typed, for the fields that take one."""
    text = request.GET.get("contact", "") or request.GET.get("add", "")
    asked = lists.Asked(module=Module.CONTACT, text=text[:200], sort=lists.BEST)
    rows = lists.first(asked, user=user_of(request), limit=SUGGESTED) if fold(asked.text) else []
    return render(request, "deals/contact_options.html", {"rows": rows})


@require_POST
def contacts(request: HttpRequest, deal_id: int) -> HttpResponse:
    """Add somebody, take somebody out, or make somebody the primary contact."""
    deal, user = editable(request, deal_id), user_of(request)
    there = list(deal.links.values_list("person_id", flat=True))
    primary, gone = number_of(request.POST.get("primary", "")), number_of(request.POST.get("remove", ""))
    told: dict[str, Value] = {}
    if primary:
        told["contact"] = primary
    elif gone:
        told["contacts"] = tuple(str(pk) for pk in there if pk != gone) or None
    elif typed_in := request.POST.get("add", "").strip():
        field = registry.field(Module.DEAL, "contact")
        told["contacts"] = (*map(str, there), str(links.found(field, typed_in, by=user)))
    actions.edit(deal, told, by=user, now=clock.now())
    return redirect(f"{reverse('deal', args=[deal.pk])}#contacts")


@require_POST
def delete(request: HttpRequest, deal_id: int) -> HttpResponse:
    """Delete a deal; its people and their mail stay."""
    deal, user = found(request, deal_id), user_of(request)
    if not policy.allows(user, Module.DEAL, "delete", deal):
        raise PermissionDenied(_("Your role does not let you delete this deal. Its owner or an administrator can."))
    name, back = str(deal), board_of(deal)
    actions.delete(deal, by=user, now=clock.now())
    toast(request, pgettext("deal", "%(name)s was deleted. Its people and their mail stay.") % {"name": name})
    return redirect(back)


def board_of(deal: Deal) -> str:
    """The board on which the deal stands."""
    return f"{reverse('deals-board')}?pipeline={deal.pipeline_id}"


def number_of(text: object) -> int | None:
    """A number in an address or a form; None for anything else."""
    written = str(text)
    return int(written) if written.isascii() and written.isdigit() and len(written) < 19 else None
