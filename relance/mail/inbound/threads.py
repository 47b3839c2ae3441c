"""Which thread a mail belongs to: by the Message-IDs that it bears and names, never by its subject alone (INBOX-03).

    thread_id = join(own="<a@x>", named=["<b@y>", "<c@z>"])

Every Message-ID that is borne or named has a row, so mails find one another in whatever order they come. Threads are
never made one: a mail that names two of them joins the nearest, so nobody can tie strangers' threads together. Copies
of our own mails take part under their signed Message-ID, as soon as they leave or somebody answers them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

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


def join(*, own: str = "", named: Sequence[str] = (), copy: Recipient | None = None) -> int:
    """The thread of a mail that bears `own` and names others, the nearest last; a new one if none is known.

    `copy`: the copy of ours that is meant, whether it is named or not.
    """
    wanted = [key_of(id) for id in (*([own] if own else []), *reversed(named[-MOST_NAMED:])) if id]
    copy_key = key_of(own_id(copy)) if copy is not None else ""
    keys_of = list(dict.fromkeys([*wanted, *([copy_key] if copy_key else [])]))
    known = _known(keys_of)
    thread = next((known[key] for key in keys_of if key in known), None) or Thread.objects.create().pk
    missing = sorted(key for key in keys_of if key not in known)
    ThreadKey.objects.bulk_create([ThreadKey(key=key, thread_id=thread) for key in missing], ignore_conflicts=True)
    if copy is not None:
        ThreadKey.objects.filter(key=copy_key, recipient=None).update(recipient=copy)
    return thread


def _known(keys_of: Sequence[str]) -> Mapping[str, int]:
    return dict(ThreadKey.objects.filter(key__in=keys_of).values_list("key", "thread_id")) if keys_of else {}


def join_sent(sent: Sequence[events.MessageSent]) -> None:
    """Mails that somebody wrote to one person take their place in the thread as they leave."""
    ids = [event.recipient_id for event in sent]
    copies = Recipient.objects.filter(pk__in=ids, message__kind__in=THREADED).select_related("message")
    for copy in copies.order_by("id"):
        join(named=f"{copy.message.references} {copy.message.in_reply_to}".split(), copy=copy)
