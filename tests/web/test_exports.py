"""Chosen people leave as a file, for those who may export."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from relance.people import actions as people
from relance.records.imports.reading import open_table
from relance.team.actions import add_user

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-08")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def claire(client):
    claire = add_user(email="claire@helionne.example", name="Claire", role="manager")
    client.force_login(claire)
    return claire


@pytest.fixture
def three(claire):
    drafts = {"a": "Nantes", "b": "Leeds", "c": "Nantes"}
    return [
        people.add_person(
            "lead",
            people.PersonDraft(values={"last_name": name, "city": city}, emails=(f"{name}@x.fr",)),
            by=claire,
            now=NOW,
        )
        for name, city in drafts.items()
    ]


def names(answer) -> list[str]:
    text = b"".join(answer).decode("utf-8-sig")
    return [line[1] for line in csv.reader(io.StringIO(text))][1:]


def test_all_leads_some_rows_or_a_filter_can_be_taken_away(client, three):
    url = reverse("export", args=["lead", "csv"])

    assert names(client.get(url)) == ["a", "b", "c"]
    assert names(client.get(url, {"ids": f"{three[0].pk},{three[2].pk}"})) == ["a", "c"]
    assert names(client.get(url, {"selection": "filter", "city": "Nantes"})) == ["a", "c"]
    assert names(client.post(url, {"ids": [three[1].pk]})) == ["b"]


def test_the_workbook_holds_the_same_rows(client, three):
    answer = client.get(reverse("export", args=["lead", "xlsx"]))

    with open_table(b"".join(answer)) as table:
        assert [row.cells[1] for row in table.rows()] == ["a", "b", "c"]
    assert answer["Content-Disposition"].endswith('.xlsx"')


@pytest.mark.shows("REC-03", "X8")
def test_an_export_needs_its_own_right(client, three):
    client.force_login(add_user(email="zoe@helionne.example", name="Zoé", role="salesperson"))

    assert client.get(reverse("export", args=["lead", "csv"])).status_code == 403


def test_only_people_are_exported_and_only_in_known_forms(client, claire):
    assert client.get("/exports/user.csv").status_code == 404
    assert client.get("/exports/lead.exe").status_code == 404
