"""What the relay's answer, or its silence, means for a recipient and for the mailbox *(pure)*."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from random import Random

from relance.mail.outbound.copy import Copy, Record, released
from relance.mail.outbound.pace import GiveUp, retry_at
from relance.mail.transport import replies
from relance.mail.transport.outcome import Accepted, Lost, Outcome, Refused, Reply, Stage, Withheld

STAGES = {
    Stage.MAIL: replies.Stage.MAIL,
    Stage.RCPT: replies.Stage.RCPT,
    Stage.DATA: replies.Stage.DATA,
}
LIMITS = re.compile(r"too (many|fast)|\brate\b|throttl|\blimit|per (second|minute|hour|day)", re.IGNORECASE)
OF_RECIPIENT = re.compile(r"mailbox|inbox|recipient'?s|user|grey", re.IGNORECASE)
TOLD = re.compile(r"(?:in|after|wait)\s+(\d{1,5})\s*(s|m|h)", re.IGNORECASE)
SECONDS = {"s": 1, "m": 60, "h": 3600}
LONGEST_TEXT = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """What to write; whether the address is to blame ("hard", "soft"); what the relay wants of the mailbox."""

    record: Record
    blame: str = ""
    relay_is_busy: bool = False
    wait_seconds: float | None = None
    relay_said: str = ""
    wants_our_change: bool = False


def settle(copy: Copy, outcome: Outcome, *, is_first_on_line: bool, now: datetime, rng: Random) -> Settled:
    """Read an outcome. `is_first_on_line`: nothing else was offered on that connection before."""
    match outcome:
        case Accepted(reply):
            return Settled(record=record_of(copy, "sent", now, reply))
        case Withheld():
            return Settled(record=released(copy.due, at=now))
        case Lost(in_doubt=True):
            text = f"{outcome.stage}: {outcome.cause}"
            return Settled(
                record=Record(lease=copy.lease, state="unknown", at=now, text=text, tried=1, is_awaited=copy.is_awaited)
            )
        case Lost():
            return _lost(copy, outcome, is_first_on_line, now, rng)
        case Refused():
            return _refused(copy, outcome, is_first_on_line, now, rng)


def _lost(copy: Copy, lost: Lost, is_first_on_line: bool, now: datetime, rng: Random) -> Settled:
    if not is_first_on_line and lost.stage in (Stage.MAIL, Stage.RSET):
        return Settled(record=released(copy.due, at=now))  # the line was closed before it was its turn
    return Settled(record=_again(copy, now, rng, text=f"{lost.stage}: {lost.cause}"))


def _refused(copy: Copy, refused: Refused, is_first_on_line: bool, now: datetime, rng: Random) -> Settled:
    reply = refused.reply
    if refused.by_us:
        return Settled(record=record_of(copy, "failed", now, reply))
    if reply.code == 421 and not is_first_on_line and refused.stage is not Stage.DOT:
        return Settled(record=released(copy.due, at=now))  # so many on a connection: the next one goes on
    read = replies.classify(reply.code, reply.text, STAGES.get(refused.stage, replies.Stage.FINAL))
    if is_about_the_relay(refused, read.reason):
        record = released(copy.due, at=now)
        return Settled(
            record=replace(record, tried=1) if refused.stage is Stage.DOT else record,
            relay_is_busy=True,
            wait_seconds=told_seconds(reply),
            relay_said=f"{reply.code} {reply.sentence}",
        )
    if read.state is replies.State.DEFERRED:
        return Settled(record=_again(copy, now, rng, reply=reply))
    return _failed(copy, reply, read, now)


def _failed(copy: Copy, reply: Reply, read: replies.Outcome, now: datetime) -> Settled:
    bounce = "hard" if read.mark is replies.Mark.HARD else "soft"
    is_bounce = read.state is replies.State.BOUNCED
    blame = bounce if read.mark is not replies.Mark.NONE else ""
    record = record_of(copy, "failed", now, reply, bounce=bounce if is_bounce else "")
    return Settled(record=record, blame=blame, wants_our_change=read.ours)


def is_about_the_relay(refused: Refused, reason: replies.Reason) -> bool:
    """A temporary refusal that is not this recipient's: the relay is full, slows us down, or has had enough (D11)."""
    reply = refused.reply
    if reply.code >= 500:
        return False
    if reply.code == 421 or refused.stage is Stage.MAIL:
        return True
    is_limit = reason is replies.Reason.TOO_MANY or LIMITS.search(reply.text) is not None
    return is_limit and not OF_RECIPIENT.search(reply.text)


def told_seconds(reply: Reply) -> float | None:
    """How long the relay asks to wait, when it says so: `Try again in 5 minutes`."""
    told = TOLD.search(reply.text)
    return int(told[1]) * SECONDS[told[2].lower()] if told else None


def _again(copy: Copy, now: datetime, rng: Random, reply: Reply | None = None, text: str = "") -> Record:
    first = copy.first_try_at if copy.attempts else now
    answer = retry_at(copy.attempts + 1, now=now, first_try_at=first, rng=rng, give_up_after=copy.give_up_after)
    state, next_at = ("failed", None) if isinstance(answer, GiveUp) else ("deferred", answer.at)
    return Record(
        lease=copy.lease,
        state=state,
        at=now,
        is_awaited=copy.is_awaited,
        code=reply.code if reply else None,
        text=shown(reply) if reply else text,
        tried=1,
        next_at=next_at,
    )


def record_of(copy: Copy, state: str, now: datetime, reply: Reply, *, bounce: str = "") -> Record:
    """What a reply makes of a copy."""
    return Record(
        lease=copy.lease,
        state=state,
        at=now,
        code=reply.code,
        text=shown(reply),
        tried=1,
        bounce=bounce,
        is_awaited=copy.is_awaited,
    )


@lru_cache(maxsize=1024)
def shown(reply: Reply) -> str:
    """A relay's words as they are kept."""
    return reply.sentence[:LONGEST_TEXT]
