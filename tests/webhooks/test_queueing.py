"""What happens is queued with what it tells of, once, for whoever wants it; sending does not wait for it (X20)."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction

from relance import events, reactions
from relance.campaigns.models import MassMail
from relance.deals import actions as deals
from relance.deals.pipelines import pipelines
from relance.lib import clock
from relance.mail.models import Recipient
from relance.mail.tracking.hits import Hit, HitKind
from relance.mail.tracking.note import note
from relance.mail.transport.fake import FakeRelay
from relance.people import actions as people
from relance.people.suppression import Wish
from relance.sequences import actions as sequences
from relance.sequences import enrolling
from relance.sequences.actions import SequenceDraft, StepDraft
from relance.webforms import actions as forms
from relance.webforms import taking
from relance.webhooks import actions, queueing, rules
from relance.webhooks.models import Delivery, Look
from tests.mail.outbound.engine import RECENT, dispatcher, is_done, launched, mailbox, states
from tests.mail.returns import NOW, message, recipient
from tests.webhooks.conftest import courier
from tests.webhooks.receiver import Receiver, until

pytestmark = pytest.mark.shows("API-02", "ESPI-01")
API = "http://localhost:8000/api/v1"
LATER = NOW + timedelta(hours=3)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"


def react():
    """Every reaction to what was told, as the worker would; how many jobs."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s RETURNING args", [events.TASK])
        told = [json.loads(args) if isinstance(args, str) else args for (args,) in cursor.fetchall()]
    for args in told:
        reactions.react.func(**args)
    return len(told)


@pytest.fixture(autouse=True)
def empty(request):
    """What other tests left in the queue is about rows that are gone."""
    if request.node.get_closest_marker("django_db"):
        transactional = request.node.get_closest_marker("django_db").kwargs.get("transaction")
        request.getfixturevalue("transactional_db" if transactional else "db")
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")


def told(*kinds):
    return {row.kind: row.data for row in Delivery.objects.filter(kind__in=kinds or rules.TYPES)}


def take(to, kind, at=LATER, **fields):
    hit = Hit(id=uuid4(), kind=HitKind(kind), at=at, recipient_id=to.pk, method="GET", user_agent=FIREFOX, **fields)
    with transaction.atomic(), connection.cursor() as cursor:
        note(cursor, [hit])


@pytest.mark.django_db
@pytest.mark.shows("ENG-02")
def test_what_people_did_with_a_mail_is_told_once_each(make):
    make("https://example.com/", *rules.TYPES)
    sent = message()
    eve = recipient(sent)

    take(eve, "open")
    take(eve, "open", at=LATER + timedelta(hours=1))
    take(eve, "click", link=1)
    take(eve, "reply")
    take(eve, "bounce", detail={"bounce": "hard", "text": "550 5.1.1 no such user"})
    take(eve, "complaint")
    react()
    Recipient.objects.filter(pk=eve.pk).update(opens=0)
    queueing.opened([events.MessageOpened(eve.pk)])

    known = told()
    assert Delivery.objects.count() == 6
    assert set(known) == {
        "mail.opened", "mail.clicked", "mail.replied", "mail.bounced", "mail.complained", "person.unsubscribed"
    }  # fmt: skip
    opened = known["mail.opened"]
    assert (opened["recipient_id"], opened["email"]) == (eve.pk, eve.email)
    assert opened["mail"] == {"id": sent.pk, "kind": sent.kind, "url": f"{API}/mails/{sent.pk}"}
    assert Delivery.objects.get(kind="mail.opened").at == LATER
    assert known["mail.bounced"]["bounce"] == {"kind": "hard"}
    assert (known["person.unsubscribed"]["route"], known["person.unsubscribed"]["scope"]) == ("complaint", "everything")
    assert "550" not in json.dumps(known)


@pytest.mark.django_db
def test_a_copy_of_a_mass_mail_is_told_with_the_mail_that_it_belongs_to(make, camille, template):
    make("https://example.com/", "mail.clicked")
    sent = message()
    mass = MassMail.objects.create(
        name="Toits", module="lead", creator=camille, message=sent, created_at=NOW, updated_at=NOW, state="launched"
    )
    eve = recipient(sent)

    take(eve, "click", link=1)
    react()

    known = told()["mail.clicked"]
    assert (known["mass_mail_id"], known["sequence_id"]) == (mass.pk, None)
    assert known["mail"]["url"] == f"{API}/mass-mails/{mass.pk}/recipients/{eve.pk}"


