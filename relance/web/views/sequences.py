"""Sequences: the list, one of them with its people, the editor with its effect on those enrolled (SEQ-01 to SEQ-13)."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy
from django.views.decorators.http import require_POST

from relance.insights.templates import proposed
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail import mailboxes
from relance.mail.models import Mailbox, Template
from relance.mail.templates import TemplateDraft, add_template
from relance.people.models import Person
from relance.sequences import actions, attention, previewing, stats
from relance.sequences.models import Enrolment, FooterLanguage, Sequence, Step
from relance.sequences.surroundings import zone_of
from relance.team.models import User
from relance.web.forms.sequences import SequenceForm
from relance.web.frame import framed
from relance.web.sequence_cards import cards
from relance.web.sequence_people import listed, mark_of
from relance.web.sequence_words import reason_words, sentence
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast

PAGE = 50
TABS = {
    "active": pgettext_lazy("enrolments", "Active"),
    "paused": pgettext_lazy("enrolments", "Paused"),
    "finished": pgettext_lazy("enrolments", "Finished"),
    "stopped": pgettext_lazy("enrolments", "Left early"),
}
VERBS = {"pause": actions.pause, "resume": actions.resume, "skip": actions.skip, "remove": actions.remove}


class NoSubject(Refused):
    """A template that is written in a step has no subject, or none that can be kept."""


def index(request: HttpRequest) -> HttpResponse:
    """All sequences: everybody may use them (SEQ-11)."""
    user = user_of(request)
    page = Paginator(stats.listed(), PAGE).get_page(request.GET.get("page"))
    return render(request, "sequences/index.html", {"page": page, "may_define": user.may_define_sequences})


def found(pk: int) -> Sequence:
    """A sequence that is there. Raises Http404."""
    return get_object_or_404(Sequence.objects.filter(deleted_at=None).select_related("creator"), pk=pk)


def page(request: HttpRequest, sequence_id: int) -> HttpResponse:
    """Numbers, steps, exits, and the people by state."""
    sequence, user = found(sequence_id), user_of(request)
    tab = request.GET.get("state", "active")
    tab = tab if tab in TABS else "active"
    visible = Person.objects.visible_to(user).order_by().values("pk")
    rows = sequence.enrolments.filter(state=tab, person__in=visible)
    rows = rows.select_related("person__account", "user", "version").order_by("due_at", "-id")
    people = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    figures, steps = stats.figures(sequence), stats.of_steps(sequence)
    exits = [(mark_of(reason), number) for reason, number in stats.exits(sequence)]
    context = {
        "sequence": sequence, "figures": figures, "steps": steps, "exits": exits,
        "most_sent": max((step.sent for step in steps), default=0), "listed": listed(people),
        "most": max((number for _mark, number in exits), default=1), "tab": tab, "people": people,
        "tabs": [(key, word, getattr(figures, key)) for key, word in TABS.items()], "version": sequence.current,
        "may_define": user.may_define_sequences, "going": actions.affected(sequence), "alerts": _alerts(sequence),
    }  # fmt: skip
    return render(request, "sequences/page.html", context)


def _alerts(sequence: Sequence) -> list[str]:
    """What keeps people paused, and wants somebody's hand (SEQ-08)."""
    told = []
    for reason in attention.ASKING:
        count = sequence.enrolments.filter(state="paused", reason=reason).count()
        if count:
            said = ngettext("%(count)d person is paused: %(why)s.", "%(count)d people are paused: %(why)s.", count)
            told.append(said % {"count": count, "why": reason_words(reason)})
    return told


def person(request: HttpRequest, sequence_id: int, enrolment_id: int) -> HttpResponse:
    """One person's way through it, and why each thing happened."""
    row = _enrolment(request, sequence_id, enrolment_id)
    zone = zone_of(row.person, row.user)
    context = {
        "row": row, "sequence": row.sequence, "zone": zone, "reason": reason_words(row.reason),
        "step": row.version.steps.filter(position=row.position).first(), "steps": row.version.steps.count(),
        "traces": [(trace.at, sentence(trace)) for trace in row.traces.all()],
        "runs": row.runs.select_related("step", "message", "task").order_by("at", "id"),
    }  # fmt: skip
    return render(request, "sequences/person.html", context)


def _enrolment(request: HttpRequest, sequence_id: int, enrolment_id: int) -> Enrolment:
    visible = Person.objects.visible_to(user_of(request)).order_by().values("pk")
    rows = Enrolment.objects.filter(sequence=sequence_id, person__in=visible)
    return get_object_or_404(rows.select_related("sequence", "person__account", "user", "version"), pk=enrolment_id)


@require_POST
def act_on(request: HttpRequest, sequence_id: int, enrolment_id: int, verb: str) -> HttpResponse:
    """Pause, resume, skip a step, remove."""
    if verb not in VERBS:
        raise Http404
    row = _enrolment(request, sequence_id, enrolment_id)
    try:
        VERBS[verb](row, by=user_of(request), now=clock.now())
    except actions.NotGoing as refused:
        problem(request, str(refused))
    return redirect("sequence-person", sequence_id, enrolment_id)


def edit(request: HttpRequest, sequence_id: int | None = None) -> HttpResponse:
    """The editor; its buttons work without a script, dragging is the same with one."""
    user = user_of(request)
    actions.require_definer(user)
    sequence = found(sequence_id) if sequence_id else None
    if request.method != "POST":
        form = SequenceForm.of(actions.draft_of(sequence)) if sequence else SequenceForm(language=user.language)
        return _editor(request, sequence, form)
    form = SequenceForm.read(request.POST)
    verb, _colon, key = request.POST.get("do", "").partition(":")
    try:
        if verb == "write":
            _write(request, form, key)
        if "save" not in request.POST:
            return _editor(request, sequence, form)
        return _save(request, sequence, form)
    except Refused as refused:
        return _editor(request, sequence, form, wrong=str(refused))


