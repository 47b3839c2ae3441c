"""The one door: what a batch of hits makes of recipients, counters, interactions, the ledger of wishes and the news."""

import json
from datetime import timedelta
from random import Random
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.db.models import Count, Q

from relance.mail.models import Interaction, LinkCount, Message, OpeningCount, Recipient
from relance.mail.tracking import book, jottings, openings
from relance.mail.tracking.facts import COUNTERS
from relance.mail.tracking.hits import Hit, HitKind, hit_id
from relance.mail.tracking.note import note, noted_of
from relance.people.models import Suppression
from tests.mail.returns import NOW, message, person, recipient

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
LATER = NOW + timedelta(hours=3)


def hit(to, kind="open", at=LATER, agent=FIREFOX, **fields):
    return Hit(
        id=fields.pop("id", None) or uuid4(), kind=HitKind(kind), at=at, recipient_id=to.pk, method="GET",
        user_agent=agent, network="192.0.2.0/24", **fields,
    )  # fmt: skip


def take(*hits):
    with transaction.atomic(), connection.cursor() as cursor:
        return note(cursor, hits)


def counters(of):
    return Message.objects.values(*COUNTERS, "open_hits", "click_hits", "machine_hits").get(pk=of.pk)


def deferred():
    with connection.cursor() as cursor:
        cursor.execute("SELECT queue_name, task_name, args FROM procrastinate_jobs ORDER BY id")
        return [(queue, task, json.loads(args) if isinstance(args, str) else args) for queue, task, args in cursor]


@pytest.mark.shows("ENG-02", "MASS-08")
def test_an_opening_is_written_once_with_its_facts_counters_and_news():
    sent = message()
    eve = recipient(sent)

    noted = take(hit(eve))

    eve.refresh_from_db()
    assert (eve.first_opened_at, eve.last_opened_at, eve.opens) == (LATER, LATER, 1)
    assert (counters(sent)["opened"], counters(sent)["open_hits"]) == (1, 1)
    assert Interaction.objects.values_list("kind", "verdict", "network").get() == ("open", "human", "192.0.2.0/24")
    assert deferred() == [("reactions", "relance.react", {"news": {"MessageOpened": [{"recipient_id": eve.pk}]}})]
    assert noted.contents == {eve.pk: sent.content_id}


@pytest.mark.shows("ENG-03")
def test_only_the_first_opening_is_news():
    eve = recipient(message())

    take(hit(eve), hit(eve, at=LATER + timedelta(hours=1)))
    take(hit(eve, at=LATER + timedelta(hours=2)))

    eve.refresh_from_db()
    assert (eve.opens, eve.last_opened_at) == (3, LATER + timedelta(hours=2))
    assert len(deferred()) == 1


@pytest.mark.shows("ENG-05", "MASS-05")
@pytest.mark.parametrize("kind", ["click", "reply"])
def test_a_click_or_a_reply_implies_opened(kind):
    sent = message()
    eve = recipient(sent)

    take(hit(eve, kind, link=1 if kind == "click" else None))

    eve.refresh_from_db()
    assert (eve.first_opened_at, eve.opens) == (LATER, 0)
    assert counters(sent)["opened"] == 1


@pytest.mark.shows("SEQ-08")
def test_an_automatic_answer_is_no_reply_and_no_opening():
    sent = message()
    eve = recipient(sent)

    take(hit(eve, "auto_reply"))

    eve.refresh_from_db()
    assert (eve.auto_replied_at, eve.replied_at, eve.first_opened_at) == (LATER, None, None)
    assert not any(counters(sent).values())
    assert [list(args["news"]) for _, _, args in deferred()] == [["MessageAutoReplied"]]


@pytest.mark.shows("MASS-08", "C-6")
def test_a_late_bounce_takes_the_mail_out_of_the_delivered():
    sent = message()
    eve, untracked = recipient(sent), recipient(sent, track="none")
    take(hit(eve, "click", link=1))

    take(hit(eve, "bounce", detail={"bounce": "hard", "text": "550 5.1.1 no such user"}), hit(untracked, "bounce"))

    found = counters(sent)
    assert (found["bounced"], found["bounced_late"], found["opened"], found["clicked"]) == (2, 2, 0, 0)
    assert (found["untracked_opens"], found["untracked_clicks"]) == (0, 0)
    eve.refresh_from_db()
    assert (eve.bounce_kind, eve.bounce_text) == ("hard", "550 5.1.1 no such user")


