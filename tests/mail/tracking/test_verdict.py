"""Person or machine: the recorded profiles of proxies, scanners and mail programs."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relance.mail.tracking.verdict import Action, Hit, Judgement, Verdict, Why, judge

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
APPLE_MAIL = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
GOOGLE = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
GMAIL_AHEAD = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
OUTLOOK = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)"
OLD_OUTLOOK = (
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; Microsoft Outlook 16.0.4266)"
)
NEW_OUTLOOK = f"{CHROME} OneOutlook/1.2024.1111"
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0"
BINGPREVIEW = "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b"
BARRACUDA = "Mozilla/5.0 (compatible; Barracuda Sentinel (EE))"
OLD_CHROME = "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/41.0.2228.0 Safari/537.36"


def verdict(action, agent, *, seconds=3600, **facts):
    since = None if seconds is None else timedelta(seconds=seconds)
    facts = {"method": "GET"} | facts
    return judge(Hit(action=action, user_agent=agent, since_delivery=since, **facts))


OPENS = [
    (CHROME, Verdict.HUMAN, Why.BROWSER),
    (IPHONE, Verdict.HUMAN, Why.BROWSER),
    (APPLE_MAIL, Verdict.HUMAN, Why.BROWSER),
    (OUTLOOK, Verdict.HUMAN, Why.MAIL_PROGRAM),
    (OLD_OUTLOOK, Verdict.HUMAN, Why.MAIL_PROGRAM),
    (NEW_OUTLOOK, Verdict.HUMAN, Why.MAIL_PROGRAM),
    (THUNDERBIRD, Verdict.HUMAN, Why.MAIL_PROGRAM),
    (GOOGLE, Verdict.HUMAN, Why.IMAGE_PROXY),
    (YAHOO, Verdict.HUMAN, Why.IMAGE_PROXY),
    ("Mozilla/5.0", Verdict.MACHINE, Why.APPLE_PRIVACY),
    (GMAIL_AHEAD, Verdict.MACHINE, Why.GMAIL_PREFETCH),
    (BINGPREVIEW, Verdict.MACHINE, Why.SCANNER),
    (BARRACUDA, Verdict.MACHINE, Why.SCANNER),
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", Verdict.MACHINE, Why.SCANNER),
    ("ProofPoint URL Defense", Verdict.MACHINE, Why.SCANNER),
    ("Mimecast-URL-Protect", Verdict.MACHINE, Why.SCANNER),
    ("Microsoft Office Existence Discovery", Verdict.MACHINE, Why.SCANNER),
    ("curl/8.5.0", Verdict.MACHINE, Why.TOOL),
    ("python-requests/2.32.3", Verdict.MACHINE, Why.TOOL),
    ("Go-http-client/2.0", Verdict.MACHINE, Why.TOOL),
    (CHROME.replace("Chrome/", "HeadlessChrome/"), Verdict.MACHINE, Why.TOOL),
    (OLD_CHROME, Verdict.UNKNOWN, Why.OLD_BROWSER),
    ("", Verdict.UNKNOWN, Why.NO_NAME),
    ("Something new", Verdict.UNKNOWN, Why.UNRECOGNISED),
]


@pytest.mark.shows("T2", "ENG-02")
@pytest.mark.parametrize(("agent", "expected", "why"), OPENS)
def test_an_open_an_hour_later_is_judged_by_who_asks(agent, expected, why):
    assert verdict(Action.OPEN, agent) == Judgement(expected, why)


@pytest.mark.shows("T2", "ENG-02")
@pytest.mark.parametrize("agent", [CHROME, IPHONE, APPLE_MAIL, OUTLOOK, THUNDERBIRD, GOOGLE, YAHOO])
@pytest.mark.parametrize("seconds", [0, 0.5, 2])
def test_an_open_within_two_seconds_of_delivery_is_never_a_person(agent, seconds):
    assert verdict(Action.OPEN, agent, seconds=seconds) == Judgement(Verdict.MACHINE, Why.TOO_SOON)


@pytest.mark.shows("T2")
def test_an_image_proxy_is_a_person_save_within_seconds_of_delivery():
    assert verdict(Action.OPEN, GOOGLE, seconds=5).verdict is Verdict.MACHINE
    assert verdict(Action.OPEN, GOOGLE, seconds=6).verdict is Verdict.HUMAN
    assert verdict(Action.OPEN, CHROME, seconds=3).verdict is Verdict.HUMAN


@pytest.mark.shows("T3", "ENG-02")
@pytest.mark.parametrize("agent", [CHROME, IPHONE, OLD_CHROME])
@pytest.mark.parametrize(
    ("others", "links", "expected", "why"),
    [
        (0, 1, Verdict.HUMAN, Why.BROWSER),
        (1, 2, Verdict.MACHINE, Why.ALL_LINKS),
        (4, 5, Verdict.MACHINE, Why.ALL_LINKS),
        (1, 5, Verdict.HUMAN, Why.BROWSER),
        (2, 5, Verdict.UNKNOWN, Why.MANY_LINKS),
        (3, 50, Verdict.MACHINE, Why.MANY_LINKS),
    ],
)
def test_following_every_link_within_seconds_is_a_scanner(agent, others, links, expected, why):
    judged = verdict(Action.CLICK, agent, other_links=others, links_in_mail=links)

    if agent == OLD_CHROME and why is Why.BROWSER:
        expected, why = Verdict.UNKNOWN, Why.OLD_BROWSER
    assert judged == Judgement(expected, why)


@pytest.mark.shows("T3", "T4", "T7")
@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("agent", [CHROME, GOOGLE, OUTLOOK])
def test_asking_for_the_headers_only_or_ahead_of_time_is_a_machine(action, agent):
    assert verdict(action, agent, method="HEAD") == Judgement(Verdict.MACHINE, Why.HEAD)
    assert verdict(action, agent, prefetch=True) == Judgement(Verdict.MACHINE, Why.PREFETCH)


@pytest.mark.shows("T6", "SELL-20")
def test_a_colleagues_own_look_is_not_the_recipients():
    assert verdict(Action.OPEN, CHROME, own_session=True) == Judgement(Verdict.MACHINE, Why.OWN_SESSION)


@pytest.mark.shows("T3")
def test_a_click_without_a_name_or_before_anybody_could_read_is_a_machine():
    assert verdict(Action.CLICK, "").verdict is Verdict.MACHINE
    assert verdict(Action.CLICK, CHROME, seconds=4) == Judgement(Verdict.MACHINE, Why.TOO_SOON)
    assert verdict(Action.CLICK, CHROME, seconds=None).verdict is Verdict.HUMAN


@pytest.mark.shows("ENG-02", "T2", "T3")
@given(
    st.builds(
        Hit,
        action=st.sampled_from(list(Action)),
        method=st.sampled_from(["GET", "HEAD", "get", "OPTIONS", ""]),
        user_agent=st.text(max_size=80) | st.sampled_from([agent for agent, _, _ in OPENS]),
        since_delivery=st.none() | st.timedeltas(),
        other_links=st.integers(0, 20),
        links_in_mail=st.integers(0, 20),
        own_session=st.booleans(),
        prefetch=st.booleans(),
    )
)
def test_any_request_is_judged_and_always_the_same(hit):
    judged = judge(hit)

    assert judge(hit) == judged
    if hit.own_session or hit.prefetch or hit.method.upper() != "GET":
        assert judged.verdict is Verdict.MACHINE
