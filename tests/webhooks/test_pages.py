"""Webhooks as an administrator keeps them, and as programs do (API-02)."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from relance import events
from relance.records.models import Change
from relance.webhooks import actions, queueing, rules
from relance.webhooks.actions import BadWebhook, WebhookDraft
from relance.webhooks.models import Delivery, Webhook
from relance.webhooks.settling import opened
from relance.webhooks.words import EVENTS
from tests.api.conftest import Caller
from tests.webhooks.receiver import ok

pytestmark = [pytest.mark.django_db, pytest.mark.shows("API-02", "ESPI-01")]
SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{43}=")


@pytest.fixture
def client(chief):
    made = Client()
    made.force_login(chief)
    return made


@pytest.mark.slow
def test_an_administrator_makes_a_webhook_tries_it_and_sends_again_what_failed(client, chief, receiver, add):
    empty = client.get("/settings/webhooks").content.decode()
    told = {"name": "Facturation", "url": receiver.url, "events": ["person.created", "deal.won"]}
    lacking = client.post("/settings/webhooks/new", told | {"events": []})
    made = client.post("/settings/webhooks/new", told)
    path = made["Location"]
    first, second = (client.get(path).content.decode() for _ in range(2))
    row = Webhook.objects.get()

    assert "Let other programs know at once" in empty
    assert lacking.status_code == 422
    assert SECRET.search(first)[0] == opened(row.key, row.secret)[0]
    assert not SECRET.search(second)
    assert row.events == ["person.created", "deal.won"]
    assert "A deal is won" in second

    tried = client.post(f"{path}/test", follow=True).content.decode()
    receiver.answers = [ok("503 Busy")]
    failed = client.post(f"{path}/test", follow=True).content.decode()

    assert "The receiver took it: status 200" in tried
    assert "The receiver answered with an error: status 503" in failed
    assert [request.told["type"] for request in receiver.requests] == ["webhook.test"] * 2

    queueing.created([events.RecordCreated(add("Ada", "ada@x.example").pk)])
    delivery = Delivery.objects.get(kind="person.created")
    Delivery.objects.filter(pk=delivery.pk).update(state="failed", due_at=None, why="timeout", tries=9)
    log = client.get(f"{path}?state=failed").content.decode()
    shown = client.get(f"{path}/deliveries/{delivery.pk}").content.decode()
    client.post(f"{path}/replay")
    delivery.refresh_from_db()

    assert "No answer within ten seconds." in log
    assert "A lead or contact is added" in log
    assert delivery.event_id in shown
    assert "ada@x.example" in shown
    assert (delivery.state, delivery.tries) == ("waiting", 0)
    assert Delivery.objects.filter(kind=rules.TEST, state="waiting").count() == 0

    client.post(f"{path}/off")
    off = client.get(path).content.decode()
    refused = client.post(f"{path}/deliveries/{delivery.pk}", follow=True).content.decode()
    client.post(f"{path}/on")
    client.post(f"{path}/deliveries/{delivery.pk}")
    delivery.refresh_from_db()
    listed = client.get("/settings/webhooks").content.decode()
    renewed = SECRET.search(client.post(f"{path}/renew", follow=True).content.decode())[0]
    client.post(f"{path}/edit", told | {"name": "Compta"})
    row.refresh_from_db()

    assert "Switched off by a colleague" in off
    assert "Switch it on first." in refused
    assert delivery.state == "waiting"
    assert "Facturation" in listed
    assert opened(row.key, row.secret, row.old_secret) == (renewed, SECRET.search(first)[0])
    assert row.name == "Compta"

    client.post(f"{path}/delete")
    assert client.get(path).status_code == 404
    assert not Webhook.objects.kept().exists()
    lines = Change.objects.filter(module="webhook", record_id=row.pk).order_by("id")
    assert [line.act for line in lines] == ["added", "changed", "changed", "changed", "changed", "changed", "deleted"]
    assert "whsec" not in str(list(lines.values_list("fields")))


def test_one_that_was_switched_off_by_itself_says_why(client, make, now):
    row = make("https://example.com/hook", "deal.won")
    Webhook.objects.update(on_since=None, off_because="failing", off_at=now)

    page = client.get(f"/settings/webhooks/{row.pk}").content.decode()
    listed = client.get("/settings/webhooks").content.decode()
    today = client.get("/").content.decode()
    client.post(f"/settings/webhooks/{row.pk}/on")

    assert "Nothing could be delivered for three days" in page
    assert "Switched off by itself" in listed
    assert "Webhooks that were switched off" in today
    assert "Nothing could be delivered for three days" in today
    assert "Webhooks that were switched off" not in client.get("/").content.decode()


def test_a_colleague_is_not_told_of_webhooks_on_today(camille, make, now):
    make("https://example.com/hook", "deal.won")
    Webhook.objects.update(on_since=None, off_because="gone", off_at=now)
    client = Client()
    client.force_login(camille)

    assert "Webhooks that were switched off" not in client.get("/").content.decode()
    assert client.get("/settings/webhooks").status_code == 403


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": "  "}, "what the webhook is for"), ({"events": []}, "at least one"),
        ({"events": ["x"]}, "called “x”"),
        ({"url": "example.com"}, "begins with https"), ({"url": "http://example.com"}, "begins with https"),
        ({"url": "https://a:b@example.com"}, "password"), ({"url": "https://example.com:22"}, "443 and 8443"),
        ({"url": "https://127.0.0.1/"}, "RELANCE_WEBHOOK_NETWORKS"),
        ({"url": "https://0x7f.1/"}, "RELANCE_WEBHOOK_NETWORKS"),
        ({"url": "https://[::1]/"}, "RELANCE_WEBHOOK_NETWORKS"),
        ({"url": "https://[::ffff:a00:1]/"}, "RELANCE_WEBHOOK_NETWORKS"), ({"url": "https://"}, "no address"),
    ],
)  # fmt: skip
@pytest.mark.shows("X6")
def test_a_webhook_that_may_not_be_is_refused_with_a_sentence(chief, now, values, words):
    told = {"name": "x", "url": "https://example.com/", "events": ["deal.won"]}

    with pytest.raises(BadWebhook, match=words):
        actions.save(None, WebhookDraft(values=told | values), by=chief, now=now)

    assert not Webhook.objects.exists()


@pytest.mark.shows("API-01")
def test_the_api_does_the_same(chief, receiver, add, now):
    api = Caller(chief)
    made = api("post", "/webhooks", {"name": "ERP", "url": receiver.url, "events": ["person.created"]})
    hook = made.json()
    path = f"/webhooks/{hook['id']}"
    tried = api("post", f"{path}/test").json()
    queueing.created([events.RecordCreated(add("Ada", "ada@x.example").pk)])
    Delivery.objects.filter(kind="person.created").update(state="failed", why="status", status=500, due_at=None)
    [failed, *_] = api("get", f"{path}/deliveries?state=failed").json()["items"]
    later = (now + timedelta(days=9_000)).isoformat()
    none = api("post", f"{path}/replay", {"since": later}).json()
    again = api("post", f"{path}/replay", {}).json()
    one = api("post", f"{path}/deliveries/{failed['id']}/replay").json()
    renewed = api("post", f"{path}/secret").json()
    api("patch", path, {"on": False, "events": ["deal.lost", "deal.won"]})
    off = api("post", f"{path}/deliveries/{failed['id']}/replay")
    read = api("get", path).json()

    assert (made.status_code, hook["on_since"] is not None) == (201, True)
    assert SECRET.fullmatch(hook["secret"])
    assert SECRET.fullmatch(renewed["secret"])
    assert renewed["secret"] != hook["secret"]
    assert "secret" not in read
    assert (tried["state"], tried["type"], tried["status"]) == ("done", "webhook.test", 200)
    assert (failed["type"], failed["data"]["email"], failed["status"]) == ("person.created", "ada@x.example", 500)
    assert (none, again) == ({"deliveries": 0}, {"deliveries": 1})
    assert (one["state"], one["event_id"]) == ("waiting", failed["event_id"])
    assert (off.status_code, off.json()["code"]) == (422, "webhook_off")
    assert (read["events"], read["on_since"], read["off_because"]) == (["deal.won", "deal.lost"], None, "by_hand")
    assert api("delete", path).status_code == 204
    assert api("get", path).status_code == 404


def test_every_event_has_a_word_and_the_api_names_them_all():
    from typing import get_args

    from relance.api.webhooks import EventName

    assert set(EVENTS) == {*rules.TYPES, rules.TEST}
    assert get_args(EventName) == rules.TYPES
