"""Change a mail on its server: set a flag, move it, delete it. Here at once, on the server as soon as it listens.

    mark(places, flag=Flag.SEEN, on=True, now=now)
    move(places, to=folder, now=now)
    delete(places, now=now)            # from the server; the mail stays here
    delete_for_good(mail, now=now)     # from everywhere, and it is not fetched again (INBOX-08)

Each writes what is seen here and a `PendingChange` in one transaction; `carry_out` tells the server, in the order of
each mail, again and again until it has listened. Told twice, a change does nothing more; a mail that has vanished
meanwhile is no error (R18).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from relance.lib.refusal import Refused
from relance.mail.models import Folder, Location, Mailbox, PendingChange, Received, Unwanted
from relance.mail.transport.imap import Imap
from relance.mail.transport.imap import Refused as RefusedByServer
from relance.mail.transport.imap_answers import Placed

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
MOST_ATTEMPTS = 8  # of what the server refuses; without a connection there is no attempt
Verb = PendingChange.Verb


class Flag(StrEnum):
    """The flags that Relance sets, as the wire has them."""

    SEEN = "\\Seen"
    FLAGGED = "\\Flagged"
    ANSWERED = "\\Answered"


COLUMNS = {Flag.SEEN: "seen", Flag.FLAGGED: "flagged", Flag.ANSWERED: "answered"}


class ElsewhereRefused(Refused):
    """A mail cannot be moved into another mailbox."""


@transaction.atomic
def mark(places: QuerySet[Location], *, flag: Flag, on: bool, now: datetime) -> int:
    """Set or take away a flag at these places; how many had it otherwise."""
    changed = list(_locked(places).exclude(**{COLUMNS[flag]: on}))
    _plan(changed, now, verb=Verb.SET if on else Verb.CLEAR, flag=flag.value)
    Location.objects.filter(pk__in=[place.pk for place in changed]).update(**{COLUMNS[flag]: on})
    return len(changed)


@transaction.atomic
def move(places: QuerySet[Location], *, to: Folder, now: datetime) -> int:
    """Move mails to another folder of their mailbox; how many were elsewhere. Raises ElsewhereRefused."""
    moved = list(_locked(places).exclude(folder=to))
    if any(place.folder.mailbox_id != to.mailbox_id for place in moved):
        raise ElsewhereRefused(_("A mail can only be moved within its own mailbox."))
    for change in _plan(moved, now, verb=Verb.MOVE, target=to):
        Location.objects.filter(folder=change.folder, uid=change.uid).update(folder=to, uid=-change.pk)
        place = Location.objects.get(folder=to, uid=-change.pk)
        PendingChange.objects.filter(pk=change.pk).update(place=place)
    return len(moved)


@transaction.atomic
def delete(places: QuerySet[Location], *, now: datetime) -> int:
    """Remove mails from the server; what is stored here stays."""
    gone = list(_locked(places))
    _plan(gone, now, verb=Verb.DELETE)
    Location.objects.filter(pk__in=[place.pk for place in gone]).delete()
    return len(gone)


@transaction.atomic
def delete_for_good(mail: Received, *, now: datetime) -> None:
    """Remove a mail from the server and from here, and never store it again."""
    delete(Location.objects.filter(received=mail), now=now)
    Unwanted.objects.get_or_create(mailbox_id=mail.mailbox_id, key=mail.key)
    mail.delete()


def _locked(places: QuerySet[Location]) -> QuerySet[Location]:
    rows = Location.objects.filter(pk__in=list(places.values_list("pk", flat=True)))
    return rows.select_for_update(of=("self",)).select_related("folder", "received").order_by("pk")


def _plan(places: Sequence[Location], now: datetime, **what: object) -> list[PendingChange]:
    """Write down what the server is to be told."""
    rows = [
        PendingChange(
            folder=place.folder,
            uidvalidity=place.folder.uidvalidity if place.uid > 0 else 0,
            uid=place.uid,
            message_id=place.received.message_id if place.received else "",
            due_at=now,
            **what,
        )
        for place in places
    ]
    return PendingChange.objects.bulk_create(rows)


def waiting_mailboxes(now: datetime) -> list[int]:
    """The mailboxes whose server is to be told something now."""
    rows = PendingChange.objects.filter(due_at__lte=now, folder__mailbox__is_active=True)
    return list(rows.values_list("folder__mailbox_id", flat=True).distinct().order_by("folder__mailbox_id"))


def carry_out(imap: Imap, mailbox: Mailbox, *, now: datetime) -> int:
    """Tell the server what it is to be told; how many changes are done. Raises NoImap, and goes on another time."""
    due = PendingChange.objects.filter(folder__mailbox=mailbox, due_at__lte=now).order_by("pk")
    done, opened = 0, (0, 0)
    for id in list(due.values_list("pk", flat=True)):
        change = PendingChange.objects.select_related("folder", "target").filter(pk=id).first()
        if change is None or (change.uid < 0 and PendingChange.objects.filter(pk=-change.uid).exists()):
            continue  # the move that brings it here comes first
        try:
            if opened[0] != change.folder_id:
                opened = change.folder_id, imap.select(bytes(change.folder.name)).uidvalidity
            _tell(imap, change, opened[1])
        except RefusedByServer as refused:
            opened = (0, 0)
            _put_off(change, refused.said, now)
        else:
            done += 1
    return done


def _tell(imap: Imap, change: PendingChange, uidvalidity: int) -> None:
    """Make one change; a mail without a number of this folder's present count is looked for by its Message-ID."""
    for uid in _numbers(imap, change, uidvalidity):
        match change.verb:
            case Verb.SET | Verb.CLEAR:
                imap.store(uid, change.flag, on=change.verb == Verb.SET)
            case Verb.MOVE if change.target is not None:
                _settle_place(change, imap.move(uid, bytes(change.target.name)))
            case Verb.DELETE:
                imap.expunge(uid)
    with transaction.atomic():
        PendingChange.objects.filter(pk=change.pk).delete()
        if change.place_id:  # the server did not say where it lies: the next look at that folder finds it
            Location.objects.filter(pk=change.place_id, uid=-change.pk).delete()


