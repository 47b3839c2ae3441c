"""The mails that the people of the demo and their servers send back *(pure)*."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

BOUNDARY = "=_report_of_the_demo"
REPLIES = {
    "fr": (
        "Bonjour,\n\nMerci pour votre message. Pouvez-vous me rappeler jeudi matin ?\n\nBien à vous",
        "Bonjour,\n\nCela nous intéresse. Quel serait le délai ?\n\nCordialement",
        "Merci, mais nous avons déjà un fournisseur cette année.",
    ),
    "en": (
        "Hello,\n\nThank you for your message. Could you call me on Thursday morning?\n\nBest wishes",
        "Hello,\n\nThis is of interest. How soon could you start?\n\nKind regards",
        "Thank you, but we are settled for this year.",
    ),
}
ABSENCES = {
    "fr": ("Absence du bureau", "Je suis absent jusqu’au 30 novembre 2026 inclus, sans accès à mes messages."),
    "en": ("Out of office", "I am out of the office until 30 November 2026 with no access to e-mail."),
}


@dataclass(frozen=True, kw_only=True)
class Received:
    """The mail that is answered, as its reader's server saw it."""

    sender: str  # envelope, where bounces go
    recipient: str
    reply_to: str
    subject: str
    message_id: str
    language: str
    head: bytes


def reply(to: Received, *, choice: int, at: datetime) -> bytes:
    """A person's answer in the thread."""
    text = REPLIES[to.language][choice % len(REPLIES[to.language])]
    mail = _mail(to, f"Re: {to.subject}", f"{text}\n", at)
    mail["In-Reply-To"] = mail["References"] = to.message_id
    return mail.as_bytes()


def absence(to: Received, *, at: datetime) -> bytes:
    """An automatic answer (RFC 3834)."""
    subject, text = ABSENCES[to.language]
    mail = _mail(to, f"{subject}: {to.subject}", f"{text}\n", at)
    mail["In-Reply-To"] = mail["References"] = to.message_id
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Autoreply"] = "yes"
    return mail.as_bytes()


def bounce(to: Received, *, status: str, text: str, at: datetime) -> bytes:
    """A delivery status notification of the reader's server (RFC 3464)."""
    machine = (
        f"Reporting-MTA: dns; mx.{_domain(to.recipient)}\r\n\r\n"
        f"Final-Recipient: rfc822; {to.recipient}\r\nAction: failed\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {text}\r\n"
    )
    words = f"Your message to <{to.recipient}> could not be delivered: {text}\r\n"
    return _report(to, "delivery-status", "Undelivered Mail Returned to Sender", words, machine, at)


def complaint(to: Received, *, at: datetime) -> bytes:
    """A report that the reader pressed *this is spam* (RFC 5965)."""
    machine = (
        "Feedback-Type: abuse\r\nUser-Agent: demo/1\r\nVersion: 1\r\n"
        f"Original-Mail-From: <{to.sender}>\r\nOriginal-Rcpt-To: <{to.recipient}>\r\n"
    )
    return _report(to, "feedback-report", "Abuse report", "This is an e-mail abuse report.\r\n", machine, at)


def _mail(to: Received, subject: str, text: str, at: datetime) -> EmailMessage:
    mail = EmailMessage()
    mail["Return-Path"] = f"<{to.recipient}>"
    mail["From"], mail["To"], mail["Subject"] = to.recipient, to.reply_to, subject
    mail["Date"], mail["Message-ID"] = format_datetime(at), make_msgid(domain=_domain(to.recipient))
    mail.set_content(text)
    return mail


def _report(to: Received, kind: str, subject: str, words: str, machine: str, at: datetime) -> bytes:
    """A multipart/report (RFC 6522), written out: the library cannot build one from text."""
    domain = _domain(to.recipient)
    head = (
        f"Return-Path: <>\r\nDelivered-To: {to.sender}\r\n"
        f"From: Mail Delivery System <MAILER-DAEMON@{domain}>\r\nTo: {to.sender}\r\nSubject: {subject}\r\n"
        f"Auto-Submitted: auto-replied\r\nDate: {format_datetime(at)}\r\nMessage-ID: {make_msgid(domain=domain)}\r\n"
        f'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={kind}; boundary="{BOUNDARY}"\r\n\r\n'
    )
    parts = (("text/plain; charset=utf-8", words), (f"message/{kind}", machine))
    body = "".join(f"--{BOUNDARY}\r\nContent-Type: {type_}\r\n\r\n{text}\r\n" for type_, text in parts)
    original = f"--{BOUNDARY}\r\nContent-Type: text/rfc822-headers\r\n\r\n"
    return (head + body + original).encode() + to.head + f"\r\n--{BOUNDARY}--\r\n".encode()


def _domain(address: str) -> str:
    return address.rpartition("@")[2] or "localhost"
