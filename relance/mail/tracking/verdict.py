"""Was it a person or a machine? One pure answer from what a request tells, so history can be judged again. *(pure)*

    judge(Hit(action=Action.OPEN, method="GET", user_agent="... GoogleImageProxy)", since_delivery=timedelta(hours=2)))
    # Judgement(verdict=Verdict.HUMAN, why=Why.IMAGE_PROXY)

Nothing is dropped: a machine's hit is kept and counted apart (ENG-02, T2, T3). Only what a machine surely does makes a
machine; what cannot be told is unknown. The rules stand in ``_RULES``, the first that knows an answer gives it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Verdict(StrEnum):
    """Who it was, as far as can be known. Alerts, triggers and figures count persons only."""

    HUMAN = "human"
    MACHINE = "machine"
    UNKNOWN = "unknown"


class Action(StrEnum):
    """What was asked for."""

    OPEN = "open"
    CLICK = "click"
    FILE = "file"


class Why(StrEnum):
    """The rule that decided; stored, so the values never change."""

    OWN_SESSION = "own_session"  # a colleague signed in to Relance (T6)
    HEAD = "head"  # asked for the headers only
    PREFETCH = "prefetch"
    SCANNER = "scanner"  # a security product that names itself
    TOOL = "tool"  # a program, not a browser
    APPLE_PRIVACY = "apple_privacy"  # Mail Privacy Protection fetches every picture
    GMAIL_PREFETCH = "gmail_prefetch"
    TOO_SOON = "too_soon"  # before anybody could have read it
    ALL_LINKS = "all_links"  # every link within seconds
    MANY_LINKS = "many_links"
    NO_NAME = "no_name"
    OLD_BROWSER = "old_browser"
    IMAGE_PROXY = "image_proxy"  # fetches when the mail is opened, hides who
    MAIL_PROGRAM = "mail_program"
    BROWSER = "browser"
    UNRECOGNISED = "unrecognised"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """The facts of one request.

    ``since_delivery`` counts from the relay's 250, None when that is not known. ``other_links`` are the other links of
    the same copy followed within seconds of this one, of ``links_in_mail`` in all.
    """

    action: Action
    method: str
    user_agent: str
    since_delivery: timedelta | None
    other_links: int = 0
    links_in_mail: int = 0
    own_session: bool = False
    prefetch: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict and the rule behind it."""

    verdict: Verdict
    why: Why


def judge(hit: Hit) -> Judgement:
    """The answer of the first rule that has one."""
    for rule in _RULES:
        judgement = rule(hit)
        if judgement:
            return judgement
    return Judgement(Verdict.UNKNOWN, Why.UNRECOGNISED)


def of_opening(*, method: str, user_agent: str, prefetch: bool) -> tuple[timedelta, Judgement, Judgement]:
    """All that can be said of such an opening: until when after the delivery it is early, its verdict then and later.

    An opening whose delivery is not known is a late one.
    """
    limit = _limit(Action.OPEN, user_agent)
    early, late = (
        judge(Hit(action=Action.OPEN, method=method, user_agent=user_agent, since_delivery=since, prefetch=prefetch))
        for since in (timedelta(0), None)
    )
    return limit, early, late


TOO_SOON = timedelta(seconds=2)  # nobody reads a mail within two seconds of its delivery
PROXY_TOO_SOON = timedelta(seconds=5)  # an image proxy so early looks ahead
CLICK_TOO_SOON = timedelta(seconds=5)
MANY_LINKS = 3
OLDEST_CHROME = 80  # of early 2020: what still calls itself older is a scanner more often than a person

