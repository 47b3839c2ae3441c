"""Try a mailbox and say on the next page what was found (INBOX-01)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from relance.lib import clock
from relance.mail import mailboxes
from relance.mail.models import Mailbox
from relance.web.toast import problem, toast


def tested(request: HttpRequest, mailbox: Mailbox) -> HttpResponse:
    """Connect for sending, and for reading where it is read; nothing is sent."""
    check = mailboxes.check_mailbox(mailbox, now=clock.now())
    (toast if check.works else problem)(request, mailboxes.state_sentence(mailbox))
    if mailbox.imap_host:
        incoming = mailboxes.check_incoming(mailbox, now=clock.now())
        (toast if incoming.works else problem)(request, mailboxes.fetch_sentence(mailbox))
    return redirect("settings-mailboxes")
