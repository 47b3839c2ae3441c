"""What people asked for, written down by hand: not to be written to, to be written to again, to be followed or not."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.lib import clock
from relance.people import actions
from relance.people.models import Address, Person, Suppression
from relance.people.suppression import Wish
from relance.people.wishes import addresses_of
from relance.web.address_blocks import blocks, wish_form
from relance.web.forms.wishes import ConsentForm
from relance.web.signed_in import user_of
from relance.web.toast import toast
from relance.web.views.people import context_of, editable


def _address(request: HttpRequest, kind: str, person_id: int, address_id: int) -> tuple[Person, Address]:
    """An address of somebody whom this colleague may change; 404 for any other (X8)."""
    person = editable(request, kind, person_id)
    return person, get_object_or_404(Address, pk=address_id, person=person)


@require_POST
def heal(request: HttpRequest, kind: str, person_id: int, address_id: int) -> HttpResponse:
    """A colleague says that an address works after all."""
    person, address = _address(request, kind, person_id, address_id)
    actions.heal(address, by=user_of(request), now=clock.now())
    toast(request, _("%(email)s can be written to again.") % {"email": address.email})
    return redirect(kind, person.pk)


@require_POST
def opt_out(request: HttpRequest, kind: str, person_id: int, address_id: int) -> HttpResponse:
    """Write down a wish that reached a colleague; the reason is kept (UNSUB-02)."""
    person, address = _address(request, kind, person_id, address_id)
    form = wish_form(address, lift=False, data=request.POST)
    if not form.is_valid():
        return _refused(request, person, address, form)
    scope, words = form.cleaned_data["scope"], form.cleaned_data["words"]
    route, by_id = Suppression.Route.BY_HAND, user_of(request).pk
    wish = Wish(normal=address.normal, scope=scope, route=route, at=clock.now(), words=words, by_id=by_id)
    if actions.opt_out(wish):
        toast(request, _("%(email)s will not be written to.") % {"email": address.email})
    else:
        toast(request, _("That wish stood already."))
    return redirect(kind, person.pk)


@require_POST
def opt_in(request: HttpRequest, kind: str, person_id: int, address_id: int) -> HttpResponse:
    """Write to an address again, on somebody's word, which is kept."""
    person, address = _address(request, kind, person_id, address_id)
    form = wish_form(address, lift=True, data=request.POST)
    if not form.is_valid():
        return _refused(request, person, address, form)
    by, now, words = user_of(request), clock.now(), form.cleaned_data["words"]
    for line in actions.standing([address.normal]).get(address.normal, ()):
        if line.scope != Suppression.Scope.INVALID:
            actions.opt_in(normal=address.normal, by=by, words=words, now=now, scope=line.scope)
    toast(request, _("%(email)s can be written to again.") % {"email": address.email})
    return redirect(kind, person.pk)


@require_POST
def consent(request: HttpRequest, kind: str, person_id: int) -> HttpResponse:
    """Write down whether somebody agreed to be followed, with the proof (UNSUB-06)."""
    person, form = editable(request, kind, person_id), ConsentForm(request.POST, auto_id="consent-%s")
    if not form.is_valid():
        context = {**context_of(request, person), "consent_form": form}
        return render(request, "people/page.html", context, status=422)
    told = form.cleaned_data
    proof = {name: told[name] for name in ("how", "words", "source")}
    actions.record_consent(person, told["state"], **proof, by=user_of(request), now=clock.now())
    toast(request, _("The answer of %(name)s is kept.") % {"name": person})
    return redirect(kind, person.pk)


def _refused(request: HttpRequest, person: Person, address: Address, form: forms.Form) -> HttpResponse:
    """The record again, with the form unfolded where it was refused."""
    drawn = blocks(addresses_of(person), refused=(address.pk, form))
    return render(request, "people/page.html", {**context_of(request, person), "addresses": drawn}, status=422)
