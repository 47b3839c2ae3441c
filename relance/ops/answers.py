"""The mails that the people of the demo and their servers send back *(pure)*."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, make_msgid

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
    report = _report(to, "delivery-status", "Undelivered Mail Returned to Sender", at)
    report.attach(MIMEText(f"Your message to <{to.recipient}> could not be delivered: {text}\n"))
    machine = (
        f"Reporting-MTA: dns; mx.{_domain(to.recipient)}\r\n\r\n"
        f"Final-Recipient: rfc822; {to.recipient}\r\nAction: failed\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {text}\r\n"
    )
    report.attach(_part("message", "delivery-status", machine.encode()))
    report.attach(_part("text", "rfc822-headers", to.head))
    return report.as_bytes()


def complaint(to: Received, *, at: datetime) -> bytes:
    """A report that the reader pressed *this is spam* (RFC 5965)."""
    report = _report(to, "feedback-report", "Abuse report", at)
    report.attach(MIMEText("This is an e-mail abuse report for a message.\n"))
    machine = (
        "Feedback-Type: abuse\r\nUser-Agent: demo/1\r\nVersion: 1\r\n"
        f"Original-Mail-From: <{to.sender}>\r\nOriginal-Rcpt-To: <{to.recipient}>\r\n"
    )
    report.attach(_part("message", "feedback-report", machine.encode()))
    report.attach(_part("text", "rfc822-headers", to.head))
    return report.as_bytes()


def _mail(to: Received, subject: str, text: str, at: datetime) -> EmailMessage:
    mail = EmailMessage()
    mail["Return-Path"] = f"<{to.recipient}>"
    mail["From"], mail["To"], mail["Subject"] = to.recipient, to.reply_to, subject
    mail["Date"], mail["Message-ID"] = format_datetime(at), make_msgid(domain=_domain(to.recipient))
    mail.set_content(text)
    return mail


def _report(to: Received, kind: str, subject: str, at: datetime) -> MIMEMultipart:
    report = MIMEMultipart("report", **{"report-type": kind})
    report["Return-Path"], report["Delivered-To"] = "<>", to.sender
    report["From"] = f"Mail Delivery System <MAILER-DAEMON@{_domain(to.recipient)}>"
    report["To"], report["Subject"], report["Auto-Submitted"] = to.sender, subject, "auto-replied"
    report["Date"], report["Message-ID"] = format_datetime(at), make_msgid(domain=_domain(to.recipient))
    return report


def _part(main: str, sub: str, content: bytes) -> MIMEBase:
    part = MIMEBase(main, sub)
    part.set_payload(content.decode("ascii", "replace"))
    return part


def _domain(address: str) -> str:
    return address.rpartition("@")[2] or "localhost"
