"""The public edge over real HTTP: pixels, links, unsubscribing. What it answers, and what it has noted by then."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import connection

from relance.lib import tokens
from relance.lib.tokens import Kind
from relance.mail.models import Interaction, Message, Recipient
from relance.people.models import Suppression
from relance.team.workspace import organisation
from tests.edge.running import LONG_AGO, WEB, until
from tests.mail.returns import KEY, message, recipient

pytestmark = pytest.mark.slow
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
ONE_CLICK = b"List-Unsubscribe=One-Click"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)
APPLE = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
MICROSOFT = "Mozilla/5.0 (compatible; MicrosoftPreview/2.0; +https://aka.ms/MicrosoftPreview)"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def sent(edge):
    return message()


@pytest.fixture
def eve(sent):
    return recipient(sent, sent_at=LONG_AGO)


def token(kind, of, link=0):
    return tokens.sign(KEY, kind, of.pk, link)


@pytest.mark.shows("ENG-02", "T1")
def test_an_opening_is_noted_before_the_image_is_there(edge, eve):
    answer = edge.get(f"/o/{token(Kind.OPEN, eve)}.gif", User_Agent=FIREFOX, X_Forwarded_For="203.0.113.77")

    assert (answer.status, len(answer.body), answer.headers["content-type"]) == (200, 43, "image/gif")
    assert answer.body.startswith(b"GIF89a")
    assert "no-store" in answer.headers["cache-control"]
    assert "set-cookie" not in answer.headers
    noted = Interaction.objects.get()
    assert (noted.recipient_id, noted.kind, noted.user_agent, noted.network) == (
        eve.pk,
        "open",
        FIREFOX,
        "203.0.113.0/24",
    )


@pytest.mark.shows("T1")
def test_openings_travel_by_the_fast_way_once_it_is_open(edge, eve):
    """The lanes are the connections whose last word was the statement of openings."""
    seen = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'relance-edge' AND query LIKE %s"

    def fast():
        number = Interaction.objects.count()
        edge.get(f"/o/{token(Kind.OPEN, eve)}.gif", User_Agent=f"{FIREFOX} {number}")
        with connection.cursor() as cursor:
            cursor.execute(seen, ["%WITH batch AS%"])
            return cursor.fetchone()[0]

    assert until(fast) in (1, 2)
    assert Interaction.objects.count() == Message.objects.get().open_hits == Recipient.objects.get().opens


@pytest.mark.shows("T1")
def test_mutated_tokens_get_the_same_image_and_leave_no_event(edge, eve):
    random, good = Random(7), token(Kind.OPEN, eve)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+!%.~"
    mutated = {
        good[:-1],
        good + "A",
        "",
        "x",
        token(Kind.CLICK, eve, 1),
        tokens.sign(b"another key", Kind.OPEN, eve.pk),
    }
    while len(mutated) < 600:
        letters = list(good)
        for place in random.sample(range(len(letters)), random.randint(1, 4)):
            letters[place] = random.choice(alphabet)
        mutated.add("".join(letters))
    mutated.discard(good)

    answers = {
        (answer.status, answer.body, *sorted(set(answer.headers.items()) - {("date", answer.headers["date"])}))
        for answer in (edge.get(f"/o/{text}.gif", User_Agent=FIREFOX) for text in sorted(mutated))
    }

    assert len(answers) == 1
    assert not Interaction.objects.exists()
    edge.get(f"/o/{good}.gif", User_Agent=FIREFOX)
    assert Interaction.objects.count() == 1


@pytest.mark.shows("T1", "T8")
def test_a_flood_of_one_request_is_one_hit_in_its_window_of_time(edge, eve, sent):
    for _ in range(40):
        edge.get(f"/o/{token(Kind.OPEN, eve)}.gif", User_Agent=FIREFOX)

    assert Interaction.objects.count() <= 2  # the window may turn once meanwhile


@pytest.mark.shows("T5", "ENG-02")
def test_a_click_leads_to_the_stored_address_and_nowhere_else(edge, eve):
    answer = edge.get(
        f"/c/{token(Kind.CLICK, eve, 2)}?url=https://evil.example/&next=//evil.example", User_Agent=FIREFOX
    )

    assert answer.status == 302
    assert answer.headers["location"] == "https://helionne.example/%C3%A9?a=1&b=2#c"
    assert answer.headers["referrer-policy"] == "no-referrer"
    noted = Interaction.objects.get()
    assert (noted.kind, noted.link, noted.recipient_id) == ("click", 2, eve.pk)


@pytest.mark.shows("T5")
def test_no_payload_redirects_elsewhere(edge, eve, sent):
    hostile = [
        "//evil.example", "/\\evil.example", "https:/evil.example", "%2F%2Fevil.example", "..//evil.example",
        "@evil.example", "javascript:alert(1)", "https://evil.example", "\\\\evil.example", "%0d%0aLocation:%20https://evil.example",
    ]  # fmt: skip
    good = token(Kind.CLICK, eve, 1)
    paths = [f"/{door}/{text}" for door in "ocu" for text in hostile] + [f"/c/{good}{text}" for text in hostile]
    paths += [f"/c/{good}/{text}" for text in hostile] + [f"/live?ticket={text}" for text in hostile]
    sent.content.links = [
        {"number": number, "url": text, "label": ""}
        for number, text in enumerate([*hostile[:7], "https://u:p@evil.example/"], 1)
    ]
    sent.content.save()

    answers = [edge.get(path) for path in paths] + [edge.get(f"/c/{token(Kind.CLICK, eve, n)}") for n in range(1, 9)]

    assert {answer.status for answer in answers} <= {200, 400, 401, 404}
    assert not any("location" in answer.headers for answer in answers)
    assert not Interaction.objects.exists()


@pytest.mark.shows("T1")
def test_an_unknown_link_is_a_404_with_a_sentence_in_the_browsers_language(edge, eve):
    answers = [
        edge.get(path, Accept_Language="fr-FR,fr;q=0.9")
        for path in (f"/c/{token(Kind.CLICK, eve, 9)}", "/c/nonsense", "/nothing")
    ]

    assert {answer.status for answer in answers} == {404}
    assert all("Ce lien ne mène nulle part." in answer.body.decode() for answer in answers)
    assert not Interaction.objects.exists()


@pytest.mark.shows("T3")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_scanner_that_tries_all_links_leaves_no_human_click(edge, method, sent):
    Recipient.objects.all().delete()
    scanned = [recipient(sent, sent_at=LONG_AGO) for _ in range(3)]
    agents = [FIREFOX, CHROME, "BarracudaCentral/1.0"]

    for to, agent in zip(scanned, agents, strict=True):
        statuses = [
            edge.ask(method, f"/c/{token(Kind.CLICK, to, link)}", User_Agent=agent).status for link in (1, 2, 3)
        ]
        assert statuses == [302, 302, 302]

    assert Interaction.objects.filter(kind="click").count() == 9
    assert not Interaction.objects.filter(verdict="human").exists()
    assert Message.objects.values_list("clicked", "opened").get() == (0, 0)


GOOGLE = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
EDGE_12 = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
PROFILES = [
    ("Gmail shows its pictures", GOOGLE, {}, "human"),
    ("Gmail looks ahead", EDGE_12, {}, "machine"),
    ("Apple Mail with Privacy Protection", "Mozilla/5.0", {}, "machine"),
    ("Apple Mail without", APPLE, {}, "human"),
    ("Outlook", "Mozilla/4.0 (compatible; ms-office; MSOffice 16)  Microsoft Outlook 16.0.4266", {}, "human"),
    ("Outlook on the web", CHROME, {}, "human"),
    ("Thunderbird", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0", {}, "human"),
    ("Yahoo's proxy", "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", {}, "human"),
    ("a browser that fetches ahead", CHROME, {"Sec-Purpose": "prefetch;prerender"}, "machine"),
    ("Microsoft's scanner", MICROSOFT, {}, "machine"),
    ("Barracuda", "BarracudaCentral/1.0", {}, "machine"),
    ("a script", "curl/8.9.1", {}, "machine"),
]  # fmt: skip


@pytest.mark.shows("T2", "G15", "ENG-02")
def test_recorded_requests_of_mail_programs_and_proxies_are_told_apart(edge, sent):
    said = {}

    for name, agent, headers, _ in PROFILES:
        to = recipient(sent, sent_at=LONG_AGO)
        edge.ask("GET", f"/o/{token(Kind.OPEN, to)}.gif", User_Agent=agent, **headers)
        said[name] = Interaction.objects.get(recipient=to).verdict

    assert said == {name: verdict for name, _, _, verdict in PROFILES}


@pytest.mark.shows("T2")
def test_an_opening_within_two_seconds_of_delivery_is_no_persons(edge, sent):
    to = recipient(sent, sent_at=datetime.now(UTC))

    edge.get(f"/o/{token(Kind.OPEN, to)}.gif", User_Agent=FIREFOX)

    assert Interaction.objects.values_list("verdict", "why").get() == ("machine", "too_soon")


@pytest.mark.shows("T4", "UNSUB-01", "G15")
def test_scanners_that_follow_the_unsubscribe_link_unsubscribe_nobody(edge, eve):
    path = f"/u/{token(Kind.UNSUBSCRIBE, eve)}"

    answers = [edge.ask(method, path) for method in ("GET", "HEAD") * 150]

    assert {(answer.status, answer.headers["location"]) for answer in answers} == {
        (303, f"{WEB}/unsubscribe/{token(Kind.UNSUBSCRIBE, eve)}")
    }
    assert not Suppression.objects.exists()
    assert not Interaction.objects.exists()


@pytest.mark.shows("T4", "UNSUB-01", "UNSUB-04")
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORM, ONE_CLICK),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
        ),
    ],
)
def test_one_post_without_cookies_is_an_opt_out_at_once(edge, eve, content_type, body):
    answer = edge.ask("POST", f"/u/{token(Kind.UNSUBSCRIBE, eve)}", body, Content_Type=content_type)

    assert answer.status == 200
    assert "set-cookie" not in answer.headers
    assert Suppression.objects.values_list("normal", "scope", "route").get() == (eve.normal, "marketing", "one_click")
    eve.refresh_from_db()
    assert eve.opted_out_at is not None


@pytest.mark.shows("T4")
@pytest.mark.parametrize("body", [b"", b"List-Unsubscribe=No", b"x=1", b"a" * 50_000])
def test_a_post_that_is_not_the_button_changes_nothing(edge, eve, body):
    answer = edge.ask("POST", f"/u/{token(Kind.UNSUBSCRIBE, eve)}", body, Content_Type=FORM)

    assert answer.status == 400
    assert not Suppression.objects.exists()


@pytest.mark.shows("T4")
def test_only_a_token_for_unsubscribing_unsubscribes(edge, eve):
    answers = [
        edge.ask("POST", f"/u/{text}", ONE_CLICK, Content_Type=FORM)
        for text in (token(Kind.OPEN, eve), token(Kind.CLICK, eve, 1), "x" * 32)
    ]

    assert {answer.status for answer in answers} == {404}
    assert not Suppression.objects.exists()


@pytest.mark.shows("UNSUB-06")
def test_an_aggregate_token_names_nobody(edge, eve, sent):
    pixel = tokens.sign(KEY, Kind.OPEN_AGGREGATE, sent.content_id)
    link = tokens.sign(KEY, Kind.CLICK_AGGREGATE, sent.content_id, 1)

    answers = [
        edge.get(f"/o/{pixel}.gif", User_Agent=FIREFOX).status,
        edge.get(f"/c/{link}", User_Agent=FIREFOX).status,
    ]

    assert answers == [200, 302]
    assert set(Interaction.objects.values_list("recipient", "network", "user_agent")) == {(None, "", "")}


@pytest.mark.shows("ADM-06")
def test_a_hit_is_dated_in_the_time_of_the_workspace(edge, eve):
    house = organisation()
    house.workspace, house.clock_offset = "test", timedelta(days=40)
    house.save()

    def dated():
        Interaction.objects.all().delete()
        edge.get(f"/o/{token(Kind.OPEN, eve)}.gif", User_Agent=f"{FIREFOX} {Random().random()}")
        return Interaction.objects.get().at > datetime.now(UTC) + timedelta(days=39)

    until(dated)


def test_the_edge_says_that_it_lives_and_that_its_database_does(edge):
    assert (edge.get("/healthz").status, edge.get("/readyz").status) == (200, 200)


def test_the_edge_knows_neither_django_nor_the_job_engine():
    import subprocess
    import sys

    code = (
        "import relance.edge.app, sys; print({'django', 'procrastinate'} & {n.partition('.')[0] for n in sys.modules})"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"
