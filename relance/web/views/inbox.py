"""The inbox: folders, threads, an open conversation, and what one does with a mail (INBOX-03 to INBOX-09)."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import escape, linebreaks, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from relance.agenda import from_mail
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail import folders, reading
from relance.mail.folders import Asked, Place
from relance.mail.inbound import threads
from relance.mail.inbound.body import body, download_name, part_of
from relance.mail.models import Received, SavedDraft
from relance.mail.models.sharing import PARENTS
from relance.records.search import find
from relance.team.models import User
from relance.web import deal_mails, inbox_context, inbox_page, inline_answer
from relance.web.frame import framed_mail
from relance.web.numbers import number
from relance.web.places import PLACES
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast
from relance.web.way_back import way_back

ACTS = ("read", "unread", "star", "unstar", "inbox", "archive", "trash")
UNDONE_BY = {"archive": "inbox", "trash": "inbox", "read": "unread", "unread": "read", "star": "unstar"}
CREATED = ("lead", "contact", "task", "case", "deal")


def page(request: HttpRequest) -> HttpResponse:
    """The folder, and the conversation that is open in it; `?rows=1` gives the list alone."""
    user, asked = user_of(request), _asked(request)
    listed = folders.page(asked, user, after=Place.read(request.GET.get("after", "")))
    boxes = inbox_page.mailboxes(user)
    parents = reading.parents_of([line.mail for line in listed.lines], user)
    senders = inbox_page.senders([line.mail for line in listed.lines], user)
    rows = [
        (line, parents.get(line.mail.pk), inbox_page.KINDS.get(line.mail.kind), senders[line.mail.pk])
        for line in listed.lines
    ]
    context: dict[str, object] = {
        "asked": asked,
        "rows": rows,
        "older": f"?{inbox_page.query(asked, after=listed.older)}" if listed.older else "",
        "query": inbox_page.query(asked),
        "boxes": boxes,
        "is_read": any(box.is_connected for box in boxes),
        "box": next((box for box in boxes if box.pk == asked.mailbox), None),
        "is_far": "after" in request.GET,
        "thread": _number(request.GET.get("thread")),
        "drafts": SavedDraft.objects.visible_to(user).unsent()[:50] if asked.folder == "drafts" else [],
        "live_topics": [f"inbox:{box.pk}" for box in boxes],
    }
    if "rows" in request.GET:
        return render(request, "inbox/rows.html", context)
    context |= {
        "tabs": [(*tab, inbox_page.query(Asked(folder=tab[0], mailbox=asked.mailbox))) for tab in
                 inbox_page.folder_tabs(user, asked)],
        "own": [(one, inbox_page.query(Asked(folder=str(one.pk), mailbox=asked.mailbox)))
                for one in (folders.own_folders(user, asked.mailbox) if asked.mailbox else [])],
        "filters": [(word, only, inbox_page.query(Asked(folder=asked.folder, mailbox=asked.mailbox, text=asked.text,
                                                        only=only)))
                    for only, word in (("", _("All")), ("unread", _("Unread")), ("unsorted", _("To sort")))],
        "places": [(box, inbox_page.query(Asked(folder=asked.folder, mailbox=box.pk))) for box in boxes],
        **_conversation(request, user),
    }  # fmt: skip
    return render(request, "inbox/page.html", context)


def _asked(request: HttpRequest) -> Asked:
    told = request.GET
    return Asked(
        folder=told.get("folder", "")[:20] or folders.INBOX,
        mailbox=_number(told.get("mailbox")),
        text=told.get("q", "").strip()[:200],
        only=told.get("only", "")[:10],
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and number(text) else None


def _conversation(request: HttpRequest, user: User) -> dict[str, object]:
    """The open thread: its mails and the copies of our own, in the order of time; the last and the unread ones open."""
    thread = _number(request.GET.get("thread"))
    mails = folders.conversation(thread, user) if thread else []
    if not thread or not mails:
        return {"conversation": []}
    sent = inbox_page.copies(thread, user)
    ours = {threads.key_of(threads.own_id(told.copy)) for told in sent}
    mails = [mail for mail in mails if not (mail.is_outgoing and threads.key_of(mail.message_id) in ours)] or mails
    opened = {mails[-1].pk, *(mail.pk for mail in mails if not getattr(mail, "is_read_by_me", True))}
    items = inbox_page.items(mails, user, opened=opened)
    moments = [(item.mail.dated_at, item, None) for item in items] + [(told.copy.sent_at, None, told) for told in sent]
    last = items[-1]
    received = next((item for item in reversed(items) if not item.mail.is_outgoing), last)
    people = {who.normal: who for item in items for who in (item.sender, *item.others) if not who.is_us}
    now, deal_row = clock.now(), deal_mails.of_key(f"same:{received.mail.same}", user=user)
    cards = inbox_context.cards(list(people.values()), user, now)
    return {
        "conversation": sorted(moments, key=lambda one: str(one[0])),
        "last": received,
        "subject": last.mail.subject,
        "ids": [mail.pk for mail in mails],
        "is_starred": any(getattr(mail, "is_starred_by_me", False) for mail in mails),
        "has_unread": any(not getattr(mail, "is_read_by_me", True) for mail in mails),
        "parent": received.parent,
        "parent_href": inbox_page.parent_href(received.parent) if received.parent else "",
        "deal_row": deal_row,
        "linked": inbox_context.linked(deal_row, now),
        "people": cards,
        "around": inbox_context.around(cards, user),
        "may_change": reading.may_change(received.mail, user),
        "may_delete": user.may_delete_mail,
        "answer": None if received.mail.kind in inbox_page.REPORTS else inline_answer.answer(received.mail, user, now),
        "compose": {mode: inbox_page.compose(received.mail, mode) for mode in ("reply", "all", "forward")},
        "creates": [(module, PLACES[module]) for module in CREATED],
    }


def mail_of(request: HttpRequest, mail_id: int) -> Received:
    """The mail, if this colleague may read it; 404 otherwise (X8, X9)."""
    rows = folders.with_state(Received.objects.visible_to(user_of(request)), user_of(request))
    return get_object_or_404(rows.select_related("mailbox", "person", "parent_by"), pk=mail_id)


def article(request: HttpRequest, mail_id: int) -> HttpResponse:
    """One mail of a conversation, opened; `?images=1` with its remote images, this once."""
    mail, images = mail_of(request, mail_id), "images" in request.GET
    item = inbox_page.items([mail], user_of(request), opened=[mail.pk], images=images)[0]
    if "alone" in request.GET or not request.headers.get("HX-Request"):
        return redirect(f"{reverse('inbox')}?{inbox_page.query(Asked(folder='all'), thread=mail.thread_id)}")
    context = {"item": item, "may_change": reading.may_change(mail, user_of(request)), "is_open": True}
    return render(request, "inbox/article.html", context)


def frame(request: HttpRequest, mail_id: int) -> HttpResponse:
    """The document of the frame in which the HTML of a mail is shown."""
    mail, user = mail_of(request, mail_id), user_of(request)
    images = "images" in request.GET or reading.shows_images(user, mail)
    shown = body(mail.content)
    html = shown.page(images=images).html if shown.html.strip() else plain(shown.text)
    return framed_mail(request, html, images=images)


def plain(text: str) -> SafeString:
    """Plain text with its lines and its links."""
    return mark_safe(linebreaks(urlize(escape(text), nofollow=True)))  # escaped first


def raw(request: HttpRequest, mail_id: int) -> HttpResponse:
    """The mail byte for byte, to take along."""
    mail = mail_of(request, mail_id)
    return _download(mail.content, f"mail-{mail.pk}.eml", "message/rfc822")


def attachment(request: HttpRequest, mail_id: int, part: int) -> HttpResponse:
    """One attachment, to take along: never opened in the page, whatever it says it is (X3)."""
    found = part_of(mail_of(request, mail_id).content, part)
    if found is None:
        raise Http404
    return _download(found.data, found.name or f"file-{part}", found.content_type)


def _download(data: bytes, name: str, content_type: str) -> HttpResponse:
    is_safe = content_type in ("application/pdf", "message/rfc822") or content_type.startswith(("image/", "audio/"))
    kind = content_type if is_safe and "svg" not in content_type else "application/octet-stream"
    response = HttpResponse(data, content_type=kind)
    response["Content-Disposition"] = download_name(name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def act(request: HttpRequest, verb: str) -> HttpResponse:
    """Read, star, archive or trash the mails that are named, with a way back."""
    if verb not in ACTS:
        raise Http404
    user, now = user_of(request), clock.now()
    ids = [int(one) for one in (*request.POST.getlist("ids"), *request.GET.getlist("ids")) if number(one)]
    match verb:
        case "read" | "unread":
            reading.mark_read(ids, on=verb == "read", by=user, now=now)
        case "star" | "unstar":
            reading.star(ids, on=verb == "star", by=user, now=now)
        case _:
            reading.put(ids, place=verb, by=user, now=now)
    if "quiet" in request.POST:
        return HttpResponse(status=204)
    if verb in ("archive", "trash"):
        back = f"{reverse('inbox-act', args=[UNDONE_BY[verb]])}?{'&'.join(f'ids={id}' for id in ids)}"
        toast(request, _("Archived.") if verb == "archive" else _("Moved to the trash."), undo=back)
    return redirect(way_back(request, "next", reverse("inbox")))


@require_POST
def images(request: HttpRequest, mail_id: int) -> HttpResponse:
    """Show the remote images of this sender from now on (X4)."""
    mail = mail_of(request, mail_id)
    reading.always_show_images(mail, on=request.POST.get("on") != "no", by=user_of(request))
    return redirect(_thread(mail))


@require_POST
def parent(request: HttpRequest, mail_id: int) -> HttpResponse:
    """Say by hand what a mail belongs to (INBOX-05)."""
    mail, user = mail_of(request, mail_id), user_of(request)
    module, _colon, key = request.POST.get("parent", "").partition(":")
    try:
        from_mail.belongs(mail, module=module, id=_number(key), by=user, now=clock.now())
        toast(request, _("Linked.") if key else _("No longer linked."))
    except Refused as refused:
        problem(request, str(refused))
    return redirect(_thread(mail))


def parents(request: HttpRequest, mail_id: int) -> HttpResponse:
    """The records that a search offers as parent of a mail."""
    mail, user = mail_of(request, mail_id), user_of(request)
    text = request.GET.get("q", "").strip()[:120]
    found = [one for one in find(user, text, 5) if one.module in PARENTS] if text else []
    return render(request, "inbox/parents.html", {"mail": mail, "found": found, "q": text})


@require_POST
def create(request: HttpRequest, mail_id: int, module: str) -> HttpResponse:
    """A lead, contact, task, case or deal from a mail, in one step (INBOX-06)."""
    mail, user = mail_of(request, mail_id), user_of(request)
    if module not in from_mail.MAKERS:
        raise Http404
    try:
        made, key, name = from_mail.make(
            module, mail, by=user, now=clock.now(), address=request.POST.get("address", "")[:254]
        )
    except Refused as refused:
        problem(request, str(refused))
        return redirect(_thread(mail))
    words = {"lead": _("Lead created: %(name)s."), "contact": _("Contact created: %(name)s."),
             "task": _("Task created: %(name)s."), "case": _("Case created: %(name)s."),
             "deal": _("Deal created: %(name)s.")}  # fmt: skip
    toast(request, words[made] % {"name": name})
    if request.POST.get("then") == "open":
        return redirect(PLACES[made].record(key))
    return redirect(_thread(mail))


def delete(request: HttpRequest, mail_id: int) -> HttpResponse:
    """Ask, with the number of colleagues who lose it; then delete a mail for everyone (INBOX-08)."""
    mail, user = mail_of(request, mail_id), user_of(request)
    if not user.may_delete_mail:
        raise PermissionDenied(_("Your role does not allow deleting mail for everyone. Move it to the trash instead."))
    if request.method != "POST":
        others = reading.others_reading(mail, user)
        told = (
            ngettext("%(count)s colleague loses it too.", "%(count)s colleagues lose it too.", others)
            % {"count": others}
            if others
            else _("Nobody else has it.")
        )
        return render(request, "inbox/delete.html", {"mail": mail, "told": told})
    reading.delete_for_good(mail, by=user, now=clock.now())
    toast(request, _("Deleted for everyone."))
    return redirect("inbox")


def _thread(mail: Received) -> str:
    """The conversation of a mail, in the list where it was read if the address tells."""
    return f"{reverse('inbox')}?{inbox_page.query(Asked(folder='all'), thread=mail.thread_id)}"
