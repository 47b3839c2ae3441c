"""Adding people, their addresses and their wishes."""

from datetime import UTC, datetime

import pytest

from relance.people import actions, story
from relance.people.actions import AccountDraft, BadAddress, PersonDraft
from relance.people.models import Address, Person, Suppression
from relance.people.suppression import Wish
from relance.records import history
from relance.records.models import Record
from relance.team.actions import add_user
from relance.team.policy import Forbidden

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def seller():
    return add_user(email="claire@helionne.example", name="Claire", role="salesperson")


def draft(*emails, **values):
    return PersonDraft(values={"first_name": "Ève", "last_name": "Lefèvre", **values}, emails=emails)


@pytest.mark.shows("REC-02")
def test_the_first_address_is_the_primary_one(seller):
    person = actions.add_person("lead", draft("Eve@Example.com", "eve@home.example"), by=seller, now=NOW)

    assert person.primary_email == "Eve@example.com"
    assert [(a.position, a.normal) for a in person.addresses.all()] == [
        (0, "eve@example.com"),
        (1, "eve@home.example"),
    ]
    assert person.name_folded == "eve lefevre"


@pytest.mark.shows("REC-01", "REC-02")
def test_leads_contacts_and_companies_are_kept_apart_and_a_contact_belongs_to_its_company(seller):
    named = AccountDraft(values={"name": "Hélionne"}, emails=["hi@x.example"])
    company = actions.add_account(named, by=seller, now=NOW)
    lead = actions.add_person("lead", draft("eve@example.com"), by=seller, now=NOW)
    at_work = PersonDraft(values={"last_name": "Roux"}, emails=["roux@x.example"], account=company)
    contact = actions.add_person("contact", at_work, by=seller, now=NOW)

    assert (lead.kind, lead.account, lead.company) == ("lead", None, "")
    assert (contact.kind, contact.account, contact.company) == ("contact", company, "Hélionne")
    assert list(company.addresses.values_list("normal", flat=True)) == ["hi@x.example"]
    assert list(Person.objects.filter(account=company)) == [contact]


@pytest.mark.shows("REC-02")
def test_what_is_known_of_an_address_survives_an_edit(seller):
    person = actions.add_person("lead", draft("eve@example.com", "eve@home.example"), by=seller, now=NOW)
    actions.note_bounce("eve@home.example", hard=True, why="no such user", recipient_id=7, now=NOW)

    actions.edit_person(person, draft("eve@home.example", "eve@example.com"), by=seller, now=NOW)

    first = person.addresses.first()
    assert (first.normal, first.state, first.state_recipient_id) == ("eve@home.example", Address.State.BOUNCED, 7)


@pytest.mark.shows("REC-02")
def test_an_address_that_is_none_is_refused_and_nothing_is_written(seller):
    with pytest.raises(BadAddress, match=r"eve@@example\.com"):
        actions.add_person("lead", draft("eve@@example.com"), by=seller, now=NOW)

    assert not Person.objects.exists()


@pytest.mark.shows("REC-03")
def test_a_reader_adds_nobody():
    reader = add_user(email="ines@helionne.example", name="Inès", role="read_only")

    with pytest.raises(Forbidden):
        actions.add_person("lead", draft(), by=reader, now=NOW)


@pytest.mark.shows("UNSUB-02")
def test_the_first_opt_out_stands_and_the_second_changes_nothing():
    wish = Wish(normal="eve@example.com", route="page", at=NOW)

    assert actions.opt_out(wish)
    assert not actions.opt_out(Wish(normal="eve@example.com", route="one_click", at=NOW.replace(hour=11)))

    assert [(line.route, line.at) for line in Suppression.objects.all()] == [("page", NOW)]


@pytest.mark.shows("UNSUB-02", "ZMM-37")
def test_an_opt_in_keeps_the_old_line_and_its_words(seller):
    actions.opt_out(Wish(normal="eve@example.com", route="page", at=NOW))

    actions.opt_in(normal="eve@example.com", by=seller, words="Asked by phone", now=NOW)

    line = Suppression.objects.get()
    assert (line.lifted_at, line.lifted_words) == (NOW, "Asked by phone")
    assert actions.standing(["eve@example.com"]) == {}


@pytest.mark.shows("CAMP-06")
def test_soft_bounces_count_and_heal(seller):
    person = actions.add_person("lead", draft("eve@example.com"), by=seller, now=NOW)
    for _ in range(4):
        actions.note_bounce("eve@example.com", hard=False, why="mailbox full", recipient_id=7, now=NOW)
    assert person.addresses.get().state == Address.State.VALID

    actions.note_delivery(["eve@example.com"])
    actions.note_bounce("eve@example.com", hard=False, why="mailbox full", recipient_id=8, now=NOW)

    assert person.addresses.get().soft_bounces == 1


@pytest.mark.shows("UNSUB-06")
def test_consent_is_kept_with_its_proof(seller):
    person = actions.add_person("lead", draft("eve@example.com"), by=seller, now=NOW)

    actions.record_consent(
        person, "granted", how="form", words="Yes, follow my mail", source="fair", by=seller, now=NOW
    )

    assert person.tracking_consent == "granted"
    assert person.consent_proofs.get().words == "Yes, follow my mail"


@pytest.mark.shows("REC-01", "CAMP-06")
def test_a_dead_address_that_only_a_record_of_ones_own_module_holds_is_kept_in_the_ledger(seller):
    record = Record.objects.create(
        module="subscription", name="Roof 12", email="Roof@home.example", normal="roof@home.example",
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    for _twice in range(2):
        actions.note_bounce("roof@home.example", hard=True, why="no such user", recipient_id=7, now=NOW)
    actions.note_bounce("stranger@home.example", hard=True, why="no such user", recipient_id=8, now=NOW)

    line = Suppression.objects.get()
    subject = history.Subject(module="subscription", id=record.pk, user=seller)
    assert (line.normal, line.scope, line.route, line.words) == (
        "roof@home.example", "invalid", "bounce", "no such user",
    )  # fmt: skip
    assert [entry.fact for entry in story.wishes(subject, None, 10)] == [line]
