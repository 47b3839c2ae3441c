"""A step of a mass mail: its follow-ups, and what each mail sets off (MASS-04, MASS-05)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from relance.agenda.models import Call, Priority, Task
from relance.campaigns import actions, rules, triggers
from relance.campaigns.actions import FollowUpDraft
from relance.campaigns.holding import require_creator
from relance.campaigns.models import MassMail, Trigger
from relance.campaigns.sources import fields_module
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.records import registry
from relance.records.fields import Field, Kind
from relance.team.workspace import organisation
from relance.web.forms.controls import habits
from relance.web.forms.follow_ups import FollowUpForm
from relance.web.forms.people import colleagues
from relance.web.mass_mail_steps import found, steps, user_of
from relance.web.numbers import number
from relance.web.toast import problem, toast

MOST_ROWS = 10  # what is too many is refused with a sentence


def page(request: HttpRequest, mass_mail_id: int) -> HttpResponse:
    """What follows the first mail; a follow-up is added or changed beside it."""
    first = found(request, mass_mail_id)
    if first.parent_id is not None:
        return redirect(f"{reverse('mass-mail-follow_ups', args=[first.parent_id])}?follow_up={first.pk}")
    if request.method == "POST":
        require_creator(first, user_of(request))
    chosen = _chosen(request, first)
    form = FollowUpForm(request.POST or None, first=first, follow_up=chosen, user=user_of(request), now=clock.now())
    if request.method == "POST" and form.is_valid() and _saved(request, first, chosen, form):
        return redirect("mass-mail-follow_ups", first.pk)
    context = {**_context(request, first), "form": form, "chosen": chosen}
    context["adding"] = chosen is None and ("new" in request.GET or request.method == "POST")
    return render(request, "mass_mails/follow_ups.html", context, status=422 if request.method == "POST" else 200)


def _chosen(request: HttpRequest, first: MassMail) -> MassMail | None:
    key = number(request.GET.get("follow_up", ""))
    if not key:
        return None
    row = first.follow_ups.filter(pk=key, deleted_at=None).first()
    if row is None:
        raise Http404
    return row


def _saved(request: HttpRequest, first: MassMail, chosen: MassMail | None, form: FollowUpForm) -> bool:
    draft: FollowUpDraft = form.draft()
    user, now = user_of(request), clock.now()
    try:
        if chosen is None:
            actions.add_follow_up(first, draft, by=user, now=now)
        else:
            edited = actions.edit_follow_up(chosen, draft, by=user, now=now)
            if edited.state == MassMail.State.STOPPED:
                problem(request, _("Stopped, since it was about to leave. Launch it when it is ready."))
    except Refused as refused:
        form.add_error(None, str(refused))
        return False
    toast(request, _("Saved."))
    return True


def _context(request: HttpRequest, first: MassMail) -> dict[str, object]:
    rows = first.follow_ups.filter(deleted_at=None).select_related("template", "message").order_by("id")
    mails = [first, *rows]
    lines = [(mail, _told(mail), mail.message_id is None and _mine(request, first)) for mail in mails]
    acts = sum(len(each.updates) + len(each.tasks) + len(each.calls) for mail in mails for each in mail.triggers.all())
    return {
        "mass_mail": first,
        "steps": steps(first, "follow_ups"),
        "lines": lines,
        "events": Trigger.Event.choices,
        "count": len(lines) - 1,
        "most": (most := organisation().follow_ups_per_mail),
        "acts": acts,
        "mine": _mine(request, first),
        "full": len(lines) > most,
    }


def _mine(request: HttpRequest, first: MassMail) -> bool:
    return rules.may_act(creator_id=first.creator_id, user_id=user_of(request).pk)


def _told(mail: MassMail) -> list[dict[str, object]]:
    """What a mail sets off, in words."""
    labels = {field.key: field.label for field in registry.fields(fields_module(mail.module))}
    told: list[dict[str, object]] = []
    for trigger in mail.triggers.all():
        parts = [
            _("%(field)s: %(value)s") % {"field": labels.get(one["field"], one["field"]), "value": one["value"]}
            for one in trigger.updates
        ]
        parts += [_("task “%(subject)s”") % {"subject": one["subject"]} for one in trigger.tasks]
        parts += [_("call “%(subject)s”") % {"subject": one["subject"]} for one in trigger.calls]
        told.append({"event": trigger.event, "word": trigger.get_event_display(), "parts": parts})
    return told


def trigger(request: HttpRequest, mass_mail_id: int, event: str) -> HttpResponse:
    """What one event of one mail sets off."""
    mass_mail = found(request, mass_mail_id)
    if event not in Trigger.Event.values:
        raise Http404
    first = mass_mail.parent or mass_mail
    said = ""
    if request.method == "POST":
        said = _set(request, mass_mail, event)
        if not said:
            return redirect("mass-mail-follow_ups", first.pk)
    before = mass_mail.triggers.filter(event=event).first()
    most = triggers.most_acts()
    context = {
        "mass_mail": mass_mail,
        "first": first,
        "steps": steps(first, "follow_ups"),
        "event": event,
        "word": Trigger.Event(event).label,
        "said": said,
        "before": before,
        "fields": [(field.key, field.label) for field in _fields(mass_mail, before)],
        "updates": _rows(request.POST, "update", ("field", "value"), before.updates if before else [], most.updates),
        "tasks": _rows(request.POST, "task", ERRAND, before.tasks if before else [], most.tasks),
        "calls": _rows(request.POST, "call", ERRAND, before.calls if before else [], most.calls),
        "fields_only": event == Trigger.Event.BOUNCED,
        "colleagues": colleagues(),
        "priorities": Priority.choices,
        "task_statuses": Task.Status.choices,
        "call_statuses": Call.Status.choices,
    }
    return render(request, "mass_mails/trigger.html", context, status=422 if said else 200)


ERRAND = ("subject", "days", "day", "hour", "owner_id", "status", "priority")


def _fields(mass_mail: MassMail, before: Trigger | None) -> list[Field]:
    """Those that a line of text can fill, and those that are filled already: a page must not lose what it kept."""
    kept = {one["field"] for one in before.updates} if before else set()
    found = triggers.fields_of(mass_mail)
    return [field for field in found if field.kind not in (Kind.LINK, Kind.USER) or field.key in kept]


def _rows(
    given: QueryDict, name: str, keys: tuple[str, ...], kept: list[dict[str, object]], least: int
) -> list[dict[str, object]]:
    """What was written, else what is kept, with room for the rest."""
    if given:
        told = max((place + 1 for place in range(MOST_ROWS) if f"{name}-{place}-{keys[0]}" in given), default=0)
        return [{key: given.get(f"{name}-{place}-{key}", "") for key in keys} for place in range(max(least, told))]
    return [*kept, *({} for _place in range(least - len(kept)))]


def _set(request: HttpRequest, mass_mail: MassMail, event: str) -> str:
    """Keep it, or take it away; the sentence of a refusal."""
    user, now, given = user_of(request), clock.now(), request.POST
    try:
        if given.get("do") == "remove":
            triggers.remove_trigger(mass_mail, event, by=user, now=now)
        else:
            draft = triggers.TriggerDraft(
                event=event,
                updates=[
                    (given[f"update-{place}-field"], given.get(f"update-{place}-value", ""))
                    for place in range(MOST_ROWS)
                    if given.get(f"update-{place}-field")
                ],
                tasks=_errands(given, "task"), calls=_errands(given, "call"),
            )  # fmt: skip
            triggers.set_trigger(mass_mail, draft, by=user, now=now, habits=habits())
    except Refused as refused:
        return str(refused)
    toast(request, _("Saved."))
    return ""


def _errands(given: QueryDict, name: str) -> list[triggers.Errand]:
    told = []
    for place in range(MOST_ROWS):
        one = {key: str(given.get(f"{name}-{place}-{key}", "")).strip() for key in ERRAND}
        if one["subject"]:
            told.append(
                triggers.Errand(
                    subject=one["subject"], days=None if one["day"] else number(one["days"] or "0"), day=one["day"],
                    hour=one["hour"] or "09:00", owner_id=number(one["owner_id"]), status=one["status"],
                    priority=one["priority"] or "normal",
                )
            )  # fmt: skip
    return told
