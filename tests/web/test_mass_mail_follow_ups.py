"""The step of follow-ups and triggers: what the seeds refuse is refused there with its sentence."""

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from django.test import Client

from relance.campaigns import actions, triggers
from relance.campaigns.models import MassMail
from tests.api.conftest import Caller
from tests.campaigns.conftest import NOW, add, camille, chief, house, mailbox, mass_mail, now, template, yann  # noqa: F401

pytestmark = pytest.mark.django_db
FIRST = {"who": "not_opened", "when": "days", "days": "3", "leave_out": "", "name": ""}


@pytest.fixture
def page(mass_mail, camille):  # noqa: F811
    client = Client()
    client.force_login(camille)

    def ask(path, data=None):
        address = f"/mass-mails/{mass_mail.pk}/{path}"
        return client.get(address) if data is None else client.post(address, data)

    return ask


class Form(HTMLParser):
    """The fields of the last form of a page that a browser would send as they stand."""

    def __init__(self):
        super().__init__()
        self.told, self.select = {}, ""

    def handle_starttag(self, tag, attrs):
        one = dict(attrs)
        if tag == "input" and one.get("name") and one.get("type") not in ("radio", "checkbox"):
            self.told[one["name"]] = one.get("value", "")
        if tag == "input" and one.get("type") in ("radio", "checkbox") and "checked" in one:
            self.told[one["name"]] = one.get("value", "on")
        if tag == "select":
            self.select = one.get("name", "")
        if tag == "option" and self.select and (self.select not in self.told or "selected" in one):
            self.told[self.select] = one.get("value", "")


def posted(answer):
    """What a browser sends for the page as it came."""
    read = Form()
    read.feed(answer.content.decode())
    return {name: value for name, value in read.told.items() if name != "csrfmiddlewaretoken"}


@pytest.mark.shows("MASS-05", "ZMM-27")
def test_a_follow_up_is_added_changed_and_deleted_beside_the_first_mail(page, mass_mail, template):  # noqa: F811
    assert page("follow-ups").status_code == 200
    assert page("follow-ups?new=1").status_code == 200

    page("follow-ups?new=1", FIRST | {"template": template.pk})

    follow_up = mass_mail.follow_ups.get()
    assert (follow_up.follow, follow_up.days, follow_up.template) == ("not_opened", 3, template)
    changed = page(f"follow-ups?follow_up={follow_up.pk}", FIRST | {"days": "5", "template": template.pk})
    assert changed.status_code == 302
    assert mass_mail.follow_ups.get().days == 5
    assert "5 days after" in page(f"follow-ups?follow_up={follow_up.pk}").content.decode()


@pytest.mark.slow
@pytest.mark.shows("MASS-05", "ZMM-25", "ZMM-26")
def test_a_date_for_those_who_opened_and_a_sixth_follow_up_are_refused_with_a_sentence(page, mass_mail):  # noqa: F811
    dated = {"who": "opened", "when": "date", "day": "2099-01-01", "hour": "09:00"}

    answer = page("follow-ups?new=1", FIRST | dated)

    assert answer.status_code == 422
    assert "a number of days, not a date" in answer.content.decode()
    for _ in range(5):
        page("follow-ups?new=1", FIRST)
    sixth = page("follow-ups?new=1", FIRST)
    assert "at most 5 follow-ups" in sixth.content.decode()
    assert MassMail.objects.filter(parent=mass_mail).count() == 5


