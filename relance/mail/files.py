"""Keep files and give them back: once by their content, under random names, outside the web root (ENG-07, X18).

New files lie on the disk, or in the bucket that `RELANCE_FILES_BUCKET` names; a file stays where it was put.
The name that somebody gave a file is never part of a path. A file that cannot be read says so (`Unreadable`), and only
the mail that needs it fails (D25).
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from relance.lib import bucket, bytes_first
from relance.lib.addresses import one_line
from relance.lib.bucket import Bucket
from relance.lib.refusal import Refused
from relance.mail.models import Attachment, StoredFile
from relance.mail.outbound.parts import Attachment as Enclosed

MOST_BYTES = 20_000_000
"""Of one file, and of all files that travel with one mail: more is refused by most relays."""
MOST_FOLLOWED = 200_000_000
LONGEST_NAME = 180
PART = ".part"
"""What is being written; it stays where a process was killed meanwhile, until its row goes."""
ORPHANED_AFTER = timedelta(days=1)

logger = logging.getLogger(__name__)


class TooLarge(Refused):
    """The file, or all files of the mail together, are more than a relay would take."""


class NotKept(Refused):
    """The file store does not take the file."""


class Unreadable(Exception):
    """The file store does not give the file that it was given."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """A file as somebody hands it over."""

    name: str
    content_type: str
    data: bytes


def keep(given: Given, *, now: datetime, most: int = MOST_BYTES) -> StoredFile:
    """Store the bytes, once however often they are given. Raises TooLarge, NotKept.

    To be called outside a transaction, since a bucket takes its time. The row is written before the bytes, so that
    nothing ever lies in the store unknown; what nobody attaches afterwards, `forget_orphans` takes away.
    """
    if len(given.data) > most:
        limit = {"name": shown_name(given.name), "most": most // 1_000_000}
        raise TooLarge(_("%(name)s is larger than %(most)d MB.") % limit)
    row = _row_of(hashlib.sha256(given.data).hexdigest(), len(given.data), now)
    if _is_there(row):
        bytes_first.begin()
        return row
    try:
        write(row.key, given.data, store=row.store)
    except OSError as problem:
        logger.warning("the file store does not take a file: %s", problem.strerror)
        raise NotKept(
            _("%(name)s could not be kept: the file store does not answer. Nothing else is lost. Try again later.")
            % {"name": shown_name(given.name)}
        ) from problem
    bytes_first.begin()
    return row


def _row_of(digest: str, size: int, now: datetime) -> StoredFile:
    """The one row of these bytes, spared by `forget_orphans` for another day."""
    fresh = {"key": secrets.token_hex(20), "store": store_of_new(), "size": size, "created_at": now}
    row, is_new = StoredFile.objects.get_or_create(sha256=digest, defaults=fresh)
    if is_new or StoredFile.objects.filter(pk=row.pk).update(created_at=now):
        return row
    return StoredFile.objects.get_or_create(sha256=digest, defaults=fresh)[0]  # forgotten in this very moment


def store_of_new() -> str:
    """Where new files go."""
    return StoredFile.Store.S3 if settings.RELANCE_BUCKET else StoredFile.Store.DISK


def write(key: str, data: bytes, *, store: str = StoredFile.Store.DISK) -> None:
    """Whole or not at all. Raises OSError."""
    if store == StoredFile.Store.S3:
        _bucket().put(key, data)
        return
    place = path_of(key)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = place.with_suffix(PART)
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(place)


def read(file: StoredFile) -> bytes:
    """Its bytes, the same that were given. Raises Unreadable."""
    try:
        data = _bucket().read(file.key) if file.store == StoredFile.Store.S3 else path_of(file.key).read_bytes()
    except OSError as error:
        raise Unreadable(error.strerror or "") from error
    if len(data) != file.size or hashlib.sha256(data).hexdigest() != file.sha256:
        raise Unreadable("its content has changed")
    return data


def path_of(key: str) -> Path:
    """Where a file lies: made of its random name only."""
    if not key.isalnum():
        raise ValueError("not a name of ours")
    return folder() / key[:2] / key


def folder() -> Path:
    """Where files are kept."""
    return Path(settings.RELANCE_FILES)


def _is_there(file: StoredFile) -> bool:
    try:
        if file.store == StoredFile.Store.S3:
            return _bucket().size(file.key) == file.size
        return path_of(file.key).stat().st_size == file.size
    except OSError:
        return False


def _bucket() -> Bucket:
    """The bucket of this installation. Raises Away, an OSError, where there is none any more."""
    if settings.RELANCE_BUCKET is None:
        raise bucket.Away("no bucket is set (RELANCE_FILES_BUCKET)")
    return bucket.opened(settings.RELANCE_BUCKET)


def _forget(file: StoredFile) -> None:
    if file.store == StoredFile.Store.S3:
        _bucket().delete(file.key)
    else:
        path_of(file.key).unlink(missing_ok=True)
        path_of(file.key).with_suffix(PART).unlink(missing_ok=True)


def try_out() -> None:
    """Put a file into the store, read it, and take it away again. Raises OSError."""
    key, store, said = secrets.token_hex(20), store_of_new(), b"relance doctor"
    write(key, said, store=store)
    probe = StoredFile(key=key, store=store, size=len(said), sha256=hashlib.sha256(said).hexdigest())
    try:
        read(probe)
    except Unreadable as problem:
        raise OSError(None, str(problem)) from problem
    finally:
        _forget(probe)


def enclosed(attachments: Iterable[Attachment]) -> tuple[Enclosed, ...]:
    """What travels inside a mail: all that is not followed. Raises Unreadable, naming the file."""
    found = []
    for each in attachments:
        if each.is_followed:
            continue
        try:
            data = read(each.file)
        except Unreadable as problem:
            raise Unreadable(f"the attachment {each.name} cannot be read: {problem}") from problem
        found.append(Enclosed(name=each.name, content_type=each.content_type, data=data, content_id=each.cid or None))
    return tuple(found)


def shown_name(name: str) -> str:
    """A name without its path and without what would break a line; never empty."""
    last = one_line(name).replace("\\", "/").rpartition("/")[2].strip(" .")
    return last[-LONGEST_NAME:] or _("file")


def forget_orphans(now: datetime) -> int:
    """Delete files that nothing holds any more; how many."""
    rows = StoredFile.objects.filter(attachments=None, created_at__lt=now - ORPHANED_AFTER)
    count = 0
    for row in rows.order_by("id")[:500]:
        try:
            with transaction.atomic():
                if StoredFile.objects.filter(pk=row.pk, attachments=None).delete()[0]:
                    _forget(row)
                    count += 1
        except OSError as problem:
            logger.warning("the file store does not delete a file: %s", problem.strerror)
            break
    return count