@pytest.mark.shows("MASS-08")
def test_a_bounce_of_a_mail_that_never_left_is_not_a_late_one():
    sent = message()
    eve = recipient(sent, state="unknown")

    take(hit(eve, "bounce", detail={"bounce": "hard"}))

    assert (counters(sent)["bounced"], counters(sent)["bounced_late"]) == (1, 0)


@pytest.mark.shows("ENG-02")
def test_what_a_machine_does_is_kept_but_counts_for_nothing():
    sent = message()
    eve = recipient(sent)

    take(hit(eve, at=NOW + timedelta(milliseconds=300)))

    eve.refresh_from_db()
    assert (eve.first_opened_at, eve.opens, eve.machine_hits) == (None, 0, 1)
    assert (counters(sent)["machine_hits"], counters(sent)["opened"]) == (1, 0)
    assert Interaction.objects.get().verdict == "machine"
    assert deferred() == []


@pytest.mark.shows("T3")
def test_a_scanner_that_follows_every_link_leaves_no_human_click_whatever_the_batches():
    sent = message()
    eve = recipient(sent)
    clicks = [hit(eve, "click", at=LATER + timedelta(seconds=number), link=number) for number in (1, 2, 3)]

    for click in clicks:
        take(click)

    eve.refresh_from_db()
    assert not Interaction.objects.filter(verdict="human").exists()
    assert (eve.first_clicked_at, eve.first_opened_at, eve.clicks, eve.machine_hits) == (None, None, 0, 3)
    found = counters(sent)
    assert (found["clicked"], found["opened"], found["click_hits"], found["machine_hits"]) == (0, 0, 0, 3)


@pytest.mark.shows("UNSUB-06", "ENG-01")
def test_withdrawing_consent_also_silences_pixels_already_sent():
    sent = message()
    eve = recipient(sent, person(1, tracking_consent="denied"))

    take(hit(eve), hit(eve, "click", at=LATER + timedelta(hours=1), link=1))

    eve.refresh_from_db()
    assert (eve.first_opened_at, eve.opens, eve.clicks, eve.machine_hits) == (None, 0, 0, 0)
    rows = Interaction.objects.values_list("recipient", "user_agent", "network", "detail")
    assert set(map(str, rows)) == {"(None, '', '', {})"}
    assert (counters(sent)["open_hits"], counters(sent)["click_hits"], counters(sent)["opened"]) == (1, 1, 0)
    assert deferred() == []


@pytest.mark.shows("ENG-01", "ENG-07", "UNSUB-06", "D365-04")
@pytest.mark.parametrize(
    ("track", "readers"),
    [("full", True), ("clicks", True), ("aggregate", False), ("aggregate_clicks", False), ("none", None)],
)
def test_who_opens_a_file_is_known_only_as_far_as_her_copy_is_followed(track, readers):
    sent = message()
    eve = recipient(sent, track=track)

    take(hit(eve, "file", link=1))

    eve.refresh_from_db()
    rows = list(Interaction.objects.values_list("kind", "recipient", "user_agent", "network"))
    assert rows == {
        True: [("file", eve.pk, FIREFOX, "192.0.2.0/24")], False: [("file", None, "", "")], None: [],
    }[readers]  # fmt: skip
    assert (eve.first_opened_at is not None) == (readers is True)
    assert (deferred() != []) == (readers is True)


@pytest.mark.shows("UNSUB-06")
def test_a_token_that_names_nobody_only_adds_to_the_totals():
    sent = message()
    eve = recipient(sent, track="aggregate")

    take(
        Hit(
            id=uuid4(),
            kind=HitKind.OPEN,
            at=LATER,
            content_id=sent.content_id,
            method="GET",
            user_agent=FIREFOX,
            network="1.2.3.0/24",
        )
    )

    eve.refresh_from_db()
    assert (eve.first_opened_at, counters(sent)["open_hits"]) == (None, 1)
    assert Interaction.objects.values_list("recipient", "user_agent", "network").get() == (None, "", "")


