"""Received mail: threads, mails, what one does with them, records made from them (INBOX-03 to INBOX-09)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from relance.agenda import from_mail
from relance.api.key import Caller
from relance.api.paging import BadCursor
from relance.api.reading import Wanted
from relance.lib import clock
from relance.mail import folders, reading
from relance.mail.inbound.body import body, download_name, part_of
from relance.mail.models import Received

router = Router(tags=["Inbox"])


class NamedOut(Schema):
    """A name and an address as written."""

    name: str
    email: str


class BelongsOut(Schema):
    """The record that a mail belongs to."""

    module: str
    id: int
    name: str


class ReceivedOut(Schema):
    """A mail in a list."""

    id: int
    thread_id: int
    mailbox_id: int
    kind: str
    is_outgoing: bool
    subject: str
    sender: NamedOut
    to: list[NamedOut]
    cc: list[NamedOut]
    dated_at: datetime
    snippet: str
    has_attachments: bool
    is_read: bool
    is_starred: bool
    person_id: int | None
    parent: BelongsOut | None
    parent_how: str = Field(description="The rule that found the parent; hand: a colleague chose it.")


class FileOut(Schema):
    """One attachment; `number` is its name in addresses."""

    number: int
    name: str
    content_type: str
    size: int


class WholeMailOut(ReceivedOut):
    """A mail with its text; `html` is rid of what runs and loads nothing from elsewhere."""

    message_id: str
    text: str
    html: str
    files: list[FileOut]
    notices: list[str]


class ThreadOut(Schema):
    """A thread in a folder: its newest mail there."""

    id: int
    count: int
    unread: int
    mail: ReceivedOut


class Threads(Schema):
    """A page of threads."""

    items: list[ThreadOut]
    next: str | None = Field(None, description="The `cursor` of the next page; null on the last one.")
    total: int | None = Field(None, description="How many mails are meant, when asked for; at most 1000 are counted.")


class Search(Schema):
    """Which threads."""

    folder: str = Field("inbox", description="inbox, starred, sent, drafts, archive, trash, junk, all, or an id.")
    mailbox_id: int | None = None
    q: str = Field("", max_length=200, description="Words or their beginnings, in subject, addresses and text.")
    only: Literal["", "unread", "unsorted"] = ""
    cursor: str = Field("", max_length=80)
    limit: int = Field(30, ge=1, le=100)
    count: bool = False


class FlagsIn(Wanted):
    """What to do with mails; what is left out stays."""

    ids: list[int] = Field(min_length=1, max_length=reading.AT_ONCE)
    is_read: bool | None = None
    is_starred: bool | None = None
    place: Literal["inbox", "archive", "trash"] | None = None


class FlagsOut(Schema):
    """How many of the mails one may see, and were meant."""

    changed: int


class ParentIn(Wanted):
    """What a mail belongs to; without an id it belongs to nothing."""

    module: Literal["account", "lead", "contact", "deal", "case", ""] = ""
    id: int | None = None


class RecordFromMail(Wanted):
    """A record to make from a mail."""

    module: Literal["lead", "contact", "task", "case", "deal"]
    address: str = Field("", max_length=254, description="Another person of the mail than its sender.")


@router.get("/threads", response=Threads, summary="The threads of a folder")
def threads(request: Caller, search: Query[Search]) -> Threads:
    """One line a thread, newest first, only mail that the caller may read."""
    after = folders.Place.read(search.cursor)
    if search.cursor and after is None:
        raise BadCursor(_("This cursor is not one that the list gave. Start without one."))
    asked = folders.Asked(folder=search.folder, mailbox=search.mailbox_id, text=search.q, only=search.only)
    page = folders.page(asked, request.user, after=after, size=search.limit)
    parents = reading.parents_of([line.mail for line in page.lines], request.user)
    total = folders.mails(asked, request.user).order_by()[: folders.MOST_COUNTED].count() if search.count else None
    items = [
        ThreadOut(id=line.mail.thread_id or 0, count=line.count, unread=line.unread, mail=_mail(line.mail, parents))
        for line in page.lines
    ]
    return Threads(items=items, next=page.older or None, total=total)


@router.get("/threads/{int:thread_id}", response=list[ReceivedOut], summary="The mails of a thread")
def thread(request: Caller, thread_id: int) -> list[ReceivedOut]:
    """Oldest first; of copies of one mail, one."""
    mails = folders.conversation(thread_id, request.user)
    if not mails:
        raise Http404
    parents = reading.parents_of(mails, request.user)
    return [_mail(mail, parents) for mail in mails]


@router.get("/mails/{int:received_id}", response=WholeMailOut, summary="One mail with its text")
def read(request: Caller, received_id: int) -> WholeMailOut:
    """The whole mail; it is not marked as read."""
    mail = _found(request, received_id)
    shown, parents = body(mail.content), reading.parents_of([mail], request.user)
    return WholeMailOut(
        **_mail(mail, parents).dict(),
        message_id=mail.message_id,
        text=shown.text,
        html=shown.page(images=False).html,
        files=[FileOut(**{name: getattr(file, name) for name in FileOut.model_fields}) for file in shown.files],
        notices=[notice.value for notice in shown.notices],
    )


@router.post("/flags", response=FlagsOut, summary="Read, star, archive or trash mails")
def flags(request: Caller, wanted: FlagsIn) -> FlagsOut:
    """In one's own mailbox the server hears of it; in a shared one it is so for the caller alone."""
    changed, by, now = 0, request.user, clock.now()
    if wanted.is_read is not None:
        changed = reading.mark_read(wanted.ids, on=wanted.is_read, by=by, now=now)
    if wanted.is_starred is not None:
        changed = reading.star(wanted.ids, on=wanted.is_starred, by=by, now=now)
    if wanted.place is not None:
        changed = reading.put(wanted.ids, place=wanted.place, by=by, now=now)
    return FlagsOut(changed=changed)


