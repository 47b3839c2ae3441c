"""One sentence a seller understands for each finding of a look at incoming mail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from relance.mail.transport.check import Check, Finding
from relance.mail.transport.words import SENTENCES

UNSTEADY = "unsteady"
OURS = "ours"
INCOMING = {
    Finding.WORKS.value: gettext_lazy("Relance can read the mail on {host}."),
    Finding.CONNECTION_REFUSED.value: gettext_lazy(
        "{host} answers, but nothing listens on port {port}. Check the port: usually 993 or 143."
    ),
    Finding.TIMEOUT.value: gettext_lazy(
        "{host} did not answer on port {port} in time. A firewall may block the port; usual ones are 993 and 143."
    ),
    Finding.CLOSED.value: gettext_lazy("{host} closed the connection. Relance tries again by itself."),
    Finding.NOT_SMTP.value: gettext_lazy("What answers on {host}, port {port}, does not speak IMAP. Check the port."),
    Finding.STARTTLS_NOT_OFFERED.value: gettext_lazy(
        "{host} does not offer encryption on port {port}, so the password was not sent. "
        "Use port 993 with TLS, or ask your provider."
    ),
    Finding.TLS_FAILED.value: gettext_lazy(
        "Encryption with {host} on port {port} failed, so the password was not sent. "
        "Choose TLS for port 993 and STARTTLS for port 143."
    ),
    Finding.AUTH_NOT_OFFERED.value: gettext_lazy(
        "{host} offers no way to sign in with a password on this connection. Choose another security or port."
    ),
    UNSTEADY: gettext_lazy(
        "{host} numbers its mails anew at every look, so reading has stopped. What was fetched is safe. "
        "Ask your provider, then test the connection."
    ),
    OURS: gettext_lazy("A mistake of Relance stopped the reading. What was fetched is safe, and it tries again."),
}


def incoming_sentence(code: str, *, host: str, port: int) -> str:
    """The finding in one or two sentences, in the active language, without the server's own words."""
    known = INCOMING.get(code) or SENTENCES[Finding(code)]
    return str(known).format(host=host, port=port)


def sentence_of(check: Check) -> str:
    """The sentence of a connection test."""
    return incoming_sentence(check.finding.value, host=check.host, port=check.port)
