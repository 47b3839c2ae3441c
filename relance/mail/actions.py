"""The one way to send: draft a message, write its recipients, queue it; pause, resume, stop; settle what is unknown.

Who may do it is asked by the caller. Nothing here talks to a relay: the dispatcher does, as soon as it hears of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db import connection, transaction
from django.db.models import QuerySet

from relance.events import MessageSent, emit
from relance.lib import live
from relance.lib.states import Moves, move
from relance.mail.models import Content, Mailbox, Message, Recipient
from relance.mail.outbound import bounds, held, revoking
from relance.mail.outbound.recipients import Refusal
from relance.team.models import User
from relance.team.workspace import organisation

State = Message.State
MOVES: Moves = {
    State.DRAFT: frozenset({State.PREPARING}),
    State.PREPARING: frozenset({State.SENDING, State.PAUSED, State.STOPPED, State.DONE}),
    State.SENDING: frozenset({State.PAUSED, State.STOPPED, State.DONE}),
    State.PAUSED: frozenset({State.SENDING, State.STOPPED}),
    State.STOPPED: frozenset(),
    State.DONE: frozenset({State.SENDING}),
}
"""`done` returns to `sending` when an unknown copy is sent again, or new recipients are written (`reopen`)."""

CHUNK = 5000
PERSONAL, BULK = 0, 5

INSERT = """
WITH given AS (
    SELECT * FROM jsonb_to_recordset(%s::jsonb) AS v(
        email text, normal text, name text, person_id bigint, sender_id bigint, refusal text, detail text)
)
INSERT INTO mail_recipient
    (message_id, person_id, sender_id, email, normal, name, state, refused_because, refused_detail, track, queued_at)
SELECT %s, person_id, sender_id, email, CASE WHEN refusal = '' THEN normal END, name,
    CASE WHEN refusal = '' THEN 'queued' ELSE 'refused' END, refusal, detail, 'none', %s
FROM given
ON CONFLICT DO NOTHING
RETURNING state
"""
# The dispatcher takes copies in the order of their ids, then their message: whoever stops it does the same, or both
# would wait for each other.
HOLD = """
SELECT count(*) FROM (
    SELECT id FROM mail_recipient WHERE message_id = %(message)s AND state IN ('queued', 'deferred', 'leased')
    ORDER BY id FOR NO KEY UPDATE
) AS held
"""
CANCEL = f"""
WITH {revoking.free("%(message)s = ANY(messages)")}, cancelled AS (
    UPDATE mail_recipient r SET state = 'cancelled', lease_token = NULL, refused_because = %(why)s
    WHERE r.message_id = %(message)s AND (r.state IN ('queued', 'deferred') OR {revoking.IS_FREE})
    RETURNING r.id
), {revoking.revoked("cancelled")}
SELECT count(*) FROM cancelled
"""
HOLD_THESE = """
SELECT id, lease_token FROM mail_recipient WHERE id = ANY(%s) AND state IN ('queued', 'deferred', 'leased')
ORDER BY id FOR NO KEY UPDATE
"""
LEAVE_OUT = f"""
WITH {revoking.free("token = ANY(%(tokens)s)")}, refused AS (
    UPDATE mail_recipient r SET state = 'refused', refused_because = %(why)s, next_attempt_at = NULL, lease_token = NULL
    FROM mail_message m
    WHERE r.id = ANY(%(copies)s) AND m.id = r.message_id AND m.state IN ('sending', 'paused')
      AND (r.state IN ('queued', 'deferred') OR {revoking.IS_FREE})
    RETURNING r.id, r.message_id
), {revoking.revoked("refused")}, {bounds.COUNT_REFUSED}
"""
SETTLE = """
UPDATE mail_recipient SET state = %s, lease_token = NULL, sent_at = CASE WHEN %s THEN %s ELSE sent_at END,
    failed_at = CASE WHEN %s THEN failed_at ELSE %s END, refused_detail = %s
WHERE id = %s AND state = 'unknown'
"""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A message to be. `send_key` says what makes it the same mail: `mass:12`, `step:55:3`, `test:<uuid>`.

    `in_reply_to` and `references` (Message-IDs with a space between) put it into a thread: `mail.answering` gives them.
    `shown_to` and `shown_cc` stand in the headers of every copy; without them each shows its own address only.
    Attachments belong to the content: `contents.freeze(..., attachments=...)`.
    """

    kind: str
    send_key: str
    content: Content
    mailbox: Mailbox
    sender: User
    deliver_at: datetime
    from_choice: str = "own"
    reply_choice: str = "own"
    priority: int | None = None
    track: bool = True
    track_opens: bool = True
    tracking: str = ""
    opt_out_link: bool = True
    in_reply_to: str = ""
    references: str = ""
    shown_to: Sequence[tuple[str, str]] = ()
    shown_cc: Sequence[tuple[str, str]] = ()
    about_kind: str = ""
    about_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """One recipient to be, or one who is left out: then `refusal` says why and the address does not count."""

    email: str
    normal: str | None
    name: str
    person_id: int | None
    sender_id: int | None = None
    refusal: str = ""
    detail: str = ""


