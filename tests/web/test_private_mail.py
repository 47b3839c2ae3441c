"""A mail of a private mailbox on every page and in every answer of the API, for its owner and for an administrator.

The administrator sees the people and the deal that it is about, and the mail that it answers; not what it says.
"""

from __future__ import annotations

import json
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone

from relance.mail.inbound import receive
from relance.mail.models import Mailbox, Recipient
from relance.people import actions as people
from relance.records import actions as records
from relance.team.actions import add_user
from tests.api.conftest import Caller
from tests.api.houses import house
from tests.api.test_access import OPERATIONS, url
from tests.mail.inbound.mails import mail
from tests.mail.inbound.test_receive import ours
from tests.web.test_access import OTHERS, PAGES, files, filled, folder, sites  # noqa: F401

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
WORD, SOUGHT = "tourmaline", "tourma"
FILE = f"--x\nContent-Type: text/plain\n\nLe {WORD}, {WORD}.\n--x\nContent-Type: text/csv\n" \
       f"Content-Disposition: attachment; filename={WORD}.csv\n\n{WORD}\n--x--\n"  # fmt: skip


@pytest.fixture
def home(db):
    """A house whose private mailbox holds an answer of its lead, one of its contact, and a stranger's mail."""
    module, made = sites(), house("saphir")
    boss = add_user(email="adm@helionne.example", name="Adm", role="administrator")
    people.set_addresses(made.contact, ["contact@ailleurs.example"])  # at home are we
    made.ids["record"] = records.add(module.key, {"name": "Site"}, by=boss, now=timezone.now()).pk
    copy = made.launched.message.recipients.get()
    Recipient.objects.filter(pk=copy.pk).update(state="sent", sent_at=copy.queued_at)
    copy.refresh_from_db()
    Mailbox.objects.filter(pk=made.mailbox.pk).update(imap_host="127.0.0.1")
    senders = {copy.email: ours(copy), "contact@ailleurs.example": "", f"{WORD}@inconnu.example": ""}
    for number, (sender, answered) in enumerate(senders.items()):
        raw = mail(
            f"Re: {WORD}", FILE, sender=f"{WORD.title()} <{sender}>", To="box@saphir.example",
            Message_ID=f"<{number}@{WORD}.example>", Content_Type="multipart/mixed; boundary=x",
            **({"In-Reply-To": answered} if answered else {}),
        )  # fmt: skip
        got = receive.interpret(receive.store(made.mailbox, raw, now=copy.queued_at).pk)
        if number == 0:
            made.ids |= {"received": got.pk, "thread": got.thread_id}
    made.boss = boss
    return made


def said(answer) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return (body.decode(errors="replace") + json.dumps(dict(answer.headers))).lower()


def pages(user, of):
    """Every page, each with what could bring the mail to light."""
    client, seeking = Client(), {"q": SOUGHT, "thread": of.ids["thread"], "folder": "all", "period": "all"}
    client.force_login(user)
    for address in PAGES:
        if not OTHERS.match(address):
            yield address, partial(client.get, filled(address, of), {} if "<" in address else seeking)


def answers(user, of):
    """Every question of the API."""
    caller = Caller(user, scope="read")
    for operation, (method, _path, told) in OPERATIONS.items():
        if method == "get":
            known = {parameter["name"] for parameter in told.get("parameters", ())}
            query = "&".join(f"{name}={value}" for name, value in (("q", SOUGHT), ("folder", "all")) if name in known)
            yield operation, partial(caller, "GET", f"{url(operation, of)}?{query}")


def telling(user, of, among=None) -> set[str]:
    """The pages and answers, or which of these, that say something of the mail."""
    asked = [*pages(user, of), *answers(user, of)]
    return {name for name, ask in asked if (among is None or name in among) and WORD in said(ask())}


@pytest.mark.shows("X9", "INBOX-09", "R3", "DEAL-07")
def test_what_a_private_mail_says_is_on_its_owners_pages_and_nowhere_else(home):
    shown = {
        "/inbox", "/leads/<int:person_id>", "/contacts/<int:person_id>", "/companies/<int:account_id>", "/search",
        "inbox_threads", "inbox_thread", "inbox_raw", "inbox_attachment", "history_index",
    }  # fmt: skip

    assert telling(home.owner, home, shown) == shown
    assert telling(home.boss, home) == set()
