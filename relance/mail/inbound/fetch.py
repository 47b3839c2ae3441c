"""Fetch the mail of a mailbox over IMAP (INBOX-02): nothing twice, nothing lost, wherever the connection breaks.

    CHANGES  what the server is still to be told (`changes`), and mail of ours that is to be filed (`filing`)
    LIST ──> each folder but junk: EXAMINE ── refused ──> it is gone: forget its locations
                   │ UIDVALIDITY is another one ──> forget its locations, begin anew; 5 in a row: stop (R1)
                   v
                 HEADS    UIDs above the highest known, in order: locations and highest UID in one transaction
                   v
                 FLAGS    what has changed since the last look where the server keeps count, else all
                   v
                 GONE     only when the counts differ: forget the locations that the server no longer has (R18)
    then   ┌───────┘
           v
    each folder: BODIES   newest first, up to 250 a command: stored mails and their locations in one transaction,
                          then they are interpreted

A location without a stored mail is what is still to be fetched, so a pass that breaks off, or whose time is up, goes on
where it was. A mail is known by the hash of its bytes: moved, copied, or met again after UIDVALIDITY has changed, it is
the same one in another place. What vanishes from the server stays here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import NamedTuple

from django.db import transaction
from django.db.models import F

from relance.mail.inbound import places
from relance.mail.inbound.changes import carry_out
from relance.mail.inbound.filing import file_due
from relance.mail.inbound.helper import Helper, helper
from relance.mail.inbound.packing import Packed
from relance.mail.inbound.receive import interpret_waiting, store_many
from relance.mail.models import Folder, Location, Mailbox
from relance.mail.transport.imap import Imap, Refused, signed_in
from relance.mail.transport.imap_answers import Listed, Opened
from relance.mail.transport.imap_line import Server
from relance.mail.transport.imap_names import NOT_READ, Role, readable, roles

BODIES_AT_ONCE, BYTES_AT_ONCE = 250, 16_000_000
AHEAD = 2  # batches that are heard and packed while one is stored
MOST_RESETS = 5
MOST_MISSES = 3
MANY = 500  # mails for which it is worth while to start a process that reads them
SECONDS = 45.0  # of one pass; the next one goes on
READ_FIRST = {"inbox": 0, "sent": 1}


class Unsteady(Exception):
    """A server that gives its mails new numbers at every look; reading on would never end."""


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What one pass did: mails stored or found again, and whether more waits."""

    fetched: int
    is_finished: bool


class Waiting(NamedTuple):
    """A place whose mail is still to be fetched."""

    pk: int
    uid: int
    size: int
    arrived_at: datetime | None


Heard = list[tuple[Waiting, bytes]]
Read = list[tuple[Waiting, Packed]]


@dataclass(kw_only=True)
class _Reader:
    """One pass through one mailbox."""

    imap: Imap
    mailbox: Mailbox
    now: datetime
    ahead: timedelta
    until: float
    beside: Helper
    fetched: int = 0
    opened: tuple[int, Opened] | None = None

    def open(self, folder: Folder) -> Opened:
        """Examine a folder, unless it is the one that is open already. Raises Refused."""
        if self.opened is None or self.opened[0] != folder.pk:
            self.opened = folder.pk, self.imap.open(bytes(folder.name))
        return self.opened[1]

    @property
    def refused(self) -> frozenset[str]:
        """The senders whose mail is never stored."""
        return frozenset(self.mailbox.never_stored.lower().split())

    @property
    def has_time(self) -> bool:
        return monotonic() < self.until


def synchronise(
    mailbox: Mailbox,
    server: Server,
    *,
    now: datetime,
    ahead: timedelta = timedelta(0),
    seconds: float = SECONDS,
    on_heads: Callable[[], None] = lambda: None,
) -> Pass:
    """Bring a mailbox up to date, as far as the time allows; `ahead`: how far the workspace's clock runs ahead.

    `on_heads` is called when the places of all folders are known. Raises NoImap, Unsteady.
    """
    until = monotonic() + seconds
    with signed_in(server) as imap, helper() as beside:
        reader = _Reader(imap=imap, mailbox=mailbox, now=now, ahead=ahead, until=until, beside=beside)
        carry_out(imap, mailbox, now=now)
        listed = _folders(mailbox, imap.folders())
        file_due(imap, mailbox, now=now, ahead=ahead)
        known = [folder for folder in listed if _look(reader, folder)]
        on_heads()
        for folder in known:
            with suppress(Refused):  # it went just now
                _read_bodies(reader, folder)
    return Pass(fetched=reader.fetched, is_finished=reader.has_time)


def _folders(mailbox: Mailbox, listed: Sequence[Listed]) -> list[Folder]:
    """The folders to be read, the inbox first; those that the server no longer has are forgotten."""
    own = [each for each in listed if not each.attributes & NOT_READ]
    Folder.objects.filter(mailbox=mailbox).exclude(name__in=[each.name for each in own]).delete()
    told = roles(own)
    rows = [_folder(mailbox, each, told[each.name]) for each in own]
    return sorted((row for row in rows if row.is_read), key=lambda row: (READ_FIRST.get(row.role, 9), row.title))


