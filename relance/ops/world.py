"""The demo's mail world: an SMTP server on loopback, and a population that does what `population` says (ADM-06).

Mail arrives over a real socket; openings and clicks reach the real edge over HTTP; answers and bounces are dropped into
the Maildir of the demo's mailbox. Nothing here tells Relance what happened: it has to notice.
"""

from __future__ import annotations

import email
import email.policy
import http.client
import logging
import os
import queue
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import close_old_connections
from django.utils.translation import get_language

from relance.lib import clock
from relance.mail.models import Mailbox
from relance.mail.transport.fake import FakeRelay, Mail, Script
from relance.ops import answers, population
from relance.ops.models import DemoAct
from relance.ops.population import Act, Does

logger = logging.getLogger(__name__)

HANDS = 8  # requests at once
BATCH = 400
TICK_SECONDS = 0.3
ONE_CLICK = b"List-Unsubscribe=One-Click"
LEAVE = b"keep=personal"
PIXEL = re.compile(r"https?://[^\s\"'<>]+/o/[A-Za-z0-9_-]+\.gif")
CLICK = re.compile(r"https?://[^\s\"'<>]+/c/[A-Za-z0-9_-]+")
UNSUBSCRIBE = re.compile(r"https?://[^\s\"'<>]+/u/[A-Za-z0-9_-]+")


def run(stop: threading.Event) -> None:
    """Serve mail and let people act until told to stop."""
    arrived: queue.SimpleQueue[Mail] = queue.SimpleQueue()
    with FakeRelay(Script(name="mx.demo.localhost", refuses=population.refusal), on_mail=arrived.put) as relay:
        _announce(relay.port)
        with ThreadPoolExecutor(HANDS, thread_name_prefix="people") as hands:
            while not stop.is_set():
                close_old_connections()
                _take_in(arrived, relay)
                if not _act(hands):
                    stop.wait(TICK_SECONDS)


def _announce(port: int) -> None:
    """Write the port, which changes at each start, into the demo's mailbox."""
    Mailbox.objects.filter(host="127.0.0.1", bounce_domain__endswith=".example").update(port=port)


def _take_in(arrived: queue.SimpleQueue[Mail], relay: FakeRelay) -> None:
    planned: list[DemoAct] = []
    while not arrived.empty():
        planned += plan(arrived.get(), now=clock.now())
    DemoAct.objects.bulk_create(planned, batch_size=1000)
    relay.ledger.mails.clear()


def plan(mail: Mail, *, now: datetime) -> list[DemoAct]:
    """What the reader of this mail is going to do."""
    read = read_mail(mail)
    whole = _text_of(mail.content)
    links, pixel, unsubscribe = _unique(CLICK, whole), PIXEL.search(whole), UNSUBSCRIBE.search(whole)
    todo = []
    for act in population.acts(mail.recipient, mail.message_id, links=len(links), received_at=now):
        todo += _as_row(act, read, links, pixel and pixel[0], unsubscribe and unsubscribe[0])
    return todo


def read_mail(mail: Mail) -> answers.Received:
    """The mail as its reader sees it."""
    head, _, _body = mail.content.partition(b"\r\n\r\n")
    headers = email.message_from_bytes(head + b"\r\n\r\n", policy=email.policy.default)
    reply_to = headers["Reply-To"] or headers["From"]
    return answers.Received(
        sender=mail.sender,
        recipient=mail.recipient,
        reply_to=reply_to.addresses[0].addr_spec if reply_to is not None and reply_to.addresses else mail.sender,
        subject=str(headers["Subject"] or ""),
        message_id=mail.message_id,
        language="fr" if mail.recipient.endswith((".fr.example", "fr")) or get_language() == "fr" else "en",
        head=head + b"\r\n",
    )


