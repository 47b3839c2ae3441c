"""Acts on the rows chosen in a list, of any module: write to them, hand them over, delete them (REC-05)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from relance.lib import clock
from relance.people import bulk
from relance.people.models import Account, Person
from relance.records import lists, selection
from relance.records.registry import Rows
from relance.records.selection import Kind, Selection
from relance.team.models import Module, User
from relance.web.forms.people import OwnerForm
from relance.web.places import PLACES, counted
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast


def _nobody(request: HttpRequest, module: str, chosen: Selection) -> HttpResponse | None:
    """Back to the list where nothing is ticked."""
    if chosen.kind is not Kind.ROWS or chosen.ids:
        return None
    problem(request, _("Nothing is selected. Tick the rows first."))
    return redirect(PLACES[module].many)


def _read(request: HttpRequest, module: str) -> Selection:
    """Never everything by accident: a form without ticked rows and without `all` chooses nothing."""
    told = request.POST.copy()
    if not told.get("all") and told.get("selection") not in (Kind.FILTER, Kind.ALL):
        told.setdefault("ids", "")
    return Selection.read(module, told)


@require_POST
def mass_mail(request: HttpRequest, module: str) -> HttpResponse:
    """Begin a mass mail to them."""
    chosen = _read(request, module)
    answer = _nobody(request, module, chosen) or redirect("mass-mail-new")
    if chosen.kind is not Kind.ROWS or chosen.ids:
        answer["Location"] += f"?module={module}&{chosen.query()}"
    return answer


@require_POST
def owner(request: HttpRequest, module: str) -> HttpResponse:
    """Choose a new owner, then hand them over."""
    user, chosen = user_of(request), _read(request, module)
    rows = bulk.editable(_rows(chosen, user), module, by=user)
    form = OwnerForm(request.POST if "taker" in request.POST else None)
    if not form.is_valid():
        return _nobody(request, module, chosen) or _ask(request, "people/owner.html", module, chosen, rows, form=form)
    taker = User.objects.get(pk=form.cleaned_data["taker"])
    number = _hand_over(rows, module, taker, by=user)
    said = ngettext("%(records)s now belongs to %(name)s.", "%(records)s now belong to %(name)s.", number)
    toast(request, said % {"records": counted(module, number), "name": taker})
    return _back(module, chosen)


def _hand_over(rows: Rows, module: str, taker: User, *, by: User) -> int:
    if module == Module.ACCOUNT:
        return bulk.hand_over_accounts(Account.objects.filter(pk__in=rows.values("pk")), taker, by=by, now=clock.now())
    return bulk.hand_over_people(Person.objects.filter(pk__in=rows.values("pk")), module, taker, by=by, now=clock.now())


@require_POST
def delete(request: HttpRequest, module: str) -> HttpResponse:
    """Say how many would go, then delete them."""
    user, chosen = user_of(request), _read(request, module)
    rows = bulk.deletable(_rows(chosen, user), module, by=user)
    if "sure" not in request.POST:
        return _nobody(request, module, chosen) or _ask(request, "people/delete.html", module, chosen, rows)
    number = bulk.delete_many(rows, module, by=user)
    said = ngettext("%(records)s was deleted.", "%(records)s were deleted.", number)
    toast(request, said % {"records": counted(module, number)})
    return _back(module, chosen)


def _rows(chosen: Selection, user: User) -> Rows:
    return selection.rows(chosen, user=user, now=clock.now())


def _ask(
    request: HttpRequest, template: str, module: str, chosen: Selection, rows: Rows, **more: object
) -> HttpResponse:
    """The question, with the number it touches and how many are left out for want of the right."""
    number, total = rows.count(), _rows(chosen, user_of(request)).count()
    context = {
        "place": PLACES[module],
        "selection": chosen,
        "number": number,
        "left": total - number,
        "told": counted(module, number),
        "criteria": selection.words(chosen, user=user_of(request), now=clock.now()),
        "fields": _fields(chosen),
        **more,
    }
    return render(request, template, context)


def _fields(chosen: Selection) -> list[tuple[str, str]]:
    """The selection as hidden fields."""
    if chosen.kind is Kind.ROWS:
        return [("ids", ",".join(map(str, chosen.ids)))]
    return [("selection", chosen.kind.value), *chosen.params.items()]


def _back(module: str, chosen: Selection) -> HttpResponse:
    """To the list as it was narrowed."""
    answer = redirect(PLACES[module].many)
    if chosen.params:
        answer["Location"] += f"?{urlencode(chosen.params)}"
    return answer


def count(request: HttpRequest, module: str) -> HttpResponse:
    """The exact count of a list, fetched after the page."""
    params = {key: value for key, value in request.GET.items() if isinstance(value, str)}
    asked, user = lists.read(module, params), user_of(request)
    number = lists.count(asked, user=user, now=clock.now(), exact=True)
    told = counted(module, number.number, about=number.about)
    return render(request, "people/count.html", {"count": number, "count_words": told})
