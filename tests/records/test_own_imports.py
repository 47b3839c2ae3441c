"""Files go into custom modules, and into the custom fields of people, like into any other (REC-08)."""

from datetime import UTC, datetime

import pytest

from relance.people.models import Person
from relance.records import defining, founding, registry
from relance.records.defining import FieldDraft
from relance.records.founding import ModuleDraft
from relance.records.imports import actions, running
from relance.records.imports.checking import preview
from relance.records.imports.words import row_sentence
from relance.records.models import Change, Import, ImportRow, Record
from relance.team.actions import add_user

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-01", "REC-08")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
FILE = """Name;E-mail;Seats;Plan;Renews;Active
Zoé Roux;zoe@exemple.fr;1 284,5;Pro;31/12/2026;oui
Luc;luc@exemple.fr;3;Gold;soon;non
;anne@exemple.fr;;;;
Ève;not an address;1;;;
;;4;Pro;;
"""


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def admin():
    return add_user(email="ada@helionne.example", name="Ada", role="administrator")


def field(admin, module, label, kind, **more):
    return defining.add_field(module, FieldDraft(label=label, kind=kind, **more), by=admin, now=NOW)


@pytest.fixture
def subscriptions(admin):
    made = founding.add_module(
        ModuleDraft(name="Subscription", plural="Subscriptions", has_email=True), by=admin, now=NOW
    )
    field(admin, made.key, "Seats", "number")
    field(admin, made.key, "Plan", "choice", choices=[("", "Free"), ("", "Pro")])
    field(admin, made.key, "Renews", "date")
    field(admin, made.key, "Active", "yes_no")
    return made


def brought_in(text, admin, module="subscriptions", duplicates="skip"):
    upload = actions.Upload(name="file.csv", chunks=[text.encode()])
    row = actions.start(upload, module=module, by=admin, now=NOW)
    Import.objects.filter(pk=row.pk).update(state="running", duplicates=duplicates)
    running.run_now(row.pk, now=NOW)
    row.refresh_from_db()
    return row


def test_columns_are_guessed_and_values_read_by_their_types(subscriptions, admin):
    row = brought_in(FILE, admin)

    assert row.mapping == ["name", "email", "seats", "plan", "renews", "active"]
    assert (row.state, row.created, row.rejected) == ("done", 3, 2)
    zoe = Record.objects.get(normal="zoe@exemple.fr")
    assert zoe.custom == {"seats": 1284.5, "plan": "pro", "renews": "2026-12-31", "active": True}
    assert (zoe.name, zoe.module, zoe.owner, zoe.import_id) == ("Zoé Roux", "subscriptions", admin, row.pk)
    assert "zoe roux" in zoe.search


def test_what_does_not_fit_is_left_out_and_told(subscriptions, admin):
    row = brought_in(FILE, admin)

    luc = Record.objects.get(normal="luc@exemple.fr")
    assert luc.custom == {"seats": 3, "active": False}
    told = {(line.outcome, line.reason) for line in ImportRow.objects.filter(of_import=row)}
    assert {("noted", "value_left_out"), ("rejected", "bad_address"), ("rejected", "nothing_to_name")} <= told


def test_a_preview_shows_values_as_they_will_be_read(subscriptions, admin):
    upload = actions.Upload(name="file.csv", chunks=[FILE.encode()])
    row = actions.start(upload, module="subscriptions", by=admin, now=NOW)

    first = preview(row).rows[0].values

    assert first == ("Zoé Roux", "zoe@exemple.fr", "1284.5", "Pro", "2026-12-31", "yes")


def test_who_is_known_by_address_is_left_or_updated(subscriptions, admin):
    brought_in(FILE, admin)

    skipped = brought_in("Name;E-mail;Seats\nOther;ZOE@exemple.fr;7\n", admin)
    updated = brought_in("E-mail;Seats\nZOE@exemple.fr;7\n", admin, duplicates="update")

    zoe = Record.objects.get(normal="zoe@exemple.fr")
    assert (skipped.skipped, updated.updated) == (1, 1)
    assert (zoe.name, zoe.custom["seats"], zoe.custom["plan"]) == ("Zoé Roux", 7, "pro")


def lines_of(record):
    return list(Change.objects.filter(record_id=record.pk, act="changed").order_by("pk"))