@pytest.mark.shows("UNSUB-01", "UNSUB-02", "T4")
def test_an_opt_out_is_in_the_ledger_at_once_and_the_first_date_stands():
    sent = message()
    eve = recipient(sent)
    wish = {"scope": "marketing", "route": "one_click", "words": "List-Unsubscribe=One-Click"}

    take(hit(eve, "opt_out", detail=wish))
    take(hit(eve, "opt_out", at=LATER + timedelta(days=1), detail=wish))

    line = Suppression.objects.get()
    assert (line.normal, line.scope, line.route, line.at, line.recipient_id) == (
        eve.normal,
        "marketing",
        "one_click",
        LATER,
        eve.pk,
    )
    assert counters(sent)["opted_out"] == 1
    assert [args["news"] for _, _, args in deferred()] == [{"PersonOptedOut": [{"suppression_id": line.pk}]}]


@pytest.mark.shows("UNSUB-05")
def test_whoever_opted_out_by_mistake_comes_back_but_a_dead_address_stays_dead():
    sent = message()
    eve = recipient(sent)
    Suppression.objects.create(normal=eve.normal, scope="invalid", route="bounce", at=NOW)
    take(hit(eve, "opt_out", detail={"scope": "everything", "route": "page"}))

    take(hit(eve, "opt_in", at=LATER + timedelta(minutes=1), detail={"words": "a mistake"}))

    assert list(Suppression.objects.filter(lifted_at=None).values_list("scope", flat=True)) == ["invalid"]
    assert counters(sent)["opted_out"] == 0


@pytest.mark.shows("R14")
def test_a_complaint_opts_out_of_everything():
    sent = message()
    eve = recipient(sent)

    take(hit(eve, "complaint"))

    assert Suppression.objects.values_list("scope", "route").get() == ("everything", "complaint")
    assert counters(sent)["complained"] == 1


@pytest.mark.shows("T6")
def test_a_colleague_signed_in_to_relance_is_not_the_recipient(client):
    from relance.team.models import User

    eve = recipient(message())
    client.force_login(User.objects.get())
    key = client.session.session_key
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO usersessions_usersession"
            " (created_at, ip, last_seen_at, session_key, user_agent, data, user_id)"
            " VALUES (now(), '192.0.2.1', now(), %s, '', '{}', %s)",
            (key, User.objects.get().pk),
        )

    take(hit(eve, session=key), hit(eve, at=LATER + timedelta(hours=1), session="nobody's"))

    eve.refresh_from_db()
    assert (eve.opens, eve.machine_hits) == (1, 1)


@pytest.mark.shows("T1")
def test_hits_of_recipients_that_are_gone_and_hits_noted_before_change_nothing():
    sent = message()
    eve = recipient(sent)
    known = hit(eve)
    take(known)
    before = counters(sent)

    noted = take(known, Hit(id=uuid4(), kind=HitKind.OPEN, at=LATER, recipient_id=eve.pk + 1000))

    assert noted.new == set()
    assert counters(sent) == before
    assert Interaction.objects.count() == 1


def test_a_user_agent_full_of_nonsense_is_noted_all_the_same():
    eve = recipient(message())

    take(hit(eve, agent="Fire\x00fox \\u0000 \ud800 \U0001f4a9 '; DROP TABLE" + "x" * 500))

    noted = Interaction.objects.get().user_agent
    assert noted.startswith("Firefox \\u0000 ? \U0001f4a9 '; DROP TABLExxx")
    assert len(noted) <= 300


def test_a_spooled_hit_is_read_back_as_it_was_without_the_session():
    known = Hit(id=uuid4(), kind=HitKind.CLICK, at=LATER, recipient_id=7, link=2, session="secret", detail={"a": "é\n"})

    line = known.as_json()

    assert "secret" not in line
    assert "\n" not in line
    assert Hit.from_json(line) == Hit(
        id=known.id, kind=HitKind.CLICK, at=LATER, recipient_id=7, link=2, detail={"a": "é\n"}
    )


