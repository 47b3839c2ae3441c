"""Reports: grouped, summed, each reader's own; they fill a list once or keep it up to date (CAMP-08)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from relance.campaigns import lists, reports
from relance.campaigns.reports import BadReport, ReportDraft
from relance.deals import actions as deals
from relance.people.actions import PersonDraft, add_person, edit_person
from relance.records.criteria import BadCriteria
from relance.team.policy import Forbidden

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(camille, now):
    def one(name, city, **values):
        draft = PersonDraft(values={"first_name": name, "last_name": "N", "city": city, **values}, owner=camille)
        return add_person("contact", draft, by=camille, now=now)

    return one


@pytest.fixture
def report(camille, now):
    def one(**values):
        told = {"name": "Villes", "module": "contact", "group": "city"} | values
        return reports.save(None, ReportDraft(values=told), by=camille, now=now)

    return one


@pytest.mark.shows("CAMP-08")
def test_a_report_groups_and_counts_the_rows_that_meet_its_criteria(person, report, camille, now):
    for name, city in (("Ada", "Lyon"), ("Bob", "Lyon"), ("Cyd", "Brest"), ("Dan", "")):
        person(name, city)

    whole = reports.answer(report(), user=camille, now=now)
    some = reports.answer(report(where="all(city:is:Lyon)"), user=camille, now=now)

    assert [(one.word, one.count) for one in whole.groups] == [("Lyon", 2), ("None", 1), ("Brest", 1)] or {
        (one.word, one.count) for one in whole.groups
    } == {("Lyon", 2), ("None", 1), ("Brest", 1)}
    assert (whole.count, some.count) == (4, 2)


@pytest.mark.shows("CAMP-08")
def test_a_report_sums_amounts_and_groups_dates_by_month(report, camille, now):
    for name, amount, days in (("Un", "100.50", 0), ("Deux", "50", 0), ("Trois", "7", 40)):
        deals.add({"name": name, "amount": Decimal(amount)}, by=camille, now=now - timedelta(days=days))

    told = reports.answer(
        report(module="deal", group="created_at", summed="amount", step="month"), user=camille, now=now
    )

    assert [(one.word, one.count, one.sum) for one in told.groups] == [
        ("2026-10", 1, Decimal("7.0")), ("2026-11", 2, Decimal("150.5")),
    ]  # fmt: skip
    assert told.sum == Decimal("157.5")


@pytest.mark.shows("CAMP-08", "X19")
@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"name": " "}, BadReport), ({"module": "nope"}, BadReport), ({"group": "note"}, BadReport),
        ({"summed": "city"}, BadReport), ({"chart": "pie"}, BadReport), ({"where": "all(nope:is:1)"}, BadCriteria),
    ],
)  # fmt: skip
def test_a_report_that_cannot_be_asked_is_refused(report, values, refusal):
    with pytest.raises(refusal):
        report(**values)


@pytest.mark.shows("CAMP-02", "CAMP-08", "ESPC-11")
def test_a_report_fills_a_list_once_or_keeps_it_up_to_date(person, report, camille, yann, now):
    ada, bob = person("Ada", "Lyon"), person("Bob", "Brest")
    asked, target = report(where="all(city:is:Lyon)"), lists.make("Lyon", by=camille, now=now)
    once = lists.make("Une fois", by=camille, now=now)

    reports.fill(asked, once, keep=False, by=camille, now=now)
    reports.fill(asked, target, keep=True, by=camille, now=now)
    for one, city in ((ada, "Nantes"), (bob, "Lyon")):
        edit_person(one, PersonDraft(values={"city": city}), by=camille, now=now)
    reports.keep_up(now + timedelta(minutes=1))
    assert [one.person for one in target.members.all()] == [ada]
    reports.keep_up(now + timedelta(minutes=6))

    assert [one.person for one in target.members.all()] == [bob]
    assert [one.person for one in once.members.all()] == [ada]
    with pytest.raises(Forbidden):
        reports.fill(asked, target, keep=True, by=yann, now=now)


@pytest.mark.shows("CAMP-08")
def test_a_report_is_made_read_and_fills_a_list_on_its_pages(person, camille):
    person("Ada", "Lyon")
    client = Client()
    client.force_login(camille)

    assert client.get("/reports/new?module=contact").status_code == 200
    made = client.post("/reports/new", {"name": "Villes", "module": "contact", "group": "city", "chart": "bars"})
    shown = client.get(made["Location"]).content.decode()
    filled = client.post(f"{made['Location']}/fill", {"list": "new", "name": "De Lyon", "keep": "on"})

    assert "Lyon" in shown
    assert "Ada N" in client.get(filled["Location"]).content.decode()
    assert "De Lyon" in client.get("/reports").content.decode()
    assert client.post("/reports/new", {"name": "", "module": "contact"}).status_code == 422
