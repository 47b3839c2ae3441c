"""Webhooks hear of every record that is made, changed or deleted, and a batch costs what one costs (API-02)."""

import json

import pytest
from django.db import connection

from relance import events
from relance.agenda import actions as agenda
from relance.agenda.models import Call, Case, Note, Task
from relance.deals import actions as deals
from relance.people import actions as people
from relance.people.actions import AccountDraft, PersonDraft
from relance.people.converting import become_contact
from relance.people.merging import merge_people
from relance.records import actions as records
from relance.records import bulk, defining, founding, registry
from relance.records.defining import FieldDraft
from relance.records.founding import ModuleDraft
from relance.records.imports import actions as imports
from relance.records.imports import running
from relance.records.models import Bulk, Change, Import
from relance.records.selection import Kind, Selection
from relance.webhooks import queueing
from relance.webhooks.models import Delivery
from tests.api.conftest import Caller
from tests.webhooks.test_queueing import API, LATER, empty, react

pytestmark = [pytest.mark.django_db, pytest.mark.shows("API-02")]
RECORDS = ("record.created", "record.updated", "record.deleted")
__all__ = ["empty"]


@pytest.fixture
def orders(chief, now):
    made = founding.add_module(ModuleDraft(name="Order", plural="Orders"), by=chief, now=now)
    defining.add_field(made.key, FieldDraft(label="Total", kind="number"), by=chief, now=now)
    return made


@pytest.fixture
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def told():
    return [(row.kind, row.data) for row in Delivery.objects.order_by("id")]


def reactions_waiting():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s", [events.TASK])
        return cursor.fetchone()[0]


@pytest.mark.shows("REC-01")
def test_a_record_of_a_module_of_ones_own_is_told_by_its_id_and_the_names_of_its_fields(orders, make, chief, now):
    make("https://example.com/", *RECORDS)

    order = records.add(orders.key, {"name": "O-1", "total": 12}, by=chief, now=now)
    records.edit(order, {"total": 4711}, by=chief, now=LATER)
    records.edit(order, {"total": 4711}, by=chief, now=LATER)
    pk = order.pk
    records.delete(order, by=chief, now=LATER)
    react()

    where = {"id": pk, "module": "orders"}
    who = {"way": "page", "by_id": chief.pk}
    assert told() == [
        ("record.created", {"record": {**where, "url": f"{API}/records/orders/{pk}"}, "act": "added", **who}),
        ("record.updated", {
            "record": {**where, "url": f"{API}/records/orders/{pk}"}, "act": "changed", **who, "fields": ["total"]
        }),
        ("record.deleted", {"record": {**where, "url": None}, "act": "deleted", **who}),
    ]  # fmt: skip
    assert [row.at for row in Delivery.objects.order_by("id")] == [now, LATER, LATER]


@pytest.mark.slow
def test_records_of_every_module_are_told_where_the_api_has_them_and_without_their_words(orders, make, chief, now):
    make("https://example.com/", *RECORDS)

    for kind in ("lead", "contact"):
        people.add_person(kind, PersonDraft(values={"last_name": "Hush"}), by=chief, now=now)
    people.add_account(AccountDraft(values={"name": "Hush"}), by=chief, now=now)
    deals.add({"name": "Hush"}, by=chief, now=now)
    for kind in (Task, Call, Case):
        agenda.add(kind, {"subject": "Hush"}, by=chief, now=now)
    person = people.add_person("lead", PersonDraft(values={"last_name": "Hush"}), by=chief, now=now)
    agenda.add(Note, {"text": "Hush", "person": person.pk}, by=chief, now=now)
    records.add(orders.key, {"name": "Hush"}, by=chief, now=now)
    react()

    api = Caller(chief)
    known = told()
    assert {data["record"]["module"] for _kind, data in known} == {listed.key for listed in registry.modules()}
    assert {api("get", data["record"]["url"].removeprefix(API)).status_code for _kind, data in known} == {200}
    assert "Hush" not in json.dumps(known)


def test_what_an_administrator_sets_is_no_record(make, chief, now):
    hook = make("https://example.com/", *RECORDS)

    react()
    told_of = Change.objects.get(module="webhook", record_id=hook.pk)
    queueing.noted([events.RecordNoted(told_of.pk)])

    assert told() == []


