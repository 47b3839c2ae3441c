"""What was counted is kept, and still the list tells who meets the fact now (REC-05)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db.models import Count
from procrastinate.contrib.django.models import ProcrastinateJob

from relance.mail.models import Content, Interaction, Mailbox, Message, Recipient
from relance.people import actions, merging
from relance.people.actions import AccountDraft, PersonDraft
from relance.records import kept_counts, lists, recounting
from relance.records.models import KeptCount
from relance.team.actions import add_user
from relance.team.models import Grant
from relance.team.policy import Level
from relance.team.workspace import organisation

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-05")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NAMES = ("Ada", "Bea", "Cleo", "Dora", "Eve")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def boss():
    organisation()
    return add_user(email="camille@helionne.example", name="Camille", role="administrator")


@pytest.fixture
def people(boss):
    return {
        name: actions.add_person(
            "contact", PersonDraft(values={"first_name": name}, emails=(f"{name}@x.example",)), by=boss, now=NOW
        )
        for name in NAMES
    }


@pytest.fixture
def message(boss):
    return written(boss, 1)


def written(boss, number):
    box, _new = Mailbox.objects.get_or_create(address="us@x.example", defaults={"name": "Us", "host": "localhost"})
    return Message.objects.create(
        kind="mass", send_key=f"mass:{number}", state="done", mailbox=box, sender=boss, deliver_at=NOW,
        content=Content.objects.create(subject="Hello", html="<p>x</p>"), created_at=NOW,
    )  # fmt: skip


def copy(message, person, *, queued, sent=None):
    return Recipient.objects.create(
        message=message, person=person, email=person.primary_email, normal=person.primary_email,
        state="sent" if sent else "queued", queued_at=queued, sent_at=sent, track="full",
    )  # fmt: skip


def opened(message, person, *moments, verdict="human"):
    own = Recipient.objects.filter(message=message, person=person).first() or copy(
        message, person, queued=NOW - 90 * DAY, sent=NOW - 90 * DAY
    )
    for at in moments:
        Interaction.objects.create(message=message, recipient=own, kind="open", at=at, verdict=verdict)


def shown(user, told, at=NOW, module="contact"):
    page = lists.page(lists.read(module, {"where": told}), user=user, now=at)
    return [row["name"] for row in page.rows]


@pytest.fixture
def no_more_counting(monkeypatch):
    """From now on, counting all rows again fails the test."""

    def forbid():
        monkeypatch.setattr(kept_counts, "met", lambda *_given: pytest.fail("everything was counted again"))

    return forbid


def test_who_has_newer_openings_is_found_without_counting_all_again(boss, people, message, no_more_counting):
    opened(message, people["Ada"], NOW - DAY, NOW - HOUR)
    opened(message, people["Bea"], NOW - DAY)
    assert shown(boss, "all(@opened:yes:2)") == ["Ada"]
    no_more_counting()
    opened(message, people["Bea"], NOW + HOUR)
    opened(message, people["Cleo"], NOW + HOUR, NOW + HOUR + MINUTE)
    opened(message, people["Dora"], NOW + HOUR, NOW + HOUR + MINUTE, verdict="machine")
    opened(message, people["Eve"], NOW + HOUR)

    assert shown(boss, "all(@opened:yes:2)", NOW + 2 * HOUR) == ["Ada", "Bea", "Cleo"]
    assert shown(boss, "all(@opened:no:2)", NOW + 2 * HOUR) == ["Dora", "Eve"]


def test_time_takes_away_what_was_counted(boss, people, message, no_more_counting):
    opened(message, people["Ada"], NOW - 29 * DAY, NOW - 6 * DAY)
    opened(message, people["Bea"], NOW - 6 * DAY, NOW - 6 * DAY + HOUR)
    assert shown(boss, "all(@opened:yes:2:30)") == ["Ada", "Bea"]
    KeptCount.objects.update(counted_at=NOW + 36 * HOUR)  # as a job would have found the same again
    no_more_counting()

    assert shown(boss, "all(@opened:yes:2:30)", NOW + 2 * DAY) == ["Bea"]


def test_a_copy_that_was_waiting_when_all_were_counted_counts_once_it_has_left(boss, people, message, no_more_counting):
    copy(message, people["Ada"], queued=NOW - DAY, sent=NOW - DAY)
    waiting = copy(written(boss, 2), people["Ada"], queued=NOW - DAY)
    assert shown(boss, "all(@written:yes:2:30)") == []
    no_more_counting()
    Recipient.objects.filter(pk=waiting.pk).update(state="sent", sent_at=NOW + HOUR)

    assert shown(boss, "all(@written:yes:2:30)", NOW + 2 * HOUR) == ["Ada"]


def test_many_new_rows_make_it_count_again(boss, people, message, monkeypatch):
    monkeypatch.setattr(kept_counts, "MOST_NEW", 1)
    assert shown(boss, "all(@opened:yes:2)") == []
    opened(message, people["Ada"], NOW + HOUR, NOW + HOUR)
    opened(message, people["Bea"], NOW + HOUR, NOW + HOUR)

    assert shown(boss, "all(@opened:yes:2)", NOW + 2 * HOUR) == ["Ada", "Bea"]
    assert KeptCount.objects.get().counted_at == NOW + 2 * HOUR


def test_what_comes_late_is_found_when_a_job_counts_again(boss, people, message, monkeypatch):
    assert shown(boss, "all(@opened:yes:2)") == []
    opened(message, people["Ada"], NOW - DAY, NOW - DAY)  # as after an outage
    assert shown(boss, "all(@opened:yes:2)", NOW + HOUR) == []
    tree = lists.read("contact", {"where": "all(@opened:yes:2)"})
    assert [who.first_name for who in lists.matched(tree, user=boss, now=NOW + HOUR)] == ["Ada"], "acts go by what is"

    recounting.ring(NOW + 2 * HOUR)
    (job,) = ProcrastinateJob.objects.filter(task_name="relance.counts.renew")
    recounting.ring(NOW + 2 * HOUR)  # it stands in the queue already
    monkeypatch.setattr(recounting.clock, "now", lambda: NOW + 2 * HOUR)
    recounting.renew(**job.args)

    assert shown(boss, "all(@opened:yes:2)", NOW + 3 * HOUR) == ["Ada"]
    assert KeptCount.objects.get().counted_at == NOW + 2 * HOUR


def test_a_question_that_cannot_be_asked_any_more_or_is_not_asked_is_forgotten(boss, people, monkeypatch):
    monkeypatch.setattr(recounting.clock, "now", lambda: NOW + 2 * HOUR)
    shown(boss, "all(@opened:yes:2)")
    shown(boss, "all(@clicked:yes:2)")
    row = KeptCount.objects.get(fact__fact="opened")
    row.fact = {"fact": "opened", "times": 2, "of": "template:77"}
    row.save()

    recounting.renew(key=row.pk)
    assert [kept.fact["fact"] for kept in KeptCount.objects.all()] == ["clicked"]
    recounting.ring(NOW + 8 * DAY)
    assert not KeptCount.objects.exists()
    recounting.renew(key=row.pk)  # the job of one that is gone does nothing


def test_two_people_who_become_one_are_counted_together(boss, people, message):
    opened(message, people["Ada"], NOW - DAY)
    opened(written(boss, 2), people["Bea"], NOW - DAY)
    assert shown(boss, "all(@opened:yes:2)") == []

    merging.merge_people(people["Ada"], [people["Bea"]], {}, by=boss, now=NOW)

    assert shown(boss, "all(@opened:yes:2)", NOW + HOUR) == ["Ada"]


def test_each_sees_of_a_company_only_what_their_own_people_did(boss, people, message):
    west = actions.add_account(AccountDraft(values={"name": "West"}), by=boss, now=NOW)
    seller = add_user(email="sam@helionne.example", name="Sam", role="salesperson")
    Grant.objects.filter(role=seller.role, module__in=("contact", "lead")).update(read=Level.OWN)
    Grant.objects.filter(role=seller.role, module="account").update(read=Level.ALL)
    for name in ("Ada", "Bea"):
        people[name].account = west
        people[name].save()
    opened(message, people["Ada"], NOW - DAY)
    opened(message, people["Bea"], NOW - DAY)

    for _again in range(2):
        assert shown(boss, "all(@opened:yes:2)", module="account") == ["West"]
        assert shown(seller, "all(@opened:yes:2)", module="account") == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_a_list_that_keeps_counts_shows_who_meets_it_whatever_happens(boss, people, seed):
    rng, now = Random(seed), NOW
    messages = [written(boss, number) for number in range(2, 5)]
    asked = ("all(@opened:yes:2)", "all(@opened:yes:3:20)", "all(@written:yes:2)", "all(@written:yes:2:20)")
    for _step in range(25):
        now += timedelta(hours=rng.choice((0, 1, 30, 200)))
        who, message = people[rng.choice(NAMES)], rng.choice(messages)
        waiting = Recipient.objects.filter(state="queued").order_by("?").first()
        if waiting and rng.random() < 0.4:
            Recipient.objects.filter(pk=waiting.pk).update(state="sent", sent_at=now)
        elif Recipient.objects.filter(message=message, person=who).exists():
            opened(message, who, now)
        else:
            copy(message, who, queued=now)
        for told in rng.sample(asked, 2):
            days = 20 if told.endswith(":20)") else 9999
            rows = Interaction.objects.filter(at__gte=now - days * DAY, kind="open")
            person = "recipient__person__first_name"
            if "written" in told:
                person = "person__first_name"
                rows = (
                    Recipient.objects.filter(sent_at__gte=now - days * DAY) if days == 20 else Recipient.objects.all()
                )
            counted = rows.values(person).annotate(n=Count("pk")).filter(n__gte=3 if ":3:" in told else 2)
            assert shown(boss, told, now) == sorted(row[person] for row in counted), told
