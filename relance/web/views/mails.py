"""Writing a mail: the composer, kept as one types, its files, its leaving and its taking back (ENG-01, INBOX-03)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from relance.agenda import sending
from relance.insights.mails import personal
from relance.insights.templates import proposed
from relance.lib import clock, zones
from relance.lib.refusal import Refused
from relance.mail.files import Given
from relance.mail.models import Mailbox, Recipient, SavedDraft, Template
from relance.mail.outbound.render import Preview
from relance.mail.writing import attaching, drafts, leaving, starting
from relance.mail.writing.starting import Start
from relance.people.models import Person
from relance.team.models import User
from relance.web import format as fmt
from relance.web import mail_told
from relance.web.frame import framed
from relance.web.numbers import number
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast

MOST_OFFERED = 8
MOMENTS = ("deliver_at", "remind_at")
REMIND: Mapping[str, str | Promise] = {
    SavedDraft.Remind.NO: pgettext_lazy("reminder", "None"),
    SavedDraft.Remind.NO_REPLY: pgettext_lazy("reminder", "No reply"),
    SavedDraft.Remind.NOT_OPENED: pgettext_lazy("reminder", "Not opened"),
    SavedDraft.Remind.ANYWAY: pgettext_lazy("reminder", "Anyway"),
}


def new(request: HttpRequest) -> HttpResponse:
    """An empty mail, or one that answers; nothing is kept before somebody types."""
    user, now = user_of(request), clock.now()
    drafts.require_writer(user)
    asked = request.POST if request.method == "POST" else request.GET
    try:
        start = _start(asked, user)
        if request.method == "GET":
            return _composer(request, starting.unsaved(start, by=user, now=now), start=start)
        draft = starting.begin(start, by=user, now=now)
        draft = drafts.save(draft, typed(request.POST, user), by=user, now=now, turn=turn_of(request.POST))
        if start.answers is not None and start.mode == SavedDraft.Mode.FORWARD:
            for left_out in attaching.carry(start.answers, draft, by=user, now=now):
                problem(request, str(left_out))
    except Refused as refused:
        return _refused(request, refused, reverse("mails-drafts"))
    return _kept(request, draft)


def page(request: HttpRequest, draft_id: int) -> HttpResponse:
    """A mail being written; a post keeps it."""
    user, draft = user_of(request), _found(request, draft_id)
    if request.method == "GET":
        if draft.message_id is not None:
            return redirect("mail", draft.message_id)
        return _composer(request, draft)
    try:
        version, turn = number(request.POST.get("version", "")), turn_of(request.POST)
        draft = drafts.save(draft, typed(request.POST, user), by=user, now=clock.now(), version=version, turn=turn)
    except Refused as refused:
        return _refused(request, refused, reverse("mail-draft", args=[draft.pk]))
    return _kept(request, draft)


def index(request: HttpRequest) -> HttpResponse:
    """The mails that one is writing."""
    user = user_of(request)
    rows = SavedDraft.objects.visible_to(user).unsent().prefetch_related("attachments")[:200]
    return render(request, "mails/drafts.html", {"rows": rows})


@require_GET
def told(request: HttpRequest, draft_id: int) -> HttpResponse:
    """What there is to say of the mail as it was last kept: who gets it, when, how followed, what to look at."""
    draft = _found(request, draft_id)
    known = {"draft": draft, "may_follow": mail_told.may_follow()}
    return render(request, "mails/told.html", {**known, **mail_told.of(draft, user_of(request), clock.now())})


@require_GET
def preview(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The mail as it will be delivered, in a frame of its own: with its quotation and the links of followed files."""
    draft, user = _found(request, draft_id), user_of(request)
    return framed(
        request, leaving.preview(draft, by=user), sender="{} <{}>".format(*leaving.sender_of(draft)), to=draft.to
    )


