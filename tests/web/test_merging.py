"""The pages of duplicates and of merging (REC-08)."""

from datetime import UTC, datetime

import pytest

from relance.people import actions
from relance.people.actions import AccountDraft, PersonDraft
from relance.people.models import Account, Person
from relance.team.actions import add_user
from relance.team.models import Grant, Level
from relance.team.workspace import organisation

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-08")]
NOW = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)


@pytest.fixture
def camille(client):
    organisation()
    user = add_user(email="camille@helionne.example", name="Camille", role="administrator")
    client.force_login(user)
    return user


def person(by, *emails, kind="contact", **values):
    return actions.add_person(kind, PersonDraft(values=values, emails=emails), by=by, now=NOW)


def test_duplicates_are_found_by_address_and_by_name(client, camille):
    person(camille, "o@exemple.example", last_name="Mercadier")
    person(camille, "O@exemple.example", last_name="Mercadié")
    person(camille, last_name="Le Goff", company="Kerbiz")
    person(camille, last_name="LE GOFF", company="Kerbiz")
    person(camille, last_name="Le Goff", company="Autre")

    groups = client.get("/contacts/duplicates").context["groups"]

    assert [(group.by_address, len(group.records)) for group in groups] == [(True, 2), (False, 2)]


def test_those_who_share_address_and_name_are_shown_once(client, camille):
    for address in ("o@exemple.example", "O@exemple.example"):
        person(camille, address, last_name="Mercadier", company="Kerbiz")

    groups = client.get("/contacts/duplicates").context["groups"]

    assert [(group.by_address, len(group.records)) for group in groups] == [(True, 2)]


def test_duplicates_hold_only_what_one_may_see(client, camille):
    maud = add_user(email="maud@helionne.example", name="Maud", role="salesperson")
    Grant.objects.filter(role=maud.role, module="contact").update(read=Level.OWN)
    for owner in (camille, maud):
        person(owner, "o@exemple.example", last_name="Mercadier")
    client.force_login(maud)

    assert client.get("/contacts/duplicates").context["groups"] == []


def test_two_records_become_one_with_the_values_chosen(client, camille):
    kept = person(camille, "a@exemple.example", last_name="Mercadier", phone="01")
    other = person(camille, "b@exemple.example", last_name="Mercadié", phone="02")
    ids = f"{kept.pk},{other.pk}"
    page = client.get(f"/contacts/merge?ids={ids}")
    assert {line.key for line in page.context["lines"]} == {"last_name", "phone"}

    answer = client.post("/contacts/merge", {"ids": ids, "kept": kept.pk, "of-phone": other.pk})

    merged = Person.objects.get()
    assert answer["Location"] == f"/contacts/{kept.pk}"
    assert (merged.last_name, merged.phone) == ("Mercadier", "02")
    assert client.get(f"/contacts/{other.pk}")["Location"] == f"/contacts/{kept.pk}"


def test_companies_are_merged_from_the_list(client, camille):
    rows = [actions.add_account(AccountDraft(values={"name": name}), by=camille, now=NOW) for name in ("SA", "SAS")]

    way = client.post("/companies/chosen/merge", {"ids": [row.pk for row in rows]})["Location"]
    client.post(way, {"ids": ",".join(str(row.pk) for row in rows), "kept": rows[1].pk})

    assert Account.objects.get() == rows[1]


def test_what_one_may_not_delete_is_not_merged_and_the_page_says_so(client, camille):
    maud = add_user(email="maud@helionne.example", name="Maud", role="salesperson")
    mine, other = person(maud, last_name="A"), person(camille, last_name="B")
    client.force_login(maud)

    answer = client.post("/contacts/merge", {"ids": f"{mine.pk},{other.pk}", "kept": mine.pk})

    assert answer.status_code == 422
    assert "Your role does not allow this" in answer.content.decode()
    assert Person.objects.count() == 2


@pytest.mark.parametrize("ids", ["", "x", "1", "999999999999999999999", "-1,-2"])
def test_what_cannot_be_merged_leads_back_to_the_list(client, camille, ids):
    assert client.get("/contacts/merge", {"ids": ids})["Location"] == "/contacts"


def test_somebody_elses_record_is_not_shown_beside_ones_own(client, camille):
    maud = add_user(email="maud@helionne.example", name="Maud", role="salesperson")
    Grant.objects.filter(role=maud.role, module="contact").update(read=Level.OWN)
    mine, other = person(maud, last_name="A"), person(camille, last_name="Zibeline")
    client.force_login(maud)

    answer = client.get("/contacts/merge", {"ids": f"{mine.pk},{other.pk}"}, follow=True)

    assert "Zibeline" not in answer.content.decode()
