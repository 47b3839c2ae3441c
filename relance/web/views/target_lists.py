"""Target lists: all of them, one with its members and the ways of filling it, adding rows from any list (CAMP-02)."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from relance.campaigns import lists
from relance.campaigns.lists import Filled
from relance.campaigns.models import ListMember, TargetList
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.records import selection as selections
from relance.records.registry import UnknownModule
from relance.records.selection import Selection
from relance.web.forms.people import colleagues
from relance.web.numbers import number
from relance.web.places import counted, place_of
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast

PAGE = 50
MOST_OCTETS = 5_000_000


def index(request: HttpRequest) -> HttpResponse:
    """All lists that a colleague may see; a new one is made beside them."""
    user = user_of(request)
    if request.method == "POST":
        try:
            made = lists.make(request.POST.get("name", ""), by=user, now=clock.now())
            return redirect("target-list", made.pk)
        except Refused as refused:
            problem(request, str(refused))
    rows = TargetList.objects.visible_to(user).select_related("owner")
    context = {"rows": [(row, lists.size(row)) for row in rows[:500]], "may_send": user.may_send_mass_mail}
    return render(request, "target_lists/index.html", context)


def found(request: HttpRequest, list_id: int) -> TargetList:
    """A list that the colleague may see. Raises Http404."""
    return get_object_or_404(TargetList.objects.visible_to(user_of(request)).select_related("owner"), pk=list_id)


def page(request: HttpRequest, list_id: int) -> HttpResponse:
    """Who is on it, and how it is filled."""
    target_list, user = found(request, list_id), user_of(request)
    out = bool(request.GET.get("out"))
    after = number(request.GET.get("after", "")) or 0
    rows = lists.members(target_list, user=user, after=after, limit=PAGE + 1, only_out=out)
    others = TargetList.objects.visible_to(user).exclude(pk=target_list.pk)
    context = {
        "list": target_list,
        "size": lists.size(target_list),
        "rows": [(row, *_told(row)) for row in rows[:PAGE]],
        "after": rows[PAGE - 1].pk if len(rows) > PAGE else "",
        "out": out,
        "others": others[:500],
        "colleagues": colleagues(),
        "may_change": lists.may_change(target_list, user),
        "may_send": user.may_send_mass_mail,
    }
    return render(request, "target_lists/page.html", context)


def _told(row: ListMember) -> tuple[str, str, str]:
    """What a member is, its address, and its page."""
    if row.person is not None:
        return row.person.get_kind_display(), row.person.primary_email, reverse(row.person.kind, args=[row.person.pk])
    if row.account is not None:
        return _("Account"), row.account.primary_email, reverse("account", args=[row.account.pk])
    if row.colleague is not None:
        return _("Colleague"), row.colleague.email, ""
    if row.record is not None:
        try:
            place = place_of(row.record.module)
        except UnknownModule:
            return row.record.module, row.record.email, ""
        return str(place.title), row.record.email, place.record(row.record.pk)
    return _("Address"), row.email, ""


@require_POST
def act(request: HttpRequest, list_id: int, verb: str) -> HttpResponse:
    """Rename, fill, empty or delete it; let members leave and come back."""
    target_list, user, now = found(request, list_id), user_of(request), clock.now()
    ids = [pk for text in request.POST.getlist("ids") if (pk := number(text))]
    try:
        match verb:
            case "rename":
                lists.rename(target_list, request.POST.get("name", ""), by=user, now=now)
                toast(request, _("Saved."))
            case "delete":
                lists.delete(target_list, by=user, now=now)
                toast(request, _("Deleted. Its members keep their records."))
                return redirect("target-lists")
            case "remove":
                _count(request, lists.remove(target_list, ids, by=user, now=now))
            case "out":
                _count(request, lists.opt_out(target_list, ids, by=user, now=now))
            case "in":
                _count(request, lists.opt_in(target_list, ids, by=user, now=now))
            case _ if verb in FILL:
                say(request, FILL[verb](request, target_list))
            case _:
                raise Http404
    except Refused as refused:
        problem(request, str(refused))
    return redirect("target-list", target_list.pk)


def _addresses(request: HttpRequest, target_list: TargetList) -> Filled:
    told = request.POST.get("addresses", "")
    if (file := request.FILES.get("file")) is not None and not isinstance(file, list):
        told += "\n" + file.read(MOST_OCTETS).decode("utf-8", "replace")
    return lists.add_addresses(target_list, told, by=user_of(request), now=clock.now())


def _copy(request: HttpRequest, target_list: TargetList) -> Filled:
    other = found(request, number(request.POST.get("other", "")) or 0)
    return lists.copy_from(target_list, other, by=user_of(request), now=clock.now())


def _colleagues(request: HttpRequest, target_list: TargetList) -> Filled:
    ids = [pk for text in request.POST.getlist("colleagues") if (pk := number(text))]
    return lists.add_colleagues(target_list, ids, by=user_of(request), now=clock.now())


FILL: dict[str, Callable[[HttpRequest, TargetList], Filled]] = {
    "addresses": _addresses, "copy": _copy, "colleagues": _colleagues,
}  # fmt: skip


def _count(request: HttpRequest, changed: int) -> None:
    toast(request, ngettext("%(count)d member changed.", "%(count)d members changed.", changed) % {"count": changed})


def say(request: HttpRequest, filled: Filled) -> None:
    """What came of filling a list."""
    told = ngettext("%(count)d added.", "%(count)d added.", filled.added) % {"count": filled.added}
    if filled.already:
        more = ngettext("%(count)d was on it already.", "%(count)d were on it already.", filled.already)
        told += " " + more % {"count": filled.already}
    toast(request, told)
    if filled.unread:
        problem(request, _("These are no addresses: %(texts)s.") % {"texts": ", ".join(filled.unread)})


def add_chosen(request: HttpRequest, module: str) -> HttpResponse:
    """Add the rows chosen in a list, all results of a search among them, to a list that is chosen here."""
    user, now = user_of(request), clock.now()
    chosen = Selection.posted(module, request.POST) if request.method == "POST" else Selection.read(module, request.GET)
    try:
        if chosen.is_nothing:
            problem(request, _("Nothing is selected. Tick the rows first."))
            return redirect(place_of(module).href)
        if request.method == "POST" and request.POST.get("list"):
            target_list = _target(request)
            say(request, lists.fill(target_list, chosen, by=user, now=now))
            return redirect("target-list", target_list.pk)
        rows = selections.rows(chosen, user=user, now=now)
    except UnknownModule:
        raise Http404 from None
    except Refused as refused:
        problem(request, str(refused))
        return redirect(place_of(module).href)
    mine = [row for row in TargetList.objects.visible_to(user) if lists.may_change(row, user)]
    context = {
        "module": module, "lists": mine[:500], "told": counted(module, rows.count()), "place": place_of(module),
        "hidden": _hidden(chosen), "query": chosen.query(),
    }  # fmt: skip
    return render(request, "target_lists/add.html", context)


def _hidden(chosen: Selection) -> list[tuple[str, str]]:
    if chosen.ids:
        return [("ids", ",".join(map(str, chosen.ids)))]
    return [("selection", chosen.kind.value), *chosen.params.items()]


def _target(request: HttpRequest) -> TargetList:
    """The list that was chosen, or a new one of this name. Raises Http404, Refused."""
    if request.POST["list"] == "new":
        return lists.make(request.POST.get("name", ""), by=user_of(request), now=clock.now())
    return found(request, number(request.POST["list"]) or 0)


def write_to(request: HttpRequest, list_id: int) -> HttpResponse:
    """Begin a mass mail to the list."""
    query = urlencode({"selection": "lists", "lists": found(request, list_id).pk})
    return redirect(f"{reverse('mass-mail-new')}?{query}")
