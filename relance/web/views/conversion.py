"""Convert a lead into a contact, with its account and a deal (REC-06)."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from relance.deals import pipelines
from relance.deals.conversion import convert
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.people.converting import AlreadyContact
from relance.people.models import Person
from relance.team import policy
from relance.team.models import Module
from relance.team.policy import Forbidden
from relance.web.forms.conversion import ConversionForm
from relance.web.places import PLACES
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast


def page(request: HttpRequest, person_id: int) -> HttpResponse:
    """Ask what is wanted, then convert; `?dialog=1` shows the same beside the lead."""
    user = user_of(request)
    people = Person.objects.visible_to(user).select_related("owner__team", "account")
    person = get_object_or_404(people, pk=person_id)
    if person.kind == Person.Kind.CONTACT:
        problem(request, _("%(name)s is a contact already.") % {"name": person})
        return redirect("contact", person.pk)
    if not policy.allows(user, Module.LEAD, "edit", person) or not policy.level(user, Module.CONTACT, "edit"):
        raise PermissionDenied(_("Your role does not let you convert this lead. Its owner or an administrator can."))
    pipeline = pipelines.pipelines()[0]
    first = ConversionForm.first(person, pipeline, pipelines.open_stages(pipeline)[0].pk)
    form = ConversionForm(request.POST or None, user=user, pipeline=pipeline, initial=first)
    if request.method != "POST" or not form.is_valid():
        return _asked(request, person, form)
    return _done(request, person, form)


def _done(request: HttpRequest, person: Person, form: ConversionForm) -> HttpResponse:
    try:
        done = convert(person, form.wanted(person), by=user_of(request), now=clock.now())
    except (Forbidden, AlreadyContact):
        raise
    except Refused as refused:
        form.add_error(None, str(refused))
        return _asked(request, person, form)
    toast(request, _("%(name)s is a contact now. Every mail and every wish has stayed.") % {"name": done.person})
    return redirect("deal", done.deal.pk) if done.deal else redirect("contact", done.person.pk)


def _asked(request: HttpRequest, person: Person, form: ConversionForm) -> HttpResponse:
    place = PLACES[Module.LEAD]
    context = {"place": place, "person": person, "form": form, "base": place.record(person.pk)}
    return render(request, "people/convert.html", context, status=422 if form.errors else 200)
