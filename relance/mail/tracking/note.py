"""The one door to record an interaction: a batch of hits in; rows, facts, counters and news out.

    >>> with connection.transaction(), connection.cursor() as cursor:
    ...     note(cursor, [Hit(id=uuid4(), kind=HitKind.OPEN, recipient_id=7, at=now)])

Plain SQL, so that the public edge (psycopg, no Django) and Django's own cursors go through the same lines. The caller's
transaction is the unit: after its commit every hit of the batch is durable, and noting a hit again changes nothing.
PostgreSQL may end it to resolve a deadlock with another writer; then the whole batch is noted again.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any
from uuid import UUID

from relance import events
from relance.lib import live
from relance.mail.tracking import book, judging, openings, tally
from relance.mail.tracking.book import Cursor
from relance.mail.tracking.facts import COUNTS, Facts, after, difference
from relance.mail.tracking.hits import Hit, HitKind
from relance.mail.tracking.judging import BURST, Clicked, Judged, Overturned
from relance.mail.tracking.verdict import Verdict
from relance.people.suppression import Wish, lift, suppress

HOME = "today"  # the topic of the home page
TOPICS_A_TIME = 200  # a notification holds 8,000 bytes
LIFTED = ("marketing", "sequences", "everything")  # what a person takes back; that an address is dead is no wish


@dataclass(kw_only=True)
class Noted:
    """What a batch changed, which content each of its recipients was sent, and what open pages may like to hear."""

    new: set[UUID] = field(default_factory=set)
    events: list[events.Event] = field(default_factory=list)
    contents: dict[int, int] = field(default_factory=dict)
    topics: set[str] = field(default_factory=set)


def note(cursor: Cursor, hits: Iterable[Hit]) -> Noted:
    """Record a batch, each hit once whatever happened before; hits of recipients that are gone are passed over."""
    noted = record(cursor, hits)
    tell(cursor, noted.topics)
    return noted


def record(cursor: Cursor, hits: Iterable[Hit]) -> Noted:
    """The same, and the caller tells the open pages."""
    batch = sorted({hit.id: hit for hit in hits}.values(), key=attrgetter("at"))
    if batch and all(map(openings.is_usual, batch)):
        return _opened(cursor, batch)
    before = book.lock(cursor, [hit.recipient_id for hit in batch if hit.recipient_id])
    judged, overturned = _judged(cursor, batch, before)
    followed = {each.facts.id for each in judged if each.facts and each.hit.kind is HitKind.CLICK}
    clicked = book.clicked(cursor, followed)
    noted = Noted(new=book.insert(cursor, [_row(each) for each in judged]))
    noted.contents = {facts.id: facts.content_id for facts in before.values()}
    fresh = [each for each in judged if each.hit.id in noted.new]
    looks = _swept(cursor, fresh, overturned)
    overturned += looks
    now = _taken_back(cursor, overturned, _folded(fresh), before)
    wishes = _wishes(cursor, fresh)
    book.write(cursor, before, now)
    book.count(cursor, _changes(fresh, before, now))
    book.count_openings(cursor, tally.openings(fresh, looks, before))
    book.count_clicks(cursor, tally.clicks(fresh, clicked, book.clicked(cursor, followed)))
    noted.events = [*_news(fresh, before, now), *wishes]
    noted.topics = _announced(cursor, {each.message_id for each in fresh}, noted.events)
    return noted


def _opened(cursor: Cursor, batch: Sequence[Hit]) -> Noted:
    """Nothing but usual openings: one statement does it all."""
    cursor.execute(openings.OPENINGS, (*openings.values_of(batch), *openings.NEWS))
    return noted_of(batch, cursor.fetchone())


def noted_of(batch: Sequence[Hit], row: tuple[Any, ...]) -> Noted:
    """What the statement of usual openings has changed."""
    added, messages, recipients, contents, firsts, _deferred = row
    topics = {f"message:{id}" for id in messages} | ({HOME} if firsts else set())
    new = {hit.id for hit in batch} if added is None else set(added)
    contents_of = dict(zip(recipients, contents, strict=True))
    return Noted(new=new, events=openings.news_of(firsts), contents=contents_of, topics=topics)


def _judged(cursor: Cursor, batch: Sequence[Hit], before: Mapping[int, Facts]) -> tuple[list[Judged], list[Overturned]]:
    """The verdicts, and the earlier clicks that are taken back."""
    named = [hit for hit in batch if hit.recipient_id in before]
    messages = book.messages_of(cursor, [hit.content_id for hit in batch if hit.content_id and not hit.recipient_id])
    own = book.colleagues(cursor, [hit.session for hit in named if hit.session])
    clicked = _clicked(cursor, [hit for hit in named if hit.kind is HitKind.CLICK], before)
    judged = judging.judge(named, before, clicked, own)
    judged += judging.judge_alone([hit for hit in batch if not hit.recipient_id], messages)
    return judged, judging.overturned(named, before, clicked)


def _swept(cursor: Cursor, fresh: Sequence[Judged], again: Sequence[Overturned]) -> list[Overturned]:
    """The openings of whoever followed every link: pictures are fetched by the same machine (T3)."""
    around = judging.swept(fresh, again)
    if not around:
        return []
    since, until = min(first for first, _ in around.values()), max(last for _, last in around.values())
    return judging.overturned_looks(book.looks(cursor, around, since, until), around)


def _clicked(cursor: Cursor, clicks: Sequence[Hit], before: Mapping[int, Facts]) -> Clicked:
    if not clicks:
        return Clicked()
    whose = [hit.recipient_id for hit in clicks if hit.recipient_id]
    return Clicked(
        earlier=book.clicks(cursor, whose, clicks[0].at - BURST, clicks[-1].at + BURST),
        links=book.links_in(cursor, [before[id].message_id for id in whose]),
    )


def _row(judged: Judged) -> book.Row:
    """An interaction; of a hit that must name nobody only what happened is kept."""
    hit, named = judged.hit, judged.facts is not None
    return (
        hit.id,
        judged.message_id,
        hit.recipient_id if named else None,
        hit.kind,
        hit.at,
        hit.link,
        judged.verdict,
        judged.why[:40],
        hit.method[:8],
        hit.user_agent[:300] if named else "",
        hit.network[:48] if named else "",
        _detail(hit.detail) if named else "{}",
    )


def _detail(detail: Mapping[str, str]) -> str:
    """As JSON that PostgreSQL takes."""
    if not detail:
        return "{}"
    return json.dumps({name: text.replace("\0", "") for name, text in detail.items()}, ensure_ascii=False)


def _folded(fresh: Iterable[Judged]) -> dict[int, Facts]:
    """The facts of the recipients that the new hits speak of."""
    now: dict[int, Facts] = {}
    for each in fresh:
        if each.facts is not None:
            facts = now.get(each.facts.id, each.facts)
            now[facts.id] = after(facts, each.hit, each.verdict)
    return now


def _taken_back(
    cursor: Cursor, overturned: Sequence[Overturned], now: dict[int, Facts], before: Mapping[int, Facts]
) -> dict[int, Facts]:
    """Give earlier clicks their new verdict, and count again what is known of their recipients."""
    if overturned:
        book.overturn(cursor, [(each.id, each.verdict, each.why) for each in overturned])
        for id, counted in book.recall(cursor, {each.recipient_id for each in overturned}).items():
            now[id] = now.get(id, before[id])._replace(**counted)
    return now


def _changes(
    fresh: Iterable[Judged], before: Mapping[int, Facts], now: Mapping[int, Facts]
) -> dict[int, Mapping[str, int]]:
    """How the counters of each message change."""
    changes: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for id, facts in now.items():
        changes[facts.message_id].update(difference(before[id], facts))
    for each in fresh:
        if each.facts is None and (counter := _counter_alone(each)):
            changes[each.message_id][counter] += 1
    return {id: change for id, change in changes.items() if any(change.values())}


def _counter_alone(judged: Judged) -> str | None:
    """The counter of a hit that names nobody."""
    if judged.verdict in COUNTS:
        return {HitKind.OPEN: "open_hits", HitKind.CLICK: "click_hits"}.get(judged.hit.kind)
    return "machine_hits" if judged.verdict is Verdict.MACHINE else None


def _wishes(cursor: Cursor, fresh: Iterable[Judged]) -> list[events.Event]:
    """Write opt-outs and complaints into the ledger of people, and lift what is taken back (UNSUB-02)."""
    told: list[events.Event] = []
    for each in fresh:
        hit, facts = each.hit, each.facts
        if facts is None or facts.normal is None:
            continue
        if hit.kind is HitKind.OPT_IN:
            for scope, list_id in _lifted(hit):
                words = hit.detail.get("words", "")
                lift(cursor, normal=facts.normal, scope=scope, list_id=list_id, at=hit.at, words=words)
        elif hit.kind in (HitKind.OPT_OUT, HitKind.COMPLAINT):
            line = suppress(cursor, _wish(hit, facts.normal))
            told += [events.PersonOptedOut(line)] if line is not None else []
    return told


def _lifted(hit: Hit) -> list[tuple[str, int | None]]:
    """What is taken back: all the wishes for all mail, and the one about the list that the mail went to."""
    list_id = hit.detail.get("list_id")
    return [*((scope, None) for scope in LIFTED), *([("list", int(list_id))] if list_id else [])]


def _wish(hit: Hit, normal: str) -> Wish:
    complaint = hit.kind is HitKind.COMPLAINT
    return Wish(
        normal=normal,
        scope="everything" if complaint else hit.detail.get("scope", "marketing"),
        list_id=int(hit.detail["list_id"]) if "list_id" in hit.detail else None,
        route="complaint" if complaint else hit.detail.get("route", "page"),
        at=hit.at,
        recipient_id=hit.recipient_id,
        words=hit.detail.get("words", ""),
    )


def _news(fresh: Iterable[Judged], before: Mapping[int, Facts], now: Mapping[int, Facts]) -> list[events.Event]:
    """What happened for the first time, or not after all; every automatic answer: each may tell another absence."""
    told: list[events.Event] = []
    for id, facts in now.items():
        was = before[id]
        for name, event in FIRSTS.items():
            if getattr(was, name) is None and getattr(facts, name) is not None:
                told.append(event(id))
        if was.first_opened_at is not None and facts.first_opened_at is None:
            told.append(events.OpeningTakenBack(id))
    absences = (each.hit.recipient_id for each in fresh if each.facts and each.hit.kind is HitKind.AUTO_REPLY)
    return [*told, *(events.MessageAutoReplied(id) for id in absences if id)]


FIRSTS = {
    "first_opened_at": events.MessageOpened,
    "first_clicked_at": events.LinkClicked,
    "replied_at": events.MessageReplied,
    "bounced_at": events.MessageBounced,
    "complained_at": events.MessageComplained,
}


def _announced(cursor: Cursor, message_ids: Iterable[int], news: Sequence[events.Event]) -> set[str]:
    """Defer the news to the reactions; the topics that open pages may follow."""
    if news:
        cursor.execute(events.DEFER, events.job_of(news))
    return {f"message:{id}" for id in message_ids} | ({HOME} if news else set())


def tell(cursor: Cursor, topics: Iterable[str]) -> None:
    """Wake open pages when the transaction commits."""
    told = sorted(topics)
    for start in range(0, len(told), TOPICS_A_TIME):
        live.tell(cursor, *told[start : start + TOPICS_A_TIME])


def payloads(topics: Iterable[str]) -> list[str]:
    """The same as texts of notifications, for whoever sends them by other means."""
    told = sorted(topics)
    return [live.payload(told[start : start + TOPICS_A_TIME]) for start in range(0, len(told), TOPICS_A_TIME)]
