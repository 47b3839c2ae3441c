"""The pages of tasks, calls, cases and notes: lists, forms, one click, quick adding, the calendar (REC-09)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from relance.agenda import actions as agenda
from relance.agenda.models import Call, Case, Note, Task
from relance.lib import clock
from relance.people import actions
from relance.people.actions import AccountDraft, PersonDraft
from relance.records.models import CustomField
from relance.team.actions import add_user
from relance.team.models import User
from relance.team.policy import Level
from tests.web.test_people import text

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def boss():
    return add_user(email="camille@helionne.example", name="Camille Aubry", role="administrator")


@pytest.fixture
def seller():
    return add_user(email="claire@helionne.example", name="Claire", role="salesperson")


@pytest.fixture
def site(client, boss, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    client.force_login(boss)
    return client


@pytest.fixture
def lucie(boss):
    draft = PersonDraft(values={"first_name": "Lucie", "last_name": "Pasquier"}, emails=("lucie@guerin.example",))
    return actions.add_person("contact", draft, by=boss, now=NOW)


def task(by, subject="Call back", **values):
    return agenda.add(Task, {"subject": subject, **values}, by=by, now=NOW)


def form(boss, **values):
    return {"subject": "Send the plan", "status": "todo", "priority": "normal", "owner": str(boss.pk), **values}


@pytest.mark.shows("REC-05", "REC-09")
@pytest.mark.parametrize("many", ["tasks", "calls", "cases", "notes"])
def test_each_kind_has_a_list_that_says_what_it_is_for_when_empty(site, many):
    page = site.get(reverse(many))

    assert page.status_code == 200
    assert "yet" in text(page)


@pytest.mark.shows("REC-05", "REC-09")
def test_a_list_shows_when_about_whom_how_far_and_for_whom(site, boss, lucie):
    task(boss, due_at=NOW - DAY, person=lucie.pk, priority="high", status="doing")

    said = text(site.get(reverse("tasks")))

    assert all(word in said for word in ("Call back", "Lucie Pasquier", "Overdue", "In progress", "High", "1 task"))


@pytest.mark.shows("REC-09")
def test_tabs_hold_mine_for_today_and_what_is_overdue(site, boss, seller):
    task(boss, "tonight", due_at=NOW + timedelta(hours=8))
    task(boss, "late", due_at=NOW - DAY)
    task(seller, "hers", due_at=NOW + timedelta(hours=8))

    tabs = {str(view.label): view.query for view in site.get(reverse("tasks")).context["views"]}

    def shown(tab):
        return [item.row["subject"] for item in site.get(reverse("tasks") + tabs[tab]).context["rows"]]

    assert shown("Today") == ["tonight"]
    assert shown("Overdue") == ["late"]
    assert shown("Mine") == ["late", "tonight"]


@pytest.mark.shows("REC-09")
def test_one_click_finishes_and_undo_takes_it_back_as_it_was(site, boss):
    made = task(boss, status="waiting")

    answer = site.post(reverse("task-done", args=[made.pk]), {"shape": "row"}, headers={"HX-Request": "true"})

    made.refresh_from_db()
    assert made.status == "done"
    said = answer.content.decode()
    assert f'id="task-{made.pk}-row"' in said
    assert "“Call back” is done." in text(answer)
    undo = f"/tasks/{made.pk}/reopen?status=waiting"
    assert undo in said
    site.post(undo, headers={"Referer": "http://testserver/tasks?due=today"})
    made.refresh_from_db()
    assert (made.status, made.done_at) == ("waiting", None)


@pytest.mark.shows("REC-09")
def test_without_a_script_one_comes_back_to_the_page_of_the_click(site, boss):
    made = task(boss)

    answer = site.post(reverse("task-done", args=[made.pk]), headers={"Referer": "http://testserver/tasks?due=today"})
    elsewhere = site.post(reverse("task-done", args=[made.pk]), headers={"Referer": "http://evil.example/x"})

    assert answer["Location"] == "/tasks?due=today"
    assert elsewhere["Location"] == "/tasks"


@pytest.mark.slow
@pytest.mark.shows("REC-09")
def test_a_task_is_added_from_the_page_of_a_contact_and_one_stays_there(site, boss, lucie):
    page = site.get(reverse("contact", args=[lucie.pk]))
    about = page.context["agenda"].forms[0][1].initial["about"]
    here = reverse("contact", args=[lucie.pk])

    answer = site.post(reverse("task-new"), form(boss, about=about, day="2026-11-21", hour="14:30", next=here))

    made = Task.objects.get()
    assert answer["Location"] == here
    assert (made.person, made.due_at) == (lucie, datetime(2026, 11, 21, 13, 30, tzinfo=UTC))
    assert "Send the plan" in text(site.get(here))


@pytest.mark.shows("REC-09")
def test_a_day_without_an_hour_means_the_end_of_work(site, boss):
    site.post(reverse("task-new"), form(boss, day="2026-11-21"))

    assert Task.objects.get().due_at == datetime(2026, 11, 21, 17, 0, tzinfo=UTC)


@pytest.mark.shows("REC-09")
@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"subject": ""}, "subject"), ({"hour": "09:00"}, "day"), ({"about": "Nobody"}, "about"), ({"day": "x"}, "day")],
)
def test_a_form_says_what_is_wrong_and_keeps_what_was_written(site, boss, wrong, field):
    page = site.post(reverse("task-new"), form(boss, note="Keep me", **wrong))

    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert "Keep me" in page.content.decode()
    assert not Task.objects.exists()


@pytest.mark.shows("REC-09")
def test_a_call_is_logged_with_what_was_said(site, boss, lucie):
    values = {
        "subject": "The tiles", "day": "2026-11-20", "hour": "09:30", "minutes": "12", "direction": "out",
        "status": "done", "result": "talked", "priority": "normal", "note": "Decides with her husband.",
        "owner": str(boss.pk), "about": f"Lucie #contact-{lucie.pk}",
    }  # fmt: skip

    site.post(reverse("call-new"), values)

    call = Call.objects.get()
    assert (call.person, call.minutes, call.result, call.status) == (lucie, 12, "talked", "done")
    assert "Decides with her husband." in text(site.get(reverse("contact", args=[lucie.pk])))


@pytest.mark.shows("REC-09")
def test_a_pinned_note_stands_on_top_of_its_record(site, boss, lucie):
    site.post(
        reverse("note-new"),
        {"text": "Never call before ten.", "is_pinned": "on", "owner": str(boss.pk), "about": f"x #contact-{lucie.pk}"},
    )

    page = site.get(reverse("contact", args=[lucie.pk]))

    assert [note.text for note in page.context["agenda"].pinned] == ["Never call before ten."]


@pytest.mark.shows("REC-09")
def test_what_a_task_is_about_stays_unless_another_record_is_chosen(site, boss, lucie):
    mills = actions.add_account(AccountDraft(values={"name": "Moulins Guérin"}), by=boss, now=NOW)
    made = task(boss, person=lucie.pk, account=mills.pk)
    address = reverse("task-edit", args=[made.pk])
    shown = site.get(address).context["form"].initial["about"]

    site.post(address, form(boss, about=shown))
    made.refresh_from_db()
    kept = (made.person, made.account)
    site.post(address, form(boss, about=f"Moulins #account-{mills.pk}"))

    made.refresh_from_db()
    assert kept == (lucie, mills)
    assert (made.person, made.account) == (None, mills)


@pytest.mark.shows("REC-09")
def test_records_are_offered_by_name_and_a_name_that_one_alone_bears_will_do(site, boss, lucie):
    offered = site.get(reverse("about-options"), {"about": "pasq"}).content.decode()

    site.post(reverse("task-new"), form(boss, about="Lucie Pasquier"))

    assert f"Lucie Pasquier #contact-{lucie.pk}" in offered
    assert Task.objects.get().person == lucie


@pytest.mark.shows("X8")
def test_nobody_links_to_or_is_shown_what_he_may_not_see(client, boss, seller, lucie):
    for module in ("contact", "task"):
        seller.role.grants.filter(module=module).update(read=Level.OWN)
    theirs = task(boss)
    own = agenda.add(Task, {"subject": "Mine"}, by=User.objects.get(pk=seller.pk), now=NOW)
    Task.objects.filter(pk=own.pk).update(person=lucie)
    client.force_login(seller)

    page = client.post(reverse("task-new"), form(seller, about=f"x #contact-{lucie.pk}"))

    assert "about" in page.context["form"].errors
    assert "Lucie" not in text(client.get(reverse("tasks")))
    assert "Lucie" not in text(client.get(reverse("task", args=[own.pk])))
    assert client.get(reverse("task", args=[theirs.pk])).status_code == 404
    assert client.post(reverse("task-done", args=[theirs.pk])).status_code == 404


@pytest.mark.shows("REC-03")
def test_a_reader_is_told_why_he_cannot_add(client):
    client.force_login(add_user(email="ines@helionne.example", name="Inès", role="read_only"))

    assert client.get(reverse("task-new")).status_code == 403


@pytest.mark.shows("REC-01", "REC-09")
def test_a_case_has_its_number_its_tasks_and_is_solved_by_one_click(site, boss):
    case = agenda.add(Case, {"subject": "Inverter hums", "description": "Since Monday."}, by=boss, now=NOW)
    task(boss, "Send a technician", case=case.pk)

    said = text(site.get(reverse("case", args=[case.pk])))
    site.post(reverse("case-done", args=[case.pk]))

    case.refresh_from_db()
    assert all(word in said for word in (f"Number {case.pk}", "Since Monday.", "Send a technician"))
    assert case.status == "solved"


@pytest.mark.shows("REC-09")
def test_a_preview_opens_beside_the_list_and_a_row_is_deleted(site, boss):
    made = task(boss, note="About the roof")

    drawer = site.get(reverse("task", args=[made.pk]), {"drawer": "1"})
    site.post(reverse("task-delete", args=[made.pk]))

    assert 'class="drawer"' in drawer.content.decode()
    assert "About the roof" in text(drawer)
    assert not Task.objects.exists()


@pytest.mark.shows("REC-09")
def test_the_calendar_shows_a_month_of_tasks_and_calls_on_their_days(site, boss, seller):
    task(boss, "Plan", due_at=datetime(2026, 11, 25, 22, 30, tzinfo=UTC))
    task(boss, "Midnight", due_at=datetime(2026, 11, 25, 23, 30, tzinfo=UTC))
    agenda.add(Call, {"subject": "Ring", "due_at": datetime(2026, 11, 25, 9, tzinfo=UTC)}, by=boss, now=NOW)
    task(seller, "Hers", due_at=datetime(2026, 11, 25, 9, tzinfo=UTC))

    sheet = site.get(reverse("calendar")).context["weeks"]

    on = {one.day.day: [item.row["subject"] for item in one.items] for week in sheet for one in week if one.items}
    assert on == {25: ["Ring", "Plan"], 26: ["Midnight"]}
    assert len(sheet) == 6
    everybody = site.get(reverse("calendar"), {"whose": "all", "view": "week", "day": "2026-11-24"})
    assert "Hers" in text(everybody)


@pytest.mark.shows("REC-09")
@pytest.mark.parametrize("query", ["?day=x&view=y&whose=z", "?day=9999-12-31", "?day=0001-01-01&view=week", "?whose=٣"])
def test_a_calendar_that_nobody_could_mean_is_this_months(site, query):
    assert site.get(reverse("calendar") + query).status_code == 200


@pytest.mark.shows("REC-09")
def test_a_full_day_says_how_many_more(site, boss):
    for number in range(6):
        task(boss, f"Task {number}", due_at=NOW)

    page = site.get(reverse("calendar"))

    assert "3 more" in text(page)


@pytest.mark.shows("REC-01")
def test_a_note_goes_with_what_it_says(site, boss):
    note = agenda.add(Note, {"text": "First line\nSecond line"}, by=boss, now=NOW)

    said = text(site.get(reverse("note", args=[note.pk])))

    assert "First line" in said
    assert "Second line" in said


@pytest.mark.shows("REC-09", "ENG-06")
def test_today_tells_what_is_due_and_overdue_of_ones_own(site, boss, seller, lucie):
    task(boss, "Late", due_at=NOW - DAY, person=lucie.pk)
    agenda.add(Call, {"subject": "Ring", "due_at": NOW + timedelta(hours=2)}, by=boss, now=NOW)
    task(boss, "Tomorrow", due_at=NOW + DAY)
    task(seller, "Hers", due_at=NOW)
    agenda.finish(task(boss, "Done", due_at=NOW), by=boss, now=NOW)

    page = site.get(reverse("today"))

    assert [item.row["subject"] for item in page.context["due"]] == ["Late", "Ring"]
    assert "Lucie Pasquier" in text(page)


@pytest.mark.shows("REC-01")
def test_fields_of_ones_own_are_filled_in_shown_and_kept(site, boss):
    CustomField.objects.create(module="task", key="meters", label="Roof in m²", kind="number", created_at=NOW)

    site.post(reverse("task-new"), form(boss, meters="640"))
    made = Task.objects.get()
    site.post(reverse("task-edit", args=[made.pk]), form(boss, subject="Other", meters="640"))

    made.refresh_from_db()
    said = text(site.get(reverse("task", args=[made.pk])))
    assert (made.subject, made.custom) == ("Other", {"meters": 640})
    assert "Roof in m² 640" in said
    assert site.post(reverse("task-new"), form(boss, meters="many")).status_code == 422
