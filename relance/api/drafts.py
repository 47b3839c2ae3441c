"""Mails being written: kept, looked at, filled from a template, given files, sent, taken back (ENG-01, ENG-07)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile

from relance.agenda import sending
from relance.api import drafts_told as told
from relance.api.key import Caller
from relance.api.paging import PageQuery, paged
from relance.api.sent_mails import SentMailOut, show_mail
from relance.api.tags import require_unchanged, tagged
from relance.deals.models import Deal
from relance.insights.mails import personal
from relance.lib import clock
from relance.mail.catalogue import Subject
from relance.mail.files import Given
from relance.mail.models import Mailbox, Received, Recipient, SavedDraft, Template
from relance.mail.writing import addressing, advice, attaching, drafts, leaving, preflight, starting
from relance.mail.writing.starting import Start
from relance.people.models import Account, Person
from relance.team.models import User

router = Router(tags=["Writing mails"])
attachments = Router(tags=["Writing mails"])


def found(request: Caller, draft_id: int, *, hold: bool = False) -> SavedDraft:
    """One of the caller's own mails; `hold` it until the transaction ends. Raises Http404."""
    rows = SavedDraft.objects.visible_to(request.user)
    return get_object_or_404(rows.select_for_update(of=("self",)) if hold else rows, pk=draft_id)


@router.get("", response=told.Drafts, summary="Mails that I am writing")
def index(request: Caller, response: HttpResponse, page: PageQuery) -> dict[str, Any]:
    """One's own that have not been sent, the latest begun first."""
    rows = SavedDraft.objects.visible_to(request.user).unsent().order_by("-pk")
    return paged(request, response, rows, page, told.show)


@router.post("", response={201: told.DraftOut}, summary="Begin a mail")
def add(request: Caller, wanted: told.DraftIn) -> Status[told.DraftOut]:
    """With the same `key` as before, the mail that was begun then is told, as it stands."""
    user, now = request.user, clock.now()
    drafts.require_writer(user)
    known = SavedDraft.objects.visible_to(user).filter(key=wanted.key).first() if wanted.key else None
    if known is None:
        with transaction.atomic():
            start = _start(wanted, user)
            known = starting.begin(start, by=user, now=now)
            known = drafts.save(known, _values(wanted, user), by=user, now=now)
        if start.answers is not None and start.mode == SavedDraft.Mode.FORWARD:
            attaching.carry(start.answers, known, by=user, now=now)
    return Status(201, told.show(known))


@router.get("/{int:draft_id}", response=told.DraftOut, summary="One mail being written")
def read(request: Caller, response: HttpResponse, draft_id: int) -> told.DraftOut:
    """As it was last kept."""
    return tagged(response, told.show(found(request, draft_id)))


@router.patch("/{int:draft_id}", response=told.DraftOut, summary="Change a mail")
def change(request: Caller, response: HttpResponse, draft_id: int, wanted: told.DraftChange) -> told.DraftOut:
    """Kept as it is typed, right or wrong; what is left out stays. 409 when it has been sent."""
    with transaction.atomic():
        row = found(request, draft_id, hold=True)
        require_unchanged(request, told.show(row))
        row = drafts.save(row, _values(wanted, request.user), by=request.user, now=clock.now())
    return tagged(response, told.show(row))


@router.delete("/{int:draft_id}", response={204: None}, summary="Throw a mail away")
def discard(request: Caller, draft_id: int) -> Status[None]:
    """For good. 409 when it has been sent."""
    drafts.discard(found(request, draft_id), by=request.user)
    return Status(204, None)


@router.post("/{int:draft_id}/template", response=told.DraftOut, summary="Use a template")
def use_template(request: Caller, draft_id: int, wanted: told.DraftTemplateIn) -> told.DraftOut:
    """Put its words into the mail, filled in for the person written to."""
    template = get_object_or_404(_templates(request.user), pk=wanted.template_id)
    draft = found(request, draft_id)
    return told.show(starting.use_template(draft, template, by=request.user, now=clock.now()))


@router.get("/{int:draft_id}/preflight", response=told.DraftLookedAt, summary="What would happen")
def look(request: Caller, draft_id: int) -> told.DraftLookedAt:
    """Who gets it and how it is followed, what to look at, when it should arrive."""
    draft, user = found(request, draft_id), request.user
    people = addressing.recipients(draft, by=user)
    checks, signs = preflight.examine(draft), leaving.sender_of(draft)
    advised = advice.advise(people, by=user, now=clock.now(), deliver_at=draft.deliver_at)
    return told.DraftLookedAt(
        ready=not preflight.problems(checks),
        from_name=signs[0],
        from_address=signs[1],
        reply_to=leaving.replies_to(draft),
        checks=[told.show_check(each) for each in checks],
        recipients=[told.show_recipient(each) for each in people],
        advice=told.show_advice(advised) if advised else None,
    )


