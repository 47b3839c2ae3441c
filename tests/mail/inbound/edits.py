"""A mailbox that a random client changes while its connections are cut: in the end the same mails stand on both sides.

python -m tests.mail.inbound.edits [--minutes 10] [--mails 10000] [--cuts 50] [--seed 1]

A real Dovecot is read for the first time, then again and again, through a way that breaks in the middle of answers;
meanwhile somebody appends, deletes, moves, copies and flags mails, makes, renames and drops folders, and the server
gives its folders new numbers (UIDVALIDITY). It says how many mails are missing, doubled or left over, and ends with 1
if there are any.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from tests.mail.inbound.dovecot import BreakingWay, Dovecot, breaking_way

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
RENUMBERED_EVERY = 9  # rounds; never five looks in a row, which would stop the mailbox (R1)


@dataclass(kw_only=True)
class Told:
    """What a run came to."""

    rounds: int = 0
    edits: Counter = field(default_factory=Counter)
    cuts: int = 0
    broken: int = 0
    on_server: int = 0
    stored: int = 0
    missing: int = 0
    left_over: int = 0
    doubled: int = 0
    never_seen: int = 0

    @property
    def is_equal(self) -> bool:
        return not (self.missing or self.left_over or self.doubled or self.never_seen)

    def __str__(self) -> str:
        edits = ", ".join(f"{count:,} {name}" for name, count in sorted(self.edits.items()))
        return (
            f"{self.rounds:,} rounds ({edits}), {self.cuts:,} cut connections, {self.broken:,} passes broken\n"
            f"{self.on_server:,} mails on the server, {self.stored:,} stored: {self.missing} missing,"
            f" {self.left_over} left over, {self.doubled} doubled, {self.never_seen} never stored"
        )


class Client:
    """Somebody else who works in the mailbox."""

    def __init__(self, server: Dovecot, dice: random.Random, letter) -> None:
        self.server, self.dice, self.letter = server, dice, letter
        self.number, self.folders, self.made = 1_000_000, [], 0
        self.edits: Counter = Counter()

    def edit(self) -> None:
        """A few changes at once."""
        with self.server.client() as imap:
            imap.select("INBOX")
            for _ in range(self.dice.randint(0, 5)):
                self._append(imap)
            uids = imap.uid("SEARCH", None, "ALL")[1][0].split()
            for uid in self.dice.sample(uids, min(len(uids), self.dice.randint(0, 6))):
                self._change(imap, uid)
            imap.expunge()
            if self.dice.random() < 0.15:
                self._rearrange(imap)

    def _append(self, imap) -> None:
        self.number += 1
        imap.append("INBOX", None, None, self.letter(self.number))
        self.edits["appended"] += 1

    def _change(self, imap, uid) -> None:
        what = self.dice.choice(("deleted", "moved", "copied", "flagged"))
        if what in ("moved", "copied") and self.folders:
            imap.uid("MOVE" if what == "moved" else "COPY", uid, self.dice.choice(self.folders))
        elif what == "deleted":
            imap.uid("STORE", uid, "+FLAGS", "\\Deleted")
        else:
            what = "flagged"
            imap.uid("STORE", uid, "+FLAGS", "\\Flagged")
        self.edits[what] += 1

    def _rearrange(self, imap) -> None:
        self.made += 1
        if not self.folders or self.dice.random() < 0.5:
            imap.create(f"Dossier-{self.made}")
            self.folders.append(f"Dossier-{self.made}")
            self.edits["folders made"] += 1
        elif self.dice.random() < 0.6:
            old = self.folders.pop(self.dice.randrange(len(self.folders)))
            imap.rename(old, f"Projet-{self.made}")
            self.folders.append(f"Projet-{self.made}")
            self.edits["folders renamed"] += 1
        elif len(self.folders) > 2:
            imap.delete(self.folders.pop(0))
            self.edits["folders dropped"] += 1

    def renumber(self) -> None:
        """A restored backup: the inbox gets a new UIDVALIDITY."""
        self.server.renumber()
        self.edits["renumbered"] += 1


def run(box, server: Dovecot, letter, *, mails: int, seconds: float, cuts: int, seed: int = 1) -> Told:
    """Fill the mailbox, read it while it changes and breaks, and compare in the end."""
    from relance.mail.transport.imap_line import NoImap

    dice, told = random.Random(seed), Told()
    server.fill(letter(number) for number in range(mails))
    client = Client(server, dice, letter)
    until, most = time.monotonic() + seconds, max(20_000, mails * 150)
    with breaking_way(server.port, seed=seed, most=most) as way:
        while time.monotonic() < until or way.cuts < cuts:
            told.rounds += 1
            try:
                _read(box, server, way)
            except NoImap:
                told.broken += 1
                if way.cuts < cuts:
                    continue
                way.after = lambda: None
            client.edit()
            if told.rounds % RENUMBERED_EVERY == 0 and box.folders.filter(resets=0).exists():
                _read(box, server, None)
                client.renumber()
        told.cuts = way.cuts
    while not _read(box, server, None):
        pass
    told.edits = client.edits
    _compare(told, box, server)
    return told


def _read(box, server: Dovecot, way: BreakingWay | None) -> bool:
    from relance.mail.inbound.fetch import synchronise
    from tests.mail.inbound.test_fetch import at

    return synchronise(box, at(server, way.port if way else None), now=NOW, seconds=30).is_finished


def _compare(told: Told, box, server: Dovecot) -> None:
    from relance.mail.models import Location, Received

    there = Counter(sha256(raw).hexdigest() for raw in server.raws())
    kept = dict(Received.objects.filter(mailbox=box).values_list("pk", "key"))
    here = Counter(
        kept[pk] for pk in Location.objects.filter(folder__mailbox=box).values_list("received", flat=True) if pk
    )
    stored = Counter(kept.values())
    told.on_server, told.stored = sum(there.values()), sum(stored.values())
    told.missing, told.left_over = sum((there - here).values()), sum((here - there).values())
    told.doubled = sum(count - 1 for count in stored.values())
    told.never_seen = len(set(there) - set(stored))


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--cuts", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(words)

    from bench.installation import installation

    with installation():
        import django

        django.setup()
        from django.core.management import call_command

        from relance.mail.models import Mailbox
        from tests.mail.inbound.dovecot import dovecot
        from tests.mail.inbound.mails import mail

        call_command("migrate", verbosity=0)
        box = Mailbox.objects.create(name="Équipe", address="equipe@helionne.example", host="127.0.0.1")

        def letter(number: int) -> bytes:
            text = f"Ligne {number}\r\n" * (1 + number % 60)
            return mail(f"Mail {number}", text, Message_ID=f"<{number}@rouviere.example>")

        with dovecot() as server, suppress(KeyboardInterrupt):
            told = run(
                box, server, letter, mails=given.mails, seconds=given.minutes * 60, cuts=given.cuts, seed=given.seed
            )
    print(told)
    return 0 if told.is_equal else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
