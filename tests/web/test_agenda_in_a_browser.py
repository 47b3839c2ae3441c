"""Tasks, calls, notes, the history and the calendar in a real browser; the feed read by another program."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.request import urlopen

import icalendar
import pytest
from django.conf import settings
from playwright.sync_api import expect

from relance.agenda import actions as agenda
from relance.agenda.models import Call, Case, Note, Task
from relance.lib import clock
from relance.people import actions
from relance.people.actions import AccountDraft, PersonDraft
from relance.team.actions import add_user
from relance.team.workspace import organisation
from tests.web.test_people import mail_to

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.shows("REC-07", "REC-09", "API-05", "QUAL-02"),
]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PASSWORD = "a-long-enough-word"


@pytest.fixture
def camille(transactional_db, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    organisation()
    return add_user(email="camille@helionne.example", name="Camille", role="administrator", password=PASSWORD)


@pytest.fixture
def lucie(camille):
    mills = actions.add_account(AccountDraft(values={"name": "Moulins Guérin"}), by=camille, now=NOW)
    draft = PersonDraft(
        values={"first_name": "Lucie", "last_name": "Pasquier"}, emails=("lucie@guerin.example",), account=mills
    )
    person = actions.add_person("contact", draft, by=camille, now=NOW - timedelta(days=30))
    mail_to(person, camille, subject="The study", first_opened_at=NOW, opens=1)
    return person


@pytest.fixture
def busy(camille, lucie):
    """Something of each kind, on several days."""
    for number in range(-4, 12):
        due = {"due_at": NOW + timedelta(days=number, hours=number % 5), "person": lucie.pk}
        agenda.add(Task, {"subject": f"Send plan {number}", "priority": "high", **due}, by=camille, now=NOW)
        agenda.add(Call, {"subject": f"Ring {number}", **due}, by=camille, now=NOW)
    agenda.finish(Task.objects.first(), by=camille, now=NOW)
    note = {"text": "Never call before ten.\nSecond line", "person": lucie.pk, "is_pinned": True}
    agenda.add(Note, note, by=camille, now=NOW)
    return agenda.add(Case, {"subject": "Inverter hums", "person": lucie.pk}, by=camille, now=NOW)


@pytest.mark.parametrize(("theme", "width", "language"), [("light", 1440, "en"), ("dark", 390, "fr")])
def test_the_pages_of_the_agenda_have_no_barrier(visit, camille, lucie, busy, theme, width, language):
    camille.language = language
    camille.save()
    visitor = visit(theme=theme, width=width)
    visitor.sign_in("camille@helionne.example", PASSWORD)
    task = Task.objects.last()
    pages = {
        "today": "/", "tasks": "/tasks", "overdue": "/tasks?owner=me&due=overdue", "calls": "/calls",
        "cases": "/cases", "notes": "/notes", "empty": "/tasks?q=nothing", "form": f"/tasks/{task.pk}/edit",
        "call-form": "/calls/new", "task": f"/tasks/{task.pk}", "case": f"/cases/{busy.pk}", "month": "/calendar",
        "week": "/calendar?view=week", "contact": f"/contacts/{lucie.pk}",
        "changes": f"/contacts/{lucie.pk}?show=change",
        "account": f"/companies/{lucie.account_id}", "feed": "/profile/calendar",
    }  # fmt: skip
    found = []

    for name, address in pages.items():
        visitor.go(address)
        found += visitor.barriers()
        found += [f"{name} is too wide"] if visitor.overflow() > 0 else []
        visitor.shot(f"agenda-{name}-{theme}")

    assert found == []


def test_a_call_is_logged_and_a_task_added_and_done_from_a_contact(visit, camille, lucie):
    visitor = visit()
    page = visitor.page
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go(f"/contacts/{lucie.pk}")

    page.get_by_text("Log a call").click()
    page.fill("#add-call-subject", "The tiles")
    page.fill("#add-call-note", "Decides with her husband.")
    page.select_option("#add-call-result", "talked")
    page.get_by_role("button", name="Keep the call").click()
    expect(page.get_by_text("“The tiles” was added.")).to_be_visible()
    expect(page.locator("#history-panel")).to_contain_text("Decides with her husband.")

    page.get_by_text("Add a task").first.click()
    page.fill("#add-task-subject", "Send the plan")
    page.fill("#add-task-day", "2026-11-23")
    page.get_by_role("button", name="Add the task").click()
    item = page.locator("#agenda-panel .todo", has_text="Send the plan")
    expect(item).to_be_visible()
    item.get_by_role("button", name="Done: Send the plan").click()
    expect(page.get_by_text("“Send the plan” is done.")).to_be_visible()
    expect(item.locator("s")).to_have_text("Send the plan")
    page.keyboard.press("z")
    expect(page.get_by_text("is to be done again")).to_be_visible()
    assert Task.objects.get().status == "todo"
    page.locator("#agenda-panel .todo .tick").click()
    expect(page.get_by_text("“Send the plan” is done.")).to_be_visible()

    panel = page.locator("#history-panel")
    panel.get_by_role("link", name="Notes").click()
    expect(panel).not_to_contain_text("The tiles")
    panel.get_by_role("link", name="Tasks and calls").click()
    expect(panel).to_contain_text("The tiles")
    expect(panel).to_contain_text("Send the plan")
    expect(panel).not_to_contain_text("The study")
    panel.get_by_role("link", name="Mails").click()
    expect(panel).to_contain_text("The study")
    call = Call.objects.get()
    assert (call.person, call.status, call.result) == (lucie, "done", "talked")


def test_a_record_is_chosen_by_typing_and_a_wrong_form_keeps_what_was_written(visit, camille, lucie):
    visitor = visit()
    page = visitor.page
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/tasks")

    page.keyboard.press("n")
    page.wait_for_url("**/tasks/new")
    page.fill("#id_subject", "Send the plan")
    page.locator("#id_about").press_sequentially("pasq")
    expect(page.locator(f'#about-names option[value$="#contact-{lucie.pk}"]')).to_have_count(1)
    page.get_by_role("button", name="Add the task").click()
    expect(page.get_by_text("Choose a record of the list").first).to_be_visible()
    expect(page.locator("#id_subject")).to_have_value("Send the plan")
    visitor.forgive("422")
    page.fill("#id_about", f"Lucie Pasquier #contact-{lucie.pk}")
    page.get_by_role("button", name="Add the task").click()

    expect(page.get_by_role("link", name="Lucie Pasquier")).to_be_visible()
    assert Task.objects.get().person == lucie


def test_the_calendar_is_turned_by_key_and_read_by_another_program(visit, camille, lucie, busy):
    visitor = visit()
    page = visitor.page
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/calendar")
    expect(page.get_by_role("heading", level=1)).to_have_text("November 2026")

    page.keyboard.press("ArrowRight")
    page.wait_for_url("**day=2026-12-01**")
    expect(page.get_by_role("heading", level=1)).to_have_text("December 2026")
    page.keyboard.press("ArrowLeft")
    page.get_by_role("link", name="In your own calendar").click()
    page.get_by_role("button", name="Make an address").click()
    address = page.locator("#feed-address").input_value()

    with urlopen(visitor.address + address.removeprefix(settings.RELANCE_URL)) as answer:
        events = icalendar.Calendar.from_ical(answer.read()).walk("VEVENT")
    assert len(events) == 32
    assert {str(event["CATEGORIES"].to_ical(), "utf-8") for event in events} == {"Call", "Task"}
    assert "Ring 3 (Lucie Pasquier)" in {str(event["SUMMARY"]) for event in events}


def test_rows_are_ticked_off_in_their_list_and_given_to_somebody_else_together(visit, camille, lucie, busy):
    add_user(email="maud@helionne.example", name="Maud", role="salesperson")
    visitor = visit()
    page = visitor.page
    visitor.sign_in("camille@helionne.example", PASSWORD)
    visitor.go("/tasks?status=open&due=overdue")
    row = page.locator("tr", has_text="Send plan -2")

    row.get_by_role("button", name="Done: Send plan -2").click()
    expect(page.get_by_text("“Send plan -2” is done.")).to_be_visible()
    expect(row.locator("s")).to_have_text("Send plan -2")
    page.get_by_label("Select Send plan -1").check()
    expect(page.get_by_role("button", name="Change owner…")).to_be_visible()

    done = Task.objects.get(subject="Send plan -2")
    assert (done.status, done.done_by) == ("done", camille)
    assert Task.objects.get(subject="Send plan -1").status == "todo"
