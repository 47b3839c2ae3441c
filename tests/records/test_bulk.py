"""Acts on a whole selection: every row by its own verb, with progress, stopped, resumed and undone (REC-05, REC-10)."""

from datetime import UTC, datetime

import pytest

from relance.people import actions
from relance.people.actions import PersonDraft
from relance.people.models import Person
from relance.records import bulk
from relance.records.models import Bulk, Change, Tag
from relance.records.selection import Kind, Selection
from relance.team.actions import add_user
from relance.team.models import Grant, Level
from relance.team.policy import Forbidden
from relance.team.workspace import organisation

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-05", "REC-10")]
NOW = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)


@pytest.fixture
def camille():
    organisation()
    return add_user(email="camille@helionne.example", name="Camille", role="administrator")


@pytest.fixture
def leads(camille):
    return [lead(camille, f"Prospect {number}", city="Nantes") for number in range(5)]


def lead(by, name, **values):
    draft = PersonDraft(values={"last_name": name, **values})
    return actions.add_person("lead", draft, by=by, now=NOW)


def everyone():
    return Selection(module="lead", kind=Kind.ALL)


def in_nantes():
    return Selection(module="lead", kind=Kind.FILTER, params={"city": "Nantes"})


def cities():
    return list(Person.objects.order_by("pk").values_list("city", flat=True))


def begun(chosen, told, by, act=Bulk.Act.EDIT):
    return bulk.start(chosen, act, told, by=by, now=NOW)


def finished(row):
    bulk.run(bulk_id=row.pk)
    row.refresh_from_db()
    return row


def test_a_field_is_changed_on_every_row_of_the_selection(camille, leads):
    lead(camille, "Ailleurs", city="Brest")

    row = finished(begun(in_nantes(), {"city": "Rezé"}, camille))

    assert cities() == ["Rezé"] * 5 + ["Brest"]
    assert (row.state, row.total, row.changed, row.left) == ("done", 5, 5, 0)


def test_each_change_stands_in_the_audit_as_part_of_the_act(camille, leads):
    row = finished(begun(everyone(), {"city": "Rezé"}, camille))

    lines = Change.objects.filter(batch=row.pk)
    assert {(line.way, line.act) for line in lines} == {("bulk", "changed")}
    assert [line.fields["city"] for line in lines] == [["Nantes", "Rezé"]] * 5


def test_several_small_batches_do_the_same(camille, leads, monkeypatch):
    monkeypatch.setattr(bulk, "BATCH", 2)

    row = finished(begun(in_nantes(), {"city": "Rezé"}, camille))

    assert (row.state, row.changed, set(cities())) == ("done", 5, {"Rezé"})


def test_a_worker_that_died_is_followed_by_one_that_goes_on(camille, leads, monkeypatch):
    row = begun(everyone(), {"city": "Rezé"}, camille)
    monkeypatch.setattr(bulk, "BATCH", 2)
    bulk._one_batch(row.pk, bulk.State.WAITING, row, now=NOW)  # not begun: nothing
    Bulk.objects.filter(pk=row.pk).update(state="running")
    bulk._one_batch(row.pk, bulk.State.RUNNING, row, now=NOW)

    row = finished(row)

    assert (row.changed, Change.objects.filter(batch=row.pk).count()) == (5, 5)


def test_what_came_after_the_act_began_is_not_touched(camille, leads):
    row = begun(in_nantes(), {"city": "Rezé"}, camille)
    lead(camille, "Nouvelle", city="Nantes")

    finished(row)

    assert cities() == ["Rezé"] * 5 + ["Nantes"]


def test_a_stopped_act_leaves_the_rest(camille, leads, monkeypatch):
    monkeypatch.setattr(bulk, "BATCH", 2)
    row = begun(everyone(), {"city": "Rezé"}, camille)
    Bulk.objects.filter(pk=row.pk).update(state="running")
    bulk._one_batch(row.pk, bulk.State.RUNNING, row, now=NOW)

    bulk.stop(row, by=camille, now=NOW)
    row = finished(row)

    assert (row.state, cities()) == ("stopped", ["Rezé"] * 2 + ["Nantes"] * 3)


