"""Certificates: no silent plaintext, no password to a stranger, and an error that names the cause (D9)."""

from __future__ import annotations

import pytest

from relance.mail.transport.fake import At, Do, FakeRelay, Fault, Script
from relance.mail.transport.outcome import Accepted, Cause, NoSession, Stage
from relance.mail.transport.relay import Security
from tests.mail.transport.talk import letter, send

USERS = {"anna": "secret"}
BOTH = pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])


def try_with(fake, certificates, security, **more):
    settings = {"username": "anna", "password": "secret", "ca_file": certificates.ca_file, **more}
    return send(fake, letter(), security=security, **settings)


@pytest.mark.shows("D9", "INBOX-01")
@BOTH
def test_a_good_certificate_lets_the_mail_through(certificates, security):
    script = Script(tls=certificates.server(), is_tls_from_start=security is Security.TLS, users=USERS)
    with FakeRelay(script) as fake:
        [outcome] = try_with(fake, certificates, security)

        assert isinstance(outcome, Accepted)
        assert len(fake.mails) == 1


@pytest.mark.shows("D9")
@BOTH
@pytest.mark.parametrize(
    ("server", "cause"),
    [
        ({"days": (-30, -1)}, Cause.CERTIFICATE_EXPIRED),
        ({"name": "other.test"}, Cause.CERTIFICATE_WRONG_NAME),
        ({"self_signed": True}, Cause.CERTIFICATE_SELF_SIGNED),
    ],
)
def test_a_bad_certificate_is_named_and_no_password_is_sent(certificates, security, server, cause):
    script = Script(tls=certificates.server(**server), is_tls_from_start=security is Security.TLS, users=USERS)
    with FakeRelay(script) as fake:
        with pytest.raises(NoSession) as caught:
            try_with(fake, certificates, security)

        assert (caught.value.stage, caught.value.cause) == (Stage.TLS, cause)
        assert fake.ledger.verbs["AUTH"] == 0
        assert fake.mails == []


@pytest.mark.shows("D9")
def test_an_unknown_authority_is_not_trusted(certificates):
    with FakeRelay(Script(tls=certificates.server(), users=USERS)) as fake:
        with pytest.raises(NoSession) as caught:
            try_with(fake, certificates, Security.STARTTLS, ca_file=None)

        assert caught.value.cause is Cause.CERTIFICATE_UNTRUSTED
        assert fake.ledger.verbs["AUTH"] == 0


@pytest.mark.shows("D9")
@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ({"offers_starttls": False}, Cause.STARTTLS_NOT_OFFERED),
        ({"faults": (Fault(at=At.STARTTLS, do=Do.GARBAGE),)}, Cause.NOT_SMTP),
        ({"faults": (Fault(at=At.STARTTLS, do=Do.CLOSE),)}, Cause.CLOSED),
        ({"faults": (Fault(at=At.STARTTLS, do=Do.HANG),)}, Cause.TIMEOUT),
        ({"faults": (Fault(at=At.STARTTLS, reply="454 4.7.0 Not now"),)}, Cause.REPLIED),
    ],
)
def test_starttls_stripped_or_broken_sends_neither_password_nor_mail(certificates, script, cause):
    with FakeRelay(Script(tls=certificates.server(), users=USERS, **script)) as fake:
        with pytest.raises(NoSession) as caught:
            try_with(fake, certificates, Security.STARTTLS)

        assert caught.value.cause is cause
        assert fake.ledger.verbs["AUTH"] == 0
        assert fake.ledger.verbs["MAIL"] == 0


@pytest.mark.shows("D9")
def test_plaintext_smuggled_behind_starttls_is_not_believed(certificates):
    injected = Fault(at=At.STARTTLS, reply="220 Go\r\n250-injected\r\n250 AUTH PLAIN")
    with FakeRelay(Script(tls=certificates.server(), users=USERS, faults=(injected,))) as fake:
        with pytest.raises(NoSession):
            try_with(fake, certificates, Security.STARTTLS)

        assert fake.ledger.verbs["AUTH"] == 0


@pytest.mark.shows("D9")
def test_tls_on_a_plain_port_fails_with_a_name(certificates):
    with FakeRelay(Script(users=USERS)) as fake:
        with pytest.raises(NoSession) as caught:
            try_with(fake, certificates, Security.TLS)

        assert (caught.value.stage, caught.value.cause) == (Stage.TLS, Cause.TLS_FAILED)