_SCANNERS = re.compile(
    r"barracuda|proofpoint|urldefense|mimecast|safelinks|bingpreview|microsoftpreview|existence discovery|trendmicro"
    r"|symantec|messagelabs|fireeye|ironport|cisco|sophos|forcepoint|zscaler|avanan|check ?point|vade|hornetsecurity"
    r"|cloudmark|virustotal|phish|urlscan|google-safety|googlesecurity|\bbot\b|bot[/;) ]|crawler|spider|preview"
    r"|facebookexternalhit|whatsapp|linkexpander|scann",
    re.IGNORECASE,
)
_TOOLS = re.compile(
    r"^(curl|wget|python|aiohttp|httpx|go-http|java|okhttp|apache-http|libwww|lwp|ruby|php|node|axios|got|powershell"
    r"|winhttp|restsharp|postman|insomnia)|headless|phantomjs|puppeteer|playwright|selenium",
    re.IGNORECASE,
)
_IMAGE_PROXIES = re.compile(r"googleimageproxy|ggpht\.com|yahoomailproxy|duckduckgo.*privacy|protonmail", re.IGNORECASE)
# Gmail looks ahead under the name of a browser of 2015.
_GMAIL_PREFETCH = re.compile(r"Chrome/42\.0\.2311\.135 Safari/537\.36 Edge/12\.246( Mozilla/5\.0)?$")
_MAIL_PROGRAMS = re.compile(
    r"outlook|thunderbird|microsoft office|airmail|spark|emclient|postbox|apple mail|\bmail/|k-9|fairemail|evolution"
    r"|lotus-notes|bluemail|betterbird|mailspring",
    re.IGNORECASE,
)
_BROWSERS = re.compile(r"^(Mozilla/[45]\.0 \(|Opera/)")
_CHROME = re.compile(r"Chrome/(\d+)")


def _machine(why: Why) -> Judgement:
    return Judgement(Verdict.MACHINE, why)


def _own_session(hit: Hit) -> Judgement | None:
    return _machine(Why.OWN_SESSION) if hit.own_session else None


def _method(hit: Hit) -> Judgement | None:
    return _machine(Why.HEAD) if hit.method.upper() not in ("GET", "POST") else None


def _prefetch(hit: Hit) -> Judgement | None:
    return _machine(Why.PREFETCH) if hit.prefetch else None


def _says_so(hit: Hit) -> Judgement | None:
    agent = hit.user_agent.strip()
    if agent == "Mozilla/5.0":
        return _machine(Why.APPLE_PRIVACY)
    if _GMAIL_PREFETCH.search(agent):
        return _machine(Why.GMAIL_PREFETCH)
    if _TOOLS.search(agent):
        return _machine(Why.TOOL)
    return _machine(Why.SCANNER) if _SCANNERS.search(agent) else None


def _too_soon(hit: Hit) -> Judgement | None:
    if hit.since_delivery is None:
        return None
    return _machine(Why.TOO_SOON) if hit.since_delivery <= _limit(hit.action, hit.user_agent) else None


def _limit(action: Action, user_agent: str) -> timedelta:
    """Until when after the delivery nobody can have read it."""
    if _IMAGE_PROXIES.search(user_agent):
        return PROXY_TOO_SOON
    return TOO_SOON if action is Action.OPEN else CLICK_TOO_SOON


def _burst(hit: Hit) -> Judgement | None:
    if hit.action is not Action.CLICK or not hit.other_links:
        return None
    if hit.other_links + 1 >= hit.links_in_mail > 1:
        return _machine(Why.ALL_LINKS)
    if hit.other_links >= MANY_LINKS:
        return _machine(Why.MANY_LINKS)
    return Judgement(Verdict.UNKNOWN, Why.MANY_LINKS) if hit.other_links == MANY_LINKS - 1 else None


def _nameless(hit: Hit) -> Judgement | None:
    if hit.user_agent.strip():
        return None
    return Judgement(Verdict.UNKNOWN if hit.action is Action.OPEN else Verdict.MACHINE, Why.NO_NAME)


def _looks_human(hit: Hit) -> Judgement | None:
    agent = hit.user_agent.strip()
    if _IMAGE_PROXIES.search(agent):
        return Judgement(Verdict.HUMAN, Why.IMAGE_PROXY)
    if _MAIL_PROGRAMS.search(agent):
        return Judgement(Verdict.HUMAN, Why.MAIL_PROGRAM)
    version = _CHROME.search(agent)
    if version and int(version[1]) < OLDEST_CHROME:
        return Judgement(Verdict.UNKNOWN, Why.OLD_BROWSER)
    return Judgement(Verdict.HUMAN, Why.BROWSER) if _BROWSERS.search(agent) else None


_RULES: tuple[Callable[[Hit], Judgement | None], ...] = (
    _own_session,
    _method,
    _prefetch,
    _says_so,
    _too_soon,
    _burst,
    _nameless,
    _looks_human,
)
