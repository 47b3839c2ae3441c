"""The address of one's calendar: made, renewed, withdrawn on the profile's page, and read without signing in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.urls import reverse

from relance.agenda import actions as agenda
from relance.agenda.models import Task
from relance.lib import clock
from relance.team.actions import add_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def claire(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return add_user(email="claire@helionne.example", name="Claire", role="salesperson")


@pytest.fixture
def address(client, claire):
    client.force_login(claire)
    client.post(reverse("calendar-feed"), {"act": "renew"})
    shown = client.get(reverse("calendar-feed")).context["address"]
    client.logout()
    return shown.removeprefix(settings.RELANCE_URL)


@pytest.mark.shows("API-05")
def test_a_calendar_reads_the_address_without_signing_in_and_asks_again_for_little(client, claire, address):
    agenda.add(Task, {"subject": "Send the plan", "due_at": NOW}, by=claire, now=NOW)

    answer = client.get(address)
    again = client.get(address, headers={"If-None-Match": answer["ETag"]})

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert b"SUMMARY:Send the plan" in answer.content
    assert "private" in answer["Cache-Control"]
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.shows("API-05", "X15")
def test_an_old_a_guessed_and_a_withdrawn_address_lead_nowhere(client, claire, address):
    client.force_login(claire)
    client.post(reverse("calendar-feed"), {"act": "renew"})
    renewed = client.get(reverse("calendar-feed")).context["address"].removeprefix(settings.RELANCE_URL)
    client.post(reverse("calendar-feed"), {"act": "withdraw"})

    assert client.get(address).status_code == 404
    assert client.get(renewed).status_code == 404
    assert client.get("/feeds/abc-def.ics").status_code == 404
    assert client.get(reverse("calendar-feed")).context["address"] == ""


@pytest.mark.shows("API-05")
def test_a_feed_is_only_read(client, address):
    assert client.post(address).status_code in (302, 405)
