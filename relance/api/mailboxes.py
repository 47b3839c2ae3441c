"""Mailboxes and their relays."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.core.validators import validate_email
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from pydantic import Field

from relance.api.key import Caller
from relance.api.paging import Listed, PageQuery, paged
from relance.api.reading import Wanted
from relance.lib import clock
from relance.mail import mailboxes, signing_in
from relance.mail.models import Mailbox, SignInService
from relance.mail.reading_state import read_now, reading_state
from relance.team.policy import require

router = Router(tags=["Mailboxes"])


class MailboxOut(Schema):
    """A mailbox; its password is never told."""

    id: int
    name: str
    kind: str
    address: str
    from_name: str
    host: str
    port: int
    security: str
    username: str
    has_password: bool
    bounce_domain: str
    maildir: str
    connections: int
    per_hour: int | None
    imap_host: str
    imap_port: int
    imap_security: str
    imap_username: str
    never_stored: str
    sharing: str
    files_sent: bool
    service_id: int | None
    is_signed_in: bool
    fetch_state: str
    fetch_code: str
    fetched_at: datetime | None
    is_default: bool
    is_active: bool
    state: str
    state_code: str
    state_at: datetime | None


class Mailboxes(Listed):
    """A page of mailboxes."""

    items: list[MailboxOut]


class MailboxChange(Wanted):
    """What to change; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=120)
    kind: Literal["shared", "personal"] | None = None
    address: str | None = Field(None, max_length=254)
    from_name: str | None = Field(None, max_length=120)
    host: str | None = Field(None, min_length=1, max_length=253)
    port: int | None = Field(None, ge=1, le=65535)
    security: Literal["none", "starttls", "tls"] | None = None
    username: str | None = Field(None, max_length=254)
    password: str | None = Field(None, max_length=1_000, description="An empty text forgets it; it is never told.")
    ca_file: str | None = Field(None, max_length=500)
    bounce_domain: str | None = Field(None, max_length=253)
    maildir: str | None = Field(None, max_length=500)
    connections: int | None = Field(None, ge=1, le=64)
    per_hour: int | None = Field(None, ge=1, le=1_000_000)
    imap_host: str | None = Field(None, max_length=253, description="Where its mail is read; empty: nowhere.")
    imap_port: int | None = Field(None, ge=1, le=65535)
    imap_security: Literal["none", "starttls", "tls"] | None = None
    imap_username: str | None = Field(None, max_length=254, description="Empty: the one for sending.")
    imap_password: str | None = Field(None, max_length=1_000, description="Empty: the one for sending; never told.")
    never_stored: str | None = Field(
        None, max_length=20_000, description="Addresses or domains, one a line, whose mail is never fetched."
    )
    sharing: Literal["private", "team", "everyone"] | None = Field(None, description="Who else reads its mail.")
    service_id: int | None = Field(None, description="Where its owner signs in instead of giving a password.")
    files_sent: bool | None = Field(None, description="Put sent mail into the server’s folder of sent mail, once.")
    is_default: bool | None = None


class MailboxIn(MailboxChange):
    """A new mailbox."""

    name: str = Field(min_length=1, max_length=120)
    address: str = Field(max_length=254)
    host: str = Field(min_length=1, max_length=253)
    port: int = Field(587, ge=1, le=65535)
    security: Literal["none", "starttls", "tls"] = "starttls"


class FolderOut(Schema):
    """A folder of the server, and how far it has been read."""

    id: int
    name: str
    role: str
    is_read: bool
    on_server: int
    stored: int
    waiting: int
    highest_uid: int
    problem: str
    looked_at: datetime | None


class ConnectionOut(Schema):
    """What a connection test found, in one sentence."""

    works: bool
    code: str
    sentence: str
    reply: str


class ConnectionsOut(ConnectionOut):
    """What was found of sending, and of reading where the mailbox is read."""

    incoming: ConnectionOut | None


def show(mailbox: Mailbox) -> MailboxOut:
    """A mailbox as the API tells; its password is never told."""
    plain = (name for name in MailboxOut.model_fields if name not in ("has_password", "is_signed_in"))
    told = {name: getattr(mailbox, name) for name in plain}
    return MailboxOut(has_password=bool(mailbox.secret), is_signed_in=signing_in.is_signed_in(mailbox), **told)


def mine(request: Caller) -> QuerySet[Mailbox]:
    """The mailboxes that I may see: the shared ones and my own."""
    rows = Mailbox.objects.filter(is_active=True)
    return rows if request.user.is_administrator else rows.filter(Q(kind=Mailbox.Kind.SHARED) | Q(user=request.user))


