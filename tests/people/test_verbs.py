"""People and companies are written by their fields, and each change is noted in the audit."""

from datetime import UTC, datetime

import pytest

from relance.people.actions import NobodyNamed
from relance.records import changes, registry
from relance.records.models import Change, CustomField
from relance.records.values import BadValue
from relance.team.actions import add_user
from relance.team.models import Grant
from relance.team.policy import Forbidden

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-01", "REC-10")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def seller():
    return add_user(email="claire@helionne.example", name="Claire", role="salesperson")


@pytest.fixture
def lead():
    return registry.module("lead").verbs


@pytest.fixture
def account():
    return registry.module("account").verbs


def noted(row, module="lead"):
    return [(line.act, line.fields) for line in reversed(changes.of(module, row.pk))]


def test_a_person_is_added_by_her_fields(seller, lead, account):
    company = account.add({"name": "Hélionne"}, by=seller, now=NOW)

    person = lead.add(
        {"first_name": "Ève", "emails": ("eve@x.example",), "account": company.pk, "owner": seller.pk},
        by=seller,
        now=NOW,
    )

    assert (person.name, person.primary_email, person.account, person.owner) == (
        "Ève",
        "eve@x.example",
        company,
        seller,
    )
    [(act, fields)] = noted(person)
    assert act == "added"
    assert fields["emails"] == [None, ["eve@x.example"]]
    assert "Hélionne" in str(fields["account"][1])


def test_a_change_names_what_was_and_what_is(seller, lead):
    person = lead.add({"first_name": "Ève", "city": "Nantes"}, by=seller, now=NOW)

    with changes.through(changes.Way.API):
        lead.edit(person, {"city": "Lyon", "emails": ("eve@x.example",)}, by=seller, now=NOW)

    line = changes.of("lead", person.pk)[0]
    assert (line.act, line.way, line.by) == ("changed", "api", seller)
    assert line.fields["city"] == ["Nantes", "Lyon"]
    assert line.fields["emails"] == [[], ["eve@x.example"]]
    assert "first_name" not in line.fields


def test_nothing_changed_leaves_no_line(seller, lead):
    person = lead.add({"first_name": "Ève"}, by=seller, now=NOW)

    lead.edit(person, {"first_name": "Ève"}, by=seller, now=NOW)

    assert [act for act, _ in noted(person)] == ["added"]


def test_what_is_deleted_stays_in_the_audit(seller, account):
    company = account.add({"name": "Hélionne", "city": "Nantes"}, by=seller, now=NOW)
    key = company.pk

    account.delete(company, by=seller, now=NOW)

    last = Change.objects.filter(module="account", record_id=key).latest("id")
    assert (last.act, last.name, last.fields["city"]) == ("deleted", "Hélionne", ["Nantes", None])


def test_a_custom_field_is_kept_and_may_be_emptied(seller, lead):
    CustomField.objects.create(module="lead", key="plan", label="Plan", kind="text", created_at=NOW)
    person = lead.add({"first_name": "Ève", "plan": "pro"}, by=seller, now=NOW)

    lead.edit(person, {"plan": None}, by=seller, now=NOW)

    person.refresh_from_db()
    assert person.custom == {}
    assert noted(person)[1] == ("changed", {"plan": ["pro", None]})


def test_a_required_field_must_be_there(seller, lead, account):
    CustomField.objects.create(
        module="lead", key="plan", label="Plan", kind="text", is_required=True, created_at=NOW
    )  # fmt: skip

    with pytest.raises(BadValue, match="Plan must not be empty"):
        lead.add({"first_name": "Ève"}, by=seller, now=NOW)
    with pytest.raises(BadValue, match="Name must not be empty"):
        account.add({"city": "Nantes"}, by=seller, now=NOW)


def test_a_person_without_name_and_address_is_refused(seller, lead):
    with pytest.raises(NobodyNamed):
        lead.add({"city": "Nantes"}, by=seller, now=NOW)


@pytest.mark.shows("X8")
def test_a_link_never_leads_to_what_one_may_not_see(seller, lead, account):
    other = add_user(email="paul@helionne.example", name="Paul", role="salesperson")
    hidden = account.add({"name": "Hidden"}, by=other, now=NOW)
    Grant.objects.filter(role=seller.role, module="account").update(read=1)

    with pytest.raises(BadValue, match="not there"):
        lead.add({"first_name": "Ève", "account": hidden.pk}, by=seller, now=NOW)
    with pytest.raises(BadValue, match="not there"):
        lead.add({"first_name": "Ève", "account": 987654}, by=seller, now=NOW)


def test_what_is_linked_already_may_stay(seller, lead, account):
    other = add_user(email="paul@helionne.example", name="Paul", role="salesperson")
    company = account.add({"name": "Hélionne"}, by=other, now=NOW)
    person = lead.add({"first_name": "Ève", "account": company.pk}, by=seller, now=NOW)
    Grant.objects.filter(role=seller.role, module="account").update(read=1)

    lead.edit(person, {"account": company.pk, "city": "Lyon"}, by=seller, now=NOW)

    assert (person.account_id, person.city) == (company.pk, "Lyon")


@pytest.mark.shows("REC-03")
def test_who_may_not_edit_is_refused(lead):
    reader = add_user(email="luc@helionne.example", name="Luc", role="read_only")

    with pytest.raises(Forbidden):
        lead.add({"first_name": "Ève"}, by=reader, now=NOW)
