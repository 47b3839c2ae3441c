"""What is held, said where it is seen: Today, the API, the doctor; one button lets it leave (D16)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from relance.mail.models import Content, Mailbox, Message, Outbox, Recipient
from relance.ops import checks
from relance.ops.checks import Level
from relance.team.actions import add_user, make_token

pytestmark = [pytest.mark.django_db, pytest.mark.shows("D16")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def colleague(role):
    return add_user(email=f"{role}@helionne.example", name=role, role=role)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def held(db):
    """A mail of two copies that the data of another installation bring along."""
    Outbox.objects.create(pk=1, installation="7123456789/16384")
    message = Message.objects.create(
        kind="mass", send_key="mass:1", state="paused", state_why="restored", sender=colleague("salesperson"),
        mailbox=Mailbox.objects.create(name="Relay", address="c@helionne.example", host="localhost"),
        content=Content.objects.create(subject="Aides"), deliver_at=NOW, created_at=NOW, total=2,
    )  # fmt: skip
    for email in ("a@x.example", "b@x.example"):
        Recipient.objects.create(message=message, email=email, normal=email, state="queued", queued_at=NOW)
    return message


def test_today_says_what_is_held_and_an_administrator_lets_it_leave(held):
    client = signed_in(colleague("administrator"))
    before = client.get("/").content.decode()
    client.post("/hold/release")
    after = client.get("/").content.decode()

    held.refresh_from_db()
    assert "2 copies are held" in before
    assert "/hold/release" in before
    assert "copies are held" not in after
    assert held.state == "sending"


def test_one_who_may_not_decide_sees_it_and_is_refused(held):
    client = signed_in(held.sender)

    page = client.get("/").content.decode()
    client.post("/hold/stop")

    held.refresh_from_db()
    assert "2 copies are held" in page
    assert "/hold/" not in page
    assert held.state == "paused"


def test_the_api_tells_and_stops_what_is_held(held):
    _, key = make_token(colleague("administrator"), name="x")
    client = Client(headers={"Authorization": f"Bearer {key}"})

    told = client.get("/api/v1/hold").json()
    stopped = client.post("/api/v1/hold/stop").json()
    again = client.post("/api/v1/hold/stop")

    held.refresh_from_db()
    assert (told["held"], told["reason"], told["messages"], told["copies"]) == (True, "restored", 1, 2)
    assert stopped == {"held": False, "reason": "", "messages": 0, "copies": 0, "since": None}
    assert (again.status_code, again.json()["code"]) == (409, "nothing_held")
    assert held.state == "stopped"


def test_the_doctor_names_what_is_held(held):
    finding = checks.nothing_is_held()

    assert finding.level is Level.WARN
    assert finding.sentence.startswith("Mail is held (2 not sent): the data come from a backup")


@pytest.mark.shows("D15")
def test_the_doctor_names_what_is_overdue(held):
    Message.objects.update(state="sending", state_why="")

    assert checks.mail_leaves_in_time().level is Level.WARN