@router.put("/mails/{int:received_id}/parent", response=ReceivedOut, summary="Say what a mail belongs to")
def parent(request: Caller, received_id: int, wanted: ParentIn) -> ReceivedOut:
    """Chosen by hand: no rule changes it again."""
    mail = _found(request, received_id)
    from_mail.belongs(mail, module=wanted.module, id=wanted.id, by=request.user, now=clock.now())
    mail = _found(request, received_id)
    return _mail(mail, reading.parents_of([mail], request.user))


@router.post("/mails/{int:received_id}/records", response={201: BelongsOut}, summary="Make a record from a mail")
def make(request: Caller, received_id: int, wanted: RecordFromMail) -> Status[BelongsOut]:
    """A lead, contact, task, case or deal, filled in from the mail, which belongs to it."""
    mail = _found(request, received_id)
    module, key, name = from_mail.make(
        wanted.module, mail, by=request.user, now=clock.now(), address=wanted.address
    )  # fmt: skip
    return Status(201, BelongsOut(module=module, id=key, name=name))


@router.get("/mails/{int:received_id}/raw", summary="The mail byte for byte")
def raw(request: Caller, received_id: int) -> HttpResponse:
    """As it came."""
    mail = _found(request, received_id)
    return _download(mail.content, f"mail-{mail.pk}.eml", "message/rfc822")


@router.get("/mails/{int:received_id}/files/{int:part}", summary="One attachment")
def attachment(request: Caller, received_id: int, part: int) -> HttpResponse:
    """Its bytes, always as a download."""
    found = part_of(_found(request, received_id).content, part)
    if found is None:
        raise Http404
    return _download(found.data, found.name or f"file-{part}", "application/octet-stream")


@router.delete("/mails/{int:received_id}", response={204: None}, summary="Delete a mail for everyone")
def delete(request: Caller, received_id: int) -> Status[None]:
    """From Relance and from its servers, all copies. Needs the right to delete mail."""
    reading.delete_for_good(_found(request, received_id), by=request.user, now=clock.now())
    return Status(204, None)


def _found(request: Caller, received_id: int) -> Received:
    rows = folders.with_state(Received.objects.visible_to(request.user).told(), request.user)
    return get_object_or_404(rows.select_related("mailbox"), pk=received_id)


def _download(data: bytes, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = download_name(name)
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _mail(mail: Received, parents: dict[int, tuple[str, int, str]]) -> ReceivedOut:
    parent = parents.get(mail.pk)
    told: dict[str, Any] = {  # Any: the plain columns of a mail
        name: getattr(mail, name)
        for name in (
            "id", "thread_id", "mailbox_id", "kind", "is_outgoing", "subject", "snippet", "has_attachments",
            "person_id", "parent_how",
        )
    }  # fmt: skip
    return ReceivedOut(
        **told,
        sender=NamedOut(name=mail.from_name, email=mail.from_email),
        to=[NamedOut(name=name, email=email) for name, email in mail.to],
        cc=[NamedOut(name=name, email=email) for name, email in mail.cc],
        dated_at=mail.dated_at or mail.received_at,
        is_read=getattr(mail, "is_read_by_me", True),
        is_starred=getattr(mail, "is_starred_by_me", False),
        parent=BelongsOut(module=parent[0], id=parent[1], name=parent[2]) if parent else None,
    )