def draft(wanted: Draft, *, now: datetime) -> Message:
    """A message that waits for its recipients. The same `send_key` gives the same message: safe to run twice."""
    is_urgent = wanted.kind in (Message.Kind.PERSONAL, Message.Kind.NOTIFICATION)
    urgency = PERSONAL if is_urgent else BULK
    message, _ = Message.objects.get_or_create(
        send_key=wanted.send_key,
        defaults={
            "kind": wanted.kind,
            "state": State.PREPARING,
            "content": wanted.content,
            "mailbox": wanted.mailbox,
            "sender": wanted.sender,
            "from_choice": wanted.from_choice,
            "reply_choice": wanted.reply_choice,
            "priority": urgency if wanted.priority is None else wanted.priority,
            "deliver_at": wanted.deliver_at,
            "track": wanted.track,
            "track_opens": wanted.track_opens,
            "tracking": wanted.tracking or organisation().tracking,
            "opt_out_link": wanted.opt_out_link,
            "in_reply_to": wanted.in_reply_to[:998],
            "references": wanted.references,
            "shown_to": [list(each) for each in wanted.shown_to] or None,
            "shown_cc": [list(each) for each in wanted.shown_cc] or None,
            "about_kind": wanted.about_kind,
            "about_id": wanted.about_id,
            "created_at": now,
        },
    )
    return message


@transaction.atomic
def add_recipients(message: Message, addressees: Iterable[Addressee], *, now: datetime) -> int:
    """Write recipients, each address once however often it comes; how many rows are new."""
    written = 0
    for chunk in _chunks(addressees):
        rows = json.dumps([vars(addressee) for addressee in chunk])
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [rows, message.pk, now])
            states = Counter(state for (state,) in cursor.fetchall())
            cursor.execute(
                "UPDATE mail_message SET total = total + %s, refused = refused + %s WHERE id = %s",
                [states["queued"], states["refused"], message.pk],
            )
        written += states.total()
    return written


def _chunks(addressees: Iterable[Addressee]) -> Iterator[Sequence[Addressee]]:
    rest = iter(addressees)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


@transaction.atomic
def note_recipients(message: Message, *, total: int, refused: int) -> None:
    """So many recipients, and so many left out, were written by a statement of a program's own."""
    _count(message, total=total, refused=refused)


@transaction.atomic
def queue(message: Message, *, now: datetime) -> bool:
    """Let it leave at its time, ask first if that is long over, end if nobody is left; False if not being prepared."""
    row = Message.objects.select_for_update().get(pk=message.pk)
    to, also = State.SENDING, {}
    if not row.total:
        to, also = State.DONE, {"state_why": "nobody", "started_at": now, "finished_at": now}
    elif now - row.deliver_at > timedelta(hours=organisation().late_hours):
        to, also = State.PAUSED, {"state_why": held.LATE}
    if not move(_row(message), "state", {State.PREPARING: MOVES[State.PREPARING]}, to=to, **also):
        return False
    wake(message)
    return True


@transaction.atomic
def pause(message: Message, *, why: str = "", now: datetime) -> bool:  # noqa: ARG001
    """Hold what has not begun to leave; False if it is not being sent."""
    moved = move(_row(message), "state", MOVES, to=State.PAUSED, state_why=why)
    wake(message)
    return moved


@transaction.atomic
def resume(message: Message, *, now: datetime) -> bool:  # noqa: ARG001
    """Go on where it was paused; False if it was not paused."""
    if not move(_row(message), "state", {State.PAUSED: frozenset({State.SENDING})}, to=State.SENDING, state_why=""):
        return False
    wake(message)
    return True


@transaction.atomic
def reopen(message: Message) -> bool:
    """New recipients were written into a mail that had ended: it is sent on; False if it had not."""
    if not move(_row(message), "state", {State.DONE: MOVES[State.DONE]}, to=State.SENDING, finished_at=None):
        wake(message)
        return False
    wake(message)
    return True