def test_undo_gives_back_what_each_row_had(camille, leads):
    actions.edit_person(leads[0], PersonDraft(values={"city": "Brest"}), by=camille, now=NOW)
    maud = add_user(email="maud@helionne.example", name="Maud", role="salesperson")
    row = finished(begun(everyone(), {"city": "Rezé", "owner": maud.pk}, camille))
    assert set(Person.objects.values_list("owner", flat=True)) == {maud.pk}

    bulk.undo(row, by=camille)
    bulk.run_undo(bulk_id=row.pk)

    row.refresh_from_db()
    assert (row.state, row.changed) == ("undone", 5)
    assert cities() == ["Brest"] + ["Nantes"] * 4
    assert set(Person.objects.values_list("owner", flat=True)) == {camille.pk}


def test_undo_leaves_what_somebody_has_changed_since(camille, leads):
    row = finished(begun(everyone(), {"city": "Rezé"}, camille))
    actions.edit_person(Person.objects.get(pk=leads[2].pk), PersonDraft(values={"city": "Brest"}), by=camille, now=NOW)

    bulk.undo(row, by=camille)
    bulk.run_undo(bulk_id=row.pk)

    row.refresh_from_db()
    assert cities() == ["Nantes", "Nantes", "Brest", "Nantes", "Nantes"]
    assert (row.changed, row.left, row.why) == (4, 1, {"changed since": 1})


def test_rows_that_one_may_not_change_are_left_and_counted(camille, leads):
    maud = add_user(email="maud@helionne.example", name="Maud", role="salesperson")
    Grant.objects.filter(role=maud.role, module="lead").update(edit=Level.OWN)
    mine = lead(maud, "À moi", city="Nantes")

    row = finished(begun(everyone(), {"city": "Rezé"}, maud))

    assert (row.changed, row.left, row.why) == (1, 5, {"forbidden": 5})
    assert Person.objects.get(city="Rezé") == mine


def test_a_refusal_of_one_row_leaves_it_with_its_sentence(camille, leads):
    row = finished(begun(everyone(), {"emails": ("a@exemple.example",)}, camille))
    Bulk.objects.filter(pk=row.pk).update(values={"emails": ["pas une adresse"]}, state="running", reached=0)

    bulk.run(bulk_id=row.pk)

    row.refresh_from_db()
    assert row.left == 5
    assert "pas une adresse" in next(iter(row.why))


def test_many_are_deleted_and_that_is_final(camille, leads):
    row = finished(begun(in_nantes(), {}, camille, act=Bulk.Act.DELETE))

    assert not Person.objects.exists()
    with pytest.raises(bulk.NotNow):
        bulk.undo(row, by=camille)


def test_an_empty_selection_begins_nothing(camille):
    with pytest.raises(bulk.NothingChosen):
        begun(everyone(), {"city": "Rezé"}, camille)

    assert not Bulk.objects.exists()


def test_whoever_only_reads_begins_nothing(leads):
    reader = add_user(email="lise@helionne.example", name="Lise", role="read_only")

    with pytest.raises(Forbidden):
        begun(everyone(), {"city": "Rezé"}, reader)


def test_a_colleague_undoes_only_her_own(camille, leads):
    maud = add_user(email="maud@helionne.example", name="Maud", role="salesperson")
    row = finished(begun(everyone(), {"city": "Rezé"}, camille))

    with pytest.raises(Forbidden):
        bulk.undo(row, by=maud)


def test_tags_are_added_and_removed_beside_those_that_stand(camille, leads):
    Person.objects.filter(pk=leads[0].pk).update(custom={"tags": ["salon", "ancien"]})

    row = finished(begun(everyone(), {"add": ("été", "salon"), "remove": ("ancien",)}, camille, act=Bulk.Act.TAG))

    assert [person.custom["tags"] for person in Person.objects.order_by("pk")] == [["salon", "été"]] + [
        ["été", "salon"]
    ] * 4
    assert row.changed == 5
    assert set(Tag.objects.values_list("name", flat=True)) == {"été", "salon"}


def test_tags_are_given_back_by_an_undo(camille, leads):
    row = finished(begun(everyone(), {"add": ("été",), "remove": ()}, camille, act=Bulk.Act.TAG))

    bulk.undo(row, by=camille)
    bulk.run_undo(bulk_id=row.pk)

    assert {tuple(person.custom.get("tags", ())) for person in Person.objects.all()} == {()}