def _folder(mailbox: Mailbox, listed: Listed, role: Role) -> Folder:
    facts = {"title": readable(listed.name)[:500], "delimiter": listed.delimiter[:1], "role": role.value}
    folder, is_new = Folder.objects.get_or_create(
        mailbox=mailbox, name=listed.name, defaults={**facts, "is_read": role is not Role.JUNK}
    )
    if not is_new and any(getattr(folder, name) != value for name, value in facts.items()):
        Folder.objects.filter(pk=folder.pk).update(**facts)
        folder.role = role.value
    return folder


def _look(reader: _Reader, folder: Folder) -> bool:
    """What lies in a folder, and under which flags; False if it cannot be opened."""
    try:
        opened = reader.open(folder)
    except Refused as refused:
        Folder.objects.filter(pk=folder.pk).update(problem=refused.said[:300], looked_at=reader.now)
        return False
    _agree_on_numbers(folder, opened)
    if opened.exists >= MANY and opened.uidnext - folder.highest_uid > MANY:
        reader.beside.start()
    if opened.uidnext != folder.highest_uid + 1:
        places.read_new(reader.imap, folder, reader.refused)
    places.read_flags(reader.imap, folder, opened)
    places.compare(reader.imap, folder, opened, reader.refused)
    Folder.objects.filter(pk=folder.pk).update(on_server=opened.exists, problem="", looked_at=reader.now)
    return True


def _agree_on_numbers(folder: Folder, opened: Opened) -> None:
    """Begin anew when UIDVALIDITY is another one: the same UIDs now mean other mails."""
    if folder.uidvalidity == opened.uidvalidity:
        if folder.resets:
            folder.resets = 0
            folder.save(update_fields=["resets"])
        return
    with transaction.atomic():
        folder.locations.all().delete()
        folder.resets += 1 if folder.uidvalidity else 0
        folder.uidvalidity, folder.highest_uid, folder.modseq = opened.uidvalidity, 0, 0
        folder.save(update_fields=["resets", "uidvalidity", "highest_uid", "modseq"])
    if folder.resets >= MOST_RESETS:
        raise Unsteady


def _read_bodies(reader: _Reader, folder: Folder) -> None:
    """While one batch is stored and interpreted, the next is packed and read, and the one after it heard."""
    if not reader.has_time or reader.open(folder).uidvalidity != folder.uidvalidity:
        return
    with _worker("mailbox-hearing") as ear, _worker("mailbox-packing") as packer:
        before: deque[tuple[Sequence[Waiting], Future[Read]]] = deque()
        for wanted in _waiting(folder):
            heard = ear.submit(_hear, reader.imap, wanted)
            before.append((wanted, packer.submit(_pack, reader, heard)))
            if len(before) > AHEAD:
                _keep(reader, *before.popleft())
            if monotonic() >= reader.until:
                break
        while before:
            _keep(reader, *before.popleft())


def _worker(name: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)


def _hear(imap: Imap, wanted: Sequence[Waiting]) -> Heard:
    """The mails of a batch. Nothing here knows the database."""
    by_uid = {place.uid: place for place in wanted}
    return [(by_uid[uid], raw) for uid, raw in imap.bodies(list(by_uid)) if raw]


def _pack(reader: _Reader, coming: Future[Heard]) -> Read:
    """The same, ready to be stored; nor is anything known of it here."""
    heard = coming.result()
    packed = reader.beside.pack([(raw, _moment(reader, place)) for place, raw in heard])
    return [(place, mail) for (place, _raw), mail in zip(heard, packed, strict=True)]


def _waiting(folder: Folder) -> Iterator[list[Waiting]]:
    """What is to be fetched, newest first, in batches of limited number and size."""
    lowest = folder.highest_uid + 1
    while True:
        rows = folder.locations.filter(
            received=None, is_left_out=False, misses__lt=MOST_MISSES, uid__gt=0, uid__lt=lowest
        )
        batch: list[Waiting] = []
        near = rows.order_by("-uid").values_list("pk", "uid", "size", "arrived_at")
        for place in map(Waiting._make, near[:BODIES_AT_ONCE]):
            if batch and sum(known.size for known in batch) + place.size > BYTES_AT_ONCE:
                break
            batch.append(place)
        if not batch:
            return
        lowest = batch[-1].uid
        yield batch


def _keep(reader: _Reader, wanted: Sequence[Waiting], coming: Future[Read]) -> None:
    got = coming.result()
    found = {place.pk for place, _mail in got}
    missed = [place.pk for place in wanted if place.pk not in found]
    with transaction.atomic():
        ids = store_many(reader.mailbox, [(mail, _moment(reader, place)) for place, mail in got])
        stored = {place.pk: id for (place, _mail), id in zip(got, ids, strict=True) if id is not None}
        places.write_mails(stored)
        unwanted = [place.pk for place, _mail in got if place.pk not in stored]
        if unwanted:
            Location.objects.filter(pk__in=unwanted).update(is_left_out=True)
        if missed:
            Location.objects.filter(pk__in=missed).update(misses=F("misses") + 1)
    interpret_waiting({id: mail for (_place, mail), id in zip(got, ids, strict=True) if id is not None})
    reader.fetched += len(got)


def _moment(reader: _Reader, place: Waiting) -> datetime:
    """When a mail came, by the workspace's clock and never after now."""
    return min(reader.now, place.arrived_at + reader.ahead) if place.arrived_at else reader.now
