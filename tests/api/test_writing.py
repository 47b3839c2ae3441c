"""A salesperson's mail through the API: written, given a file, sent once, opened, followed up (ENG-01 to ENG-09)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from relance.agenda import reminders
from relance.lib import clock
from relance.mail.models import Mailbox, Message, Recipient
from relance.team.actions import add_user
from tests.agenda.test_reminders import SAFARI, hit
from tests.mail.outbound.engine import people

from .conftest import Caller

pytestmark = [pytest.mark.django_db, pytest.mark.shows("API-01")]
WEDNESDAY = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def wednesday(settings, tmp_path, monkeypatch):
    settings.RELANCE_FILES = str(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: WEDNESDAY)


@pytest.fixture
def claire(call):
    Mailbox.objects.create(name="S", address="s@helionne.test", host="h", state="working", is_default=True)
    return call


@pytest.fixture
def eve(claire):
    (person,) = people(1)
    person.tracking_consent = "granted"
    person.save(update_fields=["tracking_consent"])
    return person


def begun(claire, eve, **values):
    wanted = {"person_id": eve.pk, "subject": "The contract", "html": "<p>Sign <a href='https://x.test/c'>here</a></p>"}
    return claire("POST", "/drafts", {**wanted, **values}).json()


def attach(claire, **into):
    file = SimpleUploadedFile("contract.pdf", b"%PDF", content_type="application/pdf")
    return claire.client.post("/api/v1/attachments", {**into, "file": file})


def left(message_id):
    Recipient.objects.filter(message=message_id).update(state="sent", sent_at=WEDNESDAY, track="full")
    Message.objects.filter(pk=message_id).update(state="done", started_at=WEDNESDAY)
    return Message.objects.get(pk=message_id)


@pytest.mark.shows("ENG-07", "D365-15")
def test_a_file_waits_until_the_mail_is_kept(claire, eve):
    too_soon = attach(claire, follow="true")
    draft = begun(claire, eve)
    file = attach(claire, draft_id=draft["id"], follow="true").json()

    path = f"/drafts/{draft['id']}/attachments"
    inside = claire("PATCH", f"{path}/{file['id']}", {"followed": False}).json()
    listed = claire("GET", path).json()["items"]
    removed = claire("DELETE", f"{path}/{file['id']}")

    assert (too_soon.status_code, too_soon.json()["code"]) == (409, "not_kept_yet")
    assert "Save the mail first" in too_soon.json()["detail"]
    assert (file["followed"], inside["followed"], [each["name"] for each in listed]) == (True, False, ["contract.pdf"])
    assert removed.status_code == 204
    assert claire("GET", f"/drafts/{draft['id']}").json()["attachments"] == []


@pytest.mark.slow
@pytest.mark.shows("ENG-01", "D365-04", "X9", "C-12")
def test_a_mail_is_begun_once_sent_once_and_what_is_sent_is_not_changed(claire, eve):
    key = str(uuid.uuid4())
    draft = begun(claire, eve, key=key)
    same = begun(claire, eve, key=key, subject="Another")
    path = f"/drafts/{draft['id']}"
    looked = claire("GET", f"{path}/preflight").json()

    sent = [claire("POST", f"{path}/send").json()["id"] for _time in range(2)]
    refused = [claire("PATCH", path, {"subject": "Late"}), claire("DELETE", path)]

    assert (same["id"], same["subject"]) == (draft["id"], "The contract")
    assert (looked["ready"], looked["recipients"][0]["person_id"], looked["advice"]["zone_from"]) == (
        True, eve.pk, "sender",
    )  # fmt: skip
    assert sent == [Message.objects.get().pk] * 2
    assert [(each.status_code, each.json()["code"]) for each in refused] == [(409, "already_sent")] * 2
    back = claire("DELETE", f"{path}/send").json()
    assert (back["message_id"], Message.objects.count()) == (None, 0)


@pytest.mark.shows("ENG-01")
def test_what_is_missing_is_said_and_a_state_that_was_read_is_guarded(claire, eve):
    draft = claire("POST", "/drafts", {"to": "nobody", "html": "<p>{Person.firstName}</p>"}).json()
    path = f"/drafts/{draft['id']}"

    refused = claire("POST", f"{path}/send").json()
    stale = claire("PATCH", path, {"to": "x@y.test"}, **{"If-Match": '"other"'})
    foreign = claire("PATCH", path, {"mailbox_id": 987654})

    assert refused["code"] == "not_ready"
    assert {error["field"] for error in refused["errors"]} >= {"address", "placeholder"}
    assert (stale.status_code, foreign.status_code) == (412, 404)


@pytest.mark.slow
@pytest.mark.shows("ENG-02", "ENG-03", "ENG-05", "ENG-06", "ENG-09", "D365-12", "D365-23")
def test_the_mail_is_followed_up_through_the_api(claire, eve, monkeypatch):
    until = (WEDNESDAY + 29 * HOUR).isoformat()
    draft = begun(claire, eve, remind_if="no_reply", remind_at=until)
    message = left(claire("POST", f"/drafts/{draft['id']}/send").json()["id"])
    hit(message, at=WEDNESDAY + 2 * HOUR, agent=SAFARI)
    monkeypatch.setattr(clock, "now", lambda: WEDNESDAY + 30 * HOUR)
    reminders.become_due(clock.now())

    mail = claire("GET", f"/mails/{message.pk}").json()
    cards = {card["kind"]: card for card in claire("GET", "/assistant").json()["items"]}
    alert = claire("GET", "/alerts").json()["items"][0]
    follow_up = claire("POST", "/drafts", {"follows_id": cards["reminder"]["follows_id"]}).json()
    later = claire("POST", f"/assistant/{cards['opened']['key']}/aside", {})
    claire("POST", f"/assistant/{cards['reminder']['key']}/aside", {"until": (WEDNESDAY + 40 * HOUR).isoformat()})

    assert (mail["figures"]["opened"], mail["figures"]["first_open_after"]) == (1, 7200)
    assert [row["verdict"] for row in claire("GET", f"/mails/{message.pk}/activity").json()["items"]] == ["human"]
    assert (alert["kind"], alert["message_id"]) == ("opened", message.pk)
    assert follow_up["subject"] == "Re: The contract"
    assert later.status_code == 204
    assert claire("GET", "/assistant").json()["items"] == []
    assert claire("GET", "/reminders?state=waiting").json()["items"][0]["message_id"] == message.pk


@pytest.mark.slow
@pytest.mark.shows("ENG-07")
def test_a_followed_file_is_revoked_and_replaced_after_sending(claire, eve):
    draft = begun(claire, eve)
    attach(claire, draft_id=draft["id"], follow="true")
    sent = claire("POST", f"/drafts/{draft['id']}/send").json()
    path = f"/mails/{sent['id']}/files/1"

    ended = claire("PATCH", path, {"revoked": True}).json()
    again = claire("PATCH", path, {"revoked": False}).json()
    new = claire.client.post(f"/api/v1{path}/content", {"file": SimpleUploadedFile("new.pdf", b"%PDF-1.7 new")}).json()

    assert ended["revoked_at"] is not None
    assert again["revoked_at"] is None
    assert (new["name"], new["size"]) == ("contract.pdf", 12)


@pytest.mark.shows("X8")
def test_a_colleague_sees_neither_what_is_written_nor_ones_cards(claire, eve):
    draft = begun(claire, eve)
    max_ = Caller(add_user(email="max@helionne.test", name="Max", role="salesperson"))

    assert max_("GET", f"/drafts/{draft['id']}").status_code == 404
    assert max_("GET", "/drafts").json()["items"] == []
    assert attach(max_, draft_id=draft["id"]).status_code == 404
    stranger = max_("POST", "/drafts", {"key": draft["key"] or str(uuid.uuid4()), "to": "a@b.test"}).json()
    assert stranger["id"] != draft["id"]
