"""A real Dovecot tells of new mail at once; what breaks is listened to again, and nothing is left over."""

import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connections

from relance.mail import mailboxes
from relance.mail.inbound import idle, jobs
from relance.mail.inbound.idle import Listener
from relance.mail.models import Mailbox
from tests.mail.inbound.dovecot import breaking_way, dovecot
from tests.mail.inbound.mails import mail
from tests.mail.inbound.test_fetch import at
from tests.mail.outbound.engine import until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def _server():
    with dovecot() as running:
        yield running


@pytest.fixture
def inbox(_server, request):
    _server.user = f"idle{len(request.node.name)}"
    return _server


def box(**values):
    known = {"host": "127.0.0.1", "imap_host": "127.0.0.1", "fetch_state": "working"}
    return Mailbox.objects.create(name="Ann", address="ann@helionne.test", **{**known, **values})


@contextmanager
def listening(**values):
    rung, stop, before = [], threading.Event(), set(threading.enumerate())
    listener = Listener(rung.append, **{"look": 0.2, "first_gap": 0.1, **values})

    def work():
        try:
            listener.run(stop)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work, name="idle-test")
    thread.start()
    try:
        yield listener, rung
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()
    assert listener.listening == 0
    assert not [each for each in set(threading.enumerate()) - before if each.name.startswith("idle")]


def append(inbox, number):
    with inbox.client() as client:
        client.append("INBOX", None, None, mail(f"Mail {number}").replace(b"\n", b"\r\n"))


@pytest.mark.shows("INBOX-02", "R2")
def test_new_mail_is_heard_at_once_and_again_after_a_renewal_and_a_broken_connection(inbox, monkeypatch, capsys):
    with breaking_way(inbox.port, seed=1, most=1) as way:
        way.after = lambda: None
        monkeypatch.setattr(idle, "server_of", lambda _box: at(inbox, way.port))
        one = box()
        with listening(renew=0.5) as (listener, rung):
            until(lambda: listener.listening == 1)
            rung.clear()
            begun = time.monotonic()
            append(inbox, 1)
            until(lambda: rung)
            took = time.monotonic() - begun
            time.sleep(1)  # two renewals
            rung.clear()
            append(inbox, 2)
            until(lambda: rung)

            way.after = lambda: 400  # from now on it breaks in the middle of the greeting or soon after
            listener.ears[one.pk].imap._line._socket.shutdown(2)
            until(lambda: listener.ears[one.pk].failures > 1)
            way.after = lambda: None
            until(lambda: listener.listening == 1)
            rung.clear()
            append(inbox, 3)
            until(lambda: rung)

    with capsys.disabled():
        print(f"\nnew mail was heard after {took * 1000:.0f} ms")
    assert set(rung) == {one.pk}


@pytest.mark.shows("INBOX-02", "R19")
def test_only_mailboxes_that_work_are_listened_to_by_one_listener_alone(inbox, monkeypatch):
    monkeypatch.setattr(idle, "server_of", lambda _box: at(inbox))
    one, broken = box(), box(fetch_state="broken")

    with listening() as (first, _rung):
        until(lambda: first.listening == 1)
        with listening() as (second, _none):
            until(lambda: second._next_look > 0)
            assert (list(first.ears), list(second.ears)) == ([one.pk], [])
        Mailbox.objects.filter(pk=one.pk).update(is_active=False)
        until(lambda: not first.ears)

    assert broken.pk not in first.ears


@pytest.mark.shows("INBOX-02")
def test_a_mailbox_that_was_told_of_is_read_although_it_is_not_due(inbox, monkeypatch):
    monkeypatch.setattr(jobs, "server_of", lambda _box: at(inbox))
    one = box(fetch_at=mailboxes.clock.now().replace(year=2099))
    append(inbox, 1)

    jobs.fetch(mailbox_id=one.pk)
    before = one.received.count()
    jobs.fetch(mailbox_id=one.pk, at_once=True)

    assert (before, one.received.count()) == (0, 1)
