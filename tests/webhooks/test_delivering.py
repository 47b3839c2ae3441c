"""Deliveries by a real web server: whatever it does, the event arrives once it can, and nothing else waits (X20)."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from relance import events
from relance.webhooks import actions, queueing, rules, settling
from relance.webhooks.models import Delivery, Webhook
from relance.webhooks.posting import Answer
from tests.mail.outbound.killed import own_url
from tests.webhooks.conftest import courier
from tests.webhooks.receiver import Receiver, ok, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.shows("API-02", "X20", "ESPI-01")]


@pytest.fixture
def people(add):
    return [add(f"Ada Nummer{number}", f"ada{number}@client.test") for number in range(3)]


def tell(*people):
    queueing.created([events.RecordCreated(person.pk) for person in people])


def states():
    return sorted(Delivery.objects.values_list("state", flat=True))


def due_now():
    """The time until the next try is over."""
    Delivery.objects.filter(state="waiting").update(due_at=datetime.now(UTC) - timedelta(seconds=1))
    Webhook.objects.update(rests_until=None)


def test_an_event_arrives_signed_with_ids_and_addresses_of_the_api(receiver, make, people, chief, now):
    saved = actions.renew_secret(make(receiver.url, "person.created"), by=chief, now=now)

    tell(people[0])
    with courier():
        until(lambda: states() == ["done"])

    [request] = receiver.requests
    delivery, person = Delivery.objects.get(), people[0]
    at = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
    secrets = [saved.secret, *settling.opened(saved.webhook.key, saved.webhook.old_secret)]
    assert request.head.startswith("POST /hook?x=1 HTTP/1.1\r\n")
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    assert request.headers["webhook-id"] == delivery.event_id
    assert (
        request.headers["webhook-signature"]
        == rules.headers(secrets, event_id=delivery.event_id, at=at, body=request.body)["webhook-signature"]
    )
    assert request.told == {
        "id": delivery.event_id, "type": "person.created", "timestamp": now.isoformat(),
        "data": {
            "email": "ada0@client.test", "name": "Ada Nummer0", "owner_id": person.owner_id,
            "person": {
                "id": person.pk, "module": "contact", "url": f"http://localhost:8000/api/v1/contacts/{person.pk}"
            },
        },
    }  # fmt: skip
    assert (delivery.status, delivery.why, delivery.tries, len(delivery.log)) == (200, "", 1, 1)


def test_an_error_is_tried_again_under_the_same_id_with_the_same_text(receiver, make, people):
    receiver.answers = [ok("500 Oops"), "close", ok("404 Not Found"), ok("201 Created")]
    make(receiver.url, "person.created")

    tell(people[0])
    with courier():
        for tries in (1, 2, 3):
            until(lambda tries=tries: Delivery.objects.get().tries == tries and Delivery.objects.get().why)
            assert Delivery.objects.get().due_at > datetime.now(UTC) + timedelta(seconds=5)
            Delivery.objects.update(why="")
            due_now()
        until(lambda: states() == ["done"])

    assert len(set(receiver.ids)) == 1
    assert len({request.body for request in receiver.requests}) == 1
    told = Delivery.objects.get().log
    assert [each["status"] for each in told] == [500, None, 404, 201]
    assert [each["why"] for each in told] == ["status", "broken", "status", ""]
    assert Webhook.objects.get().misses == 0


@pytest.mark.shows("X6")
def test_a_redirect_is_not_followed(receiver, make, people):
    with Receiver() as inner:
        receiver.answers = [ok("307 Temporary Redirect", f"Location: {inner.url}\r\n")]
        make(receiver.url, "person.created")

        tell(people[0])
        with courier():
            until(lambda: Delivery.objects.get().why == "redirect")

        assert inner.connections == 0


def test_one_who_is_gone_is_switched_off_and_whatever_waited_is_kept_to_be_sent_again(
    receiver, make, people, chief, now
):
    receiver.answers = [ok("410 Gone"), ok()]
    make(receiver.url, "person.created")

    tell(*people)
    with courier(each=1):
        until(lambda: Webhook.objects.get().on_since is None)
        until(lambda: states() == ["failed"] * 3)
        tell(people[0])
        webhook = Webhook.objects.get()
        with pytest.raises(actions.WebhookOff):
            actions.replay_failed(webhook, by=chief)
        actions.switch(webhook, on=True, by=chief, now=now)
        asked = actions.replay_failed(webhook, by=chief)
        until(lambda: states() == ["done"] * 3)

    assert webhook.off_because == "gone"
    assert asked == 3
    assert len(receiver.requests) == 4
    assert len(set(receiver.ids)) == 3


@pytest.mark.parametrize("way", ["hang", "drip"])
def test_a_receiver_that_hangs_or_drips_has_its_time_and_keeps_no_other_waiting(
    receiver, make, people, way, monkeypatch
):
    monkeypatch.setattr("relance.webhooks.courier.GRACE", 0.1)
    with Receiver([way]) as slow:
        make(slow.url, "person.created", name="Lent")
        make(receiver.url, "person.created", name="Vif")
        tell(*people)

        with courier(deadline=60, each=2):
            until(lambda: len(slow.requests) == 2 and states().count("done") == 3)
        assert not Delivery.objects.filter(webhook__name="Lent").exclude(why="").exists()
        due_now()
        with courier(deadline=1.5, each=2):
            until(lambda: Delivery.objects.filter(webhook__name="Lent", why="timeout").count() >= 2)

        told = Delivery.objects.filter(why="timeout").first()
        assert (told.status, told.state) == (None, "waiting")
        assert told.took_ms > 1_400
        assert set(Delivery.objects.filter(webhook__name="Vif").values_list("state", flat=True)) == {"done"}


def test_an_answer_without_end_counts_by_its_first_line(receiver, make, people):
    receiver.answers = [b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000]
    make(receiver.url, "person.created")

    tell(people[0])
    with courier():
        until(lambda: states() == ["done"])

    assert "xxx" not in str(list(Delivery.objects.values()))


@pytest.mark.parametrize(("answer", "why"), [(b"220 mail.inner ESMTP 3.1 secret\r\n", "no_http"), (b"", "broken")])
@pytest.mark.shows("X6")
def test_what_is_no_web_server_is_not_told_about(receiver, make, people, answer, why):
    receiver.answers = [answer]
    make(receiver.url, "person.created")

    tell(people[0])
    with courier():
        until(lambda: Delivery.objects.get().why == why)

    assert "ESMTP" not in str(list(Delivery.objects.values()))


def test_what_a_killed_process_had_under_way_is_delivered_again_under_the_same_id(receiver, make, people):
    make(receiver.url, "person.created")
    tell(people[0])
    now = datetime.now(UTC)

    [parcel] = settling.take({}, each=4, most=8, now=now)
    at_once = settling.take({}, each=4, most=8, now=now + timedelta(seconds=30))
    [again] = settling.take({}, each=4, most=8, now=now + settling.LEASE)
    late = settling.settle(parcel, Answer(why="timeout"), now=now, chance=0.5)
    settling.settle(again, Answer(status=200), now=now, chance=0.5)

    assert at_once == []
    assert again.event_id == parcel.event_id
    assert late == "waiting"
    assert states() == ["done"]
    assert len(Delivery.objects.get().log) == 1


@pytest.mark.slow
def test_a_courier_that_is_killed_between_sending_and_the_answer_delivers_once_more(receiver, make, people):
    receiver.answers = ["hang", ok()]
    make(receiver.url, "person.created")
    tell(people[0])
    environment = {**os.environ, "DATABASE_URL": own_url(), "RELANCE_WEBHOOK_NETWORKS": "127.0.0.0/8"}

    victim = subprocess.Popen([sys.executable, "-m", "tests.webhooks.killed"], env=environment)
    try:
        until(lambda: receiver.requests, 60)
    finally:
        victim.kill()
        victim.wait()
    under_way = Delivery.objects.get()
    due_now()
    with courier():
        until(lambda: states() == ["done"])

    assert (under_way.state, under_way.tries, under_way.log) == ("waiting", 1, [])
    assert len(receiver.requests) == 2
    assert len(set(receiver.ids)) == 1
    assert receiver.requests[0].body == receiver.requests[1].body


def test_after_its_last_try_a_delivery_is_given_up_and_after_three_days_the_webhook(make, people):
    make("https://example.com/hook", "person.created")
    tell(people[0])
    at = datetime.now(UTC) + timedelta(seconds=1)

    for _ in range(9):
        [parcel] = settling.take({}, each=4, most=8, now=at)
        settling.settle(parcel, Answer(status=503, why="status"), now=at, chance=0.5)
        at = Delivery.objects.get().due_at or at
    given_up, is_on = Delivery.objects.get(), Webhook.objects.get().on_since is not None
    tell(people[1])
    later = at + timedelta(days=3)
    [parcel] = settling.take({}, each=4, most=8, now=later)
    settling.settle(parcel, Answer(status=503, why="status"), now=later, chance=0.5)

    assert (given_up.state, given_up.due_at, given_up.tries, is_on) == ("failed", None, 9, True)
    webhook = Webhook.objects.get()
    assert (webhook.on_since, webhook.off_because, webhook.off_at) == (None, "failing", later)
    assert states() == ["failed", "failed"]


def test_a_receiver_that_fails_in_a_row_rests_and_is_then_asked_with_one(make, people):
    make("https://example.com/hook", "person.created")
    now = datetime.now(UTC)
    tell(*people)
    Webhook.objects.update(misses=6)

    parcels = settling.take({}, each=4, most=8, now=now + timedelta(seconds=1))
    settling.settle(parcels[0], Answer(status=500, why="status"), now=now, chance=0.5)
    resting = settling.take({}, each=4, most=8, now=now + timedelta(seconds=1))
    rested = settling.take({}, each=4, most=8, now=now + timedelta(seconds=5))

    assert (len(parcels), resting, len(rested)) == (1, [], 1)


def test_a_secret_that_can_no_longer_be_read_is_said(make, people):
    make("https://example.com/hook", "person.created")
    Webhook.objects.update(secret="v1:k1:AAAA:AAAA")
    tell(people[0])

    with courier():
        until(lambda: Delivery.objects.get().why == "secret")


@pytest.mark.shows("X6")
@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::ffff:7f00:1]:{port}/",
                                 "http://2130706433:{port}/", "http://0x7f.1:{port}/", "http://0:{port}/"])  # fmt: skip
def test_nothing_inside_is_connected_to_unless_it_was_allowed(make, people, url):
    with Receiver() as inner:
        make()
        Webhook.objects.update(url=url.format(port=inner.port), events=["person.created"])
        tell(people[0])

        with courier():
            until(lambda: Delivery.objects.get().why == "inner")

        assert inner.connections == 0


@pytest.mark.shows("X6")
def test_a_name_that_changes_its_mind_is_asked_once(inside, make, people, monkeypatch):
    """The first answer is connected to, so that no second one can lead elsewhere."""
    asked = []

    def resolve(host, port, **_):
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1" if len(asked) == 1 else "10.0.0.1", port))]

    with Receiver() as receiver:
        monkeypatch.setattr("relance.webhooks.posting.socket.getaddrinfo", resolve)
        make(f"http://rebinding.example:{receiver.port}/", "person.created")
        tell(people[0])
        with courier():
            until(lambda: states() == ["done"])

    assert asked == ["rebinding.example"]


def test_one_worker_of_several_delivers(receiver, make, people):
    make(receiver.url, "person.created")
    tell(*people)

    with courier(), courier():
        until(lambda: states() == ["done"] * 3)
        time.sleep(0.2)

    assert len(receiver.requests) == 3


def test_the_log_goes_back_thirty_days_and_of_a_deleted_webhook_nothing_stays(make, people, chief, now):
    kept, gone = make("https://a.example/", "person.created"), make("https://b.example/", "person.created")
    tell(*people)
    old = Delivery.objects.filter(webhook=kept).first()
    Delivery.objects.filter(pk=old.pk).update(queued_at=datetime.now(UTC) - timedelta(days=31))

    actions.delete(gone, by=chief, now=now)
    parcels = settling.take({gone.pk: 0}, each=4, most=20, now=datetime.now(UTC) + timedelta(seconds=1))
    settling.forget_old(now)

    assert {parcel.webhook_id for parcel in parcels} == {kept.pk}
    assert list(Webhook.objects.all()) == [kept]
    assert Delivery.objects.count() == 2
