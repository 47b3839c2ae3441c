"""The people of the demo: what each does with a mail, and when *(pure)*.

A person's character follows from the address alone, so the same person behaves alike in every demo; what he does with
one mail follows from the address and the Message-ID. Nobody is random: `acts` is a function.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Character(StrEnum):
    """How somebody treats mail."""

    EAGER = "eager"  # opens, clicks, answers
    CLICKER = "clicker"  # opens and clicks
    READER = "reader"  # opens, more than once
    GMAIL = "gmail"  # reads behind Google's image proxy
    SILENT = "silent"  # does nothing
    APPLE = "apple"  # a privacy proxy fetches the pixel at once, nobody knows about the reading
    SCANNED = "scanned"  # a security scanner follows every link, then the person may read
    AWAY = "away"  # out of office
    LEAVING = "leaving"  # unsubscribes on the page
    ONE_CLICK = "one_click"  # unsubscribes by the mail program's button
    GONE = "gone"  # refused in the dialogue: no such mailbox
    GONE_LATER = "gone_later"  # accepted, and returned a little later
    FULL = "full"  # the mailbox is full: refused for now, returned later
    CROSS = "cross"  # complains


SHARES: tuple[tuple[Character, int], ...] = (
    (Character.EAGER, 90), (Character.CLICKER, 150), (Character.READER, 210), (Character.GMAIL, 90),
    (Character.SILENT, 210), (Character.APPLE, 70), (Character.SCANNED, 70), (Character.AWAY, 30),
    (Character.LEAVING, 15), (Character.ONE_CLICK, 10), (Character.GONE, 20), (Character.GONE_LATER, 20),
    (Character.FULL, 10), (Character.CROSS, 5),
)  # fmt: skip
TOTAL = sum(share for _, share in SHARES)

DESKTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Thunderbird/140.3.0"
BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
GOOGLE = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
APPLE = "Mozilla/5.0"
SCANNER = "Mozilla/5.0 (compatible; BarracudaCentral/1.0; link scanner)"


class Does(StrEnum):
    """The kinds of act."""

    OPEN = "open"
    CLICK = "click"
    OPT_OUT = "opt_out"
    ONE_CLICK = "one_click"
    REPLY = "reply"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    BOUNCE_SOFT = "bounce_soft"
    COMPLAIN = "complain"


@dataclass(frozen=True)
class Act:
    """Something that somebody will do: `link` is the place of the link in the mail, from 0."""

    at: datetime
    does: Does
    user_agent: str = ""
    link: int = 0


def character(address: str) -> Character:
    """How the owner of this address treats mail."""
    mark = _number(address.lower()) % TOTAL
    for kind, share in SHARES:
        if mark < share:
            return kind
        mark -= share
    raise AssertionError("the shares add up to the total")


def refusal(address: str) -> str | None:
    """What the server says to this recipient in the dialogue; None when it takes the mail."""
    kind = character(address)
    if kind is Character.GONE:
        return "550 5.1.1 No such user here"
    return None


def acts(address: str, message_id: str, *, links: int, received_at: datetime) -> list[Act]:
    """All that the owner of this address will do with this mail, in order of time."""
    dice = random.Random(_number(f"{address.lower()} {message_id}"))
    return sorted(_acts(character(address), dice, links, received_at), key=lambda act: act.at)


def _acts(kind: Character, dice: random.Random, links: int, at: datetime) -> Iterator[Act]:
    read_at = at + _patience(dice)
    if kind in (Character.EAGER, Character.CLICKER, Character.READER, Character.LEAVING, Character.CROSS):
        yield from _reading(dice, read_at, dice.choice((DESKTOP, PHONE)))
    if kind is Character.GMAIL:
        yield Act(read_at, Does.OPEN, GOOGLE)
        if dice.random() < 0.4:
            yield from _clicking(dice, read_at, links)
    if kind in (Character.EAGER, Character.CLICKER):
        yield from _clicking(dice, read_at, links)
    if kind is Character.EAGER and dice.random() < 0.6:
        yield Act(read_at + timedelta(minutes=dice.uniform(2, 180)), Does.REPLY)
    if kind is Character.APPLE:
        yield Act(at + timedelta(seconds=dice.uniform(3, 90)), Does.OPEN, APPLE)
    if kind is Character.SCANNED:
        yield from _scanning(dice, at, links)
        if dice.random() < 0.5:
            yield Act(read_at + timedelta(minutes=10), Does.OPEN, DESKTOP)
    if kind is Character.AWAY:
        yield Act(at + timedelta(seconds=dice.uniform(2, 20)), Does.AUTO_REPLY)
    if kind is Character.LEAVING:
        yield Act(read_at + timedelta(seconds=40), Does.OPT_OUT, BROWSER)
    if kind is Character.ONE_CLICK:
        yield Act(read_at, Does.ONE_CLICK, GOOGLE)
    if kind is Character.GONE_LATER:
        yield Act(at + timedelta(seconds=dice.uniform(5, 60)), Does.BOUNCE)
    if kind is Character.FULL:
        yield Act(at + timedelta(seconds=dice.uniform(5, 60)), Does.BOUNCE_SOFT)
    if kind is Character.CROSS:
        yield Act(read_at + timedelta(minutes=1), Does.COMPLAIN)


def _reading(dice: random.Random, at: datetime, user_agent: str) -> Iterator[Act]:
    yield Act(at, Does.OPEN, user_agent)
    for _ in range(dice.choice((0, 0, 1, 2))):
        yield Act(at + timedelta(hours=dice.uniform(0.2, 30)), Does.OPEN, user_agent)


def _clicking(dice: random.Random, at: datetime, links: int) -> Iterator[Act]:
    for link in dice.sample(range(links), k=min(links, dice.choice((1, 1, 2)))):
        yield Act(at + timedelta(seconds=dice.uniform(15, 240)), Does.CLICK, BROWSER, link)


def _scanning(dice: random.Random, at: datetime, links: int) -> Iterator[Act]:
    start = at + timedelta(seconds=dice.uniform(1, 8))
    yield Act(start, Does.OPEN, SCANNER)
    for link in range(links):
        yield Act(start + timedelta(milliseconds=150 * (link + 1)), Does.CLICK, SCANNER, link)


def _patience(dice: random.Random) -> timedelta:
    """A third reads at once, so that whoever watches sees something; the others within hours or days."""
    mark = dice.random()
    if mark < 0.35:
        return timedelta(seconds=dice.uniform(5, 120))
    if mark < 0.75:
        return timedelta(minutes=dice.uniform(5, 480))
    return timedelta(hours=dice.uniform(8, 72))


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
