"""What was sent lies once in the folder of sent mail of a real Dovecot, whatever broke on the way."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from relance import events
from relance.mail import actions, answering
from relance.mail.filed import as_filed
from relance.mail.inbound import filing
from relance.mail.inbound.fetch import synchronise
from relance.mail.models import Filing, Folder, Mailbox, Message, Received, Recipient
from relance.mail.transport.check import Finding
from relance.mail.transport.imap import Refused
from relance.mail.transport.imap_line import NoImap
from tests.mail.inbound.dovecot import breaking_way, dovecot
from tests.mail.inbound.test_fetch import NOW
from tests.mail.inbound.test_fetch import at as there
from tests.mail.outbound.engine import seller
from tests.mail.outbound.test_engine_personal import attached, letter, to

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LATER = NOW + timedelta(minutes=1)


@pytest.fixture(scope="module")
def _server():
    with dovecot() as running:
        yield running


@pytest.fixture
def sent(_server, request):
    _server.user = f"ann-{request.node.name[:20]}"
    return _server


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path):
    settings.RELANCE_FILES = str(tmp_path)


def box(**values):
    known = {"name": "Ann", "address": "ann@helionne.test", "host": "127.0.0.1", "imap_host": "127.0.0.1"}
    return Mailbox.objects.create(**known, **values)


def left(mailbox, *names, **values) -> Message:
    """A mail that the relay has taken."""
    message = actions.send_to(letter(mailbox, **values), to(*(names or ("eve",))), now=NOW)
    Recipient.objects.filter(message=message).update(state="sent", sent_at=NOW)
    filing.note_sent([events.MessageSent(id) for id in Recipient.objects.values_list("pk", flat=True)])
    return message


def in_sent(server):
    with server.client() as client:
        client.select("Sent", readonly=True)
        count = len(client.search(None, "ALL")[1][0].split())
        data = client.fetch("1:*", "(FLAGS BODY.PEEK[])")[1] if count else []
    return [part for part in data if isinstance(part, tuple)]


def at(mailbox, server, **more):
    return synchronise(mailbox, there(server, more.get("port")), now=LATER)


@pytest.mark.shows("INBOX-03", "ENG-07", "T6")
def test_a_mail_that_has_left_is_filed_once_as_its_reader_got_it_but_untracked(sent):
    mailbox = box()
    shown = [("Eve", "eve@client.test"), ("Max", "max@client.test")]
    left(
        mailbox, "eve", "max", attachments=attached(), shown_to=shown, references="<a@x.test>", in_reply_to="<a@x.test>"
    )

    for _ in range(3):
        at(mailbox, sent)

    ((told, raw),) = in_sent(sent)
    mail = message_from_bytes(raw, policy=policy.default)
    copy = Recipient.objects.order_by("id").first()
    assert b"\\Seen" in told
    assert (mail["Message-ID"], mail["In-Reply-To"]) == (answering.message_id_of(copy), "<a@x.test>")
    assert mail["To"] == "Eve <eve@client.test>, Max <max@client.test>"
    assert [part.get_filename() for part in mail.iter_attachments()] == ["contrat.pdf"]
    assert b"/o/" not in raw
    assert b"/c/" not in raw
    assert Filing.objects.get().how == "appended"
    kept = Received.objects.get()
    assert (kept.kind, kept.is_outgoing) == ("own", True)


@pytest.mark.shows("INBOX-03", "R2")
def test_a_connection_that_dies_in_the_middle_makes_no_second_copy(sent):
    mailbox = box()
    for number in range(6):
        left(mailbox, key=f"draft:{number}")
    broken = 0

    with breaking_way(sent.port, seed=3, most=2_600) as way:
        for _ in range(30):
            try:
                at(mailbox, sent, port=way.port)
            except NoImap:
                broken += 1
            # the answer to the APPEND may have been lost with the process: all is asked again
            Filing.objects.filter(how="appended").update(how="")
    at(mailbox, sent)

    assert broken > 5
    assert len(in_sent(sent)) == 6
    assert set(Filing.objects.values_list("how", flat=True)) == {"found"}


@pytest.mark.shows("INBOX-03")
def test_a_server_that_files_sent_mail_itself_is_left_alone(sent):
    mailbox = box()
    message = left(mailbox)
    own = as_filed(Recipient.objects.select_related("message").get(message=message))
    with sent.client() as client:
        client.append("Sent", None, None, own.replace(b"@helionne.test>", b"@rewritten.test>", 1))

    at(mailbox, sent)

    assert len(in_sent(sent)) == 1
    assert Filing.objects.get().how == "found"


@pytest.mark.shows("INBOX-03")
def test_only_what_somebody_wrote_is_filed_and_only_where_it_is_wanted(sent):
    wanted, unwanted = box(), box(files_sent=False)
    seller()
    left(wanted, kind="mass", key="mass:1")
    left(unwanted, key="draft:9")
    actions.send_to(letter(wanted, key="draft:8"), to("eve"), now=NOW)  # still waits for its hour

    at(wanted, sent)

    assert not Filing.objects.exists()
    assert not in_sent(sent)


class Bare:
    """A server of which every folder lies below the inbox, and which has none for sent mail yet."""

    def __init__(self):
        self.folders, self.appended = {b"INBOX"}, []

    def create(self, name):
        if not name.startswith(b"INBOX."):
            raise Refused(Finding.BUSY, "no such namespace")
        self.folders.add(name)

    def select(self, name):
        if name not in self.folders:
            raise Refused(Finding.BUSY, "no such folder")

    def with_message_id(self, _id):
        return set()

    def append(self, folder, raw, *, at):
        self.appended.append(folder)


@pytest.mark.shows("INBOX-03")
def test_a_mailbox_without_a_folder_of_sent_mail_gets_one():
    mailbox, bare = box(), Bare()
    Folder.objects.create(mailbox=mailbox, name=b"INBOX", role="inbox", delimiter=".")
    left(mailbox)

    filing.file_due(bare, mailbox, now=LATER)

    assert bare.appended == [b"INBOX.Sent"]
