"""Journeys of real mails through a real Dovecot: an answer from a phone, and the deal of every mail, in and out."""

from datetime import UTC, datetime, timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from relance import events
from relance.agenda import assistant, reminders
from relance.agenda.models import Reminder
from relance.deals import actions
from relance.deals.models import DealMail
from relance.mail import actions as sending
from relance.mail.actions import Addressee
from relance.mail.inbound import filing
from relance.mail.models import Filing, Mailbox, Received
from relance.mail.transport.fake import FakeRelay
from relance.people import actions as people
from relance.people.actions import PersonDraft
from relance.reactions import react
from tests.agenda.test_reminders import THURSDAY, mailed
from tests.deals.made import deal
from tests.mail.inbound.dovecot import dovecot
from tests.mail.inbound.mails import mail
from tests.mail.inbound.test_fetch import at
from tests.mail.outbound.engine import dispatcher, is_done, mailbox, seller, until
from tests.mail.outbound.test_engine_personal import letter

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)
NOW = datetime(2024, 3, 6, 9, 0, tzinfo=UTC)  # before any clock that this runs under: what is sent now is no past mail
Rule = DealMail.Rule


@pytest.fixture(scope="module")
def _server():
    with dovecot() as running:
        yield running


@pytest.fixture
def server(_server, request):
    _server.user = request.node.name[-20:]
    return _server


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path):
    settings.RELANCE_FILES = str(tmp_path)


def read(box, server, now):
    """Fetch what is new; what follows from it happens as in the worker."""
    from relance.mail.inbound.fetch import synchronise

    assert synchronise(box, at(server), now=now).is_finished
    for job in ProcrastinateJob.objects.filter(task_name=events.TASK, pk__gt=getattr(box, "told", 0)).order_by("pk"):
        react(**job.args)
        box.told = job.pk


@pytest.mark.shows("ENG-05", "R12", "INBOX-04", "D365-09")
def test_an_answer_from_a_phone_that_names_no_mail_stops_the_reminder(server):
    claire = seller()
    waited = mailed(claire, condition="no_reply")
    other = mailed(claire, condition="no_reply")
    box = Mailbox.objects.get()
    answer = mail(
        "Contrat", "D'accord, on signe.\r\n\r\nEnvoyé de mon iPhone", sender="P <person0@client.test>",
        Message_ID="<5F1C-iphone@client.test>", X_Mailer="iPhone Mail (21A350)",
    )  # fmt: skip
    server.fill([answer])

    read(box, server, THURSDAY - timedelta(hours=4))
    reminders.become_due(THURSDAY)

    got = Received.objects.get()
    assert (got.kind, got.recipient.message) == ("reply", waited)
    assert dict(Reminder.objects.values_list("message", "settled_by")) == {waited.pk: "replied", other.pk: ""}
    titles = [card.title for card in assistant.cards(claire, now=THURSDAY) if card.kind == "reminder"]
    assert titles == ["person1 has not answered “The contract”."]


class House:
    """Contacts, each with deals in some state, and the mails that they write and get."""

    def __init__(self) -> None:
        self.by, self.wanted = seller(), {}

    def contact(self, name: str, *deals: str, link: str | None, rule: str = "") -> None:
        """Somebody with these deals: `open@2` was made on the second day, `!5` then changed or ended on the fifth."""
        draft = PersonDraft(values={"last_name": name}, emails=(f"{name}@client.test",))
        person = people.add_person("contact", draft, by=self.by, now=NOW)
        for told in deals:
            state, _, when = told.partition("@")
            made, _, changed = when.partition("!")
            row = deal(self.by, f"{name} {told}", contact=person.pk, now=NOW + int(made) * DAY)
            if state in ("won", "lost"):
                end = NOW + int(changed or made) * DAY
                actions.win(row, by=self.by, now=end) if state == "won" else actions.lose(
                    row, because="", by=self.by, now=end
                )
            elif changed:
                actions.edit(row, {"note": "x"}, by=self.by, now=NOW + int(changed) * DAY)
        self.wanted[name] = (link and f"{name} {link}", rule)

    def came(self) -> list[bytes]:
        return [
            mail("Bonjour", sender=f"{name}@client.test", To="sales@helionne.test", Message_ID=f"<in-{name}@c.test>")
            for name in self.wanted
        ]

    def went(self) -> list[bytes]:
        return [
            mail("Bonjour", sender="sales@helionne.test", To=f"{name}@client.test", Message_ID=f"<out-{name}@h.test>")
            for name in self.wanted
        ]

    def told(self, box) -> dict[str, list[tuple[str | None, str]]]:
        """The deal of the mail that came and of the one that went, with the rule that said so."""
        links = {row.same: (row.deal and row.deal.name, row.rule) for row in DealMail.objects.select_related("deal")}
        found: dict[str, list[tuple[str | None, str]]] = {}
        for row in Received.objects.filter(mailbox=box).order_by("is_outgoing"):
            name = (row.to[0][1] if row.is_outgoing else row.from_email).partition("@")[0]
            found.setdefault(name, []).append(links.get(row.same, (None, "")))
        return found