def test_a_lead_that_becomes_a_contact_and_two_that_become_one_are_told_as_such(make, add, chief, now):
    make("https://example.com/", *RECORDS)
    lead, kept = add("Jo Dupont", "jo@x.example", kind="lead"), add("Jo Dupond", "jo@y.example")
    react()
    Delivery.objects.all().delete()

    become_contact(lead, account=None, by=chief, now=now)
    react()
    converted = told()
    Delivery.objects.all().delete()
    gone = lead.pk
    merge_people(kept, [lead], {}, by=chief, now=LATER)
    react()

    assert [(kind, data["act"], data["record"]["module"]) for kind, data in converted] == [
        ("record.updated", "converted", "contact")
    ]
    merged = [data for kind, data in told() if data["act"] == "merged" and kind == "record.updated"]
    assert [data["record"]["id"] for data in merged] == [kept.pk]
    assert [data for kind, data in told() if kind == "record.deleted"] == [{
        "record": {"id": gone, "module": "contact", "url": None}, "act": "merged", "way": "page", "by_id": chief.pk,
        "into": {"id": kept.pk, "module": "contact", "url": f"{API}/contacts/{kept.pk}"},
    }]  # fmt: skip


def selected(chief, now, count):
    for number in range(count):
        people.add_person("lead", PersonDraft(values={"last_name": f"L{number}"}), by=chief, now=now)
    react()
    return bulk.start(
        Selection(module="lead", kind=Kind.ALL), Bulk.Act.EDIT, {"city": "Nantes"}, by=chief, now=now
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.shows("REC-05")
def test_an_act_on_many_is_told_a_batch_at_a_time_and_costs_one_look_while_nobody_listens(
    chief, now, make, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(bulk, "BATCH", 20)
    row = selected(chief, now, 50)

    bulk.run(bulk_id=row.pk)
    batches = reactions_waiting()
    news = [events.RecordNoted(pk) for pk in Change.objects.filter(batch=row.pk).values_list("pk", flat=True)]
    with django_assert_num_queries(1):
        queueing.noted(news)
    unheard = Delivery.objects.count()
    make("https://example.com/", "record.updated")
    with django_assert_num_queries(3):
        queueing.noted(news)

    assert (batches, len(news), unheard, Delivery.objects.count()) == (3, 50, 0, 50)
    assert {(data["way"], *data["fields"]) for _kind, data in told()} == {("bulk", "city")}


def test_of_a_batch_only_what_was_done_is_told(chief, now, make, monkeypatch):
    make("https://example.com/", "record.updated")
    row = selected(chief, now, 3)
    verbs = registry.module("lead").verbs
    edit, calls = type(verbs).edit, []

    def breaks_once(self, person, values, **who):
        edited = edit(self, person, values, **who)
        calls.append(person.pk)
        if len(calls) == 2:
            raise RuntimeError("a row that fails after it was written")
        return edited

    monkeypatch.setattr(type(verbs), "edit", breaks_once)
    bulk.run(bulk_id=row.pk)
    with connection.cursor() as cursor:
        told_of = "jsonb_array_elements(args::jsonb -> 'news' -> 'RecordNoted')"
        cursor.execute(f"SELECT count(*) FROM procrastinate_jobs, {told_of} WHERE task_name = %s", [events.TASK])
        news = cursor.fetchone()[0]
    react()

    assert news == 2
    assert [data["record"]["id"] for _kind, data in told()] == [calls[0], calls[2]]


@pytest.mark.shows("REC-08")
@pytest.mark.parametrize("module", ["orders", "lead", "account"])
def test_an_import_and_its_undoing_are_told_a_batch_at_a_time(orders, files, chief, now, make, module):
    make("https://example.com/", "record.created", "record.deleted")
    text = "Name\n" + "".join(f"N{number}\n" for number in range(30))
    upload = imports.Upload(name="file.csv", chunks=[text.encode()])
    row = imports.start(upload, module=module, by=chief, now=now)
    Import.objects.filter(pk=row.pk).update(
        state="running", mapping=["last_name" if module == "lead" else "name"]
    )  # fmt: skip
    react()

    running.run_now(row.pk, now=now)
    jobs = reactions_waiting()
    react()
    created = told()
    Delivery.objects.all().delete()
    row.refresh_from_db()
    imports.undo(row, by=chief, now=LATER)
    react()

    assert jobs == 2  # the batch, and the end of the file
    assert [kind for kind, _data in created] == ["record.created"] * 30
    assert {data["way"] for _kind, data in created} == {"import"}
    assert sorted(data["record"]["id"] for _kind, data in told()) == sorted(
        data["record"]["id"] for _kind, data in created
    )
    assert {(kind, data["way"], data["by_id"]) for kind, data in told()} == {("record.deleted", "import", chief.pk)}
    assert Change.objects.filter(module=module, act="deleted", at=LATER).count() == 30


def test_who_wants_less_is_told_less(make, add):
    make("https://example.com/", "record.deleted", "person.created")

    add("Ada", "ada@x.example")
    react()

    assert [kind for kind, _data in told()] == ["person.created"]