@pytest.mark.django_db
def test_deals_forms_wishes_and_sequences_are_told_with_their_ids(make, add, camille, chief, mailbox, now):
    make("https://example.com/", *rules.TYPES)
    won = pipelines()[0].stages.get(kind="won")

    person = add("Jeanne Dupont", "jeanne@x.example")
    deal = deals.add({"name": "Toit"}, by=camille, now=now)
    first = deal.stage_id
    deals.move(deal, deals.Move(target=won), by=camille, now=now + timedelta(hours=1))
    form = forms.save(None, forms.FormDraft(values={"name": "Devis", "fields": []}), by=camille, now=now)
    answer = taking.submit(form, "luc@x.example", {}, taking.Sent(), now=now)
    people.opt_out(Wish(normal="jeanne@x.example", scope="marketing", route="page", at=now))
    steps = (StepDraft(kind="task", name="Appeler"),)
    sequence = sequences.add(SequenceDraft(name="Suivi", steps=steps), by=chief, now=now)
    row = enrolling.enrol_one(sequence, answer.person, by=chief, now=now)
    sequences.remove(row, by=chief, now=now)
    react()

    known = told()
    assert known["deal.won"]["move"] == known["deal.moved"]["move"]
    assert (known["deal.moved"]["move"]["from_stage_id"], known["deal.won"]["deal"]["state"]) == (first, "won")
    assert known["deal.changed"]["deal"]["url"] == f"{API}/deals/{deal.pk}"
    assert "deal.lost" not in known
    assert known["form.submitted"]["form"] == {"id": form.pk, "name": "Devis", "url": f"{API}/web-forms/{form.pk}"}
    assert known["form.submitted"]["is_new"] is True
    assert known["form.submitted"]["person"]["id"] == answer.person_id
    assert known["person.unsubscribed"]["people"] == [
        {"id": person.pk, "module": "contact", "url": f"{API}/contacts/{person.pk}"}
    ]
    assert Delivery.objects.filter(kind="person.created").count() == 2
    finished = known["sequence.finished"]
    assert (finished["state"], finished["reason"], finished["enrolment_id"]) == ("stopped", "removed", row.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("kinds", [(), ("deal.won",)])
def test_who_is_off_or_wants_something_else_hears_nothing(make, add, chief, now, kinds):
    row = make("https://example.com/", *(kinds or ("person.created",)))
    if not kinds:
        actions.switch(row, on=False, by=chief, now=now)

    add("Ada", "ada@x.example")
    react()

    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_two_webhooks_hear_the_same_under_ids_of_their_own(make, add):
    make("https://a.example/", "person.created")
    make("https://b.example/", "person.created")

    add("Ada", "ada@x.example")
    react()
    first = set(Delivery.objects.values_list("event_id", flat=True))
    queueing.created([events.RecordCreated(row["person"]["id"]) for row in told().values()])

    assert len(first) == 2
    assert set(Delivery.objects.values_list("event_id", flat=True)) == first


@pytest.mark.django_db(transaction=True)
@pytest.mark.shows("X20")
def test_what_is_undone_is_not_told(make, add):
    make("https://example.com/", "person.created")
    react()

    with transaction.atomic():
        add("Ada", "ada@x.example")
        transaction.set_rollback(True)

    assert react() == 0
    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_without_a_webhook_an_event_costs_one_look(django_assert_num_queries):
    with django_assert_num_queries(1):
        queueing.sent([events.MessageSent(number) for number in range(1_000)])


@pytest.mark.django_db
def test_however_many_events_are_queued_by_one_statement(make, django_assert_num_queries):
    make("https://example.com/", "mail.sent")
    sent = launched(mailbox(2525), 50)
    Recipient.objects.update(state="sent", sent_at=NOW)
    news = [events.MessageSent(id) for id in sent.recipients.values_list("id", flat=True)]

    with django_assert_num_queries(2):
        queueing.sent(news)

    assert Delivery.objects.count() == 50


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.shows("X20")
@pytest.mark.parametrize("way", ["hang", "drip"])
def test_mails_leave_while_a_receiver_hangs(inside, make, way):
    with FakeRelay() as relay, Receiver([way]) as slow:
        make(slow.url, "mail.sent", "person.created")
        first = launched(mailbox(relay.port), 20)

        with dispatcher():
            until(is_done(first))
            react()
            with courier(deadline=60):
                until(lambda: slow.connections)
                second = launched(
                    mailbox(relay.port, address="b@helionne.test"), 30, start=20, key="mass:2", deliver_at=RECENT
                )
                until(is_done(second))

        assert states(second) == {"sent": 30}
        react()
        assert Delivery.objects.filter(kind="mail.sent").count() == 50
        assert not Delivery.objects.exclude(state="waiting").exists()


@pytest.mark.django_db
@pytest.mark.shows("X20")
def test_copies_whose_news_was_lost_with_their_process_are_told_a_minute_later(make):
    make("https://example.com/", "mail.sent", "mail.bounced")
    sent = launched(mailbox(2525), 4)
    sent.recipients.update(state="sent", sent_at=NOW)
    ids = sorted(sent.recipients.values_list("id", flat=True))
    Recipient.objects.filter(pk=ids[3]).update(state="failed", sent_at=None, bounced_at=NOW, bounce_kind="hard")
    queueing.sent([events.MessageSent(ids[0])])

    queueing.catch_up(NOW + timedelta(seconds=20))
    too_early = Delivery.objects.count()
    queueing.catch_up(NOW + timedelta(seconds=70))
    queueing.catch_up(NOW + timedelta(seconds=130))

    assert too_early == 1
    assert sorted(Delivery.objects.values_list("kind", "data__recipient_id")) == [
        ("mail.bounced", ids[3]), ("mail.sent", ids[0]), ("mail.sent", ids[1]), ("mail.sent", ids[2])
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.shows("X20")
def test_the_courier_looks_for_them_and_delivers_them(receiver, make):
    make(receiver.url, "mail.sent")
    sent = launched(mailbox(2525), 3)
    sent.recipients.update(state="sent", sent_at=clock.now() - timedelta(seconds=50))

    with courier(catch_up=0.1):
        until(lambda: len(receiver.requests) == 3)

    assert {request.told["data"]["recipient_id"] for request in receiver.requests} == set(
        sent.recipients.values_list("id", flat=True)
    )


@pytest.mark.django_db
def test_whoever_asks_later_hears_of_what_comes_later(make):
    Look.objects.create(until=NOW - timedelta(days=9))

    queueing.catch_up(NOW)
    make("https://example.com/", "mail.sent")
    sent = launched(mailbox(2525), 1)
    sent.recipients.update(state="sent", sent_at=NOW - timedelta(days=1))
    queueing.catch_up(NOW)

    assert not Delivery.objects.exists()