@pytest.mark.shows("T1")
def test_the_same_request_in_one_window_has_one_id():
    assert hit_id(b"k", "1", "7", window=5) == hit_id(b"k", "1", "7", window=5)
    assert (
        len({hit_id(b"k", "1", "7", window=5), hit_id(b"k", "1", "7", window=6), hit_id(b"l", "1", "7", window=5)}) == 3
    )


KINDS = (
    ["open"] * 5 + ["click"] * 3 + ["file", "reply", "auto_reply", "bounce", "complaint", "opt_out", "opt_in", "delay"]
)
STATES = ["sent", "sent", "sent", "sent", "in_data", "unknown", "failed"]
CONSENTS = ["granted", "unknown", "unknown", "denied"]
TRACKS = ["full", "full", "clicks", "aggregate", "none"]


def storm(random, recipients, contents, size):
    """Random hits, some of them twice, some of nobody, in bursts and far apart."""
    hits = []
    for _ in range(size):
        to, at = (
            random.choice(recipients),
            NOW + timedelta(seconds=random.choice([0.1, 1, 5, 8, 90, 4000, 90000]) * random.random()),
        )
        kind = random.choice(KINDS)
        agent = random.choice([FIREFOX, FIREFOX, FIREFOX, "", "bot"])
        link = random.randint(1, 3) if kind == "click" else None
        detail = {"bounce": random.choice(["hard", "soft"])} if kind == "bounce" else {}
        one = hit(to, kind, at, agent, link=link, detail=detail, id=UUID(int=random.getrandbits(128)))
        if random.random() < 0.1:
            one = Hit(
                id=one.id, kind=HitKind.OPEN, at=at, content_id=random.choice(contents), method="GET", user_agent=agent
            )
        hits += [one] * random.choice([1, 1, 1, 2])
    return hits


def state_of_things():
    facts = list(Recipient.objects.order_by("pk").values())
    totals = list(Message.objects.order_by("pk").values(*COUNTERS, "open_hits", "click_hits", "machine_hits"))
    return facts, totals, Interaction.objects.count(), Suppression.objects.count(), tallied()


def tallied():
    """What the result page reads: openings in stretches of time, clicks of links; rows of nothing left out."""
    openings = OpeningCount.objects.values_list("message", "at", "human", "unknown", "machine")
    clicks = LinkCount.objects.values_list("message", "link", "people", "clicks", "machine")
    return sorted(row for row in openings if any(row[2:])), sorted(row for row in clicks if any(row[2:]))


@pytest.mark.shows("MASS-08", "ENG-02")
@pytest.mark.parametrize("seed", range(12))
def test_after_any_storm_the_counters_are_the_counts_over_recipients_and_replays_change_nothing(seed):
    random = Random(seed)
    sent = [message(f"mass:{number}") for number in range(2)]
    recipients = [
        recipient(
            random.choice(sent), person(number, tracking_consent=random.choice(CONSENTS)),
            state=random.choice(STATES), track=random.choice(TRACKS),
        )
        for number in range(12)
    ]  # fmt: skip
    hits = storm(random, recipients, [each.content_id for each in sent], 160)

    waiting = list(hits)
    while waiting:
        size = random.randint(1, 40)
        batch, waiting = waiting[:size], waiting[size:]
        take(*batch)
        if random.random() < 0.3:
            take(*batch)

    for each in Message.objects.all():
        written, added = counters(each), tallied()
        with connection.cursor() as cursor:
            book.recount(cursor, [each.pk])
        assert (counters(each), tallied()) == (written, added)
        sums = Interaction.objects.filter(message=each).aggregate(
            open_hits=Count("pk", filter=Q(kind="open", verdict="human")),
            click_hits=Count("pk", filter=Q(kind="click", verdict="human")),
            machine_hits=Count("pk", filter=Q(kind__in=["open", "click", "file"], verdict="machine")),
        )
        assert {name: written[name] for name in sums} == sums
        each.refresh_from_db()
        delivered = each.sent - each.bounced_late
        assert 0 <= each.clicked <= each.opened <= delivered
        assert each.opened + each.untracked_opens <= delivered
        assert each.clicked + each.untracked_clicks <= delivered

    for each in Recipient.objects.all():
        mine = Interaction.objects.filter(recipient=each, verdict="human")
        shows = mine.filter(kind__in=["open", "click", "file", "reply"]).order_by("at")
        assert each.opens == mine.filter(kind="open").count()
        assert each.clicks == mine.filter(kind="click").count()
        assert each.first_opened_at == (shows.first().at if shows else None)
        assert each.last_opened_at == (shows.last().at if shows else None)

    before = state_of_things()
    random.shuffle(hits)
    take(*hits)
    assert state_of_things() == before


