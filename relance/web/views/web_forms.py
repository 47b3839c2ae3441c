"""Web forms for colleagues: all of them, one with what came, its form (API-03). Strangers see `web_form_page`."""

from __future__ import annotations

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.records.values import label
from relance.team import policy
from relance.web.forms.web_forms import WebFormForm, public_label
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast
from relance.webforms import actions, taking
from relance.webforms.models import Submission, WebForm

State = Submission.State
PAGE = 50


def index(request: HttpRequest) -> HttpResponse:
    """All that a colleague may see, with their numbers."""
    user = user_of(request)
    rows = WebForm.objects.visible_to(user).select_related("creator").annotate(
        came=Count("submissions", filter=~Q(submissions__state__in=(State.HELD, State.DROPPED))),
        leads=Count("submissions", filter=Q(submissions__state=State.LEAD)),
        held=Count("submissions", filter=Q(submissions__state=State.HELD)),
    )  # fmt: skip
    return render(request, "web_forms/index.html", {"rows": rows[:200], "may_send": user.may_send_mass_mail})


def found(request: HttpRequest, form_id: int) -> WebForm:
    """One that the colleague may see. Raises Http404."""
    rows = WebForm.objects.visible_to(user_of(request)).select_related(
        "creator", "target_list", "responder", "sequence"
    )
    return get_object_or_404(rows, pk=form_id)


def address_of(form: WebForm) -> str:
    """Where strangers find it."""
    return f"{settings.RELANCE_URL}{reverse('web-form-public', args=[form.key])}"


def page(request: HttpRequest, form_id: int) -> HttpResponse:
    """Its address, how to put it on a site, and what came of it."""
    form, user = found(request, form_id), user_of(request)
    mine = actions.may_change(form, user)
    state = request.GET.get("state", "")
    rows = form.submissions.select_related("person", "by")
    rows = rows.filter(state=state) if state in State.values else rows.exclude(state=State.DROPPED)
    shown = Paginator(rows if mine else rows.none(), PAGE).get_page(request.GET.get("page"))
    counts = dict(form.submissions.values_list("state").annotate(Count("pk")).order_by())
    context = {
        "form": form, "mine": mine, "address": address_of(form), "counts": counts, "state": state, "people": shown,
        "rows": [(row, _told(row)) for row in shown], "states": State.choices,
        "asked": [public_label(field.key, field.label) for field in actions.asked(form)],
        "owners": ", ".join(form.owners.filter(is_active=True).values_list("name", flat=True)) or form.creator.name,
        "snippet": _snippet(form), "came": counts.get(State.LEAD, 0) + counts.get(State.KNOWN, 0),
    }  # fmt: skip
    return render(request, "web_forms/page.html", context)


def _told(row: Submission) -> list[tuple[str, str]]:
    """What was written, by the labels of the fields."""
    known = actions.offered()
    told = []
    order = list(known)
    for key in sorted(row.written, key=lambda key: order.index(key) if key in known else len(order)):
        field, text = known.get(key), row.written[key]
        words = ", ".join(text) if isinstance(text, list) else str(text)
        if field is not None and field.options():
            words = label(field, tuple(text) if isinstance(text, list) else text) or words
        told.append((public_label(key, field.label if field else key), words))
    return told


def _snippet(form: WebForm) -> str:
    """To be put into a page: the form as it is, in a frame."""
    return f'<iframe src="{address_of(form)}" title="{form.name}" width="100%" height="720" loading="lazy"></iframe>'


def edit(request: HttpRequest, form_id: int | None = None) -> HttpResponse:
    """Its form."""
    user = user_of(request)
    policy.require(user.may_send_mass_mail)
    row = found(request, form_id) if form_id else None
    if row is not None:
        actions.require_change(row, user)
    form = WebFormForm(request.POST or None, form=row, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.save(row, form.draft(), by=user, now=clock.now())
            toast(request, _("Saved."))
            return redirect("web-form", saved.pk)
        except Refused as refused:
            form.add_error(None, str(refused))
    context = {"form": form, "row": row, "fields": form.lines()}
    return render(request, "web_forms/edit.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def act(request: HttpRequest, form_id: int, verb: str) -> HttpResponse:
    """Open, close or delete it."""
    form, user, now = found(request, form_id), user_of(request), clock.now()
    try:
        match verb:
            case "open" | "close":
                actions.switch(form, on=verb == "open", by=user, now=now)
            case "delete":
                actions.delete(form, by=user, now=now)
            case _:
                raise Http404
        toast(request, _("Saved."))
    except Refused as refused:
        problem(request, str(refused))
    return redirect("web-forms") if verb == "delete" else redirect("web-form", form.pk)


@require_POST
def judge(request: HttpRequest, form_id: int, submission_id: int, verb: str) -> HttpResponse:
    """A colleague says whether somebody wrote what is held."""
    form, user, now = found(request, form_id), user_of(request), clock.now()
    row = get_object_or_404(form.submissions.select_related("form__creator"), pk=submission_id)
    try:
        match verb:
            case "accept":
                taken = taking.accept(row, by=user, now=now)
                toast(request, _("%(name)s is taken.") % {"name": taken.person})
            case "drop":
                taking.drop(row, by=user, now=now)
                toast(request, _("Dropped."))
            case _:
                raise Http404
    except Refused as refused:
        problem(request, str(refused))
    return redirect("web-form", form.pk)
