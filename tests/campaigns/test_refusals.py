"""What the seeds refuse is refused at both faces, the page and the API, with the same sentence; nothing is kept."""

import html

import pytest
from django.test import Client

from relance.campaigns import actions
from relance.campaigns.actions import FollowUpDraft, MassMailDraft
from relance.campaigns.models import MassMail, Trigger
from relance.lib import clock
from relance.team.actions import make_token

pytestmark = pytest.mark.django_db
FOUR = ("city", "country", "company", "phone")
TASK = {"subject": "Rappeler", "days": 1}


def fields(keys):
    """As the page sends them."""
    return {f"update-{n}-{part}": told for n, key in enumerate(keys) for part, told in (("field", key), ("value", "1"))}


def errands(kind, many):
    """As the page sends them."""
    return {f"{kind}-{n}-subject": "Rappeler" for n in range(many)}


def updates(keys):
    """As the API takes them."""
    return {"updates": [{"field": key, "value": "1"} for key in keys]}


FOLLOW = {"when": "days", "days": "3", "leave_out": "", "name": "", "who": "received"}
# what is wrong: (where on the page, what it posts), (how in the API, where, what it sends), the sentence of both
TRIGGERS = {
    "task on bounce": ("bounced", errands("task", 1), {"tasks": [TASK]}, "only update fields"),
    "call on bounce": ("bounced", errands("call", 1), {"calls": [TASK]}, "only update fields"),
    "fourth field": ("opened", fields(FOUR), updates(FOUR), "At most 3 fields"),
    "third task": ("clicked", errands("task", 3), {"tasks": [TASK] * 3}, "At most 2 tasks"),
    "third call": ("opened", errands("call", 3), {"calls": [TASK] * 3}, "At most 2 calls"),
    "nothing": ("clicked", {"x": "1"}, {}, "Say what is to happen"),
    "unknown field": ("opened", fields(["nope"]), updates(["nope"]), "no field"),
    "too far": (
        "opened", {"task-0-subject": "x", "task-0-days": "366"}, {"tasks": [TASK | {"days": 366}]}, "0 and 365 days",
    ),
    "no such day": (
        "opened", {"call-0-subject": "x", "call-0-day": "2026-02-30"}, {"calls": [TASK | {"day": "2026-02-30"}]},
        "does not exist",
    ),
}  # fmt: skip
FOLLOW_UPS = {
    "date on opened": (
        {"who": "opened", "when": "date", "day": "2099-01-01", "hour": "09:00"},
        {"follow": "opened", "at": "2099-01-01T09:00:00+00:00"}, "a number of days, not a date",
    ),
    "a date that has passed": (
        {"when": "date", "day": "2020-01-01", "hour": "09:00"},
        {"follow": "received", "at": "2020-01-01T09:00:00+00:00"}, "has passed",
    ),
    "neither days nor date": (
        {"when": "date", "day": "", "hour": ""}, {"follow": "received"}, "either a number of days or a date",
    ),
    "too many days": ({"days": "366"}, {"follow": "received", "days": 366}, "between 0 and 365 days"),
}  # fmt: skip


@pytest.fixture
def faces(camille):
    """The page and the API as one colleague."""

    def of(user=camille):
        page, api = Client(), Client(headers={"authorization": f"Bearer {make_token(user, name='x')[1]}"})
        page.force_login(user)
        return page, api

    return of


def said(answer):
    """What an answer tells, as its reader reads it."""
    return html.unescape(answer.content.decode())


def send(api, method, path, body):
    return getattr(api, method)(f"/api/v1{path}", body, content_type="application/json")


@pytest.mark.shows("MASS-04", "ZMM-15", "ZMM-16", "ZMM-17", "ZMM-18", "ZMM-19", "ZMM-20")
@pytest.mark.parametrize("what", TRIGGERS)
def test_a_trigger_that_may_not_be_is_refused_at_both_faces(faces, mass_mail, what):
    event, posted, body, sentence = TRIGGERS[what]
    page, api = faces()

    shown = page.post(f"/mass-mails/{mass_mail.pk}/triggers/{event}", posted)
    told = send(api, "put", f"/mass-mails/{mass_mail.pk}/triggers/{event}", body)

    assert (shown.status_code, told.status_code) == (422, 422)
    assert sentence in said(shown)
    assert sentence in said(told)
    assert not Trigger.objects.exists()


