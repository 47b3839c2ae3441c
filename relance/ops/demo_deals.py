"""The deals of the demo: solar roofs at every stage, with the way that each came, some quiet, some won, some lost."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from relance.deals import actions, pipelines
from relance.deals.actions import Move
from relance.deals.models import Deal, Stage
from relance.ops.demo_words import Words
from relance.people.models import Person
from relance.records.fields import Values
from relance.team.models import User

DEALS = 46
SIZES = (36, 48, 60, 72, 92, 100, 120, 148, 160, 210, 250, 320)  # kWp
PRICES = (980, 1050, 1120, 1190, 1240)  # euros per kWp


@dataclass(frozen=True, kw_only=True)
class Story:
    """What becomes of one deal: the days between its steps, where it stops, and how it ends."""

    name: str
    amount: Decimal
    waits: tuple[int, ...]
    reaches: int
    ends: str
    quiet: int
    closes: int


def stories(count: int, stages: int, words: Words) -> Iterator[Story]:
    """That many stories, the same in every demo."""
    dice = random.Random("deals")
    for number in range(count):
        size = dice.choice(SIZES)
        reaches = dice.randrange(stages)
        ends = "won" if number % 5 == 2 else "lost" if number % 8 == 5 else "open"
        yield Story(
            name=f"{dice.choice(words.places)}, {size} {words.peak}",
            amount=Decimal(round(size * dice.choice(PRICES), -2)),
            waits=tuple(dice.randint(2, 16) for _ in range(reaches + 1)),
            reaches=reaches,
            ends=ends,
            quiet=dice.choice((0, 0, 1, 2, 3, 5, 9, 18, 26)),
            closes=dice.randint(-6, 90),
        )


def fill(words: Words, now: datetime) -> None:
    """Make the deals, each by its owner, at the moments of its story."""
    pipeline = pipelines.pipelines()[0]
    columns = pipelines.open_stages(pipeline)
    people = list(Person.objects.contacts().exclude(account=None).select_related("owner", "account").order_by("pk"))
    dice = random.Random("contacts")
    for story in stories(DEALS, len(columns), words):
        contact = dice.choice(people)
        deal, at = _live(story, contact, _beside(contact, people), columns, now)
        _end(story, deal, words.reasons, at)


def _beside(contact: Person, people: Sequence[Person]) -> Person | None:
    """A colleague of the contact, for deals made with two."""
    return next((one for one in people if one.account_id == contact.account_id and one.pk != contact.pk), None)


def _live(
    story: Story, contact: Person, second: Person | None, columns: list[Stage], now: datetime
) -> tuple[Deal, datetime]:
    """The deal on its way, and when its story ends."""
    by = contact.owner
    assert by is not None
    at = now - timedelta(days=story.quiet + sum(story.waits[: story.reaches]), hours=story.reaches + 1)
    deal = actions.add(_values(story, contact, second, by, now), by=by, now=at)
    for stage, days in zip(columns[1 : story.reaches + 1], story.waits, strict=False):
        at += timedelta(days=days, minutes=37)
        deal = actions.move(deal, Move(target=stage), by=by, now=at)
    return deal, min(at + timedelta(days=1), now)


def _values(story: Story, contact: Person, second: Person | None, by: User, now: datetime) -> Values:
    people = (str(contact.pk), str(second.pk)) if second is not None and story.reaches > 1 else (str(contact.pk),)
    british = contact.country == "United Kingdom"
    return {
        "name": story.name,
        "amount": story.amount,
        "currency": "GBP" if british else "EUR",
        "account": contact.account_id,
        "contact": contact.pk,
        "contacts": people,
        "owner": by.pk,
        "close_date": (now + timedelta(days=story.closes)).date(),
    }


def _end(story: Story, deal: Deal, reasons: Sequence[str], at: datetime) -> None:
    by = deal.owner
    assert by is not None
    if story.ends == "won":
        actions.win(deal, by=by, now=at)
    elif story.ends == "lost":
        actions.lose(deal, because=reasons[deal.pk % len(reasons)], by=by, now=at)