@require_POST
def send(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Keep what was typed last, and let it leave: at its hour, or within ten seconds."""
    user, now, draft = user_of(request), clock.now(), _found(request, draft_id)
    try:
        if draft.message_id is None:
            draft = drafts.save(draft, typed(request.POST, user), by=user, now=now)
            sending.send(draft, by=user, now=now, undo=leaving.TO_UNDO)
    except Refused as refused:
        return _refused(request, refused, reverse("mail-draft", args=[draft.pk]))
    draft.refresh_from_db()
    assert draft.message is not None
    later = draft.message.deliver_at - now > timedelta(minutes=1)
    toast(request, _("Mail scheduled.") if later else _("Mail sent."), undo=reverse("mail-back", args=[draft.pk]))
    return _elsewhere(request, reverse("mail", args=[draft.message_id]))


@require_POST
def back(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Take it back while it waits: it is a draft again."""
    draft = _found(request, draft_id)
    try:
        sending.take_back(draft, by=user_of(request), now=clock.now())
    except Refused as refused:
        problem(request, str(refused))
        return redirect("mail", draft.message_id)
    toast(request, _("The mail has not left. It is a draft again."))
    return redirect("mail-draft", draft.pk)


@require_POST
def discard(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Throw it away."""
    try:
        drafts.discard(_found(request, draft_id), by=user_of(request))
    except Refused as refused:
        problem(request, str(refused))
    else:
        toast(request, _("Draft thrown away."))
    return redirect("mails-drafts")


@require_POST
def template(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The words of a template, filled in for this person."""
    user, now, draft = user_of(request), clock.now(), _found(request, draft_id)
    chosen = get_object_or_404(
        Template.objects.visible_to(user), pk=number(request.POST.get("template", "")) or 0, archived_at=None
    )
    try:
        draft = drafts.save(draft, typed(request.POST, user), by=user, now=now)
        starting.use_template(draft, chosen, by=user, now=now)
    except Refused as refused:
        problem(request, str(refused))
    return redirect("mail-draft", draft.pk)


@require_GET
def quoted(request: HttpRequest) -> HttpResponse:
    """What is answered or forwarded, in a frame of its own."""
    user = user_of(request)
    draft = SavedDraft.objects.visible_to(user).filter(pk=number(request.GET.get("draft", "")) or 0).first()
    html = draft.quoted if draft else starting.unsaved(_start(request.GET, user), by=user, now=clock.now()).quoted
    return framed(request, Preview("", html, ""), sender="", to="", bare=True)


@require_POST
def attach(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Attach the files that were chosen."""
    user, now, draft = user_of(request), clock.now(), _found(request, draft_id)
    for file in request.FILES.getlist("files"):
        given = Given(name=file.name or "", content_type=file.content_type or "", data=file.read())
        try:
            attaching.attach(draft, given, by=user, now=now, follow="follow" in request.POST)
        except Refused as refused:
            problem(request, str(refused))
    return _files(request, draft)


@require_POST
def file_act(request: HttpRequest, draft_id: int, attachment_id: int, verb: str) -> HttpResponse:
    """Follow a file, follow it no more, take it away."""
    draft, user = _found(request, draft_id), user_of(request)
    row = get_object_or_404(draft.attachments, pk=attachment_id)
    try:
        if verb == "remove":
            attaching.remove(row, by=user)
        else:
            ends = moment(request.POST.get("expires_at", ""), user)
            attaching.follow(row, wanted=verb == "follow", by=user, expires_at=ends)
    except Refused as refused:
        problem(request, str(refused))
    return _files(request, draft)


def _files(request: HttpRequest, draft: SavedDraft) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return render(request, "mails/files.html", {"draft": draft, "may_follow": mail_told.may_follow()})
    return redirect("mail-draft", draft.pk)


@require_GET
def people(request: HttpRequest) -> JsonResponse:
    """Whom the words typed last may mean, as addresses are written."""
    words = request.GET.get("q", "").strip()
    rows = Person.objects.visible_to(user_of(request)).exclude(primary_email="")
    for word in words.lower().split()[:4]:
        rows = rows.filter(search__contains=word)
    found = rows.order_by("-updated_at")[:MOST_OFFERED] if len(words) > 1 else []
    return JsonResponse({"people": [starting.written(row.name, row.primary_email) for row in found]})


def typed(given: QueryDict, user: User) -> dict[str, Any]:
    """The values of the form, as far as it names them."""
    values: dict[str, Any] = {name: given[name] for name in ("to", "cc", "bcc", "subject", "html") if name in given}
    if "has_switches" in given:
        values["track"] = "track" in given
        values["remind_if"] = given.get("remind_if", "") if given.get("remind_if") in SavedDraft.Remind.values else ""
        values["remind_at"] = moment(given.get("remind_at", ""), user)
        values["deliver_at"] = _hour(given, user)
    if "mailbox" in given:
        values["mailbox"] = Mailbox.objects.filter(pk=number(given.get("mailbox", "")) or 0).first()
    return values


def turn_of(given: QueryDict) -> drafts.Turn | None:
    """Which window has typed, and how often, as far as the form says it."""
    window, turn = _uuid(given.get("window", "")), number(given.get("turn", ""))
    return drafts.Turn(window=window, number=turn) if window and turn is not None else None


def _hour(given: QueryDict, user: User) -> datetime | None:
    """Now, the hour that was advised, or the one that was chosen."""
    match given.get("when"):
        case "advised":
            return moment(given.get("advised_at", ""), user)
        case "at":
            return moment(given.get("deliver_at", ""), user)
    return None


def moment(text: str, user: User) -> datetime | None:
    """A moment from a form: by the reader's clock unless it says which."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    told = read if read.tzinfo else read.replace(tzinfo=zones.zone(user.time_zone))
    return told.astimezone(UTC)


def _start(asked: QueryDict, user: User) -> Start:
    """From where somebody writes; what one may not see is not there."""
    person = _of(Person.objects.visible_to(user), asked, "person")
    return Start(
        to=asked.get("start_to", asked.get("to", ""))[:2_000],
        person=person,
        about=mail_told.about(asked, user),
        template=_of(Template.objects.visible_to(user).filter(archived_at=None), asked, "template"),
        answers=_of(mail_told.readable(user), asked, "reply"),
        follows=_of(Recipient.objects.filter(message__in=personal(user)), asked, "follow"),
        mode=asked.get("mode", "") if asked.get("mode") in SavedDraft.Mode.values else "new",
        key=_uuid(asked.get("key", "")),
    )


def _of(rows: Any, asked: QueryDict, name: str) -> Any:
    key = number(asked.get(name, ""))
    return get_object_or_404(rows, pk=key) if key else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _composer(request: HttpRequest, draft: SavedDraft, *, start: Start | None = None) -> HttpResponse:
    user, now = user_of(request), clock.now()
    templates = list(Template.objects.visible_to(user).filter(archived_at=None).order_by("name", "id")[:200])
    context = {
        "draft": draft,
        "start": start,
        "key": uuid4(),
        "window": uuid4(),
        "templates": templates,
        "signs": leaving.sender_of(draft),
        "replies_to": leaving.replies_to(draft),
        "proposed": proposed(templates, to=draft.person, now=now),
        "mailboxes": drafts.mailboxes_of(user),
        "asked": request.GET.urlencode(),
        "remind_choices": [(key, REMIND[key], word) for key, word in SavedDraft.Remind.choices],
        "local_deliver_at": _local(draft.deliver_at, user),
        "local_remind_at": _local(draft.remind_at, user),
        "may_follow": mail_told.may_follow(),
        **mail_told.of(draft, user, now),
    }
    return render(request, "mails/composer.html", context)


def _local(at: datetime | None, user: User) -> str:
    """A moment by the reader's clock, as the field takes it."""
    return at.astimezone(zones.zone(user.time_zone)).strftime("%Y-%m-%dT%H:%M") if at else ""


def _kept(request: HttpRequest, draft: SavedDraft) -> HttpResponse:
    if _is_quiet(request):
        return JsonResponse({
            "id": draft.pk, "version": draft.version, "href": reverse("mail-draft", args=[draft.pk]),
            "at": fmt.clock_time(draft.updated_at, zones.zone(draft.author.time_zone)),
        })  # fmt: skip
    toast(request, _("Draft kept."))
    return redirect("mail-draft", draft.pk)


def _refused(request: HttpRequest, refused: Refused, href: str) -> HttpResponse:
    if _is_quiet(request):
        return JsonResponse({"code": refused.code, "sentence": str(refused)}, status=409)
    problem(request, str(refused))
    return redirect(href)


def _elsewhere(request: HttpRequest, href: str) -> HttpResponse:
    return JsonResponse({"href": href}) if _is_quiet(request) else HttpResponseRedirect(href)


def _is_quiet(request: HttpRequest) -> bool:
    """Asked by the page's script, which shows the answer itself."""
    return request.headers.get("accept") == "application/json"


def _found(request: HttpRequest, draft_id: int) -> SavedDraft:
    rows = SavedDraft.objects.visible_to(user_of(request)).select_related("person", "template", "mailbox", "message")
    return get_object_or_404(rows, pk=draft_id)