def _numbers(imap: Imap, change: PendingChange, uidvalidity: int) -> Iterable[int]:
    if change.uid > 0 and change.uidvalidity == uidvalidity:
        return [change.uid]
    found = sorted(imap.with_message_id(change.message_id)) if change.message_id else []
    return found if len(found) == 1 or change.flag else []  # of twins neither is moved or deleted


@transaction.atomic
def _settle_place(change: PendingChange, placed: Placed | None) -> None:
    """Give a moved mail the number that the server gave it, unless the folder has been read meanwhile."""
    if placed is None or change.target is None:
        return
    if not Folder.objects.filter(pk=change.target.pk, uidvalidity=placed.uidvalidity).exists():
        return
    place = change.place_id or 0
    following = PendingChange.objects.filter(folder=change.target, uid=-change.pk)
    following.update(uid=placed.uid, uidvalidity=placed.uidvalidity)
    if not Location.objects.filter(folder=change.target, uid=placed.uid).exists():
        Location.objects.filter(pk=place, uid=-change.pk).update(uid=placed.uid)


def _put_off(change: PendingChange, said: str, now: datetime) -> None:
    """Try again later, and in the end let the server have its way: the next look at the folder shows how it is."""
    if change.attempts + 1 >= MOST_ATTEMPTS:
        with transaction.atomic():
            if change.place_id:
                Location.objects.filter(pk=change.place_id, uid=-change.pk).delete()
            PendingChange.objects.filter(pk=change.pk).delete()
        return
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2**change.attempts)
    PendingChange.objects.filter(pk=change.pk).update(
        attempts=change.attempts + 1, problem=said[:300], due_at=now + wait
    )
