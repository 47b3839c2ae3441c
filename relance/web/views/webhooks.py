"""Webhooks in the settings: all, one with its log, its form, a delivery (API-02). Administrators only."""

from __future__ import annotations

import json

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.records.models import Change
from relance.team.models import User
from relance.team.policy import require
from relance.web.forms.webhooks import WebhookForm
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast
from relance.web.views.settings import shell
from relance.webhooks import actions, rules
from relance.webhooks.models import Delivery, Webhook
from relance.webhooks.settling import opened
from relance.webhooks.words import EVENTS, answer_sentence

State, Why = Delivery.State, Delivery.Why
SHOWN_ONCE = "webhook-secret"
"""The session remembers whose secret is to be shown on the next page, not the secret."""
PAGE = 50
HERE = "settings-webhooks"


def index(request: HttpRequest) -> HttpResponse:
    """All of them, and how they do."""
    user = _administrator(request)
    open_ones = Delivery.objects.filter(state__in=(State.WAITING, State.FAILED)).order_by()
    counts = {
        (hook, state): many for hook, state, many in open_ones.values_list("webhook", "state").annotate(Count("pk"))
    }
    rows = [
        (row, len(row.events), counts.get((row.pk, State.WAITING), 0), counts.get((row.pk, State.FAILED), 0))
        for row in Webhook.objects.kept()
    ]
    return render(request, "webhooks/index.html", {"rows": rows, **shell(user, HERE)})


def page(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """One with its log."""
    user = _administrator(request)
    row = _found(webhook_id)
    state = request.GET.get("state", "")
    rows = row.deliveries.filter(state=state) if state in State.values else row.deliveries.all()
    counts = dict(row.deliveries.values_list("state").annotate(Count("pk")).order_by())
    shown = Paginator(rows.order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    changes = Change.objects.filter(module=actions.AUDIT, record_id=row.pk)
    secret = ""
    if request.session.get(SHOWN_ONCE) == row.pk:
        del request.session[SHOWN_ONCE]
        secret = "".join(opened(row.key, row.secret))
    context = {
        "row": row, "secret": secret, "counts": counts, "state": state, "shown": shown,
        "deliveries": [(each, EVENTS.get(each.kind, each.kind), _told(each)) for each in shown],
        "events": [EVENTS[kind] for kind in row.events if kind in EVENTS], "most_tries": len(rules.DELAYS) + 1,
        "changes": changes.select_related("by").order_by("-id")[:5],
        **shell(user, HERE),
    }  # fmt: skip
    return render(request, "webhooks/page.html", context)


def _told(row: Delivery) -> str:
    """Why it has not arrived; nothing of one that has."""
    return answer_sentence(row) if row.why else ""


def edit(request: HttpRequest, webhook_id: int | None = None) -> HttpResponse:
    """Its form; of a new one the secret is shown afterwards."""
    user = _administrator(request)
    row = _found(webhook_id) if webhook_id else None
    form = WebhookForm(request.POST or None, webhook=row)
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.save(row, form.draft(), by=user, now=clock.now()).webhook
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            if row is None:
                request.session[SHOWN_ONCE] = saved.pk
            toast(request, _("Saved."))
            return redirect("settings-webhook", saved.pk)
    context = {"form": form, "row": row, **shell(user, HERE)}
    return render(request, "webhooks/edit.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def act(request: HttpRequest, webhook_id: int, verb: str) -> HttpResponse:
    """Switch it, try it, renew its secret, send again what failed, or delete it."""
    user = _administrator(request)
    row = _found(webhook_id)
    try:
        _do(request, row, verb, user)
    except Refused as refused:
        problem(request, str(refused))
    return redirect(HERE) if verb == "delete" else redirect("settings-webhook", row.pk)


def _do(request: HttpRequest, row: Webhook, verb: str, user: User) -> None:
    now = clock.now()
    match verb:
        case "on" | "off":
            actions.switch(row, on=verb == "on", by=user, now=now)
            toast(request, _("It is told from now on.") if verb == "on" else _("It is told nothing more."))
        case "test":
            tried = actions.try_out(row, by=user, now=now)
            (problem if tried.why else toast)(request, answer_sentence(tried))
        case "renew":
            actions.renew_secret(row, by=user, now=now)
            request.session[SHOWN_ONCE] = row.pk
        case "replay":
            count = actions.replay_failed(row, by=user)
            said = ngettext("%(count)d event is sent again.", "%(count)d events are sent again.", count)
            toast(request, said % {"count": count})
        case "delete":
            actions.delete(row, by=user, now=now)
            toast(request, _("The webhook was deleted."))
        case _:
            raise Http404


def delivery(request: HttpRequest, webhook_id: int, delivery_id: int) -> HttpResponse:
    """What was told, and each try; posted to, it is sent again."""
    user = _administrator(request)
    webhook = _found(webhook_id)
    row = get_object_or_404(webhook.deliveries.select_related("webhook"), pk=delivery_id)
    if request.method == "POST":
        try:
            actions.replay(row, by=user)
            toast(request, _("It is sent again."))
        except Refused as refused:
            problem(request, str(refused))
        return redirect("settings-webhook", webhook.pk)
    body = rules.body_of(event_id=row.event_id, kind=row.kind, at=row.at, data=row.data)
    context = {
        "row": row, "webhook": webhook, "event": EVENTS.get(row.kind, row.kind),
        "body": json.dumps(json.loads(body), indent=2, ensure_ascii=False),
        "tries": [{**each, "words": Why(each["why"]).label if each["why"] else ""} for each in row.log],
        **shell(user, HERE),
    }  # fmt: skip
    return render(request, "webhooks/delivery.html", context)


def _administrator(request: HttpRequest) -> User:
    user = user_of(request)
    require(user.is_administrator)
    return user


def _found(webhook_id: int) -> Webhook:
    """Raises Http404."""
    return get_object_or_404(Webhook.objects.kept().select_related("creator"), pk=webhook_id)