def _as_row(
    act: Act, read: answers.Received, links: list[str], pixel: str | None, unsubscribe: str | None
) -> list[DemoAct]:
    match act.does:
        case Does.OPEN if pixel:
            return [DemoAct(due_at=act.at, kind="fetch", url=pixel, user_agent=act.user_agent)]
        case Does.CLICK if act.link < len(links):
            return [DemoAct(due_at=act.at, kind="fetch", url=links[act.link], user_agent=act.user_agent)]
        case Does.OPT_OUT if unsubscribe:
            page = f"{settings.RELANCE_URL}/unsubscribe/{unsubscribe.rpartition('/')[2]}"
            return [
                DemoAct(due_at=act.at, kind="fetch", url=unsubscribe, user_agent=act.user_agent),
                DemoAct(
                    due_at=act.at + timedelta(seconds=4), kind="post", url=page, user_agent=act.user_agent, body=LEAVE
                ),
            ]
        case Does.ONE_CLICK if unsubscribe:
            return [DemoAct(due_at=act.at, kind="post", url=unsubscribe, user_agent=act.user_agent, body=ONE_CLICK)]
    body = _answer(act, read)
    return [DemoAct(due_at=act.at, kind="mail", body=body)] if body else []


def _answer(act: Act, read: answers.Received) -> bytes | None:
    match act.does:
        case Does.REPLY:
            return answers.reply(read, choice=len(read.recipient), at=act.at)
        case Does.AUTO_REPLY:
            return answers.absence(read, at=act.at)
        case Does.BOUNCE:
            return answers.bounce(read, status="5.1.1", text="550 5.1.1 User unknown", at=act.at)
        case Does.BOUNCE_SOFT:
            return answers.bounce(read, status="4.2.2", text="452 4.2.2 Mailbox full", at=act.at)
        case Does.COMPLAIN:
            return answers.complaint(read, at=act.at)
    return None


def _text_of(content: bytes) -> str:
    message = email.message_from_bytes(content, policy=email.policy.default)
    parts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
    return "\n".join([str(message["List-Unsubscribe"] or ""), *reversed(parts)])


def _unique(pattern: re.Pattern[str], text: str) -> list[str]:
    return list(dict.fromkeys(pattern.findall(text)))


def _act(hands: ThreadPoolExecutor) -> bool:
    """Do what is due now, in order of time; whether there was anything."""
    due = list(DemoAct.objects.filter(due_at__lte=clock.now()).order_by("due_at", "id")[:BATCH])
    if not due:
        return False
    list(hands.map(_do, due))
    DemoAct.objects.filter(pk__in=[act.pk for act in due]).delete()
    return True


def _do(act: DemoAct) -> None:
    try:
        if act.kind == DemoAct.Kind.MAIL:
            drop(bytes(act.body))
        else:
            _request(act)
    except (OSError, http.client.HTTPException) as error:
        logger.warning("somebody in the demo could not %s: %s", act.get_kind_display(), error)


def _request(act: DemoAct) -> None:
    """One request as a mail program or browser makes it; redirects are not followed, so nothing leaves the machine."""
    where = urlsplit(act.url)
    connection = http.client.HTTPConnection(where.hostname or "localhost", where.port or 80, timeout=10)
    headers = {"User-Agent": act.user_agent}
    body: bytes | None = None
    if act.kind == DemoAct.Kind.POST:
        body = bytes(act.body)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request("POST" if body is not None else "GET", where.path, body=body, headers=headers)
        connection.getresponse().read()
    finally:
        connection.close()


def drop(mail: bytes) -> None:
    """Put a mail into the Maildir of the demo's mailbox, as a delivery agent does: tmp, then new."""
    folder = maildir()
    name = f"{datetime.now().timestamp():.6f}.{os.getpid()}_{threading.get_ident()}.{socket.gethostname()}"
    (folder / "tmp" / name).write_bytes(mail)
    (folder / "tmp" / name).rename(folder / "new" / name)


def maildir() -> Path:
    """The Maildir of the demo."""
    folder = settings.HOME / "demo-mail"
    for part in ("tmp", "new", "cur"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    return folder
