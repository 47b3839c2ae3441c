"""Fetch the mail of a mailbox over IMAP (INBOX-02): nothing twice, nothing lost, wherever the connection breaks.

    LIST ──> each folder: EXAMINE ── refused ──> it is gone: forget its locations
                   │ UIDVALIDITY is another one ──> forget its locations, begin anew; 5 in a row: stop (R1)
                   v
                 HEADS    UIDs above the highest known, in order: locations and highest UID in one transaction
                   v
                 BODIES   newest first, up to 250 a command: stored mails and their locations in one transaction,
                   │      then they are interpreted
                   v
                 GONE     only when the counts differ: forget the locations that the server no longer has (R18)

A location without a stored mail is what is still to be fetched, so a pass that breaks off, or whose time is up, goes on
where it was. A mail is known by the hash of its bytes: moved, copied, or met again after UIDVALIDITY has changed, it is
the same one in another place. What vanishes from the server stays here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.db import connection, transaction
from django.db.models import F

from relance.mail.inbound.parse import parse
from relance.mail.inbound.receive import interpret_waiting, store_many
from relance.mail.models import Folder, Location, Mailbox
from relance.mail.transport.imap import Head, Imap, Listed, Opened, Refused, signed_in
from relance.mail.transport.imap_line import Server

HEADS_AT_ONCE = 1_000
BODIES_AT_ONCE, BYTES_AT_ONCE = 250, 16_000_000
MOST_RESETS = 5
MOST_MISSES = 3
SECONDS = 45.0  # of one pass; the next one goes on
NOT_READ = frozenset({"\\drafts", "\\sent", "\\trash", "\\junk", "\\all", "\\flagged", "\\important"})
NAMES_NOT_READ = frozenset({
    "drafts", "sent", "sent items", "sent messages", "trash", "deleted items", "deleted messages", "junk", "spam",
    "junk e-mail", "outbox", "brouillons", "corbeille", "envoyes", "indesirables", "entw&apw-rfe", "gesendet",
    "papierkorb", "borradores", "enviados", "papelera", "bozze", "inviati", "cestino",
})  # fmt: skip


class Unsteady(Exception):
    """A server that gives its mails new numbers at every look; reading on would never end."""


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What one pass did: mails stored or found again, and whether more waits."""

    fetched: int
    is_finished: bool


@dataclass(kw_only=True)
class _Reader:
    """One pass through one mailbox."""

    imap: Imap
    mailbox: Mailbox
    now: datetime
    ahead: timedelta
    until: float
    fetched: int = 0

    @property
    def has_time(self) -> bool:
        return monotonic() < self.until


def synchronise(
    mailbox: Mailbox, server: Server, *, now: datetime, ahead: timedelta = timedelta(0), seconds: float = SECONDS
) -> Pass:
    """Bring a mailbox up to date, as far as the time allows; `ahead`: how far the workspace's clock runs ahead.

    Raises NoImap, Unsteady.
    """
    until = monotonic() + seconds
    with signed_in(server) as imap:
        reader = _Reader(imap=imap, mailbox=mailbox, now=now, ahead=ahead, until=until)
        names = [listed.name for listed in imap.folders() if _is_read(listed)]
        Folder.objects.filter(mailbox=mailbox).exclude(name__in=names).delete()
        for name in sorted(names, key=lambda name: (name.upper() != b"INBOX", name)):
            if reader.has_time:
                _read_folder(reader, Folder.objects.get_or_create(mailbox=mailbox, name=name)[0])
    return Pass(fetched=reader.fetched, is_finished=reader.has_time)


def _is_read(listed: Listed) -> bool:
    """Whether answers and bounces may lie in a folder."""
    last = listed.name.decode("ascii", "replace").replace("/", ".").rpartition(".")[2].lower()
    return not (listed.attributes & NOT_READ or last in NAMES_NOT_READ)


