"""Acts on the rows chosen in a list: asked first, then done at once or in the background, with undo (REC-05)."""

from datetime import UTC, datetime

import pytest

from relance.people import actions
from relance.people.actions import PersonDraft
from relance.people.models import Person
from relance.records import bulk
from relance.records.models import Bulk, Change
from relance.team.actions import add_user
from relance.team.models import Grant, Level
from relance.team.workspace import organisation

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-05", "REC-10")]
NOW = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)


@pytest.fixture
def camille(client):
    organisation()
    user = add_user(email="camille@helionne.example", name="Camille", role="administrator")
    client.force_login(user)
    return user


@pytest.fixture
def maud():
    return add_user(email="maud@helionne.example", name="Maud", role="salesperson")


def leads(by, *names, **values):
    drafts = [PersonDraft(values={"last_name": name, **values}) for name in names]
    return [actions.add_person("lead", draft, by=by, now=NOW) for draft in drafts]


def cities():
    return list(Person.objects.order_by("pk").values_list("city", flat=True))


def test_a_field_is_chosen_then_changed_on_the_ticked_rows(client, camille):
    first, _second, third = leads(camille, "A", "B", "C", city="Nantes")
    ids = {"ids": [first.pk, third.pk]}
    asked = client.post("/bulk/lead/edit", ids)
    assert "city" in {field.key for field in asked.context["fields_offered"]}
    form = client.post("/bulk/lead/edit", {**ids, "field": "city"})
    assert [bound.name for bound in form.context["form"].bound()] == ["city"]

    answer = client.post(
        "/bulk/lead/edit", {"ids": f"{first.pk},{third.pk}", "field": "city", "to-city": "Rezé", "sure": 1}
    )

    assert (answer.status_code, answer["Location"]) == (302, "/leads")
    assert cities() == ["Rezé", "Nantes", "Rezé"]
    assert "2 leads were changed." in client.get("/leads").content.decode()


def test_a_whole_search_is_handed_over_and_given_back(client, camille, maud):
    leads(camille, "A", "B", city="Nantes")
    leads(camille, "C", city="Brest")

    client.post("/bulk/lead/owner", {"all": "1", "city": "Nantes", "to-owner": maud.pk, "sure": 1})
    assert list(Person.objects.order_by("pk").values_list("owner", flat=True)) == [maud.pk, maud.pk, camille.pk]

    row = Bulk.objects.get()
    client.post(f"/bulk/{row.pk}/undo")
    bulk.run_undo(bulk_id=row.pk)
    assert set(Person.objects.values_list("owner", flat=True)) == {camille.pk}


def test_an_empty_value_empties_the_field(client, camille):
    leads(camille, "A", city="Nantes")

    client.post("/bulk/lead/edit", {"all": "1", "field": "city", "to-city": "", "sure": 1})

    assert cities() == [""]


def test_a_value_that_does_not_fit_is_said_beside_its_field(client, camille):
    leads(camille, "A", city="Nantes")

    answer = client.post("/bulk/lead/edit", {"all": "1", "field": "city", "to-city": "x" * 121, "sure": 1})

    assert answer.status_code == 422
    assert "at most 120 characters" in answer.content.decode()
    assert not Bulk.objects.exists()


def test_rows_are_tagged(client, camille):
    leads(camille, "A", "B")

    client.post("/bulk/lead/tags", {"all": "1", "add": "salon, été", "sure": 1})

    assert [person.custom["tags"] for person in Person.objects.all()] == [["salon", "été"]] * 2


def test_many_are_deleted_after_a_question(client, camille):
    leads(camille, "A", "B")
    assert "Delete 2 leads" in client.post("/bulk/lead/delete", {"all": "1"}).content.decode()

    client.post("/bulk/lead/delete", {"all": "1", "sure": 1})

    assert not Person.objects.exists()
    assert Change.objects.filter(act="deleted", way="bulk").count() == 2


def test_a_long_act_goes_on_in_the_background(client, camille, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    leads(camille, "A", "B", city="Nantes")

    answer = client.post("/bulk/lead/edit", {"all": "1", "field": "city", "to-city": "Rezé", "sure": 1})

    row = Bulk.objects.get()
    assert answer["Location"] == f"/bulk/{row.pk}"
    assert cities() == ["Nantes", "Nantes"]
    page = client.get(f"/bulk/{row.pk}").content.decode()
    assert 'hx-trigger="live, every 2s"' in page
    bulk.run(bulk_id=row.pk)
    assert "2 of 2 settled" in client.get(f"/bulk/{row.pk}?part=1").content.decode()


def test_what_ones_role_does_not_reach_is_left_and_told(client, camille, maud):
    Grant.objects.filter(role=maud.role, module="lead").update(edit=Level.OWN)
    leads(camille, "A", city="Nantes")
    leads(maud, "B", city="Nantes")
    client.force_login(maud)

    client.post("/bulk/lead/edit", {"all": "1", "field": "city", "to-city": "Rezé", "sure": 1})

    assert cities() == ["Nantes", "Rezé"]
    assert "Your role does not reach them. (1)" in client.get("/leads").content.decode()


def test_a_tag_that_is_too_long_is_refused_not_cut(client, camille):
    leads(camille, "A", "B")

    answer = client.post("/bulk/lead/tags", {"all": "1", "add": f"salon, {'x' * 41}", "sure": 1})

    assert "A tag has 40 characters at most." in answer.content.decode()
    assert not Bulk.objects.exists()

    client.post("/bulk/lead/tags", {"all": "1", "add": "x" * 40, "sure": 1})
    assert {tuple(person.custom["tags"]) for person in Person.objects.all()} == {("x" * 40,)}


@pytest.mark.parametrize("act", ["edit", "tags", "delete", "owner"])
def test_without_ticked_rows_nothing_is_chosen(client, camille, act):
    leads(camille, "A", city="Nantes")

    answer = client.post(f"/bulk/lead/{act}", {"sure": 1, "to-city": "Rezé", "add": "x", "to-owner": camille.pk})

    assert answer.status_code in (302, 403, 422)
    assert not Bulk.objects.exists()


@pytest.mark.parametrize("act", ["edit", "tags", "delete", "owner"])
def test_an_unknown_module_is_not_there(client, camille, act):
    assert client.post(f"/bulk/nothing/{act}", {"all": "1"}).status_code == 404


def test_somebody_elses_act_is_not_there(client, camille, maud):
    leads(camille, "A")
    client.post("/bulk/lead/tags", {"all": "1", "add": "salon", "sure": 1})
    client.force_login(maud)

    assert client.get(f"/bulk/{Bulk.objects.get().pk}").status_code == 404


def test_a_narrowed_list_is_not_lost_by_an_act_on_ticked_rows(client, camille):
    (one,) = leads(camille, "A")[:1]

    asked = client.post("/bulk/lead/tags", {"ids": one.pk, "owner": "me"}).content.decode()
    done = client.post("/bulk/lead/tags", {"ids": one.pk, "owner": "me", "add": "salon", "sure": 1})

    assert "<h1>Add or remove tags: 1 lead</h1>" in asked
    assert 'href="/leads?owner=me">Cancel' in asked
    assert '<input type="hidden" name="owner" value="me">' in asked
    assert done.url == "/leads?owner=me"
