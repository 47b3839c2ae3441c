"""Counted and dated facts choose the same people however a list finds them: row by row, or all at once (REC-05)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from relance.deals import actions as deals
from relance.mail.models import Content, Interaction, Mailbox, Message, Recipient
from relance.people import actions
from relance.people.actions import PersonDraft
from relance.records import criteria, finding, kept_counts, lists, registry
from relance.records.registry import Asking
from relance.team.actions import add_user
from relance.team.workspace import organisation
from tests.worlds import world

__all__ = ["world"]

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-05")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NAMES = ("Ada", "Bea", "Cleo", "Dora", "Eve", "Fay", "Gil", "Hal")


def ago(days):
    return NOW - timedelta(days=days)


@pytest.fixture(scope="module")
def boss(world):
    organisation()
    return add_user(email="camille@helionne.example", name="Camille", role="administrator")


@pytest.fixture(scope="module")
def story(boss):
    """What happened to each: the days since each mail, opening, click, answer and return. The last has no story."""
    people = [
        actions.add_person(
            "contact", PersonDraft(values={"first_name": name, "city": "Paris" if n % 2 else "Lyon"},
            emails=(f"{name}@x.example",)), by=boss, now=NOW,
        )
        for n, name in enumerate(NAMES)
    ]  # fmt: skip
    box = Mailbox.objects.create(name="Us", address="us@x.example", host="localhost")
    rng, told = (
        Random(11),
        {name: {"written": [], "open": [], "click": [], "reply": [], "bounce": []} for name in NAMES},
    )
    for number in range(4):
        message = Message.objects.create(
            kind="mass", send_key=f"mass:{number}", state="done", mailbox=box, sender=boss, deliver_at=NOW,
            content=Content.objects.create(subject="Hello", html="<p>x</p>"), created_at=NOW,
        )  # fmt: skip
        for person, name in zip(people[:-1], NAMES, strict=False):
            if rng.random() < 0.8:
                copy(message, person, told[name], rng)
    for person, wanted in zip(people, (0, 2, 1, 3), strict=False):
        told[person.first_name]["deal"] = [0] * wanted
        for _deal in range(wanted):
            deals.add({"name": "Roof", "contact": person.pk}, by=boss, now=NOW)
    return told


def copy(message, person, told, rng):
    sent, opens, clicks = rng.randrange(20, 60), rng.randrange(4), rng.randrange(3)
    days = {
        "open": [rng.randrange(2, 20) for _ in range(opens)],
        "click": [rng.randrange(2, 20) for _ in range(clicks)],
    }
    replied, bounced = rng.random() < 0.4, rng.random() < 0.3
    days |= {"reply": [sent // 3] * replied, "bounce": [sent // 2] * bounced}
    row = Recipient.objects.create(
        message=message, person=person, email=person.primary_email, normal=person.primary_email, state="sent",
        queued_at=ago(sent), sent_at=ago(sent), track="full",
        first_opened_at=ago(max(days["open"])) if opens else None,
        last_opened_at=ago(min(days["open"])) if opens else None,
        first_clicked_at=ago(max(days["click"])) if clicks else None,
        replied_at=ago(days["reply"][0]) if replied else None, bounced_at=ago(days["bounce"][0]) if bounced else None,
    )  # fmt: skip
    hits = [(kind, day, "human") for kind in ("open", "click") for day in days[kind]]
    for kind, day, verdict in (*hits, ("open", 1, "machine"), ("click", 1, "machine")):
        Interaction.objects.create(message=message, recipient=row, kind=kind, at=ago(day), verdict=verdict)
    told["written"].append(sent)
    for kind, met in days.items():
        told[kind] += met


def often(told, kind, times, days=999):
    return sum(day <= days for day in told.get(kind, ())) >= times


ASKED = {
    "all(@opened:yes:2)": lambda who, told: often(told, "open", 2),
    "all(@opened:yes:3:9)": lambda who, told: often(told, "open", 3, 9),
    "all(@opened:no:3:9)": lambda who, told: not often(told, "open", 3, 9),
    "all(@opened:yes:90)": lambda who, told: False,
    "all(@opened:no:90)": lambda who, told: True,
    "all(@clicked:yes:1:6)": lambda who, told: often(told, "click", 1, 6),
    "all(@clicked:yes:2:12)": lambda who, told: often(told, "click", 2, 12),
    "all(@written:yes:3)": lambda who, told: often(told, "written", 3),
    "all(@written:yes:2:40)": lambda who, told: often(told, "written", 2, 40),
    "all(@written:no:2:40)": lambda who, told: not often(told, "written", 2, 40),
    "all(@replied:yes:2)": lambda who, told: often(told, "reply", 2),
    "all(@replied:yes:2:10)": lambda who, told: often(told, "reply", 2, 10),
    "all(@bounced:yes:2)": lambda who, told: often(told, "bounce", 2),
    "all(@open_deal:yes:2)": lambda who, told: often(told, "deal", 2),
    "all(@open_deal:no:3)": lambda who, told: not often(told, "deal", 3),
    "all(city:is:Paris,@opened:yes:2)": lambda who, told: who in PARIS and often(told, "open", 2),
    "any(city:is:Paris,@opened:yes:4:15)": lambda who, told: who in PARIS or often(told, "open", 4, 15),
    "any(@replied:yes:2,@clicked:yes:4)": lambda who, told: often(told, "reply", 2) or often(told, "click", 4),
    "none(@opened:yes:2:15,@replied:yes:2)": lambda who, told: (
        not (often(told, "open", 2, 15) or often(told, "reply", 2))
    ),
    "any(@opened:no:2,all(@written:yes:3,none(@clicked:yes:2)))": lambda who, told: (
        not often(told, "open", 2) or (often(told, "written", 3) and not often(told, "click", 2))
    ),
}
PARIS = NAMES[1::2]
NAMED = {
    "all(@replied:yes:1:9)": lambda who, told: often(told, "reply", 1, 9),
    "all(@bounced)": lambda who, told: often(told, "bounce", 1),
    "all(@opened:yes:1:9)": lambda who, told: often(told, "open", 1, 9),
    "all(@written:yes:1:40)": lambda who, told: often(told, "written", 1, 40),
    "all(@open_deal)": lambda who, told: often(told, "deal", 1),
    "all(@opened:yes:3)": lambda who, told: often(told, "open", 3),
    "all(@replied,city:is:Paris)": lambda who, told: who in PARIS and often(told, "reply", 1),
    "all(@replied,@clicked:no:1:9)": lambda who, told: often(told, "reply", 1) and not often(told, "click", 1, 9),
    "any(@replied,@bounced)": lambda who, told: often(told, "reply", 1) or often(told, "bounce", 1),
    "all(any(@replied,city:is:Paris),@clicked:yes:1:9)": lambda who, told: (
        (often(told, "reply", 1) or who in PARIS) and often(told, "click", 1, 9)
    ),
}
UNNAMED = {
    "all(@replied:no)": lambda who, told: not often(told, "reply", 1),
    "any(@replied,city:is:Paris)": lambda who, told: often(told, "reply", 1) or who in PARIS,
    "none(@bounced)": lambda who, told: not often(told, "bounce", 1),
    "all(city:contains:par)": lambda who, told: who in PARIS,
}


@pytest.mark.slow
@pytest.mark.parametrize("most", [kept_counts.MOST_MET, 1, 0], ids=["named", "too many to name", "never named"])
def test_counted_facts_choose_the_same_people_in_every_way(boss, story, monkeypatch, most):
    monkeypatch.setattr(kept_counts, "MOST_MET", most)
    contacts = registry.module("contact").visible(boss)
    expected = {told: [who for who in NAMES if is_met(who, story[who])] for told, is_met in ASKED.items()}

    for told, names in expected.items():
        asked, tree = lists.read("contact", {"where": told}), criteria.read_text(told)
        page = lists.page(asked, user=boss, now=NOW)
        each = [
            criteria.condition(tree, module="contact", asking=Asking(user=boss, now=NOW, gathered=way))
            for way in (0, 1)
        ]

        assert sorted(row["name"] for row in page.rows) == names, told
        assert lists.count(asked, user=boss, now=NOW, exact=True).number == len(names), told
        assert [[row.first_name for row in contacts.filter(q).order_by("name")] for q in each] == [names, names], told


@pytest.mark.parametrize("told", NAMED | UNNAMED)
def test_only_those_are_candidates_whom_the_rows_of_a_fact_name(boss, story, monkeypatch, told):
    tree, asking = criteria.read_text(told), Asking(user=boss, now=NOW)
    contacts, is_met = registry.module("contact").visible(boss), (NAMED | UNNAMED)[told]

    named = criteria.candidates(tree, module="contact", asking=asking)
    monkeypatch.setattr(criteria, "MOST_NAMED", -1)

    assert (named is not None) == (told in NAMED)
    if named is not None:
        ids = {pk for among in named.among for row in among for pk in row.values()}
        assert {who for who in NAMES if is_met(who, story[who])} <= {
            row.first_name for row in contacts.filter(pk__in=ids)
        }
    assert criteria.candidates(tree, module="contact", asking=asking) is None, "too many to be named"


@pytest.mark.parametrize("sort", ["name", "-name"])
@pytest.mark.parametrize("told", NAMED | UNNAMED)
def test_walking_among_candidates_shows_the_same_pages(boss, story, monkeypatch, told, sort):
    for key, value in (("NEAR", 1), ("SCARCE", -1), ("CHANCE", 0)):
        monkeypatch.setattr(finding, key, value)
    walks, walk = [], finding.Search._walk_among
    monkeypatch.setattr(finding.Search, "_walk_among", lambda *asked: walks.append(walk(*asked)) or walks[-1])

    met, after = [], ""
    while True:
        asked = lists.read("contact", {"where": told, "sort": sort, "after": after})
        page = lists.page(asked, user=boss, now=NOW, size=1)
        met += [row["name"] for row in page.rows]
        if not (after := page.after):
            break

    names = [who for who in NAMES if (NAMED | UNNAMED)[told](who, story[who])]
    assert met == (names[::-1] if sort == "-name" else names)
    assert bool(walks) == (told in NAMED)


@pytest.mark.parametrize("told", ["all(@opened:yes:2)", "all(@written:no:2:40)", "any(@replied:yes:2,@clicked:yes:4)"])
def test_pages_of_a_counted_fact_follow_each_other(boss, story, told):
    names = [who for who in NAMES if ASKED[told](who, story[who])]

    met, after = [], ""
    while True:
        asked = lists.read("contact", {"where": told, "after": after})
        page = lists.page(asked, user=boss, now=NOW, size=2)
        met += [row["name"] for row in page.rows]
        if not (after := page.after):
            break

    assert met == names
