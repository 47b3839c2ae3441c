"""An Idempotency-Key makes a write happen once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections

from relance.people.models import Account
from relance.team.actions import forget_answers
from relance.team.models import ApiAnswer

pytestmark = [pytest.mark.django_db, pytest.mark.shows("API-01")]
KEY = {"Idempotency-Key": "order-66"}


def test_a_repeated_write_is_done_once_and_answered_alike(call):
    first = call("POST", "/accounts", {"name": "Mercadier"}, **KEY)
    again = call("POST", "/accounts", {"name": "Mercadier"}, **KEY)

    assert Account.objects.count() == 1
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_key_belongs_to_one_request(call):
    call("POST", "/accounts", {"name": "Mercadier"}, **KEY)

    answer = call("POST", "/accounts", {"name": "Ostrya"}, **KEY)

    assert (answer.status_code, answer.json()["code"]) == (422, "key_used")
    assert Account.objects.count() == 1


def test_a_key_belongs_to_one_caller(call, reader):
    call("POST", "/accounts", {"name": "Mercadier"}, **KEY)

    assert reader("POST", "/accounts", {"name": "Mercadier"}, **KEY).status_code == 403


def test_a_refusal_for_want_of_a_right_is_not_kept(reader):
    reader("POST", "/accounts", {"name": "Mercadier"}, **KEY)

    assert not ApiAnswer.objects.exists()


def test_answers_are_forgotten_after_a_day(call):
    call("POST", "/accounts", {"name": "Mercadier"}, **KEY)

    assert forget_answers(datetime.now(UTC)) == 0
    assert forget_answers(datetime.now(UTC) + timedelta(hours=25)) == 1


def test_a_write_that_failed_is_forgotten_with_its_key(call, monkeypatch):
    call.client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr("relance.api.accounts.show", lambda _account: 1 / 0)
        failed = call("POST", "/accounts", {"name": "Mercadier"}, **KEY)
    left = Account.objects.count()

    again = call("POST", "/accounts", {"name": "Mercadier"}, **KEY)

    assert (failed.status_code, left, again.status_code) == (500, 0, 201)
    assert Account.objects.count() == 1


def test_a_value_that_the_database_refuses_breaks_nothing(call, monkeypatch):
    def refuse(*_args, **_kwargs):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 'x'::integer")

    with monkeypatch.context() as broken:
        broken.setattr("relance.api.accounts.actions.add_account", refuse)
        first = call("POST", "/accounts", {"name": "Mercadier"}, **KEY)
    again = call("POST", "/accounts", {"name": "Mercadier"}, **KEY)

    assert (first.status_code, first.json()["code"], again.json()) == (422, "cannot_be_kept", first.json())


@pytest.mark.django_db(transaction=True)
def test_two_equal_requests_at_the_same_moment_write_once(call):
    together, answers = threading.Barrier(2), []

    def ask():
        together.wait()
        answers.append(call("POST", "/accounts", {"name": "Mercadier"}, **KEY))
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Account.objects.count() == 1
    assert sorted("Idempotency-Replayed" in answer.headers for answer in answers) == [False, True]
