"""Selections: rows, all results of a search, everybody."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.http import QueryDict

from relance.people import actions
from relance.people.actions import PersonDraft
from relance.people.selection import describe, resolve
from relance.records.registry import UnknownModule
from relance.records.selection import Kind, Selection
from relance.team.actions import add_user
from relance.team.policy import Level

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-05", "MASS-01")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def seller():
    return add_user(email="claire@helionne.example", name="Claire", role="salesperson")


@pytest.fixture
def people(seller):
    other = add_user(email="yann@helionne.example", name="Yann", role="salesperson")
    drafts = [("Ada", "Lyon", seller), ("Bea", "Nantes", seller), ("Cleo", "Lyon", other)]
    return [
        actions.add_person("lead", PersonDraft(values={"first_name": name, "city": city}), by=owner, now=NOW)
        for name, city, owner in drafts
    ]


def chosen(selection, user):
    return sorted(resolve(selection, user=user, now=NOW).values_list("name", flat=True))


def test_rows_from_a_link_or_from_ticked_boxes_are_the_same(people, seller):
    link, boxes = QueryDict("ids=1,2,x,2"), QueryDict("ids=1&ids=2")

    assert (
        Selection.read("lead", link)
        == Selection.read("lead", boxes)
        == Selection(module="lead", kind=Kind.ROWS, ids=(1, 2))
    )
    assert chosen(Selection(module="lead", kind=Kind.ROWS, ids=(people[0].pk, people[2].pk)), seller) == ["Ada", "Cleo"]


def test_a_filter_keeps_the_search_and_what_the_list_declares(people, seller):
    selection = Selection.read(
        "lead", QueryDict("selection=filter&q=ada&city=Lyon&owner__password=x&sort=-name&after=zz")
    )

    assert selection.params == {"q": "ada", "city": "Lyon"}
    assert chosen(selection, seller) == ["Ada"]
    assert describe(selection, user=seller, now=NOW) == ("“ada”", "City: Lyon")


def test_all_results_of_a_list_without_criteria_are_everybody(people, seller):
    selection = Selection.read("lead", QueryDict("all=1&ids=1"))

    assert selection.kind is Kind.ALL
    assert chosen(selection, seller) == ["Ada", "Bea", "Cleo"]


@pytest.mark.parametrize("query", ["ids=3,4", "selection=filter&q=a+b&city=Lyon", "selection=all"])
def test_a_selection_survives_a_link_and_the_database(query):
    selection = Selection.read("lead", QueryDict(query))

    assert Selection.read("lead", QueryDict(selection.query())) == selection
    assert Selection.of("lead", selection.kind.value, selection.criteria()) == selection


@pytest.mark.shows("X8")
def test_rows_that_the_colleague_may_not_see_are_not_chosen(people, seller):
    seller.role.grants.filter(module="lead").update(read=Level.OWN)
    seller = type(seller).objects.get(pk=seller.pk)

    assert chosen(Selection(module="lead", kind=Kind.ROWS, ids=tuple(person.pk for person in people)), seller) == [
        "Ada",
        "Bea",
    ]
    assert chosen(Selection(module="lead"), seller) == ["Ada", "Bea"]


@pytest.mark.parametrize("params", [{"created": "nonsense"}, {"gone": "1"}, {"city": "Lyon", "state": "?"}])
def test_a_criterion_that_says_nothing_chooses_nobody(people, seller, params):
    assert chosen(Selection(module="lead", kind=Kind.FILTER, params=params), seller) == []


def test_contacts_are_not_leads_and_accounts_are_no_people(people, seller):
    assert chosen(Selection(module="contact"), seller) == []
    with pytest.raises(UnknownModule):
        resolve(Selection(module="account"), user=seller, now=NOW)
