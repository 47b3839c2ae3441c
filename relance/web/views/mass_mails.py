"""Mass mails: the summary, and one that has left with its numbers and the people behind each (MASS-06, MASS-08)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from relance.campaigns import actions, audience, behind, rules, stats, unknown
from relance.campaigns.models import MassMail
from relance.campaigns.words import why
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail.models import Message, Recipient
from relance.records.exports import csv_pieces
from relance.team.policy import require
from relance.team.workspace import organisation
from relance.web.mass_mail_results import openings_bar, results
from relance.web.mass_mail_steps import found, sign, user_of
from relance.web.toast import problem, toast
from relance.web.views.target_lists import say

PAGE = 50
RECENT = 8
RUNNING = (Message.State.PREPARING, Message.State.SENDING, Message.State.PAUSED)
TABS: dict[str, str | Promise] = {
    "scheduled": gettext_lazy("Scheduled"),
    "sent": gettext_lazy("Sent"),
    "stopped": gettext_lazy("Stopped"),
    "drafts": gettext_lazy("Drafts"),
}


AGAIN = (
    ("opened", gettext_lazy("Those who opened it")),
    ("not_opened", gettext_lazy("Those who did not open it")),
    ("clicked", gettext_lazy("Those who clicked")),
    ("not_clicked", gettext_lazy("Those who did not click")),
    ("replied", gettext_lazy("Those who replied")),
)


def index(request: HttpRequest) -> HttpResponse:
    """The mass mails by what is to happen to them."""
    user, now = user_of(request), clock.now()
    mails = MassMail.objects.visible_to(user).filter(responder=None).select_related("template", "message", "creator")
    tab = request.GET.get("tab", "") if request.GET.get("tab") in TABS else ""
    known = organisation()
    started, planned = actions.taken(now, module="contact")
    pages = {key: Paginator(_tab(mails, key), PAGE if tab else RECENT) for key in TABS}
    shown = [key for key in TABS if (key == tab or not tab) and pages[key].count]
    context = {
        "tab": tab,
        "tabs": [(key, word, pages[key].count) for key, word in TABS.items()],
        "sections": [_section(key, pages[key], request, tab) for key in shown],
        "may_send": user.may_send_mass_mail,
        "started": started,
        "starts": known.mass_starts_per_hour,
        "planned": planned,
        "places": known.scheduled_per_module_hour,
        "user_id": user.pk,
        "live_topics": [f"message:{mail.message_id}" for mail in _tab(mails, "sent")[:RECENT] if mail.message_id],
    }
    return render(request, "mass_mails/index.html", context)


def _tab(mails: QuerySet[MassMail], tab: str) -> QuerySet[MassMail]:
    launched = MassMail.State.LAUNCHED
    match tab:
        case "scheduled":
            return mails.filter(state__in=("scheduled", "late")).order_by("scheduled_at", "id")
        case "sent":
            gone = mails.filter(state=launched).exclude(message__state=Message.State.STOPPED)
            return gone.order_by("-launched_at", "-id")
        case "stopped":
            halted = mails.filter(state=MassMail.State.STOPPED) | mails.filter(message__state=Message.State.STOPPED)
            return halted.order_by("-updated_at", "-id")
        case _:
            return mails.filter(state=MassMail.State.DRAFT, parent=None).order_by("-updated_at", "-id")


def _section(key: str, pages: Paginator[MassMail], request: HttpRequest, tab: str) -> dict[str, object]:
    page = pages.get_page(request.GET.get("page") if tab else 1)
    rows = [_line(mail) for mail in page]
    return {"key": key, "word": TABS[key], "rows": rows, "page": page, "more": not tab and pages.num_pages > 1}


def _line(mail: MassMail) -> tuple[object, ...]:
    """One mass mail of the summary: its numbers, why it stands there, and its bar."""
    if mail.message is None:
        return mail, None, why(mail), [], ""
    figures = stats.figures(mail.message)
    return mail, figures, why(mail), *openings_bar(figures)


def page(request: HttpRequest, mass_mail_id: int) -> HttpResponse:
    """What became of it; before it leaves, the step at which it stands."""
    mass_mail = found(request, mass_mail_id)
    if mass_mail.message is None:
        if mass_mail.responder_id is not None:
            return redirect("responder", mass_mail.responder_id)
        if mass_mail.parent_id is not None:
            return redirect("mass-mail-follow_ups", mass_mail.pk)
        fresh = mass_mail.state == MassMail.State.DRAFT and mass_mail.template_id is None
        return redirect("mass-mail-message" if fresh else "mass-mail-check", mass_mail.pk)
    context = {**_context(request, mass_mail), "live_topics": [f"message:{mass_mail.message_id}"]}
    return render(request, "mass_mails/result.html", context)


def figures(request: HttpRequest, mass_mail_id: int) -> HttpResponse:
    """The numbers as they stand now, for the open page."""
    mass_mail = found(request, mass_mail_id)
    if mass_mail.message is None:
        raise Http404
    return render(request, "mass_mails/figures.html", {**_context(request, mass_mail), "fragment": True})


def _context(request: HttpRequest, mass_mail: MassMail) -> dict[str, object]:
    user = user_of(request)
    mine = rules.may_act(creator_id=mass_mail.creator_id, user_id=user.pk)
    message = mass_mail.message
    assert message is not None
    return {
        "mass_mail": mass_mail,
        "message": message,
        "why": why(mass_mail),
        "mine": mine,
        "may_stop": mine or user.is_administrator,
        "may_delete": actions.may_delete(mass_mail, user),
        "running": message.state in RUNNING,
        "may_export": user.may_export,
        "may_send": user.may_send_mass_mail,
        "again": AGAIN,
        **results(mass_mail, message, zone=ZoneInfo(user.time_zone), now=clock.now()),
    }


def people(request: HttpRequest, mass_mail_id: int, bucket: str) -> HttpResponse | StreamingHttpResponse:
    """The people behind a number; as a page or as a file."""
    mass_mail = found(request, mass_mail_id)
    message = mass_mail.message
    if message is None or bucket not in stats.BUCKETS:
        raise Http404
    link, reason = _number(request, "link"), request.GET.get("reason", "")
    if request.GET.get("format") == "csv":
        return _file(request, mass_mail, bucket, link, reason)
    rows = stats.recipients(
        message, bucket, after=_number(request, "after") or 0, limit=PAGE + 1, link=link, reason=reason
    )
    context = {
        "mass_mail": mass_mail,
        "bucket": bucket,
        "name": stats.BUCKETS[bucket].name,
        "count": stats.people(message, bucket, link=link, reason=reason).count(),
        "rows": [(row, audience.reason_word(row.refused_because), *sign(row.refused_because)) for row in rows[:PAGE]],
        "after": rows[PAGE - 1].pk if len(rows) > PAGE else "",
        "link": next((each for each in message.content.links if each["number"] == link), None),
        "reason": audience.reason_word(reason) if reason else "",
        "may_export": user_of(request).may_export,
        "may_send": user_of(request).may_send_mass_mail,
        "tabs": _buckets(message, bucket),
    }
    return render(request, "mass_mails/people.html", context)


def _buckets(message: Message, here: str) -> list[tuple[str, str | Promise, int]]:
    told = stats.figures(message)
    counts = [(key, bucket.name, int(getattr(told, key))) for key, bucket in stats.BUCKETS.items()]
    return [each for each in counts if each[2] or each[0] == here]


def _file(
    request: HttpRequest, mass_mail: MassMail, bucket: str, link: int | None, reason: str
) -> StreamingHttpResponse:
    user = user_of(request)
    require(user.may_export)
    assert mass_mail.message is not None
    rows = stats.csv_rows(mass_mail.message, bucket, link=link, reason=reason)
    response = StreamingHttpResponse(csv_pieces(next(rows), rows), content_type="text/csv; charset=utf-8")
    name = f"{slugify(mass_mail.name) or 'mass-mail'}-{bucket.replace('_', '-')}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
def again(request: HttpRequest, mass_mail_id: int, bucket: str) -> HttpResponse:
    """A new mass mail to those behind a number (MASS-08)."""
    mass_mail, copies, name = _behind(request, mass_mail_id, bucket)
    drafted = behind.write_again(mass_mail, copies, name=name, by=user_of(request), now=clock.now())
    return redirect("mass-mail-recipients", drafted.pk)


@require_POST
def keep_list(request: HttpRequest, mass_mail_id: int, bucket: str) -> HttpResponse:
    """A target list of those behind a number (MASS-08, ZMM-36)."""
    _mass_mail, copies, name = _behind(request, mass_mail_id, bucket)
    made, filled = behind.listed(copies, name=name, by=user_of(request), now=clock.now())
    say(request, filled)
    return redirect("target-list", made.pk)


def _behind(request: HttpRequest, mass_mail_id: int, bucket: str) -> tuple[MassMail, QuerySet[Recipient], str]:
    """A mail, its copies behind a number, and what they are called. Raises Http404."""
    mass_mail = found(request, mass_mail_id)
    if mass_mail.message is None or bucket not in stats.BUCKETS:
        raise Http404
    link, reason = _number(request, "link"), request.GET.get("reason", "")
    copies = stats.people(mass_mail.message, bucket, link=link, reason=reason)
    return mass_mail, copies, behind.called(mass_mail, bucket)


def recipient(request: HttpRequest, mass_mail_id: int, recipient_id: int) -> HttpResponse:
    """The story of one copy."""
    mass_mail = found(request, mass_mail_id)
    rows = Recipient.objects.select_related("message__content", "person")
    row = get_object_or_404(rows, pk=recipient_id, message_id=mass_mail.message_id)
    context = {
        "mass_mail": mass_mail,
        "recipient": row,
        "entries": stats.log(row)[::-1],
        "reason": audience.reason_word(row.refused_because),
    }
    drawer = request.GET.get("drawer")
    return render(request, "mass_mails/recipient_drawer.html" if drawer else "mass_mails/recipient.html", context)


@require_POST
def decide(request: HttpRequest, mass_mail_id: int, recipient_id: int) -> HttpResponse:
    """A person says what became of a copy that ended unknown, or sends it again (QUALITY 5)."""
    mass_mail, user, now = found(request, mass_mail_id), user_of(request), clock.now()
    row = get_object_or_404(Recipient, pk=recipient_id, message_id=mass_mail.message_id)
    try:
        if request.POST.get("decision") == "again":
            unknown.resend(mass_mail, row, by=user, now=now)
            toast(request, _("The same mail leaves once more."))
        else:
            unknown.settle(mass_mail, row, sent=request.POST.get("decision") == "sent", by=user, now=now)
            toast(request, _("Noted."))
    except Refused as refused:
        problem(request, str(refused))
    return redirect("mass-mail-copy", mass_mail.pk, row.pk)


@require_POST
def act(request: HttpRequest, mass_mail_id: int, verb: str) -> HttpResponse:
    """Stop, pause, resume, delete or copy it."""
    mass_mail, user, now = found(request, mass_mail_id), user_of(request), clock.now()
    back = request.POST.get("back") == "list"
    try:
        match verb:
            case "stop":
                actions.stop(mass_mail, by=user, now=now)
                toast(request, _("Stopped. What had not left does not leave."))
            case "pause":
                actions.pause(mass_mail, by=user, now=now)
                toast(request, _("Paused. What is on its way still arrives."))
            case "resume":
                actions.resume(mass_mail, by=user, now=now)
                toast(request, _("It goes on with those who have not had it."))
            case "delete":
                actions.delete_mass_mail(mass_mail, by=user, now=now)
                toast(request, _("Deleted. Mails that were sent stay in each person’s history."))
                if mass_mail.parent_id is not None:
                    return redirect("mass-mail-follow_ups", mass_mail.parent_id)
                return redirect("mass-mails")
            case "launch" if mass_mail.parent_id is not None:
                actions.launch(mass_mail, by=user, now=now)
                toast(request, _("It leaves."))
            case "copy":
                copied = actions.copy_mass_mail(mass_mail, by=user, now=now)
                return redirect("mass-mail-recipients", copied.pk)
            case _:
                raise Http404
    except Refused as refused:
        problem(request, str(refused))
    return redirect(reverse("mass-mails") if back else reverse("mass-mail", args=[mass_mail.pk]))


def _number(request: HttpRequest, key: str) -> int | None:
    text = request.GET.get(key, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
