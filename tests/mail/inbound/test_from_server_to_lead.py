"""The way of a mail: from a real IMAP server into the inbox, a lead made of it, and nothing of it for a colleague."""

import pytest

from relance.lib import clock
from relance.mail.inbound import changes
from relance.mail.models import Location, Mailbox, PendingChange, Received
from relance.mail.transport.imap import signed_in
from relance.people.models import Person
from relance.team.actions import add_user
from tests.mail.inbound.dovecot import dovecot
from tests.mail.inbound.mails import mail
from tests.mail.inbound.test_fetch import at, sync

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.mark.shows("INBOX-06", "INBOX-03", "X9", "ESPI-07", "R3")
def test_a_mail_on_a_real_server_becomes_a_lead_and_a_colleague_sees_none_of_it(client):
    ann = add_user(email="ann@helionne.example", name="Ann", role="salesperson", language="en")
    bob = add_user(email="bob@helionne.example", name="Bob", role="salesperson", language="en")
    own = Mailbox.objects.create(
        name="Ann", address="ann@helionne.example", host="127.0.0.1", imap_host="127.0.0.1", kind="personal", user=ann
    )
    with dovecot() as server:
        server.user = "ann"
        paul = "Paul Lenoir <paul@lenoir.example>"
        raw = mail("Demande de devis", "Bonjour, 900 m2.", sender=paul, Message_ID="<q@lenoir.example>")
        server.fill([raw.replace(b"\n", b"\r\n")])
        sync(own, server)

        client.force_login(ann)
        assert "Demande de devis" in client.get("/inbox").content.decode()
        got = Received.objects.get()
        client.post(f"/inbox/mails/{got.pk}/create/lead")
        client.post("/inbox/read", {"ids": [got.pk]})
        client.post("/inbox/trash", {"ids": [got.pk]})
        with signed_in(at(server)) as imap:
            changes.carry_out(imap, own, now=clock.now())
        sync(own, server)

    lead = Person.objects.get()
    got.refresh_from_db()
    place = Location.objects.select_related("folder").get(received=got)
    assert (lead.name, lead.kind, got.person, got.parent_id) == ("Paul Lenoir", "lead", lead, lead.pk)
    assert (place.seen, place.folder.role, PendingChange.objects.count()) == (True, "trash", 0)
    assert "Demande de devis" in client.get("/inbox?folder=trash").content.decode()
    client.force_login(bob)
    thread = f"/inbox?thread={got.thread_id}"
    for path in ("/inbox?folder=all", "/inbox?folder=trash", thread, f"/leads/{lead.pk}", "/search?q=devis"):
        assert "Demande de devis" not in client.get(path).content.decode()
    assert client.get(f"/inbox/mails/{got.pk}/raw").status_code == 404