def _write(request: HttpRequest, form: SequenceForm, key: str) -> None:
    """Keep the template that was written in a step, and choose it there (SELL-13). Raises NoSubject."""
    row = form.row(key)
    if row is None or not row.is_being_written:
        return
    told = row.written(form.language)
    if not told.is_valid():
        longest = {"most": Template._meta.get_field("subject").max_length}
        raise NoSubject(_("Give the new template a subject of at most %(most)d characters.") % longest)
    template = add_template(TemplateDraft(values=told.cleaned_data), by=user_of(request), now=clock.now())
    row.template, row.subject, row.text = str(template.pk), "", ""
    toast(request, _("Template saved, and chosen for this step."))


def _save(request: HttpRequest, sequence: Sequence | None, form: SequenceForm) -> HttpResponse:
    user, now = user_of(request), clock.now()
    draft = form.draft(user)
    if sequence is None:
        made = actions.add(draft, by=user, now=now)
        toast(request, _("Sequence saved."))
        return redirect("sequence", made.pk)
    effect, going = request.POST.get("effect", ""), actions.affected(sequence)
    if going and effect not in ("keep", "migrate") and not actions.same_steps(sequence.current, draft.steps):
        landings = actions.landings(sequence, draft.steps)
        return _editor(request, sequence, form, asks={"going": going, "landings": landings})
    base = request.POST.get("base", "")
    actions.save(
        sequence, draft, migrate=effect == "migrate", by=user, now=now,
        base=int(base) if base.isascii() and base.isdigit() and len(base) < 9 else None,
    )  # fmt: skip
    toast(request, _("Sequence saved."))
    return redirect("sequence", sequence.pk)


def _editor(
    request: HttpRequest, sequence: Sequence | None, form: SequenceForm, *, wrong: str = "", asks: object = None
) -> HttpResponse:
    user = user_of(request)
    offered = _offered(user, form)
    number = sequence.current.number if sequence else 0
    context = {
        "sequence": sequence, "form": form, "wrong": wrong, "asks": asks, "templates": offered,
        "cards": cards(form, sequence, offered),
        "proposed": proposed(offered, to=None, now=clock.now()),
        "languages": FooterLanguage.choices, "number": number, "following": number + 1,
        "going": actions.affected(sequence) if sequence else 0,
        "units": (("minutes", _("minutes")), ("hours", _("hours")), ("days", _("days"))),
    }  # fmt: skip
    return render(request, "sequences/editor.html", context, status=422 if wrong else 200)


def _offered(user: User, form: SequenceForm) -> list[Template]:
    """The templates to choose among: those in use, and whatever stands in a step already, archived or not."""
    known = Template.objects.visible_to(user)
    offered = list(known.filter(archived_at=None).order_by("name", "id")[:500])
    there = {template.pk for template in offered}
    chosen = {int(row.template) for row in form.rows if row.template.isascii() and row.template.isdigit()}
    return [*offered, *known.filter(pk__in=chosen - there).order_by("name", "id")]


def preview(request: HttpRequest, sequence_id: int, step_id: int) -> HttpResponse:
    """A mail of it as one real person would read it (SEQ-10)."""
    sequence, user = found(sequence_id), user_of(request)
    step = get_object_or_404(Step.objects.select_related("template"), pk=step_id, version__sequence=sequence)
    if step.template is None:
        raise Http404
    chosen = request.GET.get("person", "")
    number = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 18 else None
    mail = previewing.read(step, sequence, number, by=user)
    if "frame" in request.GET:
        return framed(request, mail.seen, sender="", to="", bare=True)
    context = {"sequence": sequence, "step": step, "reader": mail.reader, "seen": mail.seen, "unfilled": mail.unfilled}
    return render(request, "sequences/preview.html", context)


@require_POST
def act(request: HttpRequest, sequence_id: int, verb: str) -> HttpResponse:
    """Clone, or delete for good."""
    sequence, user = found(sequence_id), user_of(request)
    if verb == "clone":
        made = actions.clone(sequence, by=user, now=clock.now())
        toast(request, _("This is the copy. Change it freely."))
        return redirect("sequence-edit", made.pk)
    if verb != "delete":
        raise Http404
    number = actions.delete(sequence, by=user, now=clock.now())
    said = ngettext(
        "Sequence deleted; %(count)d person gets nothing more.", "Sequence deleted; %(count)d people get nothing more.",
        number,
    )  # fmt: skip
    toast(request, said % {"count": number})
    return redirect("sequences")


def pace(request: HttpRequest) -> HttpResponse:
    """How fast sequences leave from each mailbox (SEQ-15)."""
    user = user_of(request)
    boxes = Mailbox.objects.filter(is_active=True).select_related("sequence_pace").order_by("name", "id")
    mine = [box for box in boxes if mailboxes.may_change(box, user)]
    if request.method == "POST":
        box = next((box for box in mine if str(box.pk) == request.POST.get("mailbox")), None)
        if box is None:
            raise Http404
        per_day, gap = (_number(request.POST.get(name, "")) for name in ("per_day", "gap"))
        actions.set_pace(box, per_day=per_day or None, gap=gap or 0, by=user)
        toast(request, _("Saved."))
        return redirect("sequences-pace")
    rows = [(box, getattr(box, "sequence_pace", None)) for box in mine]
    return render(request, "sequences/pace.html", {"rows": rows})


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
