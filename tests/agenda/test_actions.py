"""Adding, finishing and reopening tasks, calls, cases and notes, and who may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relance import events
from relance.agenda import actions
from relance.agenda.actions import NobodyThere, NoLength, NothingSaid
from relance.agenda.links import NotThere
from relance.agenda.models import Call, Case, Note, Task
from relance.people import actions as people
from relance.people.actions import AccountDraft, PersonDraft
from relance.records import changes, links, lists, registry
from relance.records.models import Change
from relance.records.values import BadValue
from relance.team.actions import add_user
from relance.team.models import Team, User
from relance.team.policy import Forbidden, Level

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)


@pytest.fixture
def boss():
    return add_user(email="camille@helionne.example", name="Camille Aubry", role="administrator")


@pytest.fixture
def seller():
    return add_user(
        email="claire@helionne.example", name="Claire", role="salesperson", team=Team.objects.create(name="West")
    )


@pytest.fixture
def lucie(boss):
    return people.add_person("contact", PersonDraft(values={"first_name": "Lucie"}), by=boss, now=NOW)


@pytest.fixture
def told(monkeypatch):
    news = []
    monkeypatch.setattr(events, "emit_many", news.extend)
    return news


def task(by, **values):
    return actions.add(Task, {"subject": "Call back", **values}, by=by, now=NOW)


def narrow(user, module, reach=Level.OWN):
    user.role.grants.filter(module=module).update(read=reach, edit=reach, delete_level=reach)
    return User.objects.get(pk=user.pk)


@pytest.mark.slow
@pytest.mark.shows("REC-09")
def test_a_task_has_subject_due_time_status_priority_assignee_and_a_record(boss, seller, lucie):
    made = task(boss, due_at=LATER, priority="high", owner=seller.pk, person=lucie.pk, note="About the  roof")

    made.refresh_from_db()
    assert (made.subject, made.due_at, made.status, made.priority) == ("Call back", LATER, "todo", "high")
    assert (made.owner, made.person, made.search) == (seller, lucie, "call back about the roof")


@pytest.mark.shows("REC-09", "REC-10")
def test_finishing_notes_who_and_when_once_and_tells_it_once(boss, told):
    made, other = task(boss), add_user(email="maud@helionne.example", name="Maud", role="manager")
    other = narrow(other, "task", Level.ALL)

    done = actions.finish(made, by=boss, now=LATER)
    again = actions.finish(made, by=other, now=LATER + timedelta(days=1))

    assert (done.status, done.done_at, done.done_by) == ("done", LATER, boss)
    assert (again.done_at, again.done_by) == (LATER, boss)
    assert [event for event in told if isinstance(event, events.TaskFinished)] == [events.TaskFinished(made.pk)]
    assert next(line.fields["status"] for line in changes.of("task", made.pk)) == ["todo", "done"]


@pytest.mark.shows("REC-09")
def test_a_task_taken_back_stands_as_it_stood_before(boss, told):
    made = actions.finish(task(boss, status="waiting"), by=boss, now=LATER)

    back = actions.reopen(made, by=boss, now=LATER, status="waiting")

    assert (back.status, back.done_at, back.done_by) == ("waiting", None, None)
    assert actions.reopen(actions.finish(back, by=boss, now=LATER), by=boss, now=LATER, status="done").status == "todo"


@pytest.mark.shows("REC-09")
def test_a_dropped_task_is_closed_but_not_finished(boss, told):
    dropped = actions.edit(task(boss), {"status": "dropped"}, by=boss, now=LATER)

    assert dropped.done_at == LATER
    assert not [event for event in told if isinstance(event, events.TaskFinished)]


@pytest.mark.shows("REC-09")
def test_a_call_that_was_made_says_when_how_long_and_what_became_of_it(boss, lucie):
    values = {"subject": "Roof", "status": "done", "minutes": 12, "direction": "in", "result": "talked"}

    call = actions.add(Call, {**values, "person": lucie.pk}, by=boss, now=NOW)

    assert (call.due_at, call.minutes, call.direction, call.result, call.done_at) == (NOW, 12, "in", "talked", NOW)


@pytest.mark.shows("REC-09")
@pytest.mark.parametrize("minutes", [-1, 1441])
def test_a_call_lasts_a_time_that_can_be(boss, minutes):
    with pytest.raises(NoLength):
        actions.add(Call, {"subject": "Roof", "minutes": minutes}, by=boss, now=NOW)


@pytest.mark.shows("REC-01", "REC-09")
def test_a_note_is_found_by_its_first_line_and_goes_with_its_record(boss, lucie):
    note = actions.add(
        Note, {"text": "\n Decides with her husband.\nFears for the tiles.", "person": lucie.pk}, by=boss, now=NOW
    )

    people.delete_person(lucie, by=boss, now=LATER)

    assert note.subject == "Decides with her husband."
    assert not Note.objects.exists()


@pytest.mark.shows("REC-01")
def test_a_case_has_a_number_and_is_closed_with_a_date(boss):
    case = actions.add(Case, {"subject": "Inverter hums", "priority": "high"}, by=boss, now=NOW)

    solved = actions.edit(case, {"status": "solved"}, by=boss, now=LATER)

    assert case.number == case.pk
    assert solved.done_at == LATER


@pytest.mark.shows("REC-09")
def test_a_task_outlives_the_person_it_is_about(boss, lucie):
    made = task(boss, person=lucie.pk)

    people.delete_person(lucie, by=boss, now=LATER)

    assert Task.objects.get(pk=made.pk).person is None


@pytest.mark.shows("REC-09")
@pytest.mark.parametrize(
    ("kind", "values"), [(Task, {"subject": "  "}), (Call, {}), (Note, {"text": " \n "}), (Case, {"description": "x"})]
)
def test_what_says_nothing_is_refused(boss, kind, values):
    with pytest.raises(NothingSaid):
        actions.add(kind, values, by=boss, now=NOW)

    assert not Change.objects.exists()


@pytest.mark.shows("REC-03", "X8")
def test_nothing_is_linked_to_a_record_that_one_may_not_see(seller, lucie):
    narrowed = narrow(seller, "contact")

    with pytest.raises(NotThere):
        task(narrowed, person=lucie.pk)


@pytest.mark.shows("REC-03")
def test_one_sees_edits_and_deletes_as_far_as_ones_role_reaches(boss, seller):
    theirs, narrowed = task(boss), narrow(seller, "task")
    own = task(narrowed)

    assert list(Task.objects.visible_to(narrowed)) == [own]
    with pytest.raises(Forbidden):
        actions.edit(theirs, {"subject": "Mine"}, by=narrowed, now=LATER)
    with pytest.raises(Forbidden):
        actions.delete(theirs, by=narrowed, now=LATER)


@pytest.mark.shows("REC-03")
def test_a_reader_adds_nothing():
    reader = add_user(email="ines@helionne.example", name="Inès", role="read_only")

    with pytest.raises(Forbidden):
        task(reader)


@pytest.mark.shows("REC-03")
def test_a_colleague_who_has_left_keeps_his_tasks_and_is_given_no_more(boss, seller):
    held = task(boss, owner=seller.pk)
    User.objects.filter(pk=seller.pk).update(is_active=False)

    kept = actions.edit(held, {"owner": seller.pk, "subject": "Later"}, by=boss, now=LATER)

    assert (kept.owner, kept.subject) == (seller, "Later")
    with pytest.raises(NobodyThere):
        task(boss, owner=seller.pk)


@pytest.mark.shows("REC-10")
def test_a_change_that_changes_nothing_leaves_no_line(boss):
    made = task(boss)

    same = actions.edit(made, {"subject": "Call back"}, by=boss, now=LATER)

    assert same.updated_at == NOW
    assert [line.act for line in changes.of("task", made.pk)] == ["added"]


@pytest.mark.shows("REC-05", "REC-09")
def test_lists_tell_mine_today_overdue_and_what_has_no_date_last(boss, seller):
    task(boss, subject="yesterday", due_at=NOW - timedelta(days=1))
    task(boss, subject="this morning", due_at=NOW - timedelta(hours=1))
    task(boss, subject="tonight", due_at=NOW + timedelta(hours=8))
    task(seller, subject="hers", due_at=NOW + timedelta(hours=8))
    task(boss, subject="some day")
    actions.finish(task(boss, subject="done", due_at=NOW - timedelta(days=2)), by=boss, now=NOW)

    def subjects(**params):
        asked = lists.read("task", params)
        return [row["subject"] for row in lists.page(asked, user=boss, now=NOW).rows]

    assert subjects(due="overdue", owner="me") == ["yesterday", "this morning"]
    assert subjects(due="today", owner="me") == ["this morning", "tonight"]
    assert subjects(due="none") == ["some day"]
    assert subjects(status="open") == ["yesterday", "this morning", "tonight", "hers", "some day"]
    assert subjects(status="closed") == subjects(status="done") == ["done"]


@pytest.mark.shows("REC-01")
@pytest.mark.parametrize("module", ["task", "call", "case", "note"])
def test_each_kind_declares_its_fields_and_is_written_by_them(boss, lucie, module):
    listed = registry.module(module)
    said = {"text": "Rings at noon"} if module == "note" else {"subject": "Rings at noon"}

    row = listed.verbs.add({**said, "person": lucie.pk}, by=boss, now=NOW)
    listed.verbs.edit(row, {"owner": None}, by=boss, now=NOW)

    assert changes.snapshot(module, row)["person"] == {"id": lucie.pk, "name": "Lucie"}
    assert [found["subject"] for found in lists.page(lists.read(module, {"q": "noon"}), user=boss, now=NOW).rows] == [
        "Rings at noon"
    ]
    listed.verbs.delete(listed.model.objects.get(pk=row.pk), by=boss, now=NOW)
    assert not listed.model.objects.exists()


@pytest.mark.shows("REC-01")
def test_a_task_may_be_about_a_company_and_a_case_at_once(boss):
    mills = people.add_account(AccountDraft(values={"name": "Moulins Guérin"}), by=boss, now=NOW)
    case = actions.add(Case, {"subject": "Inverter hums", "account": mills.pk}, by=boss, now=NOW)

    made = task(boss, account=mills.pk, case=case.pk)

    assert (made.account, made.case) == (mills, case)


@pytest.mark.shows("REC-09", "X8")
def test_the_person_of_a_task_may_be_a_lead_or_a_contact_that_one_sees(boss, seller, lucie):
    zoe = people.add_person("lead", PersonDraft(values={"first_name": "Zoe"}), by=boss, now=NOW)
    person = registry.field("task", "person")

    assert [links.found(person, name, by=boss) for name in ("Zoe", "Lucie")] == [zoe.pk, lucie.pk]
    assert links.checked([person], {"person": zoe.pk}, by=seller) == {"person": zoe.pk}
    assert links.names(person, [zoe.pk, lucie.pk], by=seller) == {zoe.pk: "Zoe", lucie.pk: "Lucie"}
    kept_out = narrow(seller, "lead", Level.NONE)
    with pytest.raises(BadValue):
        links.checked([person], {"person": zoe.pk}, by=kept_out)
    assert links.names(person, [zoe.pk, lucie.pk], by=kept_out) == {lucie.pk: "Lucie"}
