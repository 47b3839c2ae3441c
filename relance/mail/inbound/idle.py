"""Hear of new mail at once: one connection to each mailbox's inbox that only listens (RFC 2177).

    each mailbox that works ──> connect, EXAMINE INBOX, IDLE ──> the server tells of a change ──> it is read now
              ^                        │ broken                         │ 28 minutes
              └── 5 s, 10 s, 20 s … ───┘                                └──> DONE, IDLE again

One thread listens to all of them; connecting is done by a few others, so that a slow server keeps nobody waiting. Of
several workers only the one that holds the lock in the database listens. A server without IDLE, or one that cannot be
reached, costs nothing: its mailbox is read at its period.
"""

from __future__ import annotations

import logging
import selectors
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from django.db import DatabaseError, connection

from relance.lib.chosen import is_chosen
from relance.lib.crypto import CannotOpen
from relance.mail.mailboxes import server_of
from relance.mail.models import Mailbox
from relance.mail.transport.imap import Imap
from relance.mail.transport.imap_line import Line, NoImap, Server

LOCK = 0x52_65_6C_61_6E_63_65_01
RENEW = 28 * 60.0  # seconds; servers may drop a client after 29 minutes
LOOK = 5.0  # seconds between two looks at which mailboxes there are
FIRST_GAP, LONGEST_GAP = 5.0, 600.0
WITHOUT = 24 * 3600.0  # until a server that offered no IDLE is asked again
CONNECTING = 4

logger = logging.getLogger(__name__)
Ring = Callable[[int], None]


@dataclass(kw_only=True)
class Ear:
    """One mailbox: connecting, listening, or waiting for its next try."""

    settings: tuple[object, ...]
    imap: Imap | None = None
    coming: Future[Imap | None] | None = None
    begun_at: float = 0.0
    failures: int = 0
    next_try: float = field(default_factory=monotonic)


class Listener:
    """Listens until it is stopped. `ring` is called with a mailbox's id when something has changed in its inbox."""

    def __init__(self, ring: Ring, *, renew: float = RENEW, look: float = LOOK, first_gap: float = FIRST_GAP) -> None:
        self.ears: dict[int, Ear] = {}
        self._ring, self._renew, self._look_every, self._first_gap = ring, renew, look, first_gap
        self._selector = selectors.DefaultSelector()
        self._next_look = 0.0
        self._is_chosen = False

    @property
    def listening(self) -> int:
        """How many mailboxes it hears just now."""
        return sum(ear.imap is not None for ear in self.ears.values())

    def run(self, stop: threading.Event) -> None:
        """Listen until told to stop; afterwards nothing of it is left, neither thread nor connection."""
        with ThreadPoolExecutor(max_workers=CONNECTING, thread_name_prefix="idle-connect") as pool:
            try:
                while not stop.is_set():
                    self._round(pool)
            finally:
                for ear in self.ears.values():
                    self._drop(ear)
                self._selector.close()
                connection.close()
        for ear in self.ears.values():
            if ear.coming is not None and (imap := _result(ear.coming)) is not None:
                imap.close()

    def _round(self, pool: ThreadPoolExecutor) -> None:
        if monotonic() >= self._next_look:
            self._next_look = monotonic() + self._look_every
            try:
                self._look()
            except DatabaseError:
                self._is_chosen = False
                connection.close()
        for id, ear in list(self.ears.items()):
            self._tend(id, ear, pool)
        for key, _events in self._selector.select(timeout=0.2):
            self._hear(key.data)

    def _look(self) -> None:
        """Which mailboxes there are. Those that cannot be read now are read again by their period first."""
        rows = Mailbox.objects.none()
        if not self._is_chosen:  # only one of several workers listens
            with connection.cursor() as cursor:
                self._is_chosen = is_chosen(cursor, LOCK)
        if self._is_chosen:
            working = Mailbox.objects.filter(is_active=True, fetch_state=Mailbox.State.WORKING)
            rows = working.exclude(imap_host="").select_related("service")
        boxes = {row.pk: row for row in rows}
        for id in list(self.ears):
            if id not in boxes or self.ears[id].settings != _settings(boxes[id]):
                self._drop(self.ears[id])
                del self.ears[id]
        for id, box in boxes.items():
            self.ears.setdefault(id, Ear(settings=_settings(box)))

    def _tend(self, id: int, ear: Ear, pool: ThreadPoolExecutor) -> None:
        if ear.coming is not None:
            if ear.coming.done():
                self._begin(id, ear)
        elif ear.imap is not None:
            if monotonic() - ear.begun_at > self._renew:
                self._renew_idle(id, ear)
        elif monotonic() >= ear.next_try:
            try:
                server = server_of(Mailbox.objects.select_related("service").get(pk=id))
            except (Mailbox.DoesNotExist, CannotOpen, DatabaseError):
                self._failed(ear)
            else:
                ear.coming = pool.submit(_connect, server)

    def _begin(self, id: int, ear: Ear) -> None:
        coming, ear.coming = ear.coming, None
        assert coming is not None
        try:
            ear.imap = coming.result()
        except NoImap:
            self._failed(ear)
            return
        if ear.imap is None:
            ear.next_try = monotonic() + WITHOUT
            return
        ear.begun_at, ear.failures = monotonic(), 0
        self._selector.register(ear.imap.fileno(), selectors.EVENT_READ, data=id)
        self._ring(id)  # what came while nobody listened

    def _hear(self, id: int) -> None:
        ear = self.ears[id]
        assert ear.imap is not None
        try:
            has_changed = ear.imap.hear()
        except NoImap:
            self._drop(ear)
            self._failed(ear)
            return
        if has_changed:
            self._ring(id)

    def _renew_idle(self, id: int, ear: Ear) -> None:
        assert ear.imap is not None
        try:
            heard = [ear.imap.end_idle(), ear.imap.begin_idle()]
        except NoImap:
            self._drop(ear)
            self._failed(ear)
        else:
            ear.begun_at = monotonic()
            if any(heard):
                self._ring(id)

    def _failed(self, ear: Ear) -> None:
        """Again later and later."""
        ear.next_try = monotonic() + min(LONGEST_GAP, self._first_gap * 2 ** min(ear.failures, 10))
        ear.failures += 1

    def _drop(self, ear: Ear) -> None:
        if ear.imap is not None:
            with suppress(KeyError, ValueError):
                self._selector.unregister(ear.imap.fileno())
            ear.imap.close()
            ear.imap = None


def _settings(box: Mailbox) -> tuple[object, ...]:
    """What makes another connection of it."""
    return (
        box.imap_host, box.imap_port, box.imap_security, box.imap_username, box.username, box.imap_secret, box.secret,
        box.service_id, box.granted_at, box.ca_file,
    )  # fmt: skip


def _connect(server: Server) -> Imap | None:
    """An inbox that is listened to; None where the server offers no such thing. Raises NoImap."""
    line = Line(server)
    try:
        imap = Imap(line)
        imap.greet()
        imap.sign_in()
        if "IDLE" not in imap.can:
            line.close()
            return None
        imap.open(b"INBOX")
        imap.begin_idle()
    except BaseException:
        line.close()
        raise
    finally:
        connection.close()  # a token may have been asked of the database
    return imap


def _result(coming: Future[Imap | None]) -> Imap | None:
    with suppress(Exception):
        return coming.result()
    return None