@pytest.mark.shows("REC-10")
def test_each_record_that_a_file_changes_has_one_line_of_what_differs(subscriptions, admin):
    brought_in(FILE, admin)

    told = "E-mail;Seats;Plan\nzoe@exemple.fr;1284,5;Pro\nluc@exemple.fr;7;Pro\nnew@exemple.fr;1;Free\n"
    again = brought_in(told, admin, duplicates="update")

    zoe, luc = (Record.objects.get(normal=f"{name}@exemple.fr") for name in ("zoe", "luc"))
    assert (again.created, again.updated) == (1, 2)
    assert lines_of(zoe) == []
    (line,) = lines_of(luc)
    assert line.fields == {"seats": [3, 7], "plan": [None, "pro"]}
    assert (line.module, line.name, line.way, line.by, line.at) == ("subscriptions", "Luc", "import", admin, NOW)


@pytest.mark.shows("REC-10")
def test_many_records_are_changed_with_as_many_queries_as_few(subscriptions, admin, django_assert_max_num_queries):
    counted = []
    for few_or_many in (3, 60):
        people = [f"p{few_or_many}-{n}@exemple.fr" for n in range(few_or_many)]
        brought_in("E-mail;Seats\n" + "".join(f"{email};1\n" for email in people), admin)
        with django_assert_max_num_queries(200) as queries:
            brought_in("E-mail;Seats\n" + "".join(f"{email};2\n" for email in people), admin, duplicates="update")
        counted.append(len(queries))

    assert counted[0] == counted[1]
    assert {row.custom["seats"] for row in Record.objects.all()} == {2}


def test_records_without_addresses_are_known_by_their_names(admin):
    made = founding.add_module(ModuleDraft(name="Site", plural="Sites"), by=admin, now=NOW)
    field(admin, made.key, "Surface", "number")
    brought_in("Name;Surface\nNantes Nord;12\nÉtoile;3\nnantes  NORD;4\n", admin, module="sites")

    again = brought_in("Name;Surface\nNANTES NORD;99\nNew;1\n", admin, module="sites", duplicates="update")

    assert (again.created, again.updated) == (1, 1)
    assert {row.name: row.custom["surface"] for row in Record.objects.all()} == {
        "NANTES NORD": 99,
        "Étoile": 3,
        "New": 1,
    }
    assert ImportRow.objects.filter(reason="repeated_row_named").count() <= 1


def test_rows_without_a_required_value_are_rejected(subscriptions, admin):
    field(admin, "subscriptions", "Contract", "text", is_required=True)

    row = brought_in("Name;Contract\nOne;A1\nTwo;\n", admin)

    assert (row.created, row.rejected) == (1, 1)
    assert ImportRow.objects.get(of_import=row).reason == "missing_value"


def test_a_required_value_that_does_not_fit_is_named_and_not_called_empty(subscriptions, admin):
    field(admin, "subscriptions", "Begins", "date", is_required=True)

    row = brought_in("Name;Begins\nOne;31.02.2026\n", admin)

    told = ImportRow.objects.get(of_import=row)
    assert (row.rejected, told.reason) == (1, "unfit_value")
    assert "“31.02.2026” does not fit “Begins”" in row_sentence(told.reason, told.data, {"begins": "Begins"})


def test_an_undone_import_leaves_what_somebody_has_changed(subscriptions, admin):
    row = brought_in(FILE, admin)
    zoe = Record.objects.get(normal="zoe@exemple.fr")
    registry.module("subscriptions").verbs.edit(zoe, {"seats": 1}, by=admin, now=datetime(2026, 11, 21, tzinfo=UTC))

    actions.undo(row, by=admin, now=NOW)

    assert list(Record.objects.values_list("name", flat=True)) == ["Zoé Roux"]


def test_custom_fields_of_people_are_filled_by_a_file(admin):
    field(admin, "lead", "Plan", "choice", choices=[("", "Free"), ("", "Pro")])

    brought_in("Prénom;E-mail;Plan\nÈve;eve@exemple.fr;pro\n", admin, module="lead")
    brought_in("E-mail;Plan\neve@exemple.fr;Free\n", admin, module="lead", duplicates="update")

    assert Person.objects.get().custom == {"plan": "free"}
