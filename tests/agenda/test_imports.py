"""Tasks, calls, cases and notes come out of files, about the records that the files name (REC-08, REC-09)."""

from datetime import UTC, datetime

import pytest

from relance.agenda.models import Call, Case, Note, Task
from relance.people.actions import AccountDraft, PersonDraft, add_account, add_person
from relance.records import changes
from relance.records.imports import actions, running
from relance.records.imports.checking import forecast, preview
from relance.records.imports.rejects import as_csv
from relance.records.imports.target import target
from relance.records.models import Import
from relance.team.actions import add_user
from relance.team.models import Grant, Level

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-08", "REC-09")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TASKS = """Subject;Due;Person;Account;Status;Priority;Assigned to
Send the offer;24/11/2026 14:30;zoe@val.example;Laiterie du Val;To do;High;luc@helionne.example
Call back;24/11/2026;Zoé Roux;;;;
Call back;;NUMBER;;Done;;
Whose is it;;Jean Petit;;;;
Who is it;;nobody@x.example;;;;
;24/11/2026;;;;;
"""


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def chief():
    return add_user(email="ada@helionne.example", name="Ada", role="administrator")


@pytest.fixture
def zoe(chief):
    dairy = add_account(AccountDraft(values={"name": "Laiterie du Val"}), by=chief, now=NOW)
    for number in "12":
        draft = PersonDraft(values={"first_name": "Jean", "last_name": "Petit"}, emails=(f"jean{number}@x.example",))
        add_person("lead", draft, by=chief, now=NOW)
    values = {"first_name": "Zoé", "last_name": "Roux"}
    draft = PersonDraft(values=values, emails=("zoe@home.example", "zoe@val.example"), account=dairy)
    return add_person("contact", draft, by=chief, now=NOW)


def uploaded(module, text, by):
    return actions.start(actions.Upload(name="file.csv", chunks=[text.encode()]), module=module, by=by, now=NOW)


def brought_in(module, text, by, duplicates="skip"):
    row = uploaded(module, text, by)
    Import.objects.filter(pk=row.pk).update(state="running", duplicates=duplicates)
    running.run_now(row.pk, now=NOW)
    row.refresh_from_db()
    return row


def test_tasks_come_about_the_people_that_the_file_names_by_address_name_or_number(chief, zoe):
    luc = add_user(email="luc@helionne.example", name="Luc", role="salesperson")

    row = brought_in("task", TASKS.replace("NUMBER", str(zoe.pk)), chief)

    assert (row.state, row.created, row.rejected) == ("done", 3, 3)
    offer, evening, done = Task.objects.order_by("pk")
    assert (offer.person, offer.account, offer.owner, offer.priority) == (zoe, zoe.account, luc, "high")
    assert offer.due_at == datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
    assert (evening.person, evening.due_at) == (zoe, datetime(2026, 11, 24, 17, 0, tzinfo=UTC))
    assert (done.person, done.status, done.done_at, done.owner) == (zoe, "done", NOW, chief)
    assert [line.way for line in changes.of("task", offer.pk)] == ["import"]


def test_who_is_not_found_or_is_one_of_several_is_told_before_and_after(chief, zoe):
    row = uploaded("task", TASKS.replace("NUMBER", str(zoe.pk)), chief)

    assert forecast(row).reasons == {"link_not_found": 1, "link_ambiguous": 1, "nothing_to_name": 1}
    lines = preview(row).rows
    assert {"Zoé Roux", "Laiterie du Val"} < set(lines[0].values)
    assert "several are called “Jean Petit”" in lines[3].sentences[0]

    told = "".join(as_csv(brought_in("task", TASKS.replace("NUMBER", "404404"), chief)))
    assert "you see no “nobody@x.example” there" in told
    assert "you see no “404404” there" in told
    assert not Task.objects.filter(subject__startswith="Who").exists()


def test_the_same_file_twice_changes_and_doubles_nothing(chief, zoe):
    text = "Subject;Due;Person;Note\nSend the offer;24/11/2026;zoe@val.example;first\nSend the offer;;;of nobody\n"
    brought_in("task", text, chief)

    again = brought_in("task", text, chief)
    changed = brought_in("task", text.replace("first", "second"), chief, duplicates="update")

    assert (again.created, again.skipped, changed.created, changed.updated) == (0, 2, 0, 2)
    assert set(Task.objects.values_list("note", flat=True)) == {"second", "of nobody"}


def test_calls_cases_and_notes_come_in_and_an_undo_takes_them_away(chief, zoe):
    files = {
        "call": "Subject;Starts;Minutes;Direction;Result;Person\n"
        "Offer;2026-11-19 10:00;20;They called;Talked;Zoé Roux\n"
        "Endless;2026-11-19;5000;;;\n",
        "case": "Subject;Status;Account;Description\nRoof leaks;Waiting for an answer;Laiterie du Val;Since May\n",
        "note": "Note;Person;Pinned\nLikes short mails;zoe@val.example;yes\nLikes short mails;zoe@val.example;\n",
    }

    rows = {module: brought_in(module, text, chief) for module, text in files.items()}

    call, case, note = Call.objects.get(), Case.objects.get(), Note.objects.order_by("pk")[0]
    assert (call.minutes, call.direction, call.result, call.person) == (20, "in", "talked", zoe)
    assert (case.status, case.account, case.description) == ("waiting", zoe.account, "Since May")
    assert (note.text, note.is_pinned, note.person, Note.objects.count()) == ("Likes short mails", True, zoe, 2)
    assert rows["call"].rejected == 1
    assert [target(module).remove_unused(row.pk, by=chief, now=NOW).removed for module, row in rows.items()] == [
        1,
        1,
        2,
    ]


def test_what_a_seller_may_not_see_is_not_found(chief, zoe):
    seller = add_user(email="luc@helionne.example", name="Luc", role="salesperson")
    for kind in ("contact", "lead"):
        Grant.objects.update_or_create(role=seller.role, module=kind, defaults={"read": Level.OWN, "edit": Level.OWN})

    row = brought_in("task", "Subject;Person\nSend;zoe@val.example\n", seller)

    assert (row.created, row.rejected) == (0, 1)
