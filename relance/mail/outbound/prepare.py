"""Leased recipients become copies ready to leave, or refusals: gate, tracking mode, rendering."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings

from relance.lib import keys, tokens
from relance.mail.catalogue import values_for
from relance.mail.contents import compiled
from relance.mail.models import Content
from relance.mail.outbound import identity
from relance.mail.outbound.copy import Copy, Record, refused
from relance.mail.outbound.due import Due, Sender
from relance.mail.outbound.envelope import Envelope
from relance.mail.outbound.gate import Refuse, effective_mode, gate
from relance.mail.outbound.placeholders import Value
from relance.mail.outbound.render import Compiled
from relance.mail.tracking.stamp import TrackMode
from relance.mail.transport.transaction import Letter


@dataclass
class Prepared:
    """What became of a batch."""

    copies: list[Copy] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)


def prepare(batch: Sequence[Due], sender: Sender, *, now: datetime) -> Prepared:
    """Ask the gate and render each copy. A copy that cannot be rendered fails alone (D25)."""
    prepared = Prepared()
    going = []
    for due in batch:
        verdict = gate(due.facts(), now=now)
        if isinstance(verdict, Refuse):
            prepared.records.append(refused(due.lease, verdict.reason, at=now))
        else:
            going.append(due)
    if going:
        _render_all(going, sender, prepared, now)
    return prepared


def _render_all(batch: Sequence[Due], sender: Sender, prepared: Prepared, now: datetime) -> None:
    texts = {due.content_id: _text(due.content_id, due.is_automatic, due.opt_out_link) for due in batch}
    names = frozenset().union(*(text.fields for text in texts.values()))
    values = values_for([due.id for due in batch], names=names)
    key = _key()
    for due in batch:
        try:
            prepared.copies.append(_copy(due, sender, texts[due.content_id], values.get(due.id, {}), key))
        except Exception as error:  # one bad copy must not hold the others
            why = f"{type(error).__name__}: {error}"[:500]
            prepared.records.append(Record(lease=due.lease, state="failed", at=now, text=why, tried=1))


def _copy(due: Due, sender: Sender, text: Compiled, values: Mapping[str, Value], key: bytes) -> Copy:
    mode = effective_mode(due.tracking_facts())
    content = text.render(values, _envelope(due, sender, mode, key))
    from_ = identity.envelope_sender(
        key, recipient_id=due.id, mailbox_address=sender.address, bounce_domain=sender.bounce_domain
    )
    return Copy(
        lease=due.lease,
        message_id=due.message_id,
        normal=due.normal,
        priority=due.priority,
        attempts=due.attempts,
        first_try_at=due.begins_at,
        give_up_after=timedelta(hours=due.retry_hours),
        track=mode,
        letter=Letter(from_, due.email, content),
    )


def _envelope(due: Due, sender: Sender, mode: TrackMode, key: bytes) -> Envelope:
    from_, reply_to = due.shown_as(due.from_choice, sender), due.shown_as(due.reply_choice, sender)
    mailto = None
    if sender.hears_back and due.is_automatic:
        domain = sender.bounce_domain or sender.address.rpartition("@")[2]
        mailto = tokens.unsubscribe_address(key, due.id, domain)
    return Envelope(
        sender=from_,
        to=((due.name, due.email),),
        message_id=identity.message_id(key, send_key=due.send_key, normal=due.normal, from_address=from_[1]),
        date=due.begins_at,
        recipient_id=due.id,
        content_id=due.content_id,
        mode=mode,
        reply_to=reply_to if reply_to[1] != from_[1] else None,
        unsubscribe_mailto=mailto,
    )


@lru_cache(maxsize=64)
def _text(content_id: int, list_headers: bool, footer: bool) -> Compiled:
    """Contents never change once they are frozen, so a compiled one is kept (D18)."""
    return compiled(Content.objects.get(pk=content_id), list_headers=list_headers, footer=footer)


def _key() -> bytes:
    return keys.derive(settings.SECRET, "tokens")
