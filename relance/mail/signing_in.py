"""Mailboxes that are signed in to (OAuth2): the services, her consent, and the token of the moment (INBOX-01, R19).

    begun = begin(mailbox, by=ann, back_to=url)         # the page sends her to begun.url
    finish(mailbox, code, begun.verifier, by=ann, back_to=url, now=now)
    token(mailbox.pk)                                   # for IMAP and SMTP, renewed before it ends

One process renews at a time, with the mailbox's row held: a refresh token may be good for one use only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from relance.lib.crypto import CannotOpen
from relance.lib.refusal import Refused
from relance.mail.models import Mailbox, SignInService
from relance.mail.secrets import box
from relance.mail.transport import oauth
from relance.mail.transport.oauth import Begun, Client, Grant, NoGrant, Why
from relance.team.models import User
from relance.team.policy import require

Preset = SignInService.Preset
FIELDS = ("preset", "name", "authorize_url", "token_url", "scopes", "client_id", "is_active")
PRESETS: Mapping[str, Mapping[str, str]] = {
    Preset.GOOGLE: {
        "name": "Google",
        "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
        "token_url": "https://oauth2.googleapis.com/token",
        "scopes": "https://mail.google.com/",
    },
    Preset.MICROSOFT: {
        "name": "Microsoft 365",
        "authorize_url": "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        "token_url": "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        "scopes": (
            "offline_access https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send"
        ),
    },
}
SERVERS: Mapping[str, Mapping[str, object]] = {
    Preset.GOOGLE: {"host": "smtp.gmail.com", "imap_host": "imap.gmail.com"},
    Preset.MICROSOFT: {"host": "smtp.office365.com", "imap_host": "outlook.office365.com"},
}
"""The servers of a service, on ports 587 (STARTTLS) and 993 (TLS)."""


class CannotSignIn(Refused):
    """Why the sign-in came to nothing, and what to do."""


class BadService(Refused):
    """A service that cannot work as it was described."""


@dataclass(frozen=True, kw_only=True)
class ServiceDraft:
    """What is to be written of a service; `secret` None keeps the present one."""

    values: Mapping[str, object] = field(default_factory=dict)
    secret: str | None = None


@transaction.atomic
def save_service(service: SignInService | None, draft: ServiceDraft, *, by: User) -> SignInService:
    """Add a service or change one; what is empty comes from its preset. Raises Forbidden, BadService."""
    require(by.is_administrator)
    row = service or SignInService()
    for name in FIELDS:
        if name in draft.values:
            setattr(row, name, draft.values[name])
    for name, usual in PRESETS.get(row.preset, {}).items():
        if not getattr(row, name):
            setattr(row, name, usual)
    try:
        row.full_clean()
    except ValidationError as error:
        raise BadService(" ".join(error.messages)) from error
    if not all(_is_protected(url) for url in (row.authorize_url, row.token_url)):
        raise BadService(_("Passwords and tokens travel to these addresses, so both must begin with https://."))
    row.save()
    if draft.secret is not None:
        row.secret = box().seal(draft.secret, of=_service(row)) if draft.secret else ""
        row.save(update_fields=["secret"])
    return row


def _is_protected(url: str) -> bool:
    return url.startswith(("https://", "http://127.0.0.1:", "http://localhost:"))


def is_signed_in(mailbox: Mailbox) -> bool:
    """Whether she has consented; whether the service still agrees shows when the mailbox is used."""
    return bool(mailbox.grant)


def begin(mailbox: Mailbox, *, back_to: str) -> Begun:
    """Where its owner signs in. The caller has asked whether she may. Raises CannotSignIn."""
    if mailbox.service is None:
        raise CannotSignIn(_("This mailbox uses a password. Choose a sign-in service in its settings first."))
    try:
        return oauth.begin(_client(mailbox.service), back_to=back_to, hint=mailbox.username or mailbox.address)
    except (NoGrant, CannotOpen) as problem:
        raise CannotSignIn(_mistaken(mailbox.service)) from problem


def finish(mailbox: Mailbox, code: str, verifier: str, *, back_to: str, now: datetime) -> None:
    """She came back with a code: keep what it is worth. The caller has compared the state. Raises CannotSignIn."""
    service = mailbox.service
    if service is None:
        raise CannotSignIn(_("This mailbox uses a password. Choose a sign-in service in its settings first."))
    try:
        grant = oauth.exchange(_client(service), code, verifier, back_to=back_to)
    except (NoGrant, CannotOpen) as problem:
        raise CannotSignIn(sentence(service, problem)) from problem
    _keep(mailbox.pk, grant)
    Mailbox.objects.filter(pk=mailbox.pk).update(granted_at=now, paused_until=None, told_broken_at=None)
    mailbox.refresh_from_db()


def sentence(service: SignInService, problem: NoGrant | CannotOpen) -> str:
    """Why a service gave nothing, and what to do."""
    if isinstance(problem, CannotOpen) or problem.why is Why.MISTAKEN:
        return _mistaken(service)
    if problem.why is Why.AWAY:
        return _("%(service)s does not answer. Relance tries again by itself; try again later.") % {"service": service}
    return _("%(service)s has given no permission. Sign in again and agree to what is asked.") % {"service": service}


def _mistaken(service: SignInService) -> str:
    return _(
        "%(service)s does not accept this installation. An administrator has to check its client ID, its secret, "
        "its scopes and the return address registered there."
    ) % {"service": service}


def token(mailbox_id: int, *, fresh: bool = False) -> str:
    """The access token of this moment; `fresh`: the server has refused the last one. Raises NoGrant."""
    with transaction.atomic():
        mailbox = Mailbox.objects.select_for_update(of=("self",)).select_related("service").get(pk=mailbox_id)
        if mailbox.service is None or not mailbox.grant:
            raise NoGrant(Why.REVOKED)
        try:
            grant = Grant.read(box().open(mailbox.grant, of=_grant(mailbox_id)))
            client = _client(mailbox.service)
        except CannotOpen:
            raise NoGrant(Why.REVOKED) from None
        if grant.is_fresh() and not fresh:
            return grant.access
        renewed = oauth.refresh(client, grant)
        _keep(mailbox_id, renewed)
    return renewed.access


def token_in_a_thread(mailbox_id: int, *, fresh: bool = False) -> str:
    """The same where a thread is borrowed: its connection to the database is given back. Raises NoGrant."""
    try:
        return token(mailbox_id, fresh=fresh)
    finally:
        connection.close()


def _keep(mailbox_id: int, grant: Grant) -> None:
    Mailbox.objects.filter(pk=mailbox_id).update(grant=box().seal(grant.written(), of=_grant(mailbox_id)))


def _client(service: SignInService) -> Client:
    return Client(
        authorize_url=service.authorize_url,
        token_url=service.token_url,
        client_id=service.client_id,
        secret=box().open(service.secret, of=_service(service)) if service.secret else "",
        scopes=service.scopes,
        asks_for_long=service.preset == Preset.GOOGLE,
    )


def _service(service: SignInService) -> str:
    return f"service:{service.pk}"


def _grant(mailbox_id: int) -> str:
    return f"mailbox:{mailbox_id}:grant"
