"""What is to be written in one transaction, and the values that its statements take *(pure)*."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from relance.mail.outbound.copy import Copy, Record
from relance.mail.outbound.due import Due
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
    """A copy that the relay took, with its words, and when: an ISO 8601 moment."""

    copy: Copy
    reply: Reply
    at: str

    def record(self) -> Record:
        """The same in the general form."""
        return record_of(self.copy, "sent", datetime.fromisoformat(self.at), self.reply)


def id_of_sent(sent: Sent) -> int:
    """Rows are locked in the order of their ids."""
    return sent.copy.due.id


class Batch:
    """Copies that wait for a GO, and copies that the relay took: what one group commit writes into leases."""

    __slots__ = ("entering", "taken")

    def __init__(self) -> None:
        self.entering: list[tuple[Copy, Answer]] = []
        self.taken: list[Due] = []

    def __len__(self) -> int:
        return len(self.entering) + len(self.taken)

    def values(self) -> tuple[str, ...]:
        """Of `commits.PASS`."""
        dues = [copy.due for copy, _ in self.entering]
        return (
            array([due.token for due in dues]),
            array([due.place for due in dues]),
            array([due.message_id for due in dues]),
            SEPARATOR.join([due.normal for due in dues]),
            array([due.token for due in self.taken]),
            array([due.place for due in self.taken]),
        )

    def answer(self, passed: Mapping[str, Collection[int]]) -> Iterator[Copy]:
        """Tell everyone who enters whether it may, by the places that entered under each token; who may not."""
        for copy, answer in self.entering:
            if copy.due.place in passed.get(copy.due.token, ()):
                answer(Entry.GO)
            else:
                yield copy
                answer(Entry.TURNED_BACK)

    def refuse(self) -> None:
        """Nobody may enter: something is wrong."""
        for _, answer in self.entering:
            answer(Entry.TROUBLE)

    def singles(self) -> Iterator[Batch]:
        """Those who enter one by one, and those who were taken together."""
        if self.taken:
            single = Batch()
            single.taken = self.taken
            yield single
        for each in self.entering:
            single = Batch()
            single.entering.append(each)
            yield single


class Outcomes:
    """What became of copies, to be written into their rows in one transaction."""

    __slots__ = ("records", "sent", "turned_back")

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.records: list[Record] = []
        self.turned_back: list[Copy] = []

    def __len__(self) -> int:
        return len(self.sent) + len(self.records) + len(self.turned_back)

    def values(self) -> tuple[str, ...]:
        """Of `commits.WRITE`."""
        self.sent.sort(key=id_of_sent)
        dues = [each.copy.due for each in self.sent]
        return (
            array([due.id for due in dues]),
            array([due.token for due in dues]),
            array([each.reply.code for each in self.sent]),
            SEPARATOR.join([shown(each.reply) for each in self.sent]),
            array([each.at for each in self.sent]),
        )

    def said(self) -> str:
        """Of `commits.SAY`."""
        return json.dumps([_values(record) for record in self.records])

    def turned(self) -> tuple[str, str]:
        """Of `bounds.TURN_BACK`."""
        self.turned_back.sort(key=lambda copy: copy.due.id)
        return array([copy.due.id for copy in self.turned_back]), array([copy.due.token for copy in self.turned_back])

    def tokens(self) -> set[str]:
        """The leases under which something is left to be written."""
        dues = {each.copy.due.token for each in self.sent} | {copy.due.token for copy in self.turned_back}
        return dues | {record.lease.token for record in self.records}

    def singles(self) -> Iterator[Outcomes]:
        """The same, one by one."""
        for name in self.__slots__:
            for each in getattr(self, name):
                single = Outcomes()
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
