"""Put what left from here into its mailbox's folder of sent mail, once, where the server does not do so itself.

    MessageSent ──> a Filing, due a little later: Gmail, Microsoft 365 and others file their own copy meanwhile
    the next look at the mailbox ──> is one of its Message-IDs in the folder? ── yes ──> found
                                                                              └─ no ───> APPEND

The folder is asked before every try, so whatever broke between the relay's answer and ours makes no second copy.
The filed copy carries no pixel and no tracked links: to open it is not to open the mail.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from relance import events
from relance.mail.inbound.threads import THREADED, own_id
from relance.mail.models import Filing, Folder, Mailbox, Recipient
from relance.mail.transport.imap import Imap, Refused
from relance.mail.transport.imap_line import NoImap

GRACE = timedelta(seconds=30)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
MOST_ATTEMPTS = 8
NAME = b"Sent"
How = Filing.How
Writer = Callable[[Recipient], bytes]
_writer: Writer | None = None


class CannotBeFiled(Exception):
    """The mail cannot be written again; the reason as it is shown."""


def use_writer(writer: Writer) -> None:
    """Say who writes a copy as it is filed: sending knows, which this floor does not."""
    global _writer
    _writer = writer


def _written(copy: Recipient) -> bytes:
    assert _writer is not None, "the app of mail says who writes"
    return _writer(copy)


def note_sent(sent: Sequence[events.MessageSent]) -> None:
    """Mails that somebody wrote to one person are to be filed; of a mail to several, the first copy that left."""
    copies = Recipient.objects.filter(
        pk__in=[event.recipient_id for event in sent],
        message__kind__in=THREADED,
        message__mailbox__files_sent=True,
        sent_at__isnull=False,
    ).exclude(message__mailbox__imap_host="")
    rows = copies.order_by("id").values_list("message_id", "message__mailbox_id", "sent_at")
    Filing.objects.bulk_create(
        [Filing(message_id=message, mailbox_id=mailbox, due_at=at + GRACE) for message, mailbox, at in rows if at],
        ignore_conflicts=True,
    )


def waiting_mailboxes(now: datetime) -> list[int]:
    """The mailboxes in which something is to be filed now."""
    due = Filing.objects.filter(how=How.WAITING, due_at__lte=now, mailbox__is_active=True, mailbox__files_sent=True)
    return list(due.values_list("mailbox_id", flat=True).distinct().order_by("mailbox_id"))


def file_due(imap: Imap, mailbox: Mailbox, *, now: datetime, ahead: timedelta = timedelta(0)) -> int:
    """File what is due; how many mails were put there by us. Raises NoImap, and goes on another time."""
    due = Filing.objects.filter(mailbox=mailbox, how=How.WAITING, due_at__lte=now)
    waiting = list(due.select_related("message__content", "message__sender", "message__mailbox").order_by("id"))
    if not waiting or not mailbox.files_sent:
        return 0
    return sum(_file(imap, each, now, ahead) for each in waiting)


def _file(imap: Imap, filing: Filing, now: datetime, ahead: timedelta) -> bool:
    rows = Recipient.objects.filter(message=filing.message, state=Recipient.State.SENT, sent_at__isnull=False)
    copies = list(rows.select_related("message__mailbox", "message__sender", "person__owner", "sender").order_by("id"))
    if not copies:
        return _settle(filing, How.GIVEN_UP, "no copy of it has left")
    try:
        folder = _open(imap, filing.mailbox_id)
        if any(imap.with_message_id(_signed(copy)) for copy in copies):
            return _settle(filing, How.FOUND)
        imap.append(folder, _written(copies[0]), at=(copies[0].sent_at or now) - ahead)
    except Refused as refused:
        return _put_off(filing, refused.said, now)
    except CannotBeFiled as problem:
        return _settle(filing, How.GIVEN_UP, str(problem))
    _settle(filing, How.APPENDED)
    return True


def _signed(copy: Recipient) -> str:
    """What of its Message-ID no server rewrites: a search finds it as a part of the header."""
    return own_id(copy).strip("<>").partition("@")[0]


def _open(imap: Imap, mailbox_id: int) -> bytes:
    """Open the folder of sent mail, made if there is none; its name. Raises Refused."""
    known = Folder.objects.filter(mailbox=mailbox_id, role=Folder.Role.SENT).order_by("id").first()
    if known is not None:
        imap.select(bytes(known.name))
        return bytes(known.name)
    inbox = Folder.objects.filter(mailbox=mailbox_id, role=Folder.Role.INBOX).first()
    below = b"INBOX%b%b" % ((inbox.delimiter if inbox else ".").encode(), NAME)
    for name in (NAME, below):
        try:
            imap.create(name)
            imap.select(name)
        except NoImap as problem:
            if name == below or not isinstance(problem, Refused):
                raise
        else:
            return name
    raise AssertionError("one of the two has returned or raised")


def _settle(filing: Filing, how: str, problem: str = "") -> bool:
    Filing.objects.filter(pk=filing.pk).update(how=how, problem=problem[:300])
    return False


def _put_off(filing: Filing, said: str, now: datetime) -> bool:
    if filing.attempts + 1 >= MOST_ATTEMPTS:
        return _settle(filing, How.GIVEN_UP, said)
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2**filing.attempts)
    Filing.objects.filter(pk=filing.pk).update(attempts=filing.attempts + 1, problem=said[:300], due_at=now + wait)
    return False