@pytest.fixture
def house():
    return House()


def shared(**values) -> Mailbox:
    return mailbox(9, imap_host="127.0.0.1", kind="shared", sharing="everyone", **values)


@pytest.mark.shows("DEAL-01", "DEAL-07", "ZDL-06", "ZDL-07", "ZDL-08", "ZDL-09")
def test_each_row_of_the_rules_holds_for_real_mails_that_come_and_that_go(server, house):
    house.contact("none", link=None)
    house.contact("only", "open@1", link="open@1", rule=Rule.ONLY_OPEN)
    house.contact("several", "open@1!5", "open@3", link="open@1!5", rule=Rule.LATEST_OPEN)
    house.contact("twins", "open@1", "open@2!4", "open@3!4", link="open@3!4", rule=Rule.LATEST_OPEN)
    house.contact("lost", "lost@1", link=None)
    house.contact("lost-and-open", "open@1", "lost@3", link="open@1", rule=Rule.ONLY_OPEN)
    house.contact("won", "won@1", "lost@3", link="won@1", rule=Rule.WON)
    house.contact("won-twice", "won@1!6", "won@2!4", link="won@1!6", rule=Rule.WON)
    house.contact("open-and-won", "open@1", "won@4", link="open@1", rule=Rule.ONLY_OPEN)
    box = shared()
    server.fill(house.came())
    server.fill(house.went(), "Sent")

    read(box, server, NOW + 10 * DAY)

    assert house.told(box) == {name: [wanted, wanted] for name, wanted in house.wanted.items()}


@pytest.mark.shows("DEAL-02", "DEAL-06", "ZDL-10", "ZDL-11")
def test_of_an_old_mailbox_only_what_leaves_no_choice_is_linked_in_both_directions(server, house):
    house.contact("none", link=None)
    house.contact("only", "open@1", link="open@1", rule=Rule.PAST)
    house.contact("several", "open@1", "open@2", link=None)
    house.contact("lost", "lost@1", link=None)
    house.contact("won", "won@1", link="won@1", rule=Rule.PAST)
    house.contact("later", "open@1", "open@8", link="open@1", rule=Rule.PAST)
    house.contact("lost-later", "lost@1!8", link="lost@1!8", rule=Rule.PAST)
    box = shared(connected_at=NOW + 9 * DAY)
    server.fill(house.came(), at=NOW + 5 * DAY)
    server.fill(house.went(), "Sent", at=NOW + 5 * DAY)

    read(box, server, NOW + 10 * DAY)

    assert house.told(box) == {name: [wanted, wanted] for name, wanted in house.wanted.items()}


@pytest.mark.shows("DEAL-01", "DEAL-07", "INBOX-03", "INBOX-04", "ZDL-05")
def test_what_relance_sends_has_its_deal_once_and_the_answer_to_it_follows(server, house):
    house.contact("eve", "open@1", "open@3", link="open@3", rule=Rule.LATEST_OPEN)
    older, newer = sorted(house.by.deals.all(), key=lambda row: row.pk)
    with FakeRelay() as relay, dispatcher():
        box = shared()
        Mailbox.objects.filter(pk=box.pk).update(port=relay.port)
        box.refresh_from_db()
        to = [Addressee(email="eve@client.test", normal="eve@client.test", name="Eve", person_id=older.contact_id)]
        ruled = sending.send_to(letter(box), to, now=NOW)
        written_there = letter(box, key="draft:2", about_kind="Deal", about_id=older.pk)
        until(is_done(ruled))
        written = sending.send_to(written_there, to, now=NOW)
        until(is_done(written))
    read(box, server, NOW)  # what follows from the sending
    assert _links() == {ruled.pk: (newer, Rule.LATEST_OPEN), written.pk: (older, Rule.WRITTEN_HERE)}
    Filing.objects.update(due_at=NOW)
    read(box, server, NOW + DAY)
    wire = dict(zip((ruled.pk, written.pk), relay.mails, strict=True))
    id = next(line for line in wire[written.pk].content.splitlines() if line.lower().startswith(b"message-id:"))
    answer = mail("Re: Your contract", sender="eve@client.test", Message_ID="<a@client.test>",
                  In_Reply_To=id.decode().partition(":")[2].strip())  # fmt: skip
    server.fill([answer])

    read(box, server, NOW + 2 * DAY)

    assert Filing.objects.filter(how=filing.How.APPENDED).count() == 2
    assert Received.objects.filter(is_outgoing=True).count() == 2
    assert DealMail.objects.count() == 3
    link = DealMail.objects.get(message=None)
    assert (link.deal, link.rule, link.same) == (older, Rule.THREAD, Received.objects.get(is_outgoing=False).same)


def _links():
    return {row.message_id: (row.deal, row.rule) for row in DealMail.objects.select_related("deal")}