@pytest.mark.slow
@pytest.mark.shows("ZMM-26", "MASS-05", "ADM-02")
def test_how_many_follow_ups_there_may_be_is_an_administrators_choice(page, mass_mail, template, chief, client):  # noqa: F811
    assert Caller(chief)("GET", "/organisation").json()["follow_ups_per_mail"] == 5
    client.force_login(chief)
    form = client.get("/settings/sending").context["form"]
    values = {name: form[name].value() for name in form.fields} | {"follow_ups_per_mail": 3}
    assert client.post("/settings/sending", {k: v for k, v in values.items() if v is not None}).status_code == 302
    call, told = Caller(mass_mail.creator), {"follow": "received", "days": 3, "template_id": template.pk}
    for _ in range(3):
        page("follow-ups?new=1", FIRST | {"template": template.pk})

    by_page = page("follow-ups?new=1", FIRST | {"template": template.pk}).content.decode()
    by_api = call("POST", f"/mass-mails/{mass_mail.pk}/follow-ups", told)
    Caller(chief)("PATCH", "/organisation", {"follow_ups_per_mail": 4})
    fourth = call("POST", f"/mass-mails/{mass_mail.pk}/follow-ups", told)

    assert "at most 3 follow-ups" in by_page
    assert "at most 3 follow-ups" in by_api.json()["detail"]
    assert fourth.status_code == 201
    assert mass_mail.follow_ups.count() == 4
    assert Caller(chief)("PATCH", "/organisation", {"follow_ups_per_mail": 21}).status_code == 422


@pytest.mark.shows("ZMM-21", "ZMM-24", "MASS-05")
def test_a_follow_up_leaves_after_days_or_on_a_date_with_triggers_of_its_own(page, client, mass_mail, template):  # noqa: F811
    call, path = Caller(mass_mail.creator), f"/mass-mails/{mass_mail.pk}/follow-ups"
    page("follow-ups?new=1", FIRST | {"template": template.pk, "days": "7"})
    dated = {"when": "date", "day": "2099-01-31", "hour": "09:00", "who": "received", "template": template.pk}
    page("follow-ups?new=1", FIRST | dated)
    after = call("POST", path, {"follow": "clicked", "days": 2, "template_id": template.pk}).json()
    fixed = {"follow": "received", "at": "2099-02-01T08:00:00+00:00", "template_id": template.pk}
    on = call("POST", path, fixed).json()
    second = mass_mail.follow_ups.order_by("pk")[1]
    client.force_login(mass_mail.creator)
    client.post(f"/mass-mails/{second.pk}/triggers/opened", {"task-0-subject": "Rappeler", "task-0-days": "2"})
    call("PUT", f"/mass-mails/{after['id']}/triggers/clicked", {"updates": [{"field": "city", "value": "Lyon"}]})

    rows = list(mass_mail.follow_ups.order_by("pk"))
    assert [(row.days, row.scheduled_at and row.scheduled_at.isoformat()) for row in rows] == [
        (7, None), (None, "2099-01-31T08:00:00+00:00"), (2, None), (None, "2099-02-01T08:00:00+00:00"),
    ]  # fmt: skip
    assert (rows[2].pk, rows[3].pk) == (after["id"], on["id"])
    told = [[(each.event, len(each.updates), len(each.tasks)) for each in row.triggers.all()] for row in rows]
    assert told == [[], [("opened", 0, 1)], [("clicked", 1, 0)], []]
    assert not mass_mail.triggers.exists(), "those of the first mail are its own"


@pytest.mark.shows("MASS-04", "ZMM-16", "ZMM-17", "ZMM-18")
@pytest.mark.parametrize(
    ("event", "told", "words"),
    [
        ("bounced", {"task-0-subject": "x"}, "only update fields"),
        (
            "opened",
            {f"update-{n}-{part}": value for n, key in enumerate(("city", "country", "company", "phone"))
             for part, value in (("field", key), ("value", "1"))},
            "At most 3 fields",
        ),
        ("opened", {f"task-{n}-subject": "x" for n in range(3)}, "At most 2 tasks"),
        ("clicked", {f"call-{n}-subject": "x" for n in range(3)}, "At most 2 calls"),
        ("clicked", {}, "Say what is to happen"),
    ],
)  # fmt: skip
def test_what_a_trigger_may_not_do_is_refused_with_a_sentence(page, mass_mail, event, told, words):  # noqa: F811
    answer = page(f"triggers/{event}", told)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not mass_mail.triggers.exists()