@transaction.atomic
def stop(message: Message, *, why: str = "", now: datetime) -> int | None:
    """Never send what has not begun to leave; how many that was, None if it was over already."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, {"message": message.pk})
        if not move(_row(message), "state", MOVES, to=State.STOPPED, state_why=why, finished_at=now):
            return None
        cursor.execute(CANCEL, {"message": message.pk, "why": Refusal.STOPPED})
        cancelled = int(cursor.fetchone()[0])
        cursor.execute("UPDATE mail_message SET cancelled = cancelled + %s WHERE id = %s", [cancelled, message.pk])
    wake(message)
    return cancelled


@transaction.atomic
def leave_out(copies: Iterable[int], because: Refusal) -> int:
    """Leave out these copies, as far as their content has not begun to leave, with the reason; how many that was."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD_THESE, [list(copies)])
        held = cursor.fetchall()
        tokens = list({token for _id, token in held if token})
        cursor.execute(LEAVE_OUT, {"copies": [id for id, _token in held], "tokens": tokens, "why": because})
        refused = cursor.fetchall()
        live.tell(cursor, *(f"message:{message_id}" for message_id, _count in refused))
    return sum(count for _message, count in refused)


@transaction.atomic
def send_one(wanted: Draft, addressee: Addressee, *, now: datetime) -> Message:
    """Draft, address and queue one mail to one person: a test, a step of a sequence."""
    return send_to(wanted, [addressee], now=now)


@transaction.atomic
def send_to(wanted: Draft, addressees: Iterable[Addressee], *, now: datetime) -> Message:
    """The same to several people, each with a copy of her own: a personal mail."""
    message = draft(wanted, now=now)
    add_recipients(message, addressees, now=now)
    queue(message, now=now)
    return message


@transaction.atomic
def forget(message: Message) -> None:
    """Undo a message of which nothing has begun to leave, as if it had never been queued; its caller holds its rows."""
    content = message.content
    message.recipients.all().delete()
    message.delete()
    content.delete()


@transaction.atomic
def resend_unknown(recipient: Recipient, *, now: datetime) -> bool:  # noqa: ARG001
    """A person wants an unknown copy sent again, under the same Message-ID; False if it is not unknown any more."""
    rows = Recipient.objects.filter(pk=recipient.pk, state=Recipient.State.UNKNOWN)
    if not rows.update(state=Recipient.State.QUEUED, lease_token=None, next_attempt_at=None, doubted_at=None):
        return False
    message = recipient.message
    _count(message, unknown=-1)
    move(_row(message), "state", {State.DONE: MOVES[State.DONE]}, to=State.SENDING, finished_at=None)
    wake(message)
    return True


@transaction.atomic
def settle_unknown(recipient: Recipient, *, sent: bool, why: str, now: datetime) -> bool:
    """Evidence or a person says what became of an unknown copy; False if it is not unknown any more."""
    state = Recipient.State.SENT if sent else Recipient.State.FAILED
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, [state, sent, now, sent, now, why[:300], recipient.pk])
        if not cursor.rowcount:
            return False
    recipient.refresh_from_db()
    _count(recipient.message, unknown=-1, **_counted(recipient))
    if sent:
        emit(MessageSent(recipient.pk))
    _tell(recipient.message)
    return True


def _counted(recipient: Recipient) -> dict[str, int]:
    if recipient.state == Recipient.State.FAILED:
        return {"failed": int(recipient.bounced_at is None)}
    counted: dict[str, int] = {"sent": 1}
    if recipient.bounced_at is not None:
        return counted | {"bounced_late": 1}
    opened, clicked = recipient.first_opened_at is not None, recipient.first_clicked_at is not None
    track = Recipient.Track
    counted["opened"], counted["clicked"] = int(opened), int(clicked)
    counted["untracked_opens"] = int(not opened and recipient.track != track.FULL)
    counted["untracked_clicks"] = int(not clicked and recipient.track not in (track.FULL, track.CLICKS))
    return counted


def wake(message: Message) -> None:
    """Tell the dispatchers and the open pages when the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('relance_outbox', '')")
    _tell(message)


def _tell(message: Message) -> None:
    with connection.cursor() as cursor:
        live.tell(cursor, f"message:{message.pk}")


def _row(message: Message) -> QuerySet[Message]:
    return Message.objects.filter(pk=message.pk)


def _count(message: Message, **changes: int) -> None:
    columns = ", ".join(f"{name} = {name} + %s" for name in changes)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE mail_message SET {columns} WHERE id = %s", [*changes.values(), message.pk])