def written():
    """Every row that a hit may write, the news included."""
    names = [
        "id", "message", "recipient", "kind", "at", "link", "verdict", "why", "method", "user_agent", "network",
        "detail",
    ]  # fmt: skip
    news = [sorted(one["recipient_id"] for one in args["news"]["MessageOpened"]) for _, _, args in deferred()]
    return state_of_things(), list(Interaction.objects.order_by("pk").values_list(*names)), news


@pytest.mark.shows("MASS-08", "ENG-02", "ENG-03")
@pytest.mark.parametrize("seed", range(6))
def test_the_one_statement_for_openings_writes_what_is_written_hit_by_hit(seed, monkeypatch):
    random = Random(seed)
    sent = [message(f"mass:{number}") for number in range(2)]
    recipients = [
        recipient(
            random.choice(sent), person(number, tracking_consent=random.choice(CONSENTS)),
            state=random.choice([*STATES, "leased"]), track=random.choice(TRACKS),
        )
        for number in range(12)
    ]  # fmt: skip
    agents = [FIREFOX, "", "bot", 'GoogleImageProxy "quoted\\"', "Mozilla/5.0", "curl/8"]
    batches = [
        [
            hit(
                random.choice(recipients), at=NOW + timedelta(seconds=random.choice([-1, 1, 4, 90, 90000])),
                agent=random.choice(agents), id=UUID(int=random.getrandbits(128)), prefetch=random.random() < 0.1,
            )
            for _ in range(random.randint(1, 30))
        ]
        for _ in range(5)
    ]  # fmt: skip
    batches.append(batches[0] + batches[1][:3])
    told = []

    for way in (take, take, by_jottings):
        with transaction.atomic():
            noted = [way(*batch) for batch in batches]
            told.append((written(), [(each.new, each.topics, each.contents, set(each.events)) for each in noted]))
            transaction.set_rollback(True)
        monkeypatch.setattr(openings, "is_usual", lambda _hit: False)

    assert told[0] == told[1]
    assert told[0] == told[2]


def by_jottings(*hits):
    """Jotted down in pieces, then noted together; what the statement tells."""
    with transaction.atomic(), connection.cursor() as cursor:
        ids = [jottings.jot(cursor, hits[place : place + 7]) for place in range(0, len(hits), 7)]
        cursor.execute(openings.NOTE_JOTTED, jottings.values_of(ids))
        noted = noted_of(hits, cursor.fetchone())
        assert jottings.left(cursor, timedelta()) == []
        return noted


@pytest.mark.shows("T8")
def test_a_jotting_is_read_back_as_the_hits_that_it_was_made_of():
    eve, adam = recipient(message()), recipient(message("mass:2"))
    hits = [hit(eve), hit(adam, agent='said "hi", \\', prefetch=True), hit(eve, agent="")]

    with connection.cursor() as cursor:
        id = jottings.jot(cursor, hits)
        assert jottings.left(cursor, timedelta()) == [id]
        assert jottings.left(cursor, timedelta(minutes=1)) == []
        assert sorted(jottings.hits_of(cursor, id)) == sorted(hits)
        jottings.forget(cursor, id)
        assert jottings.hits_of(cursor, id) == []
