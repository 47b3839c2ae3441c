"""Merging people and companies: nothing that hangs on either is lost, and the stricter wish stands (REC-08, D20)."""

from datetime import UTC, datetime, timedelta

import pytest

from relance.people import actions
from relance.people.actions import AccountDraft, PersonDraft
from relance.people.merging import NotMerged, merge_accounts, merge_people
from relance.people.models import Account, Address, ConsentProof, Person
from relance.people.suppression import Wish
from relance.records import changes, history
from relance.records.history import Subject
from relance.records.merge import moved, pointing
from relance.records.models import Change
from relance.team.actions import add_user
from relance.team.policy import Forbidden
from relance.team.workspace import organisation

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-08")]
NOW = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)


@pytest.fixture
def camille():
    organisation()
    return add_user(email="camille@helionne.example", name="Camille", role="administrator")


def person(by, *emails, kind="contact", **values):
    return actions.add_person(kind, PersonDraft(values=values, emails=emails), by=by, now=NOW)


def test_the_record_that_is_kept_gets_what_it_lacks(camille):
    kept = person(camille, "o.mercadier@exemple.example", first_name="Olivier", last_name="Mercadier")
    other = person(camille, "olivier@mercadier.example", last_name="Mercadié", phone="02 40 55 01 02", note="Salon")

    merged = merge_people(kept, [other], {}, by=camille, now=NOW)

    assert (merged.name, merged.phone, merged.note) == ("Olivier Mercadier", "02 40 55 01 02", "Salon")
    assert [a.email for a in merged.addresses.all()] == ["o.mercadier@exemple.example", "olivier@mercadier.example"]
    assert not Person.objects.filter(pk=other.pk).exists()
    assert "olivier@mercadier.example" in Person.objects.get().search


def test_a_value_can_be_chosen_from_the_other(camille):
    kept = person(camille, last_name="Mercadier", phone="01")
    other = person(camille, last_name="Mercadié", phone="02")

    merged = merge_people(kept, [other], {"phone": other.pk}, by=camille, now=NOW)

    assert (merged.last_name, merged.phone) == ("Mercadier", "02")


@pytest.mark.parametrize(
    ("mine", "theirs", "stays"),
    [
        ("granted", "denied", "denied"), ("denied", "granted", "denied"), ("unknown", "granted", "unknown"),
        ("granted", "unknown", "unknown"), ("granted", "granted", "granted"), ("unknown", "denied", "denied"),
    ],
)  # fmt: skip
@pytest.mark.shows("UNSUB-06")
def test_the_stricter_consent_wins_and_every_proof_stays(camille, mine, theirs, stays):
    kept, other = person(camille, last_name="A"), person(camille, last_name="B")
    for row, state in ((kept, mine), (other, theirs)):
        actions.record_consent(row, state, how="page", words="Oui", source="salon", by=camille, now=NOW)

    merged = merge_people(kept, [other], {}, by=camille, now=NOW)

    assert merged.tracking_consent == Person.objects.get().tracking_consent == stays
    assert ConsentProof.objects.filter(person=merged).count() == 2


@pytest.mark.shows("UNSUB-02", "D20")
def test_an_opt_out_and_a_bounce_of_either_stand(camille):
    kept = person(camille, "shared@exemple.example", last_name="A")
    other = person(camille, "Shared@Exemple.example", "gone@exemple.example", last_name="B")
    actions.opt_out(Wish(normal="gone@exemple.example", scope="marketing", route="page", at=NOW))
    Address.objects.filter(person=other, normal="shared@exemple.example").update(state="bounced", state_why="550")

    merged = merge_people(kept, [other], {}, by=camille, now=NOW)

    held = {address.normal: address.state for address in merged.addresses.all()}
    assert held == {"shared@exemple.example": "bounced", "gone@exemple.example": "valid"}
    assert list(actions.standing(held)) == ["gone@exemple.example"]


def test_every_table_that_points_to_a_person_is_followed():
    tables = {column.model._meta.db_table for column in pointing(Person)}

    assert {"people_address", "people_consentproof", "mail_recipient"} < tables


