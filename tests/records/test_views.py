"""Custom views: kept, opened, shared, changed by whom it concerns, and honest about what is not there any more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from relance.lib.criteria import EVERYTHING
from relance.people import actions
from relance.people.actions import AccountDraft, PersonDraft
from relance.people.models import Account, Person
from relance.records import columns, criteria, lists, views
from relance.records.criteria import BadCriteria
from relance.records.models import CustomField, View
from relance.records.registry import Asking
from relance.records.selection import Selection
from relance.records.selection import rows as chosen
from relance.records.views import BadView, ViewDraft
from relance.team.actions import add_user
from relance.team.policy import Forbidden, Level

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-05")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def boss():
    return add_user(email="camille@helionne.example", name="Camille", role="administrator")


@pytest.fixture
def seller():
    return add_user(email="claire@helionne.example", name="Claire", role="salesperson")


def tree(text):
    return criteria.read_text(text)


def keep(by, name="Lyon", where="all(city:is:Lyon)", module="contact", **more):
    return views.add(module, ViewDraft(name=name, tree=tree(where), **more), by=by, now=NOW)


def open_as(user, view, **given):
    found = views.find(view.module, str(view.pk), user=user)
    return lists.page(lists.read(view.module, views.opened(found, given)), user=user, now=NOW)


def add(by, name, **values):
    return actions.add_person("contact", PersonDraft(values={"first_name": name, **values}, emails=()), by=by, now=NOW)


def test_a_view_opens_what_it_keeps(boss):
    for name, city in (("Ada", "Lyon"), ("Bea", "Paris"), ("Abel", "Lyon")):
        add(boss, name, city=city)

    view = keep(boss, sort="-name")

    assert [row["name"] for row in open_as(boss, view).rows] == ["Ada", "Abel"]
    assert [row["name"] for row in open_as(boss, view, where="all(city:is:Paris)").rows] == ["Bea"]
    assert [row["name"] for row in open_as(boss, view, where="all()").rows] == ["Bea", "Ada", "Abel"]


def test_a_view_says_whether_its_address_was_edited(boss):
    view = keep(boss)

    assert not views.is_edited(view, {"view": "1", "after": "x"})
    for edited in ({"where": "all()"}, {"sort": "-name"}, {"q": "a"}, {"columns": "city"}, {"city": "Paris"}):
        assert views.is_edited(view, edited)


@pytest.mark.shows("X8")
def test_a_private_view_is_not_there_for_others_and_a_shared_one_is(boss, seller):
    private, shared = keep(boss), keep(boss, name="Everyone's", is_shared=True)

    assert views.find("contact", str(private.pk), user=seller) is None
    assert views.find("contact", str(shared.pk), user=seller) == shared
    assert views.find("lead", str(shared.pk), user=seller) is None
    assert views.find("contact", "9" * 30, user=seller) is None
    assert list(views.of("contact", seller)) == [shared]


@pytest.mark.shows("X8", "REC-03")
def test_only_its_owner_changes_a_view_or_an_administrator_if_it_is_shared(boss, seller):
    mine, theirs = keep(seller, is_shared=True), keep(boss, is_shared=True)
    private = keep(seller)

    for act in (
        lambda: views.change(theirs, ViewDraft(name="x"), by=seller, now=NOW),
        lambda: views.remove(theirs, by=seller),
    ):
        with pytest.raises(Forbidden, match="Only Camille"):
            act()
    with pytest.raises(Forbidden):
        views.remove(private, by=boss)
    views.change(mine, ViewDraft(name="Renamed", is_shared=True), by=boss, now=NOW)
    views.remove(mine, by=boss)
    assert View.objects.count() == 2


def test_a_role_that_reads_nothing_keeps_no_view(boss):
    reader = add_user(email="ines@helionne.example", name="Inès", role="read_only")
    reader.role.grants.update(read=Level.NONE)

    with pytest.raises(Forbidden):
        keep(type(reader).objects.get(pk=reader.pk))


@pytest.mark.shows("X19")
@pytest.mark.parametrize(
    ("draft", "refusal"),
    [
        (ViewDraft(name=" "), BadView),
        (ViewDraft(name="x", columns=("owner.password",)), BadView),
        (ViewDraft(name="x", columns=("owner__password",)), BadView),
        (ViewDraft(name="x", sort="-owner__password"), BadView),
    ],
)
def test_a_view_keeps_nothing_that_cannot_be_shown(boss, draft, refusal):
    with pytest.raises(refusal):
        views.add("contact", draft, by=boss, now=NOW)

    assert not View.objects.exists()


@pytest.mark.shows("X19")
def test_a_view_keeps_no_criteria_that_cannot_be_asked(boss):
    with pytest.raises(BadCriteria, match="owner__password__startswith"):
        keep(boss, where="all(owner__password__startswith:is:p)")


def test_a_shared_view_whose_field_was_retired_opens_says_so_and_chooses_nobody(boss, seller):
    CustomField.objects.create(module="contact", key="roof", label="Roof", kind="number", created_at=NOW)
    view = keep(boss, where="all(roof:more:1)", columns=("name", "roof"), is_shared=True)
    add(boss, "Ada")
    CustomField.objects.update(retired_at=NOW)

    page = open_as(seller, view)
    shown, problems = columns.resolve("contact", view.columns, asking=Asking(user=seller, now=NOW))

    assert page.rows == []
    assert page.problems == ("Contacts have no field “roof”.",)
    assert [one.path for one in shown] == ["name"]
    assert problems == ("A column is left out: Contacts have no field “roof”.",)
    picked = Selection(module="contact", kind="filter", params=views.params(view))
    assert not chosen(picked, user=seller, now=NOW).exists()


@pytest.mark.shows("X8")
def test_a_shared_view_shows_a_reader_only_what_the_reader_may_see(boss, seller):
    account = actions.add_account(AccountDraft(values={"name": "West", "city": "Nantes"}), by=boss, now=NOW)
    person = add(boss, "Ada")
    Person.objects.filter(pk=person.pk).update(account=account)
    seller.role.grants.filter(module="account").update(read=Level.OWN)
    seller = type(seller).objects.get(pk=seller.pk)

    def cells(user):
        asking = Asking(user=user, now=NOW)
        shown, _problems = columns.resolve("contact", ("account.city", "account", "account.owner"), asking=asking)
        return [cell.text for cell in columns.read("contact", [person.pk], shown, asking=asking)[person.pk]]

    assert cells(boss) == ["Nantes", "West", "Camille"]
    assert cells(seller) == ["", "", ""]
    Account.objects.update(owner=seller)
    assert cells(seller) == ["Nantes", "West", "Claire"]


def test_columns_of_every_kind_are_told(boss):
    for key, kind, more in (
        ("roof", "number", {}), ("signed", "date", {}), ("wants", "yes_no", {}),
        ("uses", "choices", {"options": [["heat", "Heating"], ["cold", "Cooling"]]}),
    ):  # fmt: skip
        CustomField.objects.create(module="contact", key=key, label=key, kind=kind, created_at=NOW, **more)
    person = actions.add_person(
        "contact", PersonDraft(values={"first_name": "Ada", "language": "fr"}, emails=("a@x.example", "b@x.example")),
        by=boss, now=NOW,
    )  # fmt: skip
    custom = {"roof": 12.5, "signed": "2026-03-01", "wants": True, "uses": ["heat", "cold"]}
    Person.objects.filter(pk=person.pk).update(custom=custom)
    asking = Asking(user=boss, now=NOW)
    paths = ("name", "emails", "language", "owner", "roof", "signed", "wants", "uses")

    shown, problems = columns.resolve("contact", paths, asking=asking)
    told = [cell.text for cell in columns.read("contact", [person.pk], shown, asking=asking)[person.pk]]

    assert problems == ()
    assert told == [
        "Ada",
        "a@x.example, b@x.example",
        "Français",
        "Camille",
        "12.5",
        "2026-03-01",
        "Yes",
        "Heating, Cooling",
    ]


def test_ones_views_stand_in_ones_own_order(boss, seller):
    first, second, third = (keep(boss, name=name) for name in "abc")
    shared = keep(seller, name="0", is_shared=True)

    views.arrange("contact", [third.pk, shared.pk, first.pk], by=boss)

    assert list(views.of("contact", boss)) == [third, first, second, shared]


@pytest.mark.shows("L2")
def test_keeping_a_view_asks_for_its_indexes(boss):
    before = ProcrastinateJob.objects.filter(task_name="relance.indexes.settle").count()

    view = keep(boss)
    views.remove(view, by=boss)

    assert ProcrastinateJob.objects.filter(task_name="relance.indexes.settle").count() == before + 2


def test_an_empty_view_is_everything_and_keeps_its_columns(boss):
    view = views.add("contact", ViewDraft(name="All of it", columns=("city",)), by=boss, now=NOW)

    assert views.draft_of(view).tree == EVERYTHING
    assert views.params(view) == {"columns": "city"}
