"""The numbers of a mass mail: each one is the length of its list, and the identities hold."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from relance.campaigns import actions, stats
from relance.mail.models import Interaction, Message, Recipient
from relance.mail.tracking import book

pytestmark = pytest.mark.django_db
STATES = ["sent"] * 6 + ["failed", "failed", "unknown", "cancelled", "refused", "queued"]


@pytest.fixture
def message(mass_mail, add, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    launched = actions.launch(mass_mail, by=mass_mail.creator, now=now)
    Message.objects.filter(pk=launched.pk).update(state="sending", started_at=now)
    launched.refresh_from_db()
    return launched


def a_world(message, seed, now):
    """Eighty copies in every state, with openings, clicks, bounces and opt-outs at random; then counted by the book."""
    dice = random.Random(seed)

    def at(chance):
        return now + timedelta(minutes=dice.randrange(60)) if dice.random() < chance else None

    for number in range(80):
        state = dice.choice(STATES)
        gone = state in ("sent", "unknown")
        opened = at(0.4) if gone else None
        clicked = opened if opened and dice.random() < 0.4 else None
        Recipient.objects.create(
            message=message, email=f"p{number}@x.example",
            normal=None if state == "refused" else f"p{number}@x.example",
            name=f"P {number}", state=state, queued_at=now, track=dice.choice(Recipient.Track.values),
            bounced_at=at(0.15) if gone else (at(0.5) if state == "failed" else None),
            first_opened_at=opened, first_clicked_at=clicked, replied_at=opened if dice.random() < 0.1 else None,
            opted_out_at=at(0.05), complained_at=at(0.02),
        )  # fmt: skip
    rows = message.recipients
    Message.objects.filter(pk=message.pk).update(
        total=rows.exclude(state="refused").count(),
        sent=rows.filter(state="sent").count(),
        failed=rows.filter(state="failed", bounced_at=None).count(),
        unknown=rows.filter(state="unknown").count(),
        cancelled=rows.filter(state="cancelled").count(),
        refused=rows.filter(state="refused").count(),
    )
    with connection.cursor() as cursor:
        book.recount(cursor, [message.pk])
    message.refresh_from_db()


@pytest.mark.shows("MASS-08", "ZMM-35", "ZMM-36")
@pytest.mark.parametrize("seed", range(6))
def test_every_number_is_the_length_of_its_list(message, now, seed):
    a_world(message, seed, now)

    figures = stats.figures(message)

    assert {name: getattr(figures, name) for name in stats.BUCKETS} == {
        name: stats.people(message, name).count() for name in stats.BUCKETS
    }


@pytest.mark.shows("MASS-08", "ZMM-35", "C-6")
@pytest.mark.parametrize("seed", range(6))
def test_the_parts_add_up_to_their_whole(message, now, seed):
    a_world(message, seed, now)

    figures = stats.figures(message)

    assert figures.delivered == figures.sent - figures.bounced
    assert figures.not_delivered == figures.bounced + figures.failed
    assert figures.opened + figures.not_opened + figures.untracked_opens == figures.delivered
    assert figures.clicked + figures.not_clicked + figures.untracked_clicks == figures.delivered
    assert min(figures.not_opened, figures.not_clicked) >= 0


@pytest.mark.shows("MASS-08", "ZMM-36")
def test_the_list_behind_a_number_is_read_page_by_page(message, now):
    a_world(message, 1, now)
    everybody = [row.pk for row in stats.people(message, "sent")]

    first = stats.recipients(message, "sent", limit=10)
    second = stats.recipients(message, "sent", after=first[-1].pk, limit=10)

    assert [row.pk for row in [*first, *second]] == everybody[:20]


def copy_to(email, message, now):
    return Recipient.objects.create(message=message, email=email, normal=email, state="sent", queued_at=now)


def hit(message, recipient, kind, at, verdict="human", link=None):
    Interaction.objects.create(message=message, recipient=recipient, kind=kind, at=at, verdict=verdict, link=link)
    with connection.cursor() as cursor:
        book.retally(cursor, [message.pk])


@pytest.mark.shows("MASS-08", "ENG-02")
def test_links_count_people_once_and_keep_machines_apart(message, now):
    one, two = copy_to("a@x.example", message, now), copy_to("b@x.example", message, now)
    for recipient, verdict in ((one, "human"), (one, "human"), (two, "machine")):
        hit(message, recipient, "click", now, verdict, link=1)

    (link,) = stats.links(message)

    assert (link.people, link.clicks, link.machine) == (1, 2, 1)
    assert [row.pk for row in stats.people(message, "sent", link=1)] == [one.pk]


@pytest.mark.shows("MASS-08", "ENG-02")
def test_openings_stand_in_their_hours_without_gaps(message, now):
    row = copy_to("a@x.example", message, now)
    for hours, verdict in ((0, "human"), (0, "machine"), (3, "unknown")):
        hit(message, row, "open", now + timedelta(hours=hours), verdict)

    told = stats.hours(message, zone=ZoneInfo("Europe/Paris"), now=now + timedelta(hours=5))

    assert told.step == "hour"
    assert [(bar.human, bar.unknown, bar.machine) for bar in told.bars[:4]] == [
        (1, 0, 1), (0, 0, 0), (0, 0, 0), (0, 1, 0),
    ]  # fmt: skip
    assert told.bars[0].at == datetime(2026, 11, 19, 14, 0, tzinfo=UTC)


@pytest.mark.shows("MASS-08", "G18")
@pytest.mark.parametrize(
    ("begun", "hours", "step"),
    [
        (datetime(2026, 10, 24, 20, 5, tzinfo=UTC), [0, 3, 4, 5, 6, 30, 60], "hour"),  # an hour comes twice that night
        (datetime(2026, 3, 28, 20, 5, tzinfo=UTC), [0, 3, 4, 5, 6, 30, 60], "hour"),  # and is missing in that one
        (datetime(2026, 10, 20, 20, 5, tzinfo=UTC), [0, 1, 98, 99, 100, 101, 123, 124, 200], "day"),
        (datetime(2026, 10, 20, 20, 5, tzinfo=UTC), [0, 0.1, 0.5], "minute"),
        (datetime(2026, 10, 20, 20, 5, tzinfo=UTC), [], "minute"),
    ],
)
def test_no_opening_is_lost_between_the_bars_when_the_clock_is_put_forward_or_back(message, begun, hours, step):
    Message.objects.filter(pk=message.pk).update(started_at=begun)
    message.refresh_from_db()
    row = copy_to("a@x.example", message, begun)
    for after in hours:
        hit(message, row, "open", begun + timedelta(hours=after))

    told = stats.hours(message, zone=ZoneInfo("Europe/Paris"), now=begun)

    assert told.step == step
    assert told.sum("human") == len(hours)
    if step == "day":
        assert [bar.human for bar in told.bars if bar.human] == [2, 4, 2, 1]


@pytest.mark.shows("MASS-08", "ENG-09")
def test_a_copy_tells_its_own_story_in_order(message, now):
    row = Recipient.objects.create(
        message=message, email="a@x.example", normal="a@x.example", state="sent", queued_at=now,
        sent_at=now + timedelta(seconds=5), reply_text="250 ok",
    )  # fmt: skip
    hit(message, row, "click", now + timedelta(minutes=9), link=1)
    hit(message, row, "open", now + timedelta(seconds=7), "machine")

    told = [(entry.kind, entry.verdict, entry.detail) for entry in stats.log(row)]

    assert told == [
        ("queued", "", "a@x.example"), ("sent", "", "250 ok"), ("open", "machine", ""),
        ("click", "human", "Vérifier mon toit https://helionne.example/toit"),
    ]  # fmt: skip


@pytest.mark.shows("MASS-08")
def test_a_list_is_exported_with_its_head(message, now):
    a_world(message, 2, now)

    rows = list(stats.csv_rows(message, "bounced"))

    assert rows[0][:2] == ["Name", "E-mail address"]
    assert len(rows) == 1 + stats.figures(message).bounced
