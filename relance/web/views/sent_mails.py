"""The page of a sent mail: as it was delivered, and what its recipients did with it (ENG-09)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from relance.insights import mails as engagement
from relance.insights.mails import Figures
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail import contents, followed
from relance.mail.models import Interaction, Message, Recipient
from relance.mail.writing import leaving
from relance.web import deal_mails, mail_told
from relance.web.frame import framed
from relance.web.mail_lines import activity_lines
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast

MOST_HITS = 300


@require_GET
def page(request: HttpRequest, message_id: int) -> HttpResponse:
    """The mail, its files, its recipients and their story."""
    message = _found(request, message_id)
    copies = _copies(message)
    copy = next(iter(copies), None)
    return render(request, "mails/sent.html", {
        **_activity(request, message, copies),
        "subject": contents.subject_of(copy) if copy else message.content.subject,
        "shown_to": engagement.shown(message, copies),
        "files": followed.of_message(message),
        "about": mail_told.about_of(message, user_of(request)),
        "deal_row": deal_mails.of_key(f"message:{message.pk}", user=user_of(request)),
        "draft": getattr(message, "saved_draft", None),
        "may_take_back": leaving.may_take_back(message) and message.sender_id == user_of(request).pk,
        "live_topics": [f"message:{message.pk}"],
    })  # fmt: skip


@require_GET
def activity(request: HttpRequest, message_id: int) -> HttpResponse:
    """The section *Recipient activity*, fetched again when something happens."""
    message = _found(request, message_id)
    return render(request, "mails/activity.html", _activity(request, message, _copies(message)))


@require_GET
def body(request: HttpRequest, message_id: int) -> HttpResponse:
    """The mail as its first recipient reads it, in a frame of its own."""
    message = _found(request, message_id)
    copy = message.recipients.order_by("id").first()
    return framed(request, contents.as_read(copy) if copy else None, sender="", to="", bare=True)


@require_POST
def file_act(request: HttpRequest, message_id: int, number: int, verb: str) -> HttpResponse:
    """End a followed file's links, open them again, or put another file in its place."""
    user, now = user_of(request), clock.now()
    message = get_object_or_404(Message, pk=_found(request, message_id).pk, sender=user)
    row = get_object_or_404(message.content.attachments, number=number, is_followed=True)
    try:
        if verb == "revoke":
            followed.revoke(row, now=now)
            toast(request, _("The links of this file lead nowhere now."))
        elif verb == "allow":
            followed.allow(row)
            toast(request, _("The links of this file work again."))
        elif verb == "replace" and (file := request.FILES.get("file")):
            followed.replace(row, file.read(), content_type=file.content_type or "", now=now)
            toast(request, _("The links lead to the new file now."))
    except Refused as refused:
        problem(request, str(refused))
    return redirect("mail", message.pk)


@dataclass(frozen=True, kw_only=True)
class Story:
    """One recipient with what she did."""

    copy: Recipient
    figures: Figures


def _copies(message: Message) -> list[Recipient]:
    copies = list(message.recipients.select_related("person").order_by("id"))
    for copy in copies:
        copy.message = message
    return copies


def _activity(request: HttpRequest, message: Message, copies: list[Recipient]) -> dict[str, object]:
    now = clock.now()
    by_copy: dict[int | None, list[Interaction]] = defaultdict(list)
    hits = list(Interaction.objects.filter(message=message).order_by("-at", "-id")[:MOST_HITS])
    for hit in hits:
        by_copy[hit.recipient_id].append(hit)
    people_only = request.GET.get("show") == "people"
    return {
        "message": message,
        "copies": copies,
        "stories": [
            Story(copy=copy, figures=engagement.figures([copy], by_copy[copy.pk])) for copy in copies
        ],
        "figures": engagement.figures(copies, hits),
        "days": activity_lines(message, copies, hits, people_only=people_only),
        "people_only": people_only,
        "hits": len(hits),
        "is_waiting": message.started_at is None and message.deliver_at > now + timedelta(seconds=30),
    }  # fmt: skip


def _found(request: HttpRequest, message_id: int) -> Message:
    rows = engagement.personal(user_of(request)).select_related("content", "sender", "mailbox")
    return get_object_or_404(rows, pk=message_id)
