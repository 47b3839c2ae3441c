"""The first step of a mass mail: who gets it, who is left out and why (MASS-01, CAMP-03)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from relance.campaigns import actions, audience, choosing
from relance.campaigns.actions import MassMailDraft
from relance.campaigns.models import MassMail, TargetList
from relance.campaigns.sources import LIST, fields_module, modules
from relance.lib import clock
from relance.people.models import Person
from relance.people.selection import describe
from relance.records import views
from relance.records.exports import csv_pieces
from relance.records.selection import Kind, Selection
from relance.team.models import User
from relance.team.workspace import organisation
from relance.web import charts
from relance.web import format as fmt
from relance.web.mass_mail_steps import edit, mine, sign, steps, user_of
from relance.web.numbers import number
from relance.web.places import place_of

PAGE = 50
FEW = 5
ASKED = ("q", "company", "city", "country", "language", "source", "owner", "mail", "created", "consent")


def new(request: HttpRequest) -> HttpResponse:
    """Choose who gets a new mail; it is kept from the first step on."""
    user = user_of(request)
    actions.require_right(user)
    if request.method == "POST":
        draft = MassMailDraft(values=_chosen(request.POST, user_of(request)))
        mass_mail = actions.draft_mass_mail(draft, by=user, now=clock.now())
        return redirect("mass-mail-message", mass_mail.pk)
    name = _("Mass mail of %(day)s") % {"day": fmt.long_day(timezone.localdate(clock.now()), user.language)}
    mass_mail = MassMail(creator=user, **{"name": name, **_chosen(request.GET, user_of(request))})
    return _recipients(request, mass_mail)


def recipients(request: HttpRequest, mass_mail_id: int) -> HttpResponse:
    """The first step: who gets it."""
    mass_mail = mine(request, mass_mail_id)
    if isinstance(mass_mail, HttpResponse):
        return mass_mail
    if request.method == "POST":
        edit(request, mass_mail, _chosen(request.POST, user_of(request)))
        return redirect("mass-mail-message", mass_mail.pk)
    return _recipients(request, mass_mail)


def _recipients(request: HttpRequest, mass_mail: MassMail) -> HttpResponse:
    selection = audience.selection_of(mass_mail)
    params = dict(selection.params)
    asked = ASKED if mass_mail.module in (*Person.Kind.values, LIST) else ()
    kept = {key: value for key, value in params.items() if key not in asked}
    context = {
        "mass_mail": mass_mail,
        "selection": selection,
        "params": params,
        "kept": kept,
        "kept_words": _words(request, Selection(module=selection.module, kind=Kind.FILTER, params=kept))
        if kept
        else (),
        "steps": steps(mass_mail, "recipients"),
        "countries": _values("country", mass_mail.module),
        "kinds": Person.Kind.choices if mass_mail.module in (*Person.Kind.values, LIST) else [],
        "views": views.of(fields_module(mass_mail.module), user_of(request)),
        "list_href": f"{place_of(fields_module(mass_mail.module)).href}?{urlencode({**params, 'criteria': '1'})}",
        "place": place_of(fields_module(mass_mail.module)),
        "target_lists": TargetList.objects.visible_to(user_of(request))[:500],
        "to_lists": choosing.lists_of(mass_mail),
        "excluded": mass_mail.excluded,
        "periods": [(days, f"{days}d") for days in (7, 30, 90, 365)],
        **_audience(mass_mail),
    }
    return render(request, "mass_mails/recipients.html", context)


def _words(request: HttpRequest, selection: Selection) -> tuple[str, ...]:
    return describe(selection, user=user_of(request), now=clock.now())


def _values(column: str, module: str) -> list[str]:
    rows = Person.objects.filter(kind=module).exclude(**{column: ""}).values_list(column, flat=True)
    return list(rows.distinct().order_by(column)[:200])


def count(request: HttpRequest) -> HttpResponse:
    """How many get it, for the choice as it stands in the form."""
    user = user_of(request)
    mass_mail = MassMail(creator=user, **_chosen(request.GET, user_of(request)))
    return render(request, "mass_mails/audience.html", _audience(mass_mail))


def _audience(mass_mail: MassMail) -> dict[str, object]:
    now = clock.now()
    counted = audience.count(mass_mail, now=now)
    parts = [
        charts.Part(word=_("receive"), count=counted.accepted, tone="c1"),
        charts.Part(word=_("left out"), count=counted.refused, tone="c5"),
    ]
    return {
        "counted": counted,
        "left_out": [(one, audience.reason_word(one.reason), *sign(one.reason)) for one in counted.left_out],
        "few": audience.accepted(mass_mail, now=now, limit=FEW),
        "rows": [parts],
        "query": query_of(mass_mail),
        "policy": organisation().tracking,
        "kind": mass_mail.module,
    }


def _chosen(given: QueryDict, user: User) -> dict[str, object]:
    """The choice of people in a form or an address, as a mass mail keeps it."""
    excluded = _lists(given, "excluded", user)
    if given.get("selection") == "lists":
        told: dict[str, object] = {
            "module": LIST,
            "audience": "lists",
            "criteria": {"lists": _lists(given, "lists", user)},
        }
        return told | _named(given) | {"excluded": excluded}
    module = given.get("module", Person.Kind.CONTACT)
    if module not in modules() or module == LIST:
        raise Http404
    query = _with_view(given, module, user)
    if given.get("selection") in ("all", "filter"):
        query.pop("ids", None)
    selection = Selection.read(module, query)
    told = {"module": module, "audience": selection.kind.value, "criteria": selection.criteria()}
    return told | _named(given) | {"excluded": excluded}


def _named(given: QueryDict) -> dict[str, object]:
    name = str(given.get("name", "")).strip()
    return {"name": name[:160]} if name else {}


def _lists(given: QueryDict, name: str, user: User) -> list[int]:
    """The target lists that a form or an address names, as far as the colleague sees them."""
    ids = [pk for told in given.getlist(name) for text in told.split(",") if (pk := number(text))]
    return list(TargetList.objects.visible_to(user).filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))


def query_of(mass_mail: MassMail) -> str:
    """The choice of people as a link carries it."""
    excluded = [("excluded", str(pk)) for pk in mass_mail.excluded]
    if mass_mail.module == LIST:
        lists = [("lists", str(pk)) for pk in choosing.lists_of(mass_mail)]
        return urlencode([("selection", "lists"), *lists, *excluded])
    told = f"module={mass_mail.module}&{audience.selection_of(mass_mail).query()}"
    return f"{told}&{urlencode(excluded)}" if excluded else told


def _with_view(given: QueryDict, module: str, user: User) -> QueryDict:
    """The choice with the criteria of the view that it names; they are kept as they stand now."""
    query = given.copy()
    view = views.find(module, str(given.get("view", "")), user=user)
    if view is not None:
        told = views.params(view)
        query["where"] = told.get("where", "")
        query["q"] = str(given.get("q", "")) or told.get("q", "")
    return query


def left_out(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Everybody who would be left out, with the reason; as a page or as a file."""
    user = user_of(request)
    mass_mail = MassMail(creator=user, **_chosen(request.GET, user_of(request)))
    reason = request.GET.get("reason") or None
    if request.GET.get("format") == "csv":
        return _file(mass_mail, reason)
    start = number(request.GET.get("after", "")) or 0
    rows = audience.left_out(mass_mail, now=clock.now(), reason=reason, after=start, limit=PAGE + 1)
    context = {
        "rows": [(row, audience.reason_word(row.reason), *sign(row.reason)) for row in rows[:PAGE]],
        "after": rows[PAGE - 1].id if len(rows) > PAGE else "",
        "reason": audience.reason_word(reason) if reason else "",
        "kind": mass_mail.module,
        "back": f"{reverse('mass-mail-new')}?{query_of(mass_mail)}",
    }
    return render(request, "mass_mails/left_out.html", context)


def _file(mass_mail: MassMail, reason: str | None) -> StreamingHttpResponse:
    head = [_("Name"), _("Company"), _("E-mail address"), _("Reason"), _("Detail")]
    lines = (
        (row.name, row.company, row.email, audience.reason_word(row.reason), row.detail)
        for row in _all_left_out(mass_mail, reason)
    )
    response = StreamingHttpResponse(csv_pieces(head, lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="left-out.csv"'
    return response


def _all_left_out(mass_mail: MassMail, reason: str | None) -> Iterator[audience.Excluded]:
    after = 0
    while rows := audience.left_out(mass_mail, now=clock.now(), reason=reason, after=after, limit=5000):
        yield from rows
        after = rows[-1].id