@pytest.mark.shows("MASS-05", "ZMM-21", "ZMM-25")
@pytest.mark.parametrize("what", FOLLOW_UPS)
def test_a_follow_up_that_may_not_be_is_refused_at_both_faces(faces, mass_mail, what):
    posted, body, sentence = FOLLOW_UPS[what]
    page, api = faces()

    shown = page.post(f"/mass-mails/{mass_mail.pk}/follow-ups?new=1", FOLLOW | posted)
    told = send(api, "post", f"/mass-mails/{mass_mail.pk}/follow-ups", body)

    assert (shown.status_code, told.status_code) == (422, 422)
    assert sentence in said(shown)
    assert sentence in said(told)
    assert not mass_mail.follow_ups.exists()


@pytest.mark.shows("MASS-05", "ZMM-26")
def test_a_sixth_follow_up_is_refused_at_both_faces(faces, mass_mail, camille, now):
    for _each in range(5):
        actions.add_follow_up(mass_mail, FollowUpDraft(who="received", template=None, days=3), by=camille, now=now)
    page, api = faces()

    shown = page.post(f"/mass-mails/{mass_mail.pk}/follow-ups?new=1", FOLLOW)
    told = send(api, "post", f"/mass-mails/{mass_mail.pk}/follow-ups", {"follow": "received", "days": 3})

    assert "at most 5 follow-ups" in said(shown)
    assert "at most 5 follow-ups" in said(told)
    assert mass_mail.follow_ups.count() == 5


OTHERS = {
    "edit": ("recipients", {"name": "Autre"}, "patch", "", {"name": "Autre"}),
    "launch": ("send", {"when": "now"}, "post", "/launch", {}),
    "schedule": (
        "send", {"when": "later", "day": "2099-01-01", "hour": "09:00"}, "post", "/schedule",
        {"at": "2099-01-01T09:00:00+00:00"},
    ),
    "stop": ("stop", {}, "post", "/stop", {}),
    "trigger": ("triggers/opened", fields(["city"]), "put", "/triggers/opened", updates(["city"])),
    "follow-up": ("follow-ups?new=1", FOLLOW, "post", "/follow-ups", {"follow": "received", "days": 3}),
}  # fmt: skip


@pytest.mark.shows("MASS-06", "MASS-07", "ZMM-34")
@pytest.mark.parametrize("what", OTHERS)
def test_somebody_elses_mass_mail_is_left_alone_at_both_faces(faces, mass_mail, add, yann, what):
    path, posted, method, address, body = OTHERS[what]
    add("Ada N", "ada@x.example")
    before = MassMail.objects.values().get(pk=mass_mail.pk)
    page, api = faces(yann)

    shown = page.post(f"/mass-mails/{mass_mail.pk}/{path}", posted, follow=True)
    told = send(api, method, f"/mass-mails/{mass_mail.pk}{address}", body)

    assert told.status_code == 403
    assert "Only Camille Aubry" in said(shown)
    assert "Only Camille Aubry" in said(told)
    assert MassMail.objects.values().get(pk=mass_mail.pk) == before
    assert not Trigger.objects.exists()
    assert not mass_mail.follow_ups.exists()


@pytest.mark.slow
@pytest.mark.shows("MASS-03", "ZMM-06")
def test_a_fourth_start_in_an_hour_is_refused_at_both_faces(faces, mass_mail, add, camille):
    add("Ada N", "ada@x.example")
    for _each in range(3):
        actions.launch(actions.copy_mass_mail(mass_mail, by=camille, now=clock.now()), by=camille, now=clock.now())
    page, api = faces()

    shown = page.post(f"/mass-mails/{mass_mail.pk}/send", {"when": "now"})
    told = send(api, "post", f"/mass-mails/{mass_mail.pk}/launch", {})

    assert "3 mass mails have started in this hour" in said(shown)
    assert "3 mass mails have started in this hour" in said(told)
    assert MassMail.objects.filter(launched_at__isnull=False).count() == 3


@pytest.mark.shows("MASS-02")
def test_a_mail_without_a_template_is_refused_at_both_faces(faces, mass_mail, add, camille):
    add("Ada N", "ada@x.example")
    page, api = faces()
    actions.edit_mass_mail(mass_mail, MassMailDraft(values={"template": None}), by=camille, now=mass_mail.created_at)

    shown = page.post(f"/mass-mails/{mass_mail.pk}/send", {"when": "now"})
    told = send(api, "post", f"/mass-mails/{mass_mail.pk}/launch", {})

    assert (shown.status_code, told.status_code) == (422, 422)
    assert "No template is chosen yet" in said(shown)
    assert "No template is chosen yet" in said(told)
