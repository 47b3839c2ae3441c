"""Where the mails of a folder lie and under which flags, as the server tells. Written for `fetch`, in batches.

A change of ours that the server has not been told yet (`changes`) is never overwritten by what the server still says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from relance.mail.inbound.parse import parse
from relance.mail.models import Folder, PendingChange, Received
from relance.mail.transport.imap import Imap
from relance.mail.transport.imap_answers import Flags, Head, Opened

HEADS_AT_ONCE = 1_000
FLAGS_AT_ONCE = 5_000

WRITE_FLAGS = """
UPDATE mail_location l SET seen = told.seen, flagged = told.flagged, answered = told.answered
FROM unnest(%s::bigint[], %s::boolean[], %s::boolean[], %s::boolean[]) AS told(uid, seen, flagged, answered)
WHERE l.folder_id = %s AND l.uid = told.uid
  AND (l.seen, l.flagged, l.answered) IS DISTINCT FROM (told.seen, told.flagged, told.answered)
  AND NOT EXISTS (SELECT FROM mail_pendingchange c WHERE c.folder_id = l.folder_id AND c.uid = l.uid)
"""
ADD = """
INSERT INTO mail_location (folder_id, uid, size, arrived_at, seen, flagged, answered, is_left_out, misses)
SELECT %s, told.*, 0 FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::boolean[], %s::boolean[],
    %s::boolean[], %s::boolean[]) AS told ON CONFLICT DO NOTHING
"""
WRITE_MAILS = """
UPDATE mail_location SET received_id = told.mail
FROM unnest(%s::bigint[], %s::bigint[]) AS told(place, mail) WHERE id = told.place
"""


def read_new(imap: Imap, folder: Folder, refused: frozenset[str]) -> None:
    """Every new UID gets its place, also one of which the server tells nothing: its body may still come."""
    new = sorted(imap.uids(above=folder.highest_uid))
    for start in range(0, len(new), HEADS_AT_ONCE):
        uids = new[start : start + HEADS_AT_ONCE]
        places = _places(imap, uids, refused)
        with transaction.atomic():
            _write(folder, places)
            known = Folder.objects.filter(pk=folder.pk, uidvalidity=folder.uidvalidity)
            known.update(highest_uid=uids[-1])
        folder.highest_uid = uids[-1]


def read_flags(imap: Imap, folder: Folder, opened: Opened) -> None:
    """Bring flags up to date: what has changed since the last look where the server keeps count, else all of them."""
    if opened.modseq and opened.modseq == folder.modseq:
        return
    if opened.exists:
        write_flags(folder, list(imap.flags(since=folder.modseq if opened.modseq else 0)))
    folder.modseq = opened.modseq
    Folder.objects.filter(pk=folder.pk, uidvalidity=folder.uidvalidity).update(modseq=folder.modseq)


def write_flags(folder: Folder, told: Sequence[Flags]) -> None:
    """The flags that the server told."""
    for start in range(0, len(told), FLAGS_AT_ONCE):
        some = told[start : start + FLAGS_AT_ONCE]
        columns = [[f"\\{flag}" in each.names for each in some] for flag in ("seen", "flagged", "answered")]
        with connection.cursor() as cursor:
            cursor.execute(WRITE_FLAGS, [[each.uid for each in some], *columns, folder.pk])


def write_mails(mails: Mapping[int, int]) -> None:
    """Which mail lies at which place."""
    with connection.cursor() as cursor:
        cursor.execute(WRITE_MAILS, [list(mails), list(mails.values())])


def compare(imap: Imap, folder: Folder, opened: Opened, refused: frozenset[str]) -> None:
    """Forget the places that the server no longer has (R18), and take in those that were passed over."""
    if folder.locations.filter(uid__gt=0).count() + _leaving(folder) == opened.exists:
        return
    there = imap.uids()
    if len(there) < opened.exists:
        return  # a hasty answer, or somebody is just deleting: the next pass will see
    known = set(folder.locations.filter(uid__gt=0).values_list("uid", flat=True))
    _forget(folder, [uid for uid in known if uid not in there])
    ours = set(folder.changes.values_list("uid", flat=True))
    passed_over = sorted(uid for uid in there - known - ours if uid <= folder.highest_uid)
    for start in range(0, len(passed_over), HEADS_AT_ONCE):
        uids = passed_over[start : start + HEADS_AT_ONCE]
        _write(folder, _places(imap, uids, refused))


def _leaving(folder: Folder) -> int:
    """How many mails the server still has here, although we have moved or deleted them."""
    gone = (PendingChange.Verb.MOVE, PendingChange.Verb.DELETE)
    return folder.changes.filter(verb__in=gone).count()


def _forget(folder: Folder, uids: Sequence[int]) -> None:
    """Forget places. What has vanished from the server stays here, but for the old states of a draft."""
    places = folder.locations.filter(uid__in=uids)
    mails = list(places.values_list("received_id", flat=True)) if folder.role == Folder.Role.DRAFTS else []
    places.delete()
    Received.objects.filter(pk__in=[id for id in mails if id], locations=None, kind=Received.Kind.OWN).delete()


Row = tuple[int, int, datetime | None, bool, bool, bool, bool]


def _places(imap: Imap, uids: Sequence[int], refused: frozenset[str]) -> Sequence[Row]:
    heads = {head.uid: head for head in imap.heads(uids)}
    return [_row(heads.get(uid) or Head(uid, 0, None, b""), refused) for uid in uids]


def _row(head: Head, refused: frozenset[str]) -> Row:
    """The columns of a place, as `ADD` takes them."""
    sender = parse(head.fields).sender.lower() if refused else ""
    left_out = bool(sender) and (sender in refused or sender.rpartition("@")[2] in refused)
    flags = head.flags
    return (
        head.uid, head.size, head.arrived_at, "\\seen" in flags, "\\flagged" in flags, "\\answered" in flags,
        left_out,
    )  # fmt: skip


def _write(folder: Folder, rows: Sequence[Row]) -> None:
    """All of them with one statement; a place that is known stays as it is."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(ADD, [folder.pk, *map(list, zip(*rows, strict=True))])
