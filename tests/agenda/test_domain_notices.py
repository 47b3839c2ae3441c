"""Sending domains are looked at by themselves, and administrators are told once of what has broken (ADM-03)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from relance import schedule
from relance.agenda import assistant, domain_notices
from relance.lib import clock
from relance.mail.domains import checking, daily
from relance.mail.domains.rules import Course, Finding, Part, turned
from relance.mail.models import Mailbox, Message, SendingDomain
from relance.team.actions import add_user
from relance.team.workspace import organisation
from tests.mail.domains.name_server import IN_ORDER, SILENT, name_server

pytestmark = pytest.mark.shows("ADM-03")
NOW = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def table(settings, monkeypatch):
    """What the name servers know of a domain in order."""
    known = dict(IN_ORDER)
    monkeypatch.setattr("relance.mail.transport.names.SECONDS", 0.3)
    monkeypatch.setattr(checking, "RESERVED", frozenset())  # this name server answers for one of them
    settings.RELANCE_EDGE_URL = "http://localhost:8001"
    with name_server(known) as address:
        settings.RELANCE_NAME_SERVER = address
        yield known


@pytest.fixture
def camille(db):
    organisation()
    add_user(email="ann@helionne.example", name="Ann", role="salesperson")
    add_user(email="bea@helionne.example", name="Béa", role="administrator", language="fr")
    return add_user(email="camille@helionne.example", name="Camille", role="administrator")


@pytest.fixture
def mailbox(camille):
    return Mailbox.objects.create(
        name="Sales", address="sales@helionne.example", host="relay.example.net", is_default=True
    )


def days_pass(monkeypatch, *moments):
    """the schedule and its jobs at each of these moments; how many jobs were rung for."""
    rung = 0
    for now in moments:
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        daily.ring(now)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s", [daily.NAME])
            for _job in range(cursor.rowcount):
                daily.look.func()
                rung += 1
        domain_notices.tell_due(now)
    return rung


def notices():
    rows = Message.objects.filter(kind="notification").order_by("id")
    return [(row.recipients.get().email, row.content.subject, row.content.text) for row in rows]


def finding(code):
    return Finding(part=Part(code.partition("_")[0]), code=code)


@pytest.mark.parametrize(
    ("before", "found", "after"),
    [
        (Course(), ["spf_right"], Course(right={"spf"})),
        (Course(), ["spf_missing"], Course()),
        (Course(right={"spf"}), ["spf_missing"], Course(broken={"spf"})),
        (Course(right={"spf"}), ["spf_open_end"], Course(right={"spf"})),
        (
            Course(right={"spf", "mx"}),
            ["spf_open_end", "spf_missing", "mx_right"],
            Course(right={"mx"}, broken={"spf"}),
        ),
        (Course(right={"dkim"}), ["dkim_unnamed"], Course(right={"dkim"})),
        (Course(broken={"spf"}), ["spf_missing"], Course(broken={"spf"})),
        (Course(broken={"spf"}), ["spf_right"], Course(right={"spf"})),
    ],
)
def test_a_part_breaks_that_was_right_and_is_wrong(before, found, after):
    assert turned(before, map(finding, found)) == after


def test_silence_of_the_name_servers_neither_breaks_nor_mends():
    silent = [Finding(part=Part.SPF, code="silent")]

    assert turned(Course(right={"spf"}), silent) == Course(right={"spf"})
    assert turned(Course(broken={"spf"}), silent) == Course(broken={"spf"})


@pytest.mark.django_db
@pytest.mark.parametrize("ending", ["example", "test", "invalid"])
def test_a_name_that_nobody_can_publish_for_is_only_looked_at_when_asked(table, mailbox, monkeypatch, camille, ending):
    monkeypatch.setattr(checking, "RESERVED", frozenset({"example", "test", "invalid", "localhost"}))
    Mailbox.objects.update(address=f"sales@helionne.{ending}")

    rung = days_pass(monkeypatch, NOW, NOW + 25 * HOUR)

    assert rung == 0
    assert not [card for card in assistant.cards(camille, now=NOW) if card.kind == "domain"]
    (asked,) = checking.check(by=camille, now=NOW)
    assert asked.checked_at == NOW


@pytest.mark.django_db
def test_a_look_that_nobody_asked_for_passes_by_reserved_names_alone(table, mailbox, monkeypatch):
    monkeypatch.setattr(checking, "RESERVED", frozenset({"test"}))
    Mailbox.objects.create(name="Trial", address="sales@helionne.test", host="relay.example.net")

    days_pass(monkeypatch, NOW)

    assert {row.domain for row in SendingDomain.objects.exclude(checked_at=None)} == {"helionne.example"}


@pytest.mark.django_db
def test_a_domain_in_use_is_looked_at_once_a_day(table, mailbox, monkeypatch):
    rung = days_pass(monkeypatch, NOW, NOW + HOUR, NOW + 23 * HOUR, NOW + 24 * HOUR, NOW + 30 * HOUR)

    assert rung == 2
    assert SendingDomain.objects.get().checked_at == NOW + 24 * HOUR
    assert notices() == []


@pytest.mark.django_db
def test_silent_name_servers_are_asked_again_within_the_hour(table, mailbox, monkeypatch):
    table["helionne.example", "TXT"] = SILENT

    assert days_pass(monkeypatch, NOW, NOW + HOUR / 2, NOW + HOUR) == 2


@pytest.mark.django_db
def test_nobody_is_asked_anything_while_no_mailbox_sends(camille, monkeypatch):
    monkeypatch.setattr(checking, "Names", lambda: 1 / 0)
    SendingDomain.objects.create(domain="old.example", checked_at=NOW - 9 * DAY)
    Mailbox.objects.create(name="Read", address="a@old.example", host="")
    Mailbox.objects.create(name="Off", address="b@old.example", host="h", is_active=False)

    assert days_pass(monkeypatch, NOW) == 0


@pytest.mark.django_db
def test_administrators_are_told_once_that_a_record_is_gone_and_anew_when_it_breaks_anew(table, mailbox, monkeypatch):
    record = table["helionne.example", "TXT"]
    days_pass(monkeypatch, NOW)
    del table["helionne.example", "TXT"]
    days_pass(monkeypatch, *(NOW + number * DAY for number in range(1, 5)))
    first = notices()
    table["helionne.example", "TXT"] = record
    days_pass(monkeypatch, NOW + 5 * DAY)
    del table["helionne.example", "TXT"]
    days_pass(monkeypatch, NOW + 6 * DAY)

    french, english = sorted(first)
    assert [email for email, _subject, _text in (french, english)] == [
        "bea@helionne.example", "camille@helionne.example"
    ]  # fmt: skip
    assert french[1] == "Un enregistrement de helionne.example n’est plus correct"
    assert english[1] == "A record of helionne.example is no longer right"
    assert "does not say who may send for it" in english[2]
    assert "DMARC" not in english[2]
    assert len(notices()) == 4


@pytest.mark.django_db
def test_what_was_never_right_stands_on_today_and_is_no_news(table, mailbox, camille, monkeypatch):
    del table["_dmarc.helionne.example", "TXT"]

    days_pass(monkeypatch, NOW, NOW + DAY)

    assert notices() == []
    assert [card.title for card in assistant.cards(camille, now=NOW + DAY) if card.kind == "domain"] == [
        "helionne.example"
    ]


@pytest.mark.django_db
def test_a_record_that_breaks_while_another_is_wrong_is_told_alone(table, mailbox, monkeypatch):
    del table["_dmarc.helionne.example", "TXT"]
    days_pass(monkeypatch, NOW)
    table["helionne.example", "MX"] = ("0 .",)
    days_pass(monkeypatch, NOW + DAY)

    assert len(notices()) == 2
    assert "receives no mail" in notices()[0][2] or "receives no mail" in notices()[1][2]
    assert not any("DMARC" in text for _email, _subject, text in notices())


@pytest.mark.django_db
def test_another_selector_is_no_seal_that_broke(table, mailbox, camille, monkeypatch):
    checking.name_selector("helionne.example", "s1", by=camille)
    days_pass(monkeypatch, NOW)
    checking.name_selector("helionne.example", "s2", by=camille)
    days_pass(monkeypatch, NOW + DAY)

    assert notices() == []
    assert "dkim_missing" in {each["code"] for each in SendingDomain.objects.get().findings}


@pytest.mark.django_db
def test_a_domain_that_is_no_longer_used_is_not_told_of(table, mailbox, camille, monkeypatch):
    days_pass(monkeypatch, NOW)
    del table["helionne.example", "TXT"]
    checking.look(now=NOW + DAY)
    mailbox.is_active = False
    mailbox.save()

    domain_notices.tell_due(NOW + DAY)

    assert notices() == []
    assert SendingDomain.objects.get().broken == []


@pytest.mark.django_db
def test_the_page_says_when_it_was_looked_at_and_that_it_looks_by_itself(table, mailbox, camille, client, monkeypatch):
    days_pass(monkeypatch, NOW)
    monkeypatch.setattr(clock, "now", lambda: NOW + 3 * HOUR)
    client.force_login(camille)

    told = client.get("/settings/domains").content.decode()

    assert "It looks by itself once a day" in told
    assert f'datetime="{NOW.isoformat()}"' in told or "3 h" in told


def test_both_acts_are_on_the_page_of_due_work():
    acts = {chore.run: chore.every for chore in schedule.CHORES}

    assert acts[daily.ring] <= 600
    assert acts[domain_notices.tell_due] <= 15