@router.post("/{int:draft_id}/send", response=SentMailOut, summary="Send a mail")
def send(request: Caller, draft_id: int) -> SentMailOut:
    """At its hour if it has one, else at once, with its reminder. Asked for twice it is sent once."""
    draft = found(request, draft_id)
    try:
        message = draft.message or sending.send(draft, by=request.user, now=clock.now())
    except drafts.AlreadySent:  # by another call in the same moment
        message = get_object_or_404(personal(request.user), saved_draft=draft_id)
    return show_mail(message, request.user)


@router.delete("/{int:draft_id}/send", response=told.DraftOut, summary="Take a mail back")
def take_back(request: Caller, draft_id: int) -> told.DraftOut:
    """While nothing of it has begun to leave; 409 afterwards."""
    return told.show(sending.take_back(found(request, draft_id), by=request.user, now=clock.now()))


@router.get("/{int:draft_id}/attachments", response=told.DraftFiles, summary="The files of a mail")
def files(request: Caller, draft_id: int) -> dict[str, Any]:
    """In the order in which they were attached."""
    return {"items": [told.show_file(row) for row in found(request, draft_id).attached]}


@router.patch(
    "/{int:draft_id}/attachments/{int:attachment_id}", response=told.DraftFileOut, summary="Follow a file or not"
)
def change_file(request: Caller, draft_id: int, attachment_id: int, wanted: told.DraftFileChange) -> told.DraftFileOut:
    """A followed file is sent as a link of each recipient's own, which may end."""
    row = get_object_or_404(found(request, draft_id).attachments.select_related("file"), pk=attachment_id)
    changed = attaching.follow(row, wanted=wanted.followed, by=request.user, expires_at=wanted.expires_at)
    return told.show_file(changed)


@router.delete("/{int:draft_id}/attachments/{int:attachment_id}", response={204: None}, summary="Take a file away")
def remove_file(request: Caller, draft_id: int, attachment_id: int) -> Status[None]:
    """The mail goes without it."""
    attaching.remove(get_object_or_404(found(request, draft_id).attachments, pk=attachment_id), by=request.user)
    return Status(204, None)


@attachments.post("", response={201: told.DraftFileOut}, summary="Attach a file")
def attach(request: Caller, into: Form[told.AttachmentIn], file: File[UploadedFile]) -> Status[told.DraftFileOut]:
    """Files belong to a mail that is kept: 409 without `draft_id`."""
    draft = found(request, into.draft_id) if into.draft_id is not None else None
    given = Given(name=file.name or "", content_type=file.content_type or "", data=file.read())
    row = attaching.attach(draft, given, by=request.user, now=clock.now(), follow=into.follow)
    return Status(201, told.show_file(row))


def _templates(user: User) -> Any:
    return Template.objects.visible_to(user).filter(archived_at=None)


def _start(wanted: told.DraftIn, user: User) -> Start:
    """From where somebody writes. Raises Http404 for what one may not see."""

    def one(rows: Any, key: int | None) -> Any:
        return get_object_or_404(rows, pk=key) if key is not None else None

    deal = one(Deal.objects.visible_to(user), wanted.deal_id)
    account = one(Account.objects.visible_to(user), wanted.account_id)
    about: Deal | Account | None = deal or account
    return Start(
        person=one(Person.objects.visible_to(user), wanted.person_id),
        about=Subject(kind=type(about).__name__, id=about.pk) if about else None,
        template=one(_templates(user), wanted.template_id),
        answers=one(Received.objects.visible_to(user), wanted.answers_id),
        follows=one(Recipient.objects.filter(message__in=personal(user)), wanted.follows_id),
        mode=wanted.mode,
        key=wanted.key,
    )


def _values(wanted: told.DraftChange, user: User) -> dict[str, object]:
    """What was named. Raises Http404 for a mailbox by which one does not write."""
    named = wanted.model_dump(exclude_unset=True, include=set(told.DraftChange.model_fields))
    mailbox_id = named.pop("mailbox_id", None)
    values = {name: value for name, value in named.items() if value is not None or name in ("deliver_at", "remind_at")}
    if mailbox_id is not None:
        usable = Mailbox.objects.filter(pk__in=[each.pk for each in drafts.mailboxes_of(user)])
        values["mailbox"] = get_object_or_404(usable, pk=mailbox_id)
    return values
