"""An Idempotency-Key makes a write happen once."""

from datetime import UTC, datetime, timedelta

import pytest

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
