"""Reports: all of them, one with its groups and chart, its form, and the lists that it fills (CAMP-08)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.campaigns import lists, reports
from relance.campaigns.models import Report, TargetList
from relance.campaigns.reports import Answer, BadReport, ReportDraft
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.records import registry, selection, views
from relance.records.registry import UnknownModule
from relance.team import policy
from relance.team.models import User
from relance.web import charts
from relance.web.numbers import number
from relance.web.places import place_of
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast
from relance.web.views.target_lists import say
from relance.web.words import noun

SHOWN = 24  # columns of a chart that can still be read


def index(request: HttpRequest) -> HttpResponse:
    """All reports that a colleague may see."""
    user = user_of(request)
    rows = Report.objects.visible_to(user).select_related("owner", "target_list")[:500]
    return render(request, "reports/index.html", {"rows": rows, "may_send": user.may_send_mass_mail})


def found(request: HttpRequest, report_id: int) -> Report:
    """A report that the colleague may see. Raises Http404."""
    rows = Report.objects.visible_to(user_of(request)).select_related("owner", "target_list")
    return get_object_or_404(rows, pk=report_id)


def page(request: HttpRequest, report_id: int) -> HttpResponse:
    """What it tells now, and the list that it fills."""
    report, user, now = found(request, report_id), user_of(request), clock.now()
    context: dict[str, object] = {"report": report, "may_change": reports.may_change(report, user)}
    try:
        told = reports.answer(report, user=user, now=now)
        context |= {
            "answer": told, "drawing": _drawing(report, told), "tones": ("c1",),
            "every": max(1, min(len(told.groups), SHOWN) // 9 + 1),
            "group": registry.field(report.module, report.group).label if report.group else "",
            "grouping": noun(str(registry.field(report.module, report.group).label)) if report.group else "",
            "summed": registry.field(report.module, report.summed).label if report.summed else "",
            "words": selection.words(reports.selection_of(report), user=user, now=now),
            "list_href": f"{place_of(report.module).href}?{urlencode({'where': report.where} if report.where else {})}",
            "most": max((one.count for one in told.groups), default=1),
        }  # fmt: skip
    except BadReport as refused:
        problem(request, str(refused))
    mine = [row for row in TargetList.objects.visible_to(user) if lists.may_change(row, user)]
    context["lists"] = mine[:500]
    return render(request, "reports/page.html", context)


def _drawing(report: Report, told: Answer) -> list[charts.Column]:
    if report.chart != Report.Chart.COLUMNS:
        return []
    return [charts.Column(word=one.word[:12], values=(one.count,)) for one in told.groups[:SHOWN]]


def _modules(user: User) -> list[tuple[str, object]]:
    known = [one for one in registry.modules() if policy.level(user, one.key, "read") > policy.NONE]
    return [(one.key, one.label) for one in known]


def edit(request: HttpRequest, report_id: int | None = None) -> HttpResponse:
    """Its form: the module first, since its fields follow from it."""
    user, said = user_of(request), ""
    policy.require(user.may_send_mass_mail)
    report = found(request, report_id) if report_id else None
    given = request.POST if request.method == "POST" else request.GET
    module = str(given.get("module", report.module if report else "lead"))
    if module not in dict(_modules(user)):
        raise Http404
    values = (
        {name: getattr(report, name) for name in reports.FIELDS} if report else {"step": "month", "chart": "columns"}
    )
    values |= {name: str(given[name]) for name in reports.FIELDS if name in given} | {"module": module}
    if request.method == "POST":
        try:
            values["where"] = _where(request, module, user, report)
            saved = reports.save(report, ReportDraft(values=values), by=user, now=clock.now())
            return redirect("report", saved.pk)
        except Refused as refused:
            said = str(refused)
    context = {
        "report": report, "values": values, "said": said, "modules": _modules(user),
        "groups": reports.groupable(module), "sums": reports.summable(module), "steps": Report.Step.choices,
        "charts": Report.Chart.choices, "views": views.of(module, user),
        "kept": report.where if report and report.module == module else "",
    }  # fmt: skip
    return render(request, "reports/edit.html", context, status=422 if said else 200)


def _where(request: HttpRequest, module: str, user: User, report: Report | None) -> str:
    """The criteria: those of a view, those kept, or those of an address."""
    chosen = request.POST.get("view", "")
    if chosen == "kept" and report is not None and report.module == module:
        return report.where
    view = views.find(module, chosen, user=user) if chosen and chosen != "kept" else None
    return str(views.params(view).get("where", "")) if view is not None else ""


@require_POST
def act(request: HttpRequest, report_id: int, verb: str) -> HttpResponse:
    """Fill a list, once or from now on; let it go; delete the report."""
    report, user, now = found(request, report_id), user_of(request), clock.now()
    try:
        match verb:
            case "fill":
                target_list = _list(request)
                keep = "keep" in request.POST
                say(request, reports.fill(report, target_list, keep=keep, by=user, now=now))
                return redirect("target-list", target_list.pk)
            case "release":
                reports.let_go(report, by=user)
                toast(request, _("Saved."))
            case "delete":
                reports.delete(report, by=user, now=now)
                toast(request, _("Report deleted."))
                return redirect("reports")
            case _:
                raise Http404
    except UnknownModule:
        raise Http404 from None
    except Refused as refused:
        problem(request, str(refused))
    return redirect("report", report.pk)


def _list(request: HttpRequest) -> TargetList:
    """The list that was chosen, or a new one. Raises Http404, Refused."""
    told = request.POST.get("list", "")
    if told == "new":
        return lists.make(request.POST.get("name", ""), by=user_of(request), now=clock.now())
    rows = TargetList.objects.visible_to(user_of(request))
    return get_object_or_404(rows, pk=number(told) or 0)