def test_the_audit_and_the_old_address_lead_to_the_record_that_is_kept(camille):
    kept, other, third = (person(camille, last_name=name) for name in "ABC")
    merge_people(other, [third], {}, by=camille, now=NOW)

    merge_people(kept, [other], {}, by=camille, now=NOW)

    assert moved("contact", other.pk) == moved("contact", third.pk) == kept.pk
    merges = Change.objects.filter(module="contact", record_id=kept.pk, act="merged").order_by("id")
    assert [line.fields["merged"] for line in merges] == [[["C"], None], [["B"], None]]


@pytest.mark.shows("REC-07", "REC-10")
def test_what_one_act_did_to_both_stands_once_in_the_history_and_what_differs_twice(camille):
    pair = [person(camille, f"{name}@exemple.example", last_name=name, city=name) for name in ("a", "b")]
    for at, values in (
        (NOW + timedelta(minutes=1), {"job_title": "CEO"}),
        (NOW + timedelta(minutes=2), {"city": "Nantes"}),
    ):
        before = [changes.snapshot("contact", one) for one in pair]
        for one in pair:
            Person.objects.filter(pk=one.pk).update(**values)
            one.refresh_from_db()
        changes.changed_many("contact", zip(pair, before, strict=True), by=camille, now=at)

    merge_people(pair[0], [pair[1]], {}, by=camille, now=NOW + timedelta(minutes=3))

    page = history.page(Subject(module="contact", id=pair[0].pk, user=camille))
    told = [entry.fact.fields for entry in page.entries if entry.kind == "change" and entry.fact.act == "changed"]
    assert [one["city"][0] for one in told if "city" in one] == ["b", "a"]
    assert [one["job_title"] for one in told if "job_title" in one] == [["", "CEO"]]


def test_a_lead_is_merged_into_a_contact(camille):
    contact, lead = person(camille, last_name="A"), person(camille, "a@exemple.example", kind="lead", last_name="A")

    merged = merge_people(contact, [lead], {}, by=camille, now=NOW)

    assert (merged.kind, merged.primary_email) == ("contact", "a@exemple.example")
    assert moved("lead", lead.pk) == contact.pk


def test_companies_are_merged_with_their_people(camille):
    kept = actions.add_account(AccountDraft(values={"name": "Mercadier SA"}), by=camille, now=NOW)
    other = actions.add_account(
        AccountDraft(values={"name": "Mercadier", "city": "Nantes"}, emails=("info@mercadier.example",)),
        by=camille, now=NOW,
    )  # fmt: skip
    employee = actions.add_person(
        "contact", PersonDraft(values={"last_name": "Roux"}, account=other), by=camille, now=NOW
    )

    merged = merge_accounts(kept, [other], {}, by=camille, now=NOW)

    employee.refresh_from_db()
    assert (merged.name, merged.city, merged.primary_email) == ("Mercadier SA", "Nantes", "info@mercadier.example")
    assert employee.account_id == kept.pk
    assert Account.objects.count() == 1


def test_whoever_may_not_delete_the_other_merges_nothing(camille):
    maud = add_user(email="maud@helionne.example", name="Maud", role="salesperson")
    kept, other = person(maud, last_name="A"), person(camille, last_name="B")

    with pytest.raises(Forbidden):
        merge_people(kept, [other], {}, by=maud, now=NOW)

    assert Person.objects.count() == 2


def test_a_record_that_has_gone_meanwhile_stops_the_merge(camille):
    kept, other = person(camille, last_name="A"), person(camille, last_name="B")
    Person.objects.filter(pk=other.pk).delete()

    with pytest.raises(NotMerged):
        merge_people(kept, [other], {}, by=camille, now=NOW)


def test_a_record_is_not_merged_with_itself(camille):
    kept = person(camille, last_name="A")

    with pytest.raises(NotMerged):
        merge_people(kept, [kept], {}, by=camille, now=NOW)
