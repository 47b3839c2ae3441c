"""The vocabulary of what can happen. An event is news in flight: ids only, emitted inside the caller's transaction.

`emit` writes one job into the same transaction as the change that it tells of; `relance.reactions` says who reacts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

TASK = "relance.react"
QUEUE = "reactions"


@dataclass(frozen=True)
class Event:
    """Something that happened to one thing, named by its id."""


@dataclass(frozen=True)
class MessageSent(Event):
    """The relay answered 250 for one recipient."""

    recipient_id: int


@dataclass(frozen=True)
class MessageOpened(Event):
    """A person opened for the first time."""

    recipient_id: int


@dataclass(frozen=True)
class OpeningTakenBack(Event):
    """What was taken for a person's opening was a machine's: nobody is known to have opened."""

    recipient_id: int


@dataclass(frozen=True)
class LinkClicked(Event):
    """A person clicked for the first time."""

    recipient_id: int


@dataclass(frozen=True)
class MessageReceived(Event):
    """A mail of somebody whom we know was found in a mailbox, be it written to us or by us."""

    received_id: int


@dataclass(frozen=True)
class MessageReplied(Event):
    """The recipient answered; automatic answers are no replies."""

    recipient_id: int


@dataclass(frozen=True)
class MessageAutoReplied(Event):
    """An automatic answer came, such as an absence."""

    recipient_id: int


@dataclass(frozen=True)
class MessageBounced(Event):
    """The mail came back, at once or later."""

    recipient_id: int


@dataclass(frozen=True)
class MessageComplained(Event):
    """The recipient called the mail spam."""

    recipient_id: int


@dataclass(frozen=True)
class PersonOptedOut(Event):
    """An address asked not to be written to any more."""

    suppression_id: int


@dataclass(frozen=True)
class RecordCreated(Event):
    """A person was added by hand, by an import or through the API."""

    person_id: int


@dataclass(frozen=True)
class RecordNoted(Event):
    """A record of any module was made, changed or deleted: the audit has a line of it."""

    change_id: int


@dataclass(frozen=True)
class RecordMerged(Event):
    """A record has become part of another of its kind, and is no more."""

    moved_id: int


@dataclass(frozen=True)
class PersonConverted(Event):
    """A lead has become a contact."""

    person_id: int


@dataclass(frozen=True)
class DealChanged(Event):
    """A deal was made, or its own fields were changed."""

    deal_id: int


@dataclass(frozen=True)
class DealMoved(Event):
    """A deal came into another stage; its first move is its making."""

    move_id: int


@dataclass(frozen=True)
class ImportFinished(Event):
    """A file of people has been read to its end."""

    import_id: int


@dataclass(frozen=True)
class FormSubmitted(Event):
    """A stranger filled in a form of the site, and is a lead or known."""

    submission_id: int


@dataclass(frozen=True)
class SequenceEnded(Event):
    """Somebody's way through a sequence is over, whatever the reason."""

    enrolment_id: int


@dataclass(frozen=True)
class MailboxConnected(Event):
    """A mailbox begins to be read, for the first time or again."""

    mailbox_id: int


@dataclass(frozen=True)
class MailboxDisconnected(Event):
    """A mailbox is read no longer; its mail stays."""

    mailbox_id: int


@dataclass(frozen=True)
class TaskFinished(Event):
    """Somebody has done what there was to do."""

    task_id: int


KINDS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        MessageSent, MessageOpened, LinkClicked, MessageReplied, MessageAutoReplied, MessageBounced,
        OpeningTakenBack, PersonOptedOut, RecordCreated, RecordNoted, RecordMerged, PersonConverted, DealChanged,
        DealMoved, ImportFinished, TaskFinished, MessageReceived, MailboxConnected, MailboxDisconnected,
        MessageComplained, FormSubmitted, SequenceEnded,
    )
}  # fmt: skip

Packed = dict[str, list[dict[str, int]]]
_gathering: ContextVar[list[Event] | None] = ContextVar("relance_gathering", default=None)


@contextmanager
def gathered() -> Iterator[None]:
    """What is emitted inside is told with one job at the end, in the transaction that is open then.

    For a batch of many rows, inside its transaction. What fails inside is not told: around each savepoint that may be
    taken back stands one of these, too.
    """
    told: list[Event] = []
    token = _gathering.set(told)
    try:
        yield
    finally:
        _gathering.reset(token)
    emit_many(told)


def emit(event: Event) -> None:
    """Tell one event when the transaction commits."""
    emit_many([event])


def emit_many(events: Iterable[Event]) -> None:
    """Tell many events with one job."""
    if (waiting := _gathering.get()) is not None:
        waiting.extend(events)
        return
    told = pack(list(events))
    if told:
        from procrastinate.contrib.django import app

        app.configure_task(TASK, queue=QUEUE).defer(news=told)  # type: ignore[arg-type]  # plain JSON


DEFER = """
SELECT procrastinate_defer_jobs_v1(
    ARRAY[ROW(%s, %s, 0, NULL, NULL, %s::jsonb, NULL)]::procrastinate_job_to_defer_v1[]
)
"""
"""The same in plain SQL, in the transaction of whoever has no Django at hand; takes `job_of`."""


def job_of(events: Sequence[Event]) -> tuple[str, str, str]:
    """What DEFER is to be given."""
    return QUEUE, TASK, json.dumps({"news": pack(events)})


def pack(events: Sequence[Event]) -> Packed:
    """Events as plain values, by kind."""
    told: Packed = {}
    for event in events:
        told.setdefault(type(event).__name__, []).append(dict(vars(event)))
    return told


def unpack(told: Packed) -> dict[type[Event], list[Event]]:
    """The events of `pack`; kinds that this version does not know are passed over."""
    return {KINDS[name]: [KINDS[name](**ids) for ids in many] for name, many in told.items() if name in KINDS}
