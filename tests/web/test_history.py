"""The History panel: every kind in one row, filtered, paged, and only what its reader may see (REC-07)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from relance.agenda import actions as agenda
from relance.agenda.models import Call, Case, Note, Task
from relance.deals.models import Deal, Pipeline, Stage, StageMove
from relance.lib import clock
from relance.mail.models import Interaction
from relance.people import actions
from relance.people.actions import AccountDraft, PersonDraft
from relance.records import definitions
from relance.records.history import Group, Place, Subject, page
from relance.team.actions import add_user
from relance.team.models import User
from relance.team.policy import Level
from tests.web.test_people import mail_to, text

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def boss():
    return add_user(email="camille@helionne.example", name="Camille Aubry", role="administrator")


@pytest.fixture
def site(client, boss, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW + 12 * HOUR)
    client.force_login(boss)
    return client


@pytest.fixture
def mills(boss):
    return actions.add_account(AccountDraft(values={"name": "Moulins Guérin"}), by=boss, now=NOW - 9 * HOUR)


@pytest.fixture
def lucie(boss, mills):
    draft = PersonDraft(values={"first_name": "Lucie"}, emails=("lucie@guerin.example",), account=mills)
    return actions.add_person("contact", draft, by=boss, now=NOW - 8 * HOUR)


def deal_of(account, person, by, name="Roof, 92 kWp"):
    pipeline = Pipeline.objects.create(name="Sales")
    stage = Stage.objects.create(pipeline=pipeline, name="Visit")
    dates = {"created_at": NOW, "updated_at": NOW, "moved_at": NOW, "modified_at": NOW}
    deal = Deal.objects.create(
        name=name, name_folded=name.lower(), pipeline=pipeline, stage=stage, account=account, owner=by, **dates
    )
    deal.links.create(person=person, since=NOW)
    StageMove.objects.create(deal=deal, target=stage, state="open", at=NOW + 5 * HOUR, by=by)
    return deal


@pytest.fixture
def story(boss, lucie, mills):
    """One thing of each kind, an hour apart."""
    copy = mail_to(lucie, boss, subject="The study", first_opened_at=NOW + HOUR, opens=1)
    for hour, kind, verdict in ((1, "open", "human"), (2, "open", "machine")):
        Interaction.objects.create(
            message=copy.message, recipient=copy, kind=kind, verdict=verdict, at=NOW + hour * HOUR
        )
    call = {"subject": "About the tiles", "person": lucie.pk, "status": "done", "minutes": 12, "result": "talked"}
    agenda.add(Call, {**call, "note": "Decides with her husband."}, by=boss, now=NOW + 3 * HOUR)
    done = agenda.add(Task, {"subject": "Send the plan", "person": lucie.pk}, by=boss, now=NOW)
    agenda.finish(done, by=boss, now=NOW + 4 * HOUR)
    deal_of(mills, lucie, boss)
    agenda.add(Note, {"text": "Fears for the tiles.", "person": lucie.pk}, by=boss, now=NOW + 6 * HOUR)
    agenda.add(Case, {"subject": "Inverter hums", "person": lucie.pk}, by=boss, now=NOW + 7 * HOUR)
    actions.edit_person(lucie, PersonDraft(values={"phone": "02 47 55 01 63"}), by=boss, now=NOW + 8 * HOUR)


def subject(record, user, module="contact"):
    return Subject(module=module, id=record.pk, user=user)


@pytest.mark.shows("REC-07", "REC-10", "ENG-08")
def test_everything_that_happened_stands_in_one_row_newest_first(boss, lucie, story):
    kinds = [entry.kind for entry in page(subject(lucie, boss)).entries]

    assert kinds == ["change", "case", "note", "move", "task", "call", "engagement", "mail", "change"]


@pytest.mark.shows("REC-07")
@pytest.mark.parametrize(
    ("group", "kinds"),
    [
        (Group.MAIL, ["mail"]),
        (Group.ENGAGEMENT, ["machine", "engagement"]),
        (Group.TO_DO, ["case", "task", "call"]),
        (Group.NOTE, ["note"]),
        (Group.DEAL, ["move"]),
        (Group.CHANGE, ["change", "change"]),
    ],
)
def test_a_history_is_read_by_kind(boss, lucie, story, group, kinds):
    assert [entry.kind for entry in page(subject(lucie, boss), group=group).entries] == kinds


@pytest.mark.slow
@pytest.mark.shows("REC-07")
@pytest.mark.parametrize("size", [1, 2, 4])
def test_pages_hold_each_entry_once_whatever_their_size(boss, lucie, story, size):
    whole = [entry.place for entry in page(subject(lucie, boss)).entries]

    told, after = [], None
    while True:
        some = page(subject(lucie, boss), after=after, size=size)
        told += [entry.place for entry in some.entries]
        if not some.older:
            break
        after = Place.read(some.older)

    assert told == whole


@pytest.mark.shows("REC-07")
def test_entries_of_one_moment_are_neither_lost_nor_told_twice(boss, lucie):
    for number in range(3):
        agenda.add(Note, {"text": f"Note {number}", "person": lucie.pk}, by=boss, now=NOW)
        agenda.add(Task, {"subject": f"Task {number}", "person": lucie.pk}, by=boss, now=NOW)

    first = page(subject(lucie, boss), size=4)
    second = page(subject(lucie, boss), after=Place.read(first.older), size=4)

    said = [
        (entry.kind, entry.fact.row.subject) for entry in (*first.entries, *second.entries) if entry.kind != "change"
    ]
    assert len(said) == len(set(said)) == 6


@pytest.mark.shows("REC-07", "X19")
@pytest.mark.parametrize(
    "place", ["", "x", "2026-11-20~mail~1", "2026-11-20T09:00:00+00:00~nothing~1", "2026-11-20T09:00:00+00:00~mail~x"]
)
def test_a_place_that_is_none_of_ours_begins_at_the_newest(site, lucie, place):
    shown = site.get(reverse("contact", args=[lucie.pk]), {"after": place})

    assert Place.read(place) is None
    assert shown.context["history"].is_first


@pytest.mark.shows("REC-07")
def test_what_concerns_a_contact_also_stands_in_the_history_of_the_account(boss, lucie, mills, story):
    kinds = {entry.kind for entry in page(subject(mills, boss, "account")).entries}

    assert kinds == {"mail", "engagement", "task", "call", "note", "case", "move", "change"}


@pytest.mark.shows("REC-07", "X8")
def test_a_history_tells_only_what_its_reader_may_see(boss, lucie, mills, story):
    seller = add_user(email="claire@helionne.example", name="Claire", role="salesperson")
    for module in ("contact", "deal", "task", "note"):
        seller.role.grants.filter(module=module).update(read=Level.OWN)
    seller = User.objects.get(pk=seller.pk)

    kinds = {entry.kind for entry in page(subject(mills, seller, "account")).entries}

    assert kinds == {"call", "case", "change"}
    call = next(entry for entry in page(subject(mills, seller, "account")).entries if entry.kind == "call")
    assert call.fact.about == ()


@pytest.mark.slow
@pytest.mark.shows("REC-07")
def test_the_page_draws_each_line_in_words(site, lucie, story):
    said = text(site.get(reverse("contact", args=[lucie.pk])))

    for words in (
        "About the tiles call of 12 minutes, talked",
        "Decides with her husband.",
        "Send the plan done",
        "Roof, 92 kWp begins in Visit",
        "Fears for the tiles.",
        "Inverter hums case",
        "Phone: 02 47 55 01 63",
        "The study",
        "Opened",
        "Added to Relance Camille Aubry",
    ):
        assert words in said
    assert said.count("Fetched by a machine") == 1  # inside its mail


@pytest.mark.shows("REC-07", "ENG-02")
def test_machines_stand_apart(site, lucie, story):
    said = text(site.get(reverse("contact", args=[lucie.pk]), {"show": "engagement"}))

    assert "Fetched by a machine" in said
    assert "Fears for the tiles." not in said


@pytest.mark.slow
@pytest.mark.shows("REC-07")
def test_the_next_lines_come_alone_and_the_last_page_offers_none(site, boss, lucie):
    for number in range(25):
        agenda.add(Note, {"text": f"Note {number:02d}", "person": lucie.pk}, by=boss, now=NOW + number * HOUR)
    first = site.get(reverse("contact", args=[lucie.pk])).context["history"]

    more = site.get(first.href + first.older + "&more=1")

    assert "Note 04" in text(more)
    assert "Note 05" not in text(more)
    assert "history-older" not in more.content.decode()


@pytest.mark.slow
@pytest.mark.shows("REC-07")
def test_a_longer_history_takes_no_more_queries(boss, lucie, mills, story):
    def queries():
        with definitions.remembering(), CaptureQueriesContext(connection) as asked:  # as in a request
            page(subject(mills, boss, "account"))
        return len(asked)

    before = queries()
    for number in range(10):
        agenda.add(Task, {"subject": f"Task {number}", "person": lucie.pk}, by=boss, now=NOW)
        copy = mail_to(lucie, boss, subject=f"Mail {number}") if number == 0 else None
        if copy:
            Interaction.objects.create(message=copy.message, recipient=copy, kind="click", at=NOW, verdict="human")

    assert queries() == before <= 31


@pytest.mark.shows("X8")
def test_the_history_of_what_one_may_not_see_is_not_there(client, boss, lucie):
    seller = add_user(email="claire@helionne.example", name="Claire", role="salesperson")
    seller.role.grants.filter(module="contact").update(read=Level.OWN)
    client.force_login(seller)

    assert client.get(reverse("history", args=["contact", lucie.pk])).status_code == 404
    assert client.get(reverse("history", args=["nothing", lucie.pk])).status_code == 404


@pytest.mark.shows("REC-10", "X8")
def test_a_change_does_not_name_a_record_that_its_reader_may_not_see(client, boss, lucie, mills):
    other = actions.add_account(AccountDraft(values={"name": "Secret Holding"}), by=boss, now=NOW)
    actions.edit_person(lucie, PersonDraft(values={"account": ""}, account=other), by=boss, now=NOW + HOUR)
    actions.edit_person(lucie, PersonDraft(values={"account": ""}, account=mills), by=boss, now=NOW + 2 * HOUR)
    seller = add_user(email="claire@helionne.example", name="Claire", role="salesperson")
    seller.role.grants.filter(module="account").update(read=Level.OWN)
    client.force_login(seller)

    said = text(client.get(reverse("contact", args=[lucie.pk]), {"show": "change"}))

    assert "a record that you may not see" in said
    assert "Secret Holding" not in said
