"""Which thread a mail belongs to: by the Message-IDs that it bears and names, never by its subject alone (INBOX-03).

    thread_id = join(own="<a@x>", named=["<b@y>", "<c@z>"])

Every Message-ID that is borne or named has a row, so mails find one another in whatever order they come. Threads are
never made one: a mail that names two of them joins the nearest, so nobody can tie strangers' threads together. Copies
of our own mails take part under their signed Message-ID, as soon as they leave or somebody answers them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.conf import settings

from relance import events
from relance.lib import keys, tokens
from relance.mail.models import Message, Recipient, Thread, ThreadKey

MOST_NAMED = 50
THREADED = (Message.Kind.PERSONAL, Message.Kind.SEQUENCE)


def key_of(message_id: str) -> str:
    """Under what a Message-ID is known; of ours only the signed part counts, since its domain may be rewritten."""
    bare = message_id.strip().strip("<>")
    if is_ours(bare):
        bare = bare.partition("@")[0].lower()
    return hashlib.sha256(bare.encode("utf-8", "replace")).hexdigest()[:32]


def is_ours(message_id: str) -> bool:
    """Whether we have made this Message-ID."""
    return tokens.reads_as_ours(keys.derive(settings.SECRET, "tokens"), message_id)


def own_id(copy: Recipient) -> str:
    """The Message-ID that a copy of ours bears; its domain means nothing here."""
    key = keys.derive(settings.SECRET, "tokens")
    return tokens.message_id(key, f"{copy.message.send_key} {copy.normal}", "relance")


@dataclass(frozen=True, kw_only=True)
class Bearing:
    """The Message-IDs that a mail bears and names, the nearest last; `copy`: ours that is meant, named or not."""

    own: str = ""
    named: Sequence[str] = ()
    copy: Recipient | None = None

    @property
    def keys(self) -> list[str]:
        """Under what its thread may be known, the nearest first."""
        ids = [*([self.own] if self.own else []), *reversed(self.named[-MOST_NAMED:])]
        return list(dict.fromkeys([*(key_of(id) for id in ids if id), *([self.copy_key] if self.copy_key else [])]))

    @property
    def copy_key(self) -> str:
        """That of our copy."""
        return key_of(own_id(self.copy)) if self.copy is not None else ""


def join(*, own: str = "", named: Sequence[str] = (), copy: Recipient | None = None) -> int:
    """The thread of one mail; a new one if none is known."""
    return join_many([Bearing(own=own, named=named, copy=copy)])[0]


def join_many(mails: Sequence[Bearing]) -> list[int]:
    """The thread of each mail, in their order: each may be joined by those after it."""
    keys_of = [mail.keys for mail in mails]
    known = _known({key for wanted in keys_of for key in wanted})
    found: list[Thread] = []
    fresh: dict[str, Thread] = {}
    for wanted in keys_of:
        thread = next((known[key] for key in wanted if key in known), None) or Thread()
        found.append(thread)
        missing = dict.fromkeys([key for key in wanted if key not in known], thread)
        fresh |= missing
        known |= missing
    Thread.objects.bulk_create([thread for thread in _by_identity(found) if thread.pk is None])
    rows = [ThreadKey(key=key, thread=thread) for key, thread in sorted(fresh.items())]
    ThreadKey.objects.bulk_create(rows, ignore_conflicts=True)
    for mail in mails:
        if mail.copy is not None:
            ThreadKey.objects.filter(key=mail.copy_key, recipient=None).update(recipient=mail.copy)
    return [thread.pk for thread in found]


def _by_identity(threads: Sequence[Thread]) -> list[Thread]:
    return list({id(thread): thread for thread in threads}.values())


def _known(keys_of: Collection[str]) -> dict[str, Thread]:
    rows = ThreadKey.objects.filter(key__in=keys_of).values_list("key", "thread_id") if keys_of else ()
    return {key: Thread(pk=thread) for key, thread in rows}


def copies_of(message_ids: Collection[str]) -> dict[str, int]:
    """Which of these Message-IDs are those of copies of ours: the copies' ids, by the Message-ID as given."""
    ours = {id: key_of(id) for id in message_ids if is_ours(id)}
    rows = ThreadKey.objects.filter(key__in=ours.values(), recipient__isnull=False) if ours else None
    known = dict(rows.values_list("key", "recipient")) if rows is not None else {}
    return {id: known[key] for id, key in ours.items() if known.get(key) is not None}


def join_sent(sent: Sequence[events.MessageSent]) -> None:
    """Mails that somebody wrote to one person take their place in the thread as they leave."""
    ids = [event.recipient_id for event in sent]
    copies = Recipient.objects.filter(pk__in=ids, message__kind__in=THREADED).select_related("message")
    for copy in copies.order_by("id"):
        join(named=f"{copy.message.references} {copy.message.in_reply_to}".split(), copy=copy)