def _read_folder(reader: _Reader, folder: Folder) -> None:
    try:
        opened = reader.imap.open(bytes(folder.name))
    except Refused as refused:
        Folder.objects.filter(pk=folder.pk).update(problem=refused.said[:300], looked_at=reader.now)
        return
    _agree_on_numbers(folder, opened)
    if opened.uidnext != folder.highest_uid + 1:
        _read_heads(reader, folder)
    _read_bodies(reader, folder)
    if folder.locations.count() != opened.exists:
        _forget_gone(reader, folder, opened)
    Folder.objects.filter(pk=folder.pk).update(on_server=opened.exists, problem="", looked_at=reader.now)


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
        folder.uidvalidity, folder.highest_uid = opened.uidvalidity, 0
        folder.save(update_fields=["resets", "uidvalidity", "highest_uid"])
    if folder.resets >= MOST_RESETS:
        raise Unsteady


def _read_heads(reader: _Reader, folder: Folder) -> None:
    """Every new UID gets its location, also one of which the server tells nothing: its body may still come."""
    refused = frozenset(reader.mailbox.never_stored.lower().split())
    new = sorted(reader.imap.uids(above=folder.highest_uid))
    for start in range(0, len(new), HEADS_AT_ONCE):
        uids = new[start : start + HEADS_AT_ONCE]
        heads = {head.uid: head for head in reader.imap.heads(uids)}
        places = [_location(folder, heads.get(uid) or Head(uid, 0, None, b""), refused) for uid in uids]
        with transaction.atomic():
            Location.objects.bulk_create(places, ignore_conflicts=True)
            known = Folder.objects.filter(pk=folder.pk, uidvalidity=folder.uidvalidity)
            known.update(highest_uid=uids[-1])
        folder.highest_uid = uids[-1]


def _location(folder: Folder, head: Head, refused: frozenset[str]) -> Location:
    sender = parse(head.fields).sender.lower() if refused else ""
    left_out = bool(sender) and (sender in refused or sender.rpartition("@")[2] in refused)
    return Location(
        folder=folder, uid=head.uid, size=head.size, arrived_at=head.arrived_at, is_left_out=left_out
    )  # fmt: skip


def _read_bodies(reader: _Reader, folder: Folder) -> None:
    for places in _waiting(folder):
        _fetch(reader, places)
        if not reader.has_time:
            return


def _waiting(folder: Folder) -> Iterator[list[Location]]:
    """What is to be fetched, newest first, in batches of limited number and size."""
    lowest = folder.highest_uid + 1
    while True:
        rows = folder.locations.filter(received=None, is_left_out=False, misses__lt=MOST_MISSES, uid__lt=lowest)
        batch: list[Location] = []
        for place in rows.order_by("-uid")[:BODIES_AT_ONCE]:
            if batch and sum(known.size for known in batch) + place.size > BYTES_AT_ONCE:
                break
            batch.append(place)
        if not batch:
            return
        lowest = batch[-1].uid
        yield batch


def _fetch(reader: _Reader, places: Sequence[Location]) -> None:
    by_uid = {place.uid: place for place in places}
    got = [(by_uid[uid], raw) for uid, raw in reader.imap.bodies(list(by_uid)) if raw]
    missed = by_uid.keys() - {place.uid for place, _raw in got}
    with transaction.atomic():
        ids = store_many(reader.mailbox, [(raw, _moment(reader, place)) for place, raw in got])
        _tell([place.pk for place, _raw in got], ids)
        Location.objects.filter(pk__in=[by_uid[uid].pk for uid in missed]).update(misses=F("misses") + 1)
    interpret_waiting(ids)
    reader.fetched += len(got)


def _tell(places: Sequence[int], ids: Sequence[int]) -> None:
    """Write which mail lies at which place."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE mail_location SET received_id = told.mail"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS told(place, mail) WHERE id = told.place",
            [list(places), list(ids)],
        )


def _moment(reader: _Reader, place: Location) -> datetime:
    """When a mail came, by the workspace's clock and never after now."""
    return min(reader.now, place.arrived_at + reader.ahead) if place.arrived_at else reader.now


def _forget_gone(reader: _Reader, folder: Folder, opened: Opened) -> None:
    there = reader.imap.uids()
    if len(there) < opened.exists:
        return  # a hasty answer, or somebody is just deleting: the next pass will see
    gone = [uid for uid in folder.locations.values_list("uid", flat=True) if uid not in there]
    folder.locations.filter(uid__in=gone).delete()