@pytest.mark.shows("MASS-04", "ADM-02", "ZMM-17")
def test_how_much_a_trigger_may_do_is_an_administrators_choice(page, mass_mail, chief, client):  # noqa: F811
    limits = ("updates_per_trigger", "tasks_per_trigger", "calls_per_trigger")
    first = Caller(chief)("GET", "/organisation").json()
    client.force_login(chief)
    form = client.get("/settings/sending").context["form"]
    values = {name: form[name].value() for name in form.fields} | dict(zip(limits, (1, 3, 0), strict=True))
    assert client.post("/settings/sending", {k: v for k, v in values.items() if v is not None}).status_code == 302
    call, path = Caller(mass_mail.creator), f"/mass-mails/{mass_mail.pk}/triggers/opened"
    two_fields = {"updates": [{"field": "city", "value": "Lyon"}, {"field": "country", "value": "FR"}]}

    by_page = page("triggers/opened", {"call-0-subject": "x"}).content.decode()
    by_api = call("PUT", path, two_fields)
    three = page("triggers/opened", {f"task-{n}-subject": "x" for n in range(3)})

    assert [first[name] for name in limits] == [3, 2, 2]
    assert "At most 0 calls are planned" in by_page
    assert "At most 1 field is updated" in by_api.json()["detail"]
    assert three.status_code == 302
    shown = page("triggers/opened").content.decode()
    assert (shown.count('-field"'), shown.count("task-2-subject"), shown.count("call-0-subject")) == (1, 1, 0)
    assert Caller(chief)("PATCH", "/organisation", {"tasks_per_trigger": 11}).status_code == 422


@pytest.mark.shows("MASS-04", "ZMM-27")
def test_a_trigger_is_set_shown_and_removed(page, mass_mail):  # noqa: F811
    told = {"update-0-field": "city", "update-0-value": "Lyon", "task-0-subject": "Rappeler", "task-0-days": "2"}

    page("triggers/clicked", told)

    trigger = mass_mail.triggers.get()
    assert trigger.updates == [{"field": "city", "value": "Lyon"}]
    assert (trigger.tasks[0]["subject"], trigger.tasks[0]["days"]) == ("Rappeler", 2)
    assert "Rappeler" in page("follow-ups").content.decode()
    assert "Rappeler" in page("triggers/clicked").content.decode()
    page("triggers/clicked", {"do": "remove"})
    assert not mass_mail.triggers.exists()


@pytest.mark.shows("MASS-04", "ZMM-19", "ZMM-20")
def test_a_page_that_is_saved_as_it_stands_keeps_day_status_priority_and_owner(page, mass_mail, camille):  # noqa: F811
    task = triggers.Errand(
        subject="Rappeler", days=None, day="2099-03-02", hour="10:30", status="doing", priority="high"
    )
    call = triggers.Errand(subject="Appeler", days=3, owner_id=camille.pk, priority="low")
    draft = triggers.TriggerDraft(event="clicked", updates=[("owner", camille.pk)], tasks=[task], calls=[call])
    was = triggers.set_trigger(mass_mail, draft, by=camille, now=NOW)

    page("triggers/clicked", posted(page("triggers/clicked")))

    now_is = mass_mail.triggers.get()
    assert (now_is.updates, now_is.tasks, now_is.calls) == (was.updates, was.tasks, was.calls)


@pytest.mark.shows("MASS-05", "ZMM-21")
def test_a_follow_up_on_a_day_keeps_it_when_its_page_is_saved(page, mass_mail, template, camille):  # noqa: F811
    at = datetime(2099, 3, 2, 9, 30, tzinfo=UTC)
    draft = actions.FollowUpDraft(who="not_opened", template=template, at=at)
    follow_up = actions.add_follow_up(mass_mail, draft, by=camille, now=NOW)

    page(f"follow-ups?follow_up={follow_up.pk}", posted(page(f"follow-ups?follow_up={follow_up.pk}")))

    kept = mass_mail.follow_ups.get()
    assert (kept.scheduled_at, kept.days) == (at, None)


@pytest.mark.shows("MASS-07", "ZMM-34")
def test_a_colleague_changes_nothing(mass_mail, yann):  # noqa: F811
    client = Client()
    client.force_login(yann)

    answer = client.post(f"/mass-mails/{mass_mail.pk}/triggers/opened", {"update-0-field": "city"})

    assert "Only Camille Aubry" in answer.content.decode()
    assert not mass_mail.triggers.exists()
