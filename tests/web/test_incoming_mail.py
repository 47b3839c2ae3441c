"""A mailbox is told where its mail arrives: by page and by API, what is refused, and when it is read."""

import pytest

from relance.mail import mailboxes
from relance.mail.inbound import jobs, receive
from relance.mail.models import Folder, Location, Mailbox
from relance.team.actions import add_user
from relance.team.workspace import organisation
from tests.mail.inbound.mails import mail
from tests.mail.returns import NOW
from tests.mail.transport.test_imap import HELLO, Scripted

pytestmark = pytest.mark.django_db
VALUES = {
    "name": "Ventes", "address": "ventes@helionne.example", "host": "127.0.0.1", "port": "9", "security": "none",
    "connections": "4", "username": "ventes", "password": "un-secret", "imap_security": "none",
    "imap_host": "127.0.0.1", "imap_password": "un-autre-secret", "never_stored": "Privé.example, Ma@Poste.example",
}  # fmt: skip


@pytest.fixture
def camille(client):
    organisation()
    user = add_user(email="camille@helionne.example", name="Camille", role="administrator")
    client.force_login(user)
    return user


@pytest.mark.shows("INBOX-01", "INBOX-09", "X15")
def test_a_mailbox_is_read_with_its_own_sealed_password_and_says_that_it_works(client, camille):
    script = Scripted(*HELLO, b"* 3 EXISTS\r\n{tag} OK done\r\n", b"* BYE\r\n{tag} OK\r\n")

    client.post("/settings/mailboxes/new", {**VALUES, "imap_port": script.port})
    page = client.get("/settings/mailboxes").content.decode()

    box = Mailbox.objects.get()
    assert "Relance can read the mail on 127.0.0.1." in page
    assert (box.fetch_state, box.never_stored) == ("working", "privé.example\nma@poste.example")
    assert mailboxes.server_of(box).password == "un-autre-secret"
    assert "un-autre-secret" not in box.imap_secret + page


@pytest.mark.shows("INBOX-01", "R19")
def test_a_mailbox_that_cannot_be_read_says_why(client, camille):
    script = Scripted(*HELLO[:2], b"{tag} NO [AUTHENTICATIONFAILED] no\r\n")

    client.post("/settings/mailboxes/new", {**VALUES, "imap_port": script.port})
    page = client.get("/settings/mailboxes").content.decode()

    assert Mailbox.objects.get().fetch_code == "password-refused"
    assert "refused the user name or the password" in page


@pytest.mark.shows("R20")
def test_only_another_server_or_user_has_the_folders_read_anew(client, camille):
    box = Mailbox.objects.create(name="Ventes", address="v@helionne.example", host="h", imap_host="imap.example.com")
    Folder.objects.create(mailbox=box, name=b"INBOX", highest_uid=9)

    mailboxes.edit_mailbox(box, mailboxes.MailboxDraft(values={"name": "Autre"}), by=camille)
    kept = Folder.objects.count()
    mailboxes.edit_mailbox(box, mailboxes.MailboxDraft(values={"imap_host": "imap.example.org"}), by=camille)

    assert (kept, Folder.objects.count()) == (1, 0)


@pytest.mark.shows("X6")
def test_a_salesperson_reads_her_own_mailbox_on_the_usual_ports_only(camille):
    maud = add_user(email="maud@helionne.example", name="Maud", role="salesperson")
    values = {**VALUES, "kind": "personal", "port": 587, "imap_port": 6379}
    del values["password"], values["imap_password"]

    with pytest.raises(mailboxes.CannotUse, match="993 or 143"):
        mailboxes.add_mailbox(mailboxes.MailboxDraft(values=values), by=maud)
    box = mailboxes.add_mailbox(mailboxes.MailboxDraft(values={**values, "imap_port": 143}), by=maud)

    assert mailboxes.check_incoming(box, now=NOW).finding == "address-not-allowed"


@pytest.mark.shows("INBOX-02")
def test_what_is_due_is_asked_for_once(camille, monkeypatch):
    for name, host, at in (("a", "imap.example.com", None), ("b", "", None), ("c", "imap.example.com", NOW)):
        Mailbox.objects.create(name=name, address=f"{name}@helionne.example", host="h", imap_host=host, fetch_at=at)
    asked = []
    monkeypatch.setattr(jobs.app, "configure_task", lambda *_args, **how: _Asked(asked, how["queueing_lock"]))

    jobs.ring(NOW)
    jobs.ring(NOW)

    assert len(asked) == 2


class _Asked:
    """The job engine, as far as it refuses what waits already."""

    def __init__(self, asked, lock):
        self.asked, self.lock = asked, lock

    def defer(self, *, mailbox_id):
        if self.lock in self.asked:
            raise jobs.AlreadyEnqueued
        self.asked.append(self.lock)


@pytest.mark.shows("INBOX-02")
def test_the_page_tells_how_far_each_folder_has_been_read_and_fetches_at_once(client, camille):
    box = Mailbox.objects.create(
        name="Ventes", address="ventes@helionne.example", host="127.0.0.1", imap_host="127.0.0.1", fetch_at=NOW
    )  # fmt: skip
    folder = Folder.objects.create(
        mailbox=box, name=b"Entw&APw-rfe", title="Entwürfe", role="drafts", on_server=3, highest_uid=41
    )  # fmt: skip
    Location.objects.create(folder=folder, uid=40, size=1, received=receive.store(box, mail(), now=NOW))
    Location.objects.bulk_create([Location(folder=folder, uid=uid, size=1) for uid in (41, 39)])

    page = client.get("/settings/mailboxes").content.decode()
    asked = client.post(f"/settings/mailboxes/{box.pk}/read")

    box.refresh_from_db()
    assert "1 of 3 mails are here" in page
    assert "Entwürfe" in page
    assert (asked.status_code, box.fetch_at) == (302, None)


@pytest.mark.shows("R19")
def test_a_refused_password_is_not_tried_again_on_request(client, camille):
    box = Mailbox.objects.create(
        name="Ventes", address="ventes@helionne.example", host="127.0.0.1", imap_host="127.0.0.1", fetch_at=NOW,
        fetch_failures=2, fetch_code="password-refused",
    )  # fmt: skip

    client.post(f"/settings/mailboxes/{box.pk}/read")

    box.refresh_from_db()
    assert box.fetch_at == NOW
