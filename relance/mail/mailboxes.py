"""Add, change, test and choose mailboxes (INBOX-01, ADM-01)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from relance import events
from relance.lib import addresses, clock
from relance.lib.crypto import CannotOpen
from relance.lib.reach import any_address, public_address
from relance.lib.refusal import Refused
from relance.mail import signing_in
from relance.mail.models import Mailbox
from relance.mail.secrets import box
from relance.mail.transport.check import Check, Finding, test_connection
from relance.mail.transport.imap import test_server
from relance.mail.transport.imap_line import NoImap, Server
from relance.mail.transport.imap_words import incoming_sentence
from relance.mail.transport.oauth import NoGrant, Why
from relance.mail.transport.outcome import Cause, NoSession, Reply, Stage
from relance.mail.transport.relay import Relay, Security
from relance.mail.transport.words import sentence
from relance.team.models import User
from relance.team.policy import require

FIELDS = (
    "name", "kind", "address", "from_name", "host", "port", "security", "ca_file", "username", "bounce_domain",
    "maildir", "connections", "per_hour", "imap_host", "imap_port", "imap_security", "imap_username", "never_stored",
    "sharing", "files_sent", "service",
)  # fmt: skip


IMAP_PORTS = (143, 993)


class CannotUse(Refused):
    """A setting that cannot work; the sentence says which and what to do."""


@dataclass(frozen=True, kw_only=True)
class MailboxDraft:
    """The settings of a mailbox. `password`, `imap_password`: None keeps the present one, an empty text forgets it."""

    values: Mapping[str, object] = field(default_factory=dict)
    password: str | None = None
    imap_password: str | None = None
    is_default: bool | None = None


@transaction.atomic
def add_mailbox(draft: MailboxDraft, *, by: User) -> Mailbox:
    """A new mailbox; the first one becomes the default. Raises Forbidden, CannotUse."""
    is_personal = draft.values.get("kind") == Mailbox.Kind.PERSONAL
    sharing = Mailbox.Sharing.PRIVATE if is_personal else Mailbox.Sharing.EVERYONE
    mailbox = Mailbox(user=by if is_personal else None, sharing=sharing)
    return _write(mailbox, draft, by=by)


@transaction.atomic
def edit_mailbox(mailbox: Mailbox, draft: MailboxDraft, *, by: User) -> Mailbox:
    """Change settings; it has to be tested again. Raises Forbidden, CannotUse."""
    return _write(mailbox, draft, by=by)


def _write(mailbox: Mailbox, draft: MailboxDraft, *, by: User) -> Mailbox:
    read_before, was_connected = _where_read(mailbox), mailbox.pk is not None and mailbox.is_connected
    for name in FIELDS:
        if name in draft.values:
            setattr(mailbox, name, draft.values[name])
    require(may_change(mailbox, by))
    _check_values(mailbox, by)
    _forget_other_grant(mailbox)
    is_shared = mailbox.kind == Mailbox.Kind.SHARED
    if draft.is_default and not is_shared:
        raise CannotUse(_("Only a shared mailbox can be the one that everybody uses."))
    if is_shared and (draft.is_default or not Mailbox.objects.filter(is_default=True).exists()):
        Mailbox.objects.exclude(pk=mailbox.pk).filter(is_default=True).update(is_default=False)
        mailbox.is_default = True
    mailbox.state, mailbox.state_code, mailbox.state_detail = Mailbox.State.UNTESTED, "", ""
    forget_fetching(mailbox, also_folders=_where_read(mailbox) != read_before)
    if mailbox.is_connected and not was_connected:
        mailbox.connected_at = clock.now()
    mailbox.save()
    _tell_connection(mailbox, was_connected=was_connected)
    if draft.password is not None:
        mailbox.secret = box().seal(draft.password, of=_smtp(mailbox)) if draft.password else ""
    if draft.imap_password is not None:
        mailbox.imap_secret = box().seal(draft.imap_password, of=_imap(mailbox)) if draft.imap_password else ""
    mailbox.save(update_fields=["secret", "imap_secret"])
    return mailbox


def _tell_connection(mailbox: Mailbox, *, was_connected: bool) -> None:
    """Its mail is linked to deals, or its links are dissolved, as it begins to be read or ends (DEAL-08)."""
    if mailbox.is_connected != was_connected:
        happened = events.MailboxConnected if mailbox.is_connected else events.MailboxDisconnected
        events.emit(happened(mailbox.pk))


def _forget_other_grant(mailbox: Mailbox) -> None:
    """What one service has granted for one user is nothing to another."""
    before = Mailbox.objects.filter(pk=mailbox.pk).first() if mailbox.pk else None
    if mailbox.service is None:
        mailbox.grant, mailbox.granted_at = "", None
        return
    mailbox.username = mailbox.username or mailbox.address
    if before is None or (before.service_id, before.username) != (mailbox.service_id, mailbox.username):
        mailbox.grant, mailbox.granted_at = "", None


def _where_read(mailbox: Mailbox) -> tuple[str, str]:
    """Another server or another user has other mails under the same numbers."""
    return mailbox.imap_host.lower(), mailbox.imap_username or mailbox.username


def _check_values(mailbox: Mailbox, by: User) -> None:
    mailbox.imap_host = mailbox.imap_host.strip()
    mailbox.never_stored = "\n".join(mailbox.never_stored.replace(",", " ").lower().split())
    if mailbox.imap_host and not by.is_administrator and mailbox.imap_port not in IMAP_PORTS:
        raise CannotUse(_("A mailbox is read on port 993 or 143. Another port has to be set by an administrator."))
    if mailbox.kind == Mailbox.Kind.SHARED and mailbox.sharing == Mailbox.Sharing.TEAM:
        raise CannotUse(_("A shared mailbox has no owner whose team could read it. Choose everyone or nobody else."))
    mailbox.address = _read(mailbox.address, _("Enter a valid email address.")).as_written
    if domain := mailbox.bounce_domain:
        told = _("%(domain)s is not a domain. Write it like example.com, or leave it empty.") % {"domain": domain}
        mailbox.bounce_domain = _read("" if "@" in domain else f"bounce@{domain}", told).domain
    if mailbox.maildir and not by.is_administrator:
        raise CannotUse(_("Only an administrator can name a folder of this server."))
    if mailbox.maildir and not _is_there(Path.is_dir, Path(mailbox.maildir) / "new"):
        raise CannotUse(
            _("%(folder)s is not a Maildir: it has no folder named “new”. Check the path.")
            % {"folder": mailbox.maildir}
        )
    if mailbox.ca_file and not (by.is_administrator and _is_there(Path.is_file, Path(mailbox.ca_file))):
        raise CannotUse(_("The certificate file cannot be read. An administrator has to check its path."))


def _read(text: str, otherwise: str) -> addresses.Address:
    """The address, its domain in ASCII as the wire wants it. Raises CannotUse with the sentence given."""
    try:
        return addresses.parse(text)
    except addresses.InvalidAddress as error:
        raise CannotUse(otherwise) from error


def _is_there(kind: Callable[[Path], bool], path: Path) -> bool:
    """Whether a folder or file stands there; a name that no file can have does not."""
    try:
        return kind(path)
    except (OSError, ValueError):
        return False


def may_change(mailbox: Mailbox, user: User) -> bool:
    """Shared ones belong to administrators, personal ones to their user."""
    return user.is_administrator or (
        mailbox.kind == Mailbox.Kind.PERSONAL and mailbox.user_id == user.pk and user.is_active
    )


@transaction.atomic
def retire_mailbox(mailbox: Mailbox, *, by: User) -> None:
    """Stop using a mailbox. What it sent stays; what waits in it waits until it is used again. Raises Forbidden."""
    require(may_change(mailbox, by))
    was_connected = mailbox.is_connected
    Mailbox.objects.filter(pk=mailbox.pk).update(is_active=False, is_default=False)
    mailbox.is_active = mailbox.is_default = False
    _tell_connection(mailbox, was_connected=was_connected)


def relay_of(mailbox: Mailbox) -> Relay:
    """How to reach its relay, with the opened password. Raises CannotOpen when another key sealed it."""
    sealed = mailbox.secret
    return Relay(
        host=mailbox.host,
        port=mailbox.port,
        security=Security(mailbox.security),
        username=mailbox.username,
        password=box().open(sealed, of=_smtp(mailbox)) if sealed else "",
        helo=mailbox.envelope_domain or "localhost",
        ca_file=mailbox.ca_file or None,
        access_token=_token_for_sending(mailbox.pk) if mailbox.service_id else None,
        allows=any_address if mailbox.kind == Mailbox.Kind.SHARED else public_address,
    )


def _token_for_sending(mailbox_id: int) -> Callable[[], Awaitable[str]]:
    async def token() -> str:
        try:
            return await asyncio.to_thread(signing_in.token_in_a_thread, mailbox_id)
        except NoGrant as problem:
            code, said = (454, "4.7.0 the sign-in service is away") if problem.why is Why.AWAY else REVOKED
            raise NoSession(Stage.AUTH, Cause.REPLIED, Reply(code, said)) from None

    return token


REVOKED = 535, "5.7.8 no consent"


def _token_for_reading(mailbox_id: int) -> Callable[[bool], str]:
    def token(fresh: bool) -> str:
        try:
            return signing_in.token(mailbox_id, fresh=fresh)
        except NoGrant as problem:
            raise NoImap(Finding.BUSY if problem.why is Why.AWAY else Finding.PASSWORD_REFUSED) from None

    return token


def check_mailbox(mailbox: Mailbox, *, now: datetime) -> Check:
    """Try the connection, keep the finding on the mailbox, and give it back. Nothing is sent."""
    try:
        relay = relay_of(mailbox)
    except CannotOpen:
        check = Check(finding=Finding.PASSWORD_REFUSED, host=mailbox.host, port=mailbox.port)
    else:
        check = asyncio.run(test_connection(relay, sender=mailbox.address))
    note_state(mailbox.pk, works=check.works, code=check.finding.value, detail=str(check.reply or ""), now=now)
    mailbox.refresh_from_db()
    return check


def note_state(mailbox_id: int, *, works: bool, code: str, detail: str, now: datetime) -> None:
    """Write whether a mailbox works: the connection test and the engine are the ones who know."""
    state = Mailbox.State.WORKING if works else Mailbox.State.BROKEN
    Mailbox.objects.filter(pk=mailbox_id).update(state=state, state_code=code, state_detail=detail[:500], state_at=now)


def server_of(mailbox: Mailbox) -> Server:
    """How to read its mail, with the opened password: its own, or that of sending. Raises CannotOpen."""
    sealed, of = (mailbox.imap_secret, _imap(mailbox)) if mailbox.imap_secret else (mailbox.secret, _smtp(mailbox))
    return Server(
        host=mailbox.imap_host,
        port=mailbox.imap_port,
        security=Security(mailbox.imap_security),
        username=mailbox.imap_username or mailbox.username,
        password=box().open(sealed, of=of) if sealed else "",
        access_token=_token_for_reading(mailbox.pk) if mailbox.service_id else None,
        ca_file=mailbox.ca_file or None,
        allows=any_address if mailbox.kind == Mailbox.Kind.SHARED else public_address,
    )


def _smtp(mailbox: Mailbox) -> str:
    return f"mailbox:{mailbox.pk}"


def _imap(mailbox: Mailbox) -> str:
    return f"mailbox:{mailbox.pk}:imap"


def check_incoming(mailbox: Mailbox, *, now: datetime) -> Check:
    """Sign in and look at the inbox, keep the finding, and give it back. A mailbox that works is read soon."""
    try:
        check = test_server(server_of(mailbox))
    except CannotOpen:
        check = Check(finding=Finding.PASSWORD_REFUSED, host=mailbox.imap_host, port=mailbox.imap_port)
    state = Mailbox.State.WORKING if check.works else Mailbox.State.BROKEN
    forget_fetching(mailbox)
    mailbox.fetch_state, mailbox.fetch_code, mailbox.fetched_at = state, check.finding.value, now
    mailbox.save(update_fields=FETCHING)
    return check


FETCHING = ["fetch_state", "fetch_code", "fetch_detail", "fetch_at", "fetch_failures", "fetched_at"]


def forget_fetching(mailbox: Mailbox, *, also_folders: bool = False) -> None:
    """Let it be read again at once, whatever it was that went wrong; its folders anew if they are others now."""
    mailbox.fetch_state, mailbox.fetch_code, mailbox.fetch_detail = Mailbox.State.UNTESTED, "", ""
    mailbox.fetch_at, mailbox.fetch_failures = None, 0
    if mailbox.pk:
        folders = mailbox.folders.all()
        folders.update(resets=0)
        if also_folders:
            folders.delete()


def default_mailbox(user: User | None = None) -> Mailbox | None:
    """The mailbox that is used unless another is chosen: a shared one, else this colleague's own; never another's."""
    usable = Q(kind=Mailbox.Kind.SHARED) | Q(user=user) if user else Q(kind=Mailbox.Kind.SHARED)
    return Mailbox.objects.filter(usable, is_active=True).order_by("-is_default", "-kind", "id").first()


def state_sentence(mailbox: Mailbox) -> str:
    """What the last test or sending found, in one sentence; empty if nothing is known yet."""
    if not mailbox.state_code:
        return ""
    try:
        finding = Finding(mailbox.state_code)
    except ValueError:
        return mailbox.state_detail
    if needs_sign_in(mailbox, finding):
        return sign_in_sentence(mailbox)
    return sentence(Check(finding=finding, host=mailbox.host, port=mailbox.port))


def fetch_sentence(mailbox: Mailbox) -> str:
    """What the last look at its incoming mail found, in one sentence; empty if nothing is known yet."""
    if not mailbox.imap_host or not mailbox.fetch_code:
        return ""
    if needs_sign_in(mailbox, mailbox.fetch_code):
        return sign_in_sentence(mailbox)
    return incoming_sentence(mailbox.fetch_code, host=mailbox.imap_host, port=mailbox.imap_port)


def needs_sign_in(mailbox: Mailbox, code: str) -> bool:
    """Whether it is its owner's consent that is missing: refused, withdrawn, or never given (R19)."""
    return mailbox.service_id is not None and code == Finding.PASSWORD_REFUSED


def sign_in_sentence(mailbox: Mailbox) -> str:
    """What stands in the place of a refused password."""
    return _("%(service)s no longer gives access to %(address)s. Sign in again; what was fetched is safe.") % {
        "service": mailbox.service, "address": mailbox.address,
    }  # fmt: skip
