"""Enrol chosen people: which sequence, what would go out, who is left out and why, then how far it is (SEQ-10)."""

from __future__ import annotations

from collections import Counter
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.records.selection import Selection
from relance.sequences import enrolling, rules
from relance.sequences.judging import words
from relance.sequences.models import Enrolling, Sequence
from relance.web.places import place_of
from relance.web.signed_in import user_of
from relance.web.toast import problem
from relance.web.views.sequences import found

SHOWN, DAYS = 12, 30


@require_POST
def chosen(request: HttpRequest, module: str) -> HttpResponse:
    """From the ticked rows of a list to the choice of a sequence."""
    picked = Selection.posted(module, request.POST)
    if picked.is_nothing:
        problem(request, _("Nothing is selected. Tick the rows first."))
        return redirect(place_of(module).href)
    answer = redirect(f"{place_of(module).many}-enrol")
    answer["Location"] += f"?{picked.query()}"
    return answer


def enrol(request: HttpRequest, module: str) -> HttpResponse:
    """The dry run of the chosen people in the chosen sequence; a POST enrols them."""
    user, now = user_of(request), clock.now()
    enrolling.require_enroller(user)
    told = request.POST if request.method == "POST" else request.GET
    picked = Selection.read(module, told)
    pk = told.get("sequence", "")
    sequence = found(int(pk)) if pk.isascii() and pk.isdigit() and len(pk) < 18 else None
    offered = Sequence.objects.filter(deleted_at=None).order_by("name", "id")
    context: dict[str, object] = {
        "place": place_of(module), "offered": offered, "sequence": sequence, "module": module,
        "hidden": [(key, value) for key, value in told.items() if key not in ("sequence", "csrfmiddlewaretoken")],
    }  # fmt: skip
    try:
        if sequence is not None and request.method == "POST":
            return redirect("enrolling", enrolling.begin(sequence, picked, by=user, now=now).pk)
        ids = enrolling.chosen_ids(picked, by=user, now=now)
        context["number"] = len(ids)
        if sequence is not None:
            context |= _told(enrolling.plan(sequence, ids, by=user, now=now), sequence, ZoneInfo(user.time_zone))
    except Refused as refused:
        context["wrong"] = str(refused)
    return render(request, "sequences/enrol.html", context)


def _told(run: enrolling.DryRun, sequence: Sequence, zone: ZoneInfo) -> dict[str, object]:
    """The calendar by day and step, those left out by reason, the first people one by one."""
    names = {step.position: step.name for step in sequence.current.steps.all()}
    days = []
    for day, planned in list(rules.by_day(run.planned, zone=zone).items())[:DAYS]:
        counts = Counter((each.position, each.is_mail) for each in planned)
        days.append((day, [(names[place], is_mail, number) for (place, is_mail), number in sorted(counts.items())]))
    people = {each.person_id: each for each in run.accepted}
    shown = [person.person_id for person in run.accepted[:SHOWN]]
    first = [(people[pk], run.zones[pk], [each for each in run.planned if each.person_id == pk]) for pk in shown]
    reasons = Counter(each.refusal for each in run.refused)
    left = [
        (words(reason), number, [each for each in run.refused if each.refusal == reason][:SHOWN])
        for reason, number in reasons.most_common()
    ]
    return {
        "days": days, "first": first, "left": left, "accepted": len(run.accepted), "refused": len(run.refused),
        "mails": sum(each.is_mail for each in run.planned), "last": run.planned[-1].at if run.planned else None,
    }  # fmt: skip


def progress(request: HttpRequest, enrolling_id: int) -> HttpResponse:
    """How far it is."""
    job = get_object_or_404(Enrolling.objects.filter(by=user_of(request)).select_related("sequence"), pk=enrolling_id)
    left = [(words(reason), number) for reason, number in sorted(job.left.items())]
    context = {"job": job, "left": left, "settled": job.enrolled + sum(job.left.values())}
    return render(
        request, "sequences/progress_part.html" if "part" in request.GET else "sequences/progress.html", context
    )