def draft(wanted: MailboxChange) -> mailboxes.MailboxDraft:
    """The request as a draft."""
    values = wanted.model_dump(exclude_unset=True)
    password, is_default = values.pop("password", None), values.pop("is_default", None)
    imap_password = values.pop("imap_password", None)
    kept = {name: value for name, value in values.items() if value is not None or name == "per_hour"}
    if "service_id" in values:
        kept.pop("service_id", None)
        kept["service"] = _service(values["service_id"])
    if "address" in kept:
        validate_email(kept["address"])
    return mailboxes.MailboxDraft(values=kept, password=password, imap_password=imap_password, is_default=is_default)


def _service(id: int | None) -> SignInService | None:
    return get_object_or_404(SignInService, pk=id, is_active=True) if id is not None else None


@router.get("", response=Mailboxes, summary="Mailboxes")
def index(request: Caller, response: HttpResponse, page: PageQuery) -> dict[str, Any]:
    """The shared mailboxes and my own."""
    return paged(request, response, mine(request), page, show)


@router.post("", response={201: MailboxOut}, summary="Connect a mailbox")
def add(request: Caller, new: MailboxIn) -> Status[MailboxOut]:
    """Connect a mailbox. Shared ones: administrators only."""
    wanted = new.model_copy(update={"kind": new.kind or "shared"})
    return Status(201, show(mailboxes.add_mailbox(draft(MailboxChange(**wanted.model_dump())), by=request.user)))


@router.get("/{int:mailbox_id}", response=MailboxOut, summary="One mailbox")
def read(request: Caller, mailbox_id: int) -> MailboxOut:
    """One mailbox."""
    return show(get_object_or_404(mine(request), pk=mailbox_id))


@router.patch("/{int:mailbox_id}", response=MailboxOut, summary="Change a mailbox")
def change(request: Caller, mailbox_id: int, wanted: MailboxChange) -> MailboxOut:
    """Change its settings."""
    mailbox = get_object_or_404(mine(request), pk=mailbox_id)
    return show(mailboxes.edit_mailbox(mailbox, draft(wanted), by=request.user))


@router.delete("/{int:mailbox_id}", response={204: None}, summary="Stop using a mailbox")
def retire(request: Caller, mailbox_id: int) -> Status[None]:
    """Stop using it."""
    mailboxes.retire_mailbox(get_object_or_404(mine(request), pk=mailbox_id), by=request.user)
    return Status(204, None)


@router.post("/{int:mailbox_id}/test", response=ConnectionsOut, summary="Test the connection")
def test(request: Caller, mailbox_id: int) -> ConnectionsOut:
    """Try the connection; nothing is sent. For those who may change it."""
    mailbox = get_object_or_404(mine(request), pk=mailbox_id)
    require(mailboxes.may_change(mailbox, request.user))
    check = mailboxes.check_mailbox(mailbox, now=clock.now())
    reply = str(check.reply or "")
    incoming = _incoming(mailbox) if mailbox.imap_host else None
    works, code = check.works, check.finding.value
    return ConnectionsOut(
        works=works, code=code, sentence=mailboxes.state_sentence(mailbox), reply=reply, incoming=incoming
    )


@router.get("/{int:mailbox_id}/folders", response=list[FolderOut], summary="How far its mail has been read")
def folders(request: Caller, mailbox_id: int) -> list[FolderOut]:
    """Every folder of the server, the inbox first. For those who may change the mailbox."""
    mailbox = get_object_or_404(mine(request), pk=mailbox_id)
    require(mailboxes.may_change(mailbox, request.user))
    return [
        FolderOut(
            id=each.folder.pk,
            name=str(each.folder),
            stored=each.stored,
            waiting=each.waiting,
            **{name: getattr(each.folder, name) for name in FOLDER_FACTS},
        )
        for each in reading_state(mailbox).folders
    ]


FOLDER_FACTS = ("role", "is_read", "on_server", "highest_uid", "problem", "looked_at")


@router.post("/{int:mailbox_id}/fetch", response={202: None}, summary="Fetch its mail at once")
def fetch(request: Caller, mailbox_id: int) -> Status[None]:
    """Fetch its mail within seconds. For those who may change the mailbox."""
    mailbox = get_object_or_404(mine(request), pk=mailbox_id)
    require(mailboxes.may_change(mailbox, request.user))
    read_now(mailbox)
    return Status(202, None)


def _incoming(mailbox: Mailbox) -> ConnectionOut:
    check = mailboxes.check_incoming(mailbox, now=clock.now())
    told = mailboxes.fetch_sentence(mailbox)
    return ConnectionOut(works=check.works, code=check.finding.value, sentence=told, reply="")
