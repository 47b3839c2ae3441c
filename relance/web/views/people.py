"""Leads and contacts: the list, one record, its forms, its addresses and wishes (REC-02, REC-05, REC-07, UNSUB-02)."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.insights import history as insights
from relance.lib import clock
from relance.mail.writing import drafts
from relance.people import actions
from relance.people.models import Account, Person
from relance.people.wishes import addresses_of, same_address
from relance.records.custom import fields_of
from relance.team import policy
from relance.team.models import Language, User
from relance.web import deal_page, engagement, pointing, record_cells, record_lists
from relance.web.address_blocks import blocks
from relance.web.agenda_panel import agenda_of
from relance.web.forms.people import PersonForm
from relance.web.forms.wishes import ConsentForm
from relance.web.history import panel
from relance.web.person_rows import rows_of
from relance.web.person_table import drawn
from relance.web.places import PLACES
from relance.web.signed_in import user_of
from relance.web.toast import toast
from relance.web.views import merging
from relance.web.wish_words import wish_words


def index(request: HttpRequest, kind: str) -> HttpResponse:
    """The list."""
    user = user_of(request)
    shown = record_lists.read(request, kind, user=user, now=clock.now())
    context = record_lists.context(shown, user=user, criteria="criteria" in request.GET)
    rows = rows_of(shown.page.rows)
    return render(request, "people/list.html", {**context, "rows": rows, "table": drawn(rows, shown.place.href)})


def found(request: HttpRequest, kind: str, person_id: int) -> Person:
    """The person, if this colleague may see her; 404 otherwise (X8)."""
    rows = Person.objects.visible_to(user_of(request)).filter(kind=kind).select_related("account", "owner")
    return get_object_or_404(rows, pk=person_id)


def editable(request: HttpRequest, kind: str, person_id: int) -> Person:
    """The person, if this colleague may also change her."""
    person = found(request, kind, person_id)
    if not policy.allows(user_of(request), kind, "edit", person):
        raise PermissionDenied(_("Your role does not let you change this person. Its owner or an administrator can."))
    return person


def page(request: HttpRequest, kind: str, person_id: int) -> HttpResponse:
    """One record with its history; `?drawer=1` gives the preview beside the list."""
    moved = Person.objects.visible_to(user_of(request)).filter(pk=person_id).exclude(kind=kind).first()
    if moved is not None:
        return redirect(moved.kind, moved.pk)
    if way := merging.follow(request, kind, person_id):
        return way
    person = found(request, kind, person_id)
    drawer = "drawer" in request.GET
    return render(
        request, "people/drawer.html" if drawer else "people/page.html", context_of(request, person, drawer=drawer)
    )


def context_of(request: HttpRequest, person: Person, *, drawer: bool = False) -> dict[str, object]:
    """All that a record's page shows."""
    user, base = user_of(request), PLACES[person.kind].record(person.pk)
    known = addresses_of(person)
    proofs = list(person.consent_proofs.select_related("by"))
    return {
        "place": PLACES[person.kind],
        "person": person,
        "base": base,
        "language": dict(Language.choices).get(person.language, person.language),
        "addresses": blocks(known),
        "opted_out": [wish_words(line) for address in known for line in address.wishes],
        "cells": record_cells.of_record(person, fields_of(person.kind), user=user),
        "agenda": agenda_of(person, user=user, next=base) if not drawer else None,
        "deals": deal_page.of_record("contact", person.pk, user=user, now=clock.now()) if not drawer else None,
        "pointing": pointing.cards(person.kind, person.pk, user=user) if not drawer else [],
        "history": panel(person.kind, person.pk, user=user, query=request.GET, page_href=base, brief=drawer),
        "last": insights.last_to(person.pk),
        "figures": insights.figures(Person.objects.filter(pk=person.pk)),
        "engagement_href": engagement.address({"person": person.pk, "days": engagement.DAYS[-1]}),
        "consent": proofs[0] if proofs else None,
        "consent_form": ConsentForm(initial={"state": Person.Consent.GRANTED}, auto_id="consent-%s"),
        "may_edit": policy.allows(user, person.kind, "edit", person),
        "may_delete": policy.allows(user, person.kind, "delete", person),
        "may_write": drafts.may_write(user),
    }


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def new(request: HttpRequest, kind: str) -> HttpResponse:
    """Add somebody; whoever has the address already is shown first."""
    user = user_of(request)
    if policy.level(user, kind, "edit") == policy.NONE:
        raise PermissionDenied(_("Your role does not let you add people. An administrator can change it."))
    initial = {"owner": str(user.pk), "language": user.language, **_from_account(request, user)}
    form = PersonForm(request.POST or None, kind=kind, user=user, initial=initial)
    if request.method != "POST":
        return _form(request, kind, form)
    twins = _twins(form, user) if form.is_valid() else []
    if not form.is_valid() or (twins and "anyway" not in request.POST):
        return _form(request, kind, form, twins=twins, status=422)
    person = actions.add_person(kind, form.draft(), by=user, now=clock.now())
    toast(request, _("%(name)s was added.") % {"name": person})
    return redirect(kind, person.pk)


def _from_account(request: HttpRequest, user: User) -> dict[str, str]:
    """What the page of an account says of its new person."""
    number = _number(request.GET.get("account", ""))
    account = Account.objects.visible_to(user).filter(pk=number).first() if number else None
    return {"account": account.name, "company": account.name, "city": account.city} if account else {}


def _twins(form: PersonForm, user: User, person: Person | None = None) -> list[Person]:
    """People of the same address, among those whom this colleague may see."""
    held = same_address(form.normals(), besides=person.pk if person else None)
    ids = {address.person_id for address in held if address.person_id}
    return list(Person.objects.visible_to(user).filter(pk__in=ids).order_by("name_folded", "id")[:5])


def edit(request: HttpRequest, kind: str, person_id: int) -> HttpResponse:
    """Change what is known of somebody."""
    person, user = editable(request, kind, person_id), user_of(request)
    form = PersonForm(request.POST or None, kind=kind, user=user, person=person, initial=PersonForm.initial_of(person))
    if request.method == "POST" and form.is_valid():
        actions.edit_person(person, form.draft(), by=user, now=clock.now())
        toast(request, _("%(name)s was saved.") % {"name": person})
        return redirect(kind, person.pk)
    return _form(request, kind, form, person=person, status=422 if form.errors else 200)


def _form(
    request: HttpRequest,
    kind: str,
    form: PersonForm,
    *,
    person: Person | None = None,
    twins: list[Person] | None = None,
    status: int = 200,
) -> HttpResponse:
    base = PLACES[kind].record(person.pk) if person else ""
    context = {"place": PLACES[kind], "form": form, "person": person, "base": base, "twins": twins}
    return render(request, "people/form.html", context, status=status)


@require_POST
def delete(request: HttpRequest, kind: str, person_id: int) -> HttpResponse:
    """Delete somebody; mail that was sent stays in the statistics."""
    person, user = found(request, kind, person_id), user_of(request)
    if not policy.allows(user, kind, "delete", person):
        raise PermissionDenied(_("Your role does not let you delete this person. Its owner or an administrator can."))
    name = str(person)
    actions.delete_person(person, by=user, now=clock.now())
    toast(request, _("%(name)s was deleted. Wishes not to be written to are kept.") % {"name": name})
    return redirect(PLACES[kind].many)
