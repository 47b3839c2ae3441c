"""What is to be written in one transaction, and the values that its statements take *(pure)*."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from relance.mail.outbound.copy import Copy, Record
from relance.mail.outbound.settle import record_of, shown
from relance.mail.transport.outcome import Reply

Answer = Callable[["Entry"], None]
SEPARATOR = "\x01"
"""Stands in no reply text: control characters are taken out of them."""


class Entry(StrEnum):
    """Whether a copy may send its content."""

    GO = "go"
    TURNED_BACK = "turned-back"
    TROUBLE = "trouble"


class Sent(NamedTuple):
    """A copy that the relay took, with its words."""

    copy: Copy
    reply: Reply

    def record(self, at: datetime) -> Record:
        """The same in the general form."""
        return record_of(self.copy, "sent", at, self.reply)


class Batch:
    """Copies that wait for a GO, copies that were taken, and whatever else became of some."""

    __slots__ = ("entering", "records", "sent")

    def __init__(self) -> None:
        self.entering: list[tuple[Copy, Answer]] = []
        self.sent: list[Sent] = []
        self.records: list[Record] = []

    def __len__(self) -> int:
        return len(self.entering) + len(self.sent) + len(self.records)

    def values(self, now: datetime) -> tuple[str, ...]:
        """Of `commits.PASS`."""
        self.entering.sort(key=lambda entry: entry[0].due.id)
        self.sent.sort(key=lambda each: each.copy.due.id)
        entering = [copy for copy, _ in self.entering]
        return (
            array(copy.due.id for copy in entering),
            array(copy.due.token for copy in entering),
            array(copy.track for copy in entering),
            array(each.copy.due.id for each in self.sent),
            array(each.copy.due.token for each in self.sent),
            array(each.reply.code for each in self.sent),
            SEPARATOR.join([shown(each.reply) for each in self.sent]),
            now.isoformat(),
        )

    def said(self) -> str:
        """Of `commits.SAY`."""
        return json.dumps([_values(record) for record in self.records])

    def answer(self, passed: Collection[int]) -> None:
        """Tell everyone who enters whether it may."""
        for copy, answer in self.entering:
            answer(Entry.GO if copy.due.id in passed else Entry.TURNED_BACK)

    def refuse(self) -> None:
        """Nobody may enter: something is wrong."""
        for _, answer in self.entering:
            answer(Entry.TROUBLE)

    def singles(self) -> Iterator[Batch]:
        """The same, one by one."""
        for name in self.__slots__:
            for each in getattr(self, name):
                single = Batch()
                getattr(single, name).append(each)
                yield single


def array(values: Iterable[object]) -> str:
    """An array of PostgreSQL of values without quotes, commas or braces."""
    return "{" + ",".join(map(str, values)) + "}"


def ids_of(text: bytes | None) -> set[int]:
    """The ids of a `string_agg`."""
    return set(map(int, text.split(b","))) if text else set()


def _values(record: Record) -> dict[str, int | str | None]:
    return {
        "id": record.lease.id,
        "token": record.lease.token,
        "state": record.state,
        "code": record.code,
        "text": record.text,
        "tried": record.tried,
        "next_at": record.next_at.isoformat() if record.next_at else None,
        "bounce": record.bounce,
        "because": record.because,
        "at": record.at.isoformat(),
    }
