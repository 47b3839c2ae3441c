"""Try a relay's settings without sending anything, and say what stands in the way (INBOX-01)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from relance.mail.transport.outcome import Cause, NoSession, Reply, Stage
from relance.mail.transport.relay import Relay
from relance.mail.transport.smtp import session


class Finding(StrEnum):
    """What a connection test found. Stable codes; the sentences are in `words`."""

    WORKS = "works"
    NAME_NOT_FOUND = "name-not-found"
    ADDRESS_NOT_ALLOWED = "address-not-allowed"
    CONNECTION_REFUSED = "connection-refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    NO_GREETING = "no-greeting"
    CLOSED = "closed"
    NOT_SMTP = "not-smtp"
    TURNED_AWAY = "turned-away"
    BUSY = "busy"
    STARTTLS_NOT_OFFERED = "starttls-not-offered"
    CERTIFICATE_EXPIRED = "certificate-expired"
    CERTIFICATE_WRONG_NAME = "certificate-wrong-name"
    CERTIFICATE_SELF_SIGNED = "certificate-self-signed"
    CERTIFICATE_UNTRUSTED = "certificate-untrusted"
    CERTIFICATE_INVALID = "certificate-invalid"
    TLS_FAILED = "tls-failed"
    AUTH_NOT_OFFERED = "auth-not-offered"
    PASSWORD_REFUSED = "password-refused"
    SIGN_IN_NEEDED = "sign-in-needed"
    SENDER_REFUSED = "sender-refused"


@dataclass(frozen=True, kw_only=True)
class Check:
    """The finding, where it was made, and the relay's own reply where it gave one (a stranger's text)."""

    finding: Finding
    host: str
    port: int
    stage: Stage | None = None
    reply: Reply | None = None

    @property
    def works(self) -> bool:
        """Mail can be sent with these settings."""
        return self.finding is Finding.WORKS


async def test_connection(relay: Relay, *, sender: str = "") -> Check:  # noqa: PT028
    """Connect, sign in and offer `sender`; nothing is sent. Never raises for what a relay does."""
    try:
        async with session(relay) as opened:
            reply = await opened.check_sender(sender) if sender else None
    except NoSession as broken:
        return _check(relay, finding_of(broken), broken.stage, broken.reply)
    if reply and not reply.is_ok:
        return _check(relay, _sender_finding(reply), Stage.MAIL, reply)
    return _check(relay, Finding.WORKS)


test_connection.__test__ = False  # type: ignore[attr-defined]  # pytest: not a test


def _check(relay: Relay, finding: Finding, stage: Stage | None = None, reply: Reply | None = None) -> Check:
    return Check(finding=finding, host=relay.host, port=relay.port, stage=stage, reply=reply)


def finding_of(broken: NoSession) -> Finding:
    """What a failed attempt to open a session amounts to."""
    if broken.cause is Cause.REPLIED and broken.reply:
        return _reply_finding(broken.stage, broken.reply)
    if broken.cause is Cause.TIMEOUT and broken.stage is Stage.GREETING:
        return Finding.NO_GREETING
    if broken.cause is Cause.REPLY_TOO_LONG:
        return Finding.NOT_SMTP
    return Finding(broken.cause)


def _reply_finding(stage: Stage, reply: Reply) -> Finding:
    if not reply.is_refusal:
        return Finding.NOT_SMTP
    if reply.code < 500:
        return Finding.BUSY
    if stage is Stage.AUTH:
        return Finding.PASSWORD_REFUSED
    return Finding.STARTTLS_NOT_OFFERED if stage is Stage.STARTTLS else Finding.TURNED_AWAY


def _sender_finding(reply: Reply) -> Finding:
    if reply.code == 530 or reply.enhanced == "5.7.0":
        return Finding.SIGN_IN_NEEDED
    return Finding.SENDER_REFUSED if reply.code >= 500 else Finding.BUSY
