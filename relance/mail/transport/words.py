"""One sentence a seller understands for each finding of a connection test."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.mail.transport.check import Check, Finding

SENTENCES = {
    Finding.WORKS: gettext_lazy("Relance can send through {host}."),
    Finding.NAME_NOT_FOUND: gettext_lazy("There is no server named {host}. Check the spelling of its name."),
    Finding.ADDRESS_NOT_ALLOWED: gettext_lazy(
        "{host} is inside a private network. Only an administrator may connect to such a server."
    ),
    Finding.CONNECTION_REFUSED: gettext_lazy(
        "{host} answers, but nothing listens on port {port}. Check the port: usually 587 or 465."
    ),
    Finding.UNREACHABLE: gettext_lazy("The network gives no way to {host}. Check the connection of this server."),
    Finding.TIMEOUT: gettext_lazy(
        "{host} did not answer on port {port} in time. A firewall may block the port; usual ones are 587 and 465."
    ),
    Finding.NO_GREETING: gettext_lazy(
        "{host} took the connection on port {port} but said nothing. If the port is 465, choose TLS as security."
    ),
    Finding.CLOSED: gettext_lazy("{host} closed the connection. It may not accept mail from this server's address."),
    Finding.NOT_SMTP: gettext_lazy("What answers on {host}, port {port}, is not a mail server. Check the port."),
    Finding.TURNED_AWAY: gettext_lazy("{host} does not accept connections from this server."),
    Finding.BUSY: gettext_lazy("{host} asks to try again later. The settings may be right."),
    Finding.STARTTLS_NOT_OFFERED: gettext_lazy(
        "{host} does not offer encryption on port {port}, so the password was not sent. "
        "Use port 465 with TLS, or ask your provider."
    ),
    Finding.CERTIFICATE_EXPIRED: gettext_lazy(
        "The certificate of {host} is out of date, so the password was not sent. Its owner must renew it."
    ),
    Finding.CERTIFICATE_WRONG_NAME: gettext_lazy(
        "The certificate that {host} shows belongs to another name, so the password was not sent. "
        "Enter the server name that your provider gives."
    ),
    Finding.CERTIFICATE_SELF_SIGNED: gettext_lazy(
        "{host} signed its certificate itself, so the password was not sent. "
        "Give the file of its certificate authority, or have it use a public one."
    ),
    Finding.CERTIFICATE_UNTRUSTED: gettext_lazy(
        "Nobody we trust has signed the certificate of {host}, so the password was not sent."
    ),
    Finding.CERTIFICATE_INVALID: gettext_lazy("The certificate of {host} is not valid, so the password was not sent."),
    Finding.TLS_FAILED: gettext_lazy(
        "Encryption with {host} on port {port} failed, so the password was not sent. "
        "Choose TLS for port 465 and STARTTLS for port 587."
    ),
    Finding.AUTH_NOT_OFFERED: gettext_lazy(
        "{host} offers no way to sign in on this connection. "
        "Choose another security or port, or leave the user name empty."
    ),
    Finding.PASSWORD_REFUSED: gettext_lazy(
        "{host} refused the user name or the password. Many providers ask for an app password."
    ),
    Finding.SIGN_IN_NEEDED: gettext_lazy(
        "{host} wants a sign-in before it takes mail. Enter a user name and a password."
    ),
    Finding.SENDER_REFUSED: gettext_lazy("{host} does not take mail from this sender address."),
}


def sentence(check: Check) -> str:
    """The finding in one or two sentences, in the active language, without the relay's own words."""
    return str(SENTENCES[check.finding]).format(host=check.host, port=check.port)


def relay_words(check: Check) -> str:
    """What the relay itself said, for whoever asks for details; empty when it said nothing."""
    if check.reply is None:
        return ""
    return _("The server said: {code} {text}").format(code=check.reply.code, text=check.reply.sentence)
