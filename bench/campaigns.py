"""A campaign to a hundred thousand people, counted at the relay: who got it, how often, and how fast it stops.

    python -m bench.campaigns [--json] [--quick]

C1  mails at smtp-sink that should not be there, or are missing, of the first mail and its three follow-ups
C2  seconds from a stop in the middle of a sending to the last mail that still left
C3  people who got a mail twice, or not at all, after twenty pauses and resumptions
C4  the dispatcher's peak memory at the end / when a tenth of the first mail had left
C5  seconds from the launch to the written recipients, with 20,000 excluded by address and 5,000 opted out

The dispatcher and the worker are the processes that `relance up` starts. What arrived is read from what smtp-sink wrote
down, never from our own tables. `--quick` takes a tenth of the people and five pauses, and says so.
"""

from __future__ import annotations

import argparse
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from bench.installation import installation
from bench.printing import Figure, say, show

if TYPE_CHECKING:
    from bench.letters import House
    from bench.senders import Dispatcher
    from relance.campaigns.models import MassMail, TargetList

PATIENCE = 1800.0
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How many people, how many of them are left out or open, how many pauses."""

    people: int = 100_000
    excluded: int = 20_000
    opted_out: int = 5_000
    openers: int = 2_000
    pauses: int = 20
    note: str = ""


QUICK = Plan(people=10_000, excluded=2_000, opted_out=500, openers=200, pauses=5, note="quick: a tenth of the people")


class Sink:
    """What smtp-sink wrote down."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "mails"

    def counts(self, subject: str) -> Counter[str]:
        """How often each address got the mail of this subject."""
        found: Counter[str] = Counter()
        reader = ""
        with self.file.open("rb") as lines:
            for line in lines:
                if line.startswith(b"X-Rcpt-Args: "):
                    reader = line.decode().partition("<")[2].partition(">")[0]
                elif reader and line.startswith(b"Subject: "):
                    if line.decode().strip() == f"Subject: {subject}":
                        found[reader] += 1
                    reader = ""
        return found


@contextmanager
def sink() -> Iterator[tuple[int, Sink]]:
    """Postfix's smtp-sink that writes down every transaction; its port."""
    from bench.machines import free_port, server
    from tests.debian import find

    port, root = free_port(), os.geteuid() == 0
    with tempfile.TemporaryDirectory(prefix="relance-sink-") as name:
        folder = Path(name)
        folder.chmod(0o777)
        user = ["-u", "nobody"] if root else []
        argv = [str(find("smtp-sink")), *user, "-D", str(folder / "mails"), f"127.0.0.1:{port}", "1000"]
        with server(argv, port):
            yield port, Sink(folder)


@contextmanager
def worker() -> Iterator[None]:
    """The process that runs jobs: preparing, reactions; it is there once it has read all it needs and signed in."""
    from django.db import connection

    def signed_in() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM procrastinate_workers")
            return bool(cursor.fetchone()[0])

    process = subprocess.Popen([sys.executable, "-m", "relance", "worker"])
    try:
        wait(signed_in)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait(until: Callable[[], bool], *, every: float = 0.2) -> float:
    """Wait for something; how many seconds it took. Raises RuntimeError if it does not come."""
    begun = time.perf_counter()
    while not until():
        if time.perf_counter() - begun > PATIENCE:
            raise RuntimeError("it did not come to an end")
        time.sleep(every)
    return time.perf_counter() - begun


class Bench:
    """One installation with its people, and the figures that are taken from it."""

    def __init__(self, house: House, plan: Plan, sink: Sink, dispatcher: Dispatcher) -> None:
        self.house, self.plan, self.sink, self.dispatcher = house, plan, sink, dispatcher
        self.everybody, self.out, self.readers = _lists(house, plan)
        self.early = 0.0

    def mail(self, name: str) -> MassMail:
        """A mass mail to everybody without the excluded, of a subject of its own."""
        from relance.campaigns import actions, campaigning

        now = datetime.now(UTC)
        told = {"name": "Autumn", "lists": [self.everybody.pk], "excluded": [self.out.pk], "track_opens": True}
        campaign = campaigning.make(campaigning.CampaignDraft(values=told), by=self.house.boss, now=now)
        mail = campaigning.add_mail(campaign, name=name, by=self.house.boss, now=now)
        values = {"template": self._template(name), "mailbox": self.house.mailbox}
        return actions.edit_mass_mail(mail, actions.MassMailDraft(values=values), by=self.house.boss, now=now)

    def _template(self, subject: str) -> object:
        from relance.mail.templates import TemplateDraft, add_template

        told = {
            "name": subject, "subject": subject, "shared": True, "language": "en",
            "html": '<p>Hello {Person.firstName|you}, <a href="https://helionne.example/roof">your roof</a></p>',
        }  # fmt: skip
        return add_template(TemplateDraft(values=told), by=self.house.boss, now=datetime.now(UTC))

    def launch(self, mail: MassMail) -> MassMail:
        """Launch it; back as soon as its recipients are written."""
        from relance.campaigns import actions
        from relance.campaigns.models import MassMail

        actions.launch(mail, by=self.house.boss, now=datetime.now(UTC))
        wait(lambda: _state(mail) != "preparing", every=0.02)
        return MassMail.objects.select_related("message").get(pk=mail.pk)

    def whole(self) -> list[Figure]:
        """The first mail with its triggers and follow-ups, against what arrived."""
        from relance.campaigns import actions
        from relance.campaigns.models import MassMail, TriggerRun
        from relance.campaigns.triggers import TriggerDraft, set_trigger

        now = datetime.now(UTC)
        mail = self.mail("First")
        set_trigger(mail, TriggerDraft(event="opened", updates=[("city", "Brest")]), by=self.house.boss, now=now)
        for number, who in enumerate(("received", "not_opened", "opened"), start=1):
            draft = actions.FollowUpDraft(
                who=who, template=self._template(f"Follow-up {number}"),  # type: ignore[arg-type]
                days=0 if who == "opened" else 30, name=f"Follow-up {number}",
            )  # fmt: skip
            actions.add_follow_up(mail, draft, by=self.house.boss, now=now)
        begun = time.perf_counter()
        mail = self.launch(mail)
        written = time.perf_counter() - begun
        tenth = len(self.readers) // 10
        wait(lambda: _sent(mail) >= tenth)
        self.early = max(self.dispatcher.peaks)
        took = wait(lambda: _state(mail) == "done")
        say(f"     first mail: {_sent(mail):,} sent, {took:.0f} s after the first tenth")
        openers = set(_open(mail, self.plan.openers))
        wait(lambda: TriggerRun.objects.filter(trigger__mass_mail=mail, why="").count() >= len(openers))
        dated = MassMail.objects.filter(parent=mail).exclude(follow="opened")
        dated.update(scheduled_at=datetime.now(UTC))
        follow_ups = list(MassMail.objects.filter(parent=mail).order_by("pk"))
        for follow_up in follow_ups:
            wait(lambda one=follow_up: _state(one) == "done")  # type: ignore[misc]
        fired = TriggerRun.objects.filter(trigger__mass_mail=mail, why="").count()
        expected = {
            "First": self.readers, "Follow-up 1": self.readers, "Follow-up 2": self.readers - openers,
            "Follow-up 3": openers,
        }  # fmt: skip
        wrong = abs(fired - len(openers)) + sum(_wrong(self.sink.counts(name), who) for name, who in expected.items())
        say(f"     {sum(map(len, expected.values())):,} mails expected, {wrong} wrong, {fired:,} triggers fired")
        return [
            self._figure("C1", f"wrong of {sum(map(len, expected.values())):,} mails at the sink", wrong, gate=0),
            self._figure("C5", f"launch to {self.plan.people:,} written recipients", written, gate=5, unit="s"),
        ]

    def stopped(self) -> Figure:
        """A stop in the middle."""
        from relance.campaigns import actions
        from relance.mail.models import Recipient

        mail = self.launch(self.mail("Stopped"))
        wait(lambda: _sent(mail) >= len(self.readers) // 4, every=0.02)
        at = datetime.now(UTC)
        actions.stop(mail, by=self.house.boss, now=at)
        time.sleep(6)
        last = Recipient.objects.filter(message=mail.message, sent_at__isnull=False).order_by("-sent_at").first()
        assert last is not None
        assert last.sent_at is not None
        counts = self.sink.counts("Stopped")
        time.sleep(2)
        still = sum(self.sink.counts("Stopped").values()) - sum(counts.values())
        say(f"     stopped after {sum(counts.values()):,} of {len(self.readers):,}; {still} came more than 6 s later")
        seconds = max((last.sent_at - at).total_seconds(), 0.0) if not still else 99.0
        return self._figure("C2", "from a stop to the last mail", seconds, gate=5, unit="s")

    def paused(self) -> Figure:
        """Many pauses and resumptions."""
        from relance.campaigns import actions

        rng, held = Random(7), 0
        mail = self.launch(self.mail("Paused"))
        for _pause in range(self.plan.pauses):
            time.sleep(rng.uniform(0.05, 0.6))
            if _state(mail) != "sending":
                break
            try:
                actions.pause(mail, by=self.house.boss, now=datetime.now(UTC))
            except actions.CannotPause:
                break
            held += 1
            time.sleep(rng.uniform(0.0, 0.3))
            actions.resume(mail, by=self.house.boss, now=datetime.now(UTC))
        wait(lambda: _state(mail) == "done")
        wrong = _wrong(self.sink.counts("Paused"), self.readers)
        return self._figure("C3", f"twice or missing after {held} pauses, of {len(self.readers):,}", wrong, gate=0)

    def memory(self) -> Figure:
        """How much more it holds at the end."""
        peak = max(self.dispatcher.peaks)
        say(f"     dispatcher: {self.early:.0f} MB when a tenth had left, {peak:.0f} MB at the end")
        return self._figure("C4", "peak memory at the end / at a tenth", peak / self.early, gate=1.5)

    def _figure(self, key: str, what: str, value: float, *, gate: float, unit: str = "") -> Figure:
        return Figure(
            id=key, what=what, ours=value, theirs=None, ratio=value, gate=gate, target=gate, stretch=gate, unit=unit,
            note=self.plan.note,
        )  # fmt: skip


def _wrong(counts: Counter[str], expected: set[str]) -> int:
    """Missing, strange, and further copies."""
    twice = sum(number - 1 for number in counts.values())
    return len(expected - counts.keys()) + len(counts.keys() - expected) + twice


def _state(mail: MassMail) -> str:
    from relance.campaigns.models import MassMail

    return str(MassMail.objects.filter(pk=mail.pk).values_list("message__state", flat=True).get() or "")


def _sent(mail: MassMail) -> int:
    from relance.campaigns.models import MassMail

    return int(MassMail.objects.filter(pk=mail.pk).values_list("message__sent", flat=True).get() or 0)


def _lists(house: House, plan: Plan) -> tuple[TargetList, TargetList, set[str]]:
    """Everybody, those to be left out, and the addresses that remain after the opt-outs."""
    from django.db import connection

    from relance.campaigns import lists
    from relance.people.models import Address, Person, Suppression

    now = datetime.now(UTC)
    everybody = lists.make("Everybody", by=house.boss, now=now)
    out = lists.make("Not these", by=house.boss, now=now)
    ids = list(Person.objects.order_by("pk").values_list("pk", flat=True))
    lists.fill_people(everybody, Person.objects.all(), now=now)
    lists.fill_people(out, Person.objects.filter(pk__in=ids[: plan.excluded]), now=now)
    rows = Address.objects.filter(person__isnull=False).order_by("person_id").values_list("normal", flat=True)
    addresses = list(rows)[plan.excluded :]
    gone = addresses[: plan.opted_out]
    Suppression.objects.bulk_create(
        (Suppression(normal=normal, scope="marketing", route="page", at=now) for normal in gone), batch_size=2000
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return everybody, out, set(addresses[plan.opted_out :])


def _open(mail: MassMail, many: int) -> list[str]:
    """So many readers click an hour after they got it, each a person at her own program; their addresses."""
    from uuid import uuid4

    from django.db import connection, transaction
    from django.db.models import F

    from relance.mail.models import Recipient
    from relance.mail.tracking.hits import Hit, HitKind
    from relance.mail.tracking.note import note

    rows = list(Recipient.objects.filter(message=mail.message, state="sent").order_by("pk")[:many])
    at, mine = datetime.now(UTC), Recipient.objects.filter(pk__in=[row.pk for row in rows])
    mine.update(sent_at=F("sent_at") - timedelta(hours=1))  # who clicks within seconds is taken for a scanner
    for start in range(0, len(rows), 200):
        hits = [
            Hit(id=uuid4(), kind=HitKind.CLICK, at=at, recipient_id=row.pk, link=1, method="GET", user_agent=FIREFOX,
                network=f"192.0.2.{number}/32")
            for number, row in enumerate(rows[start : start + 200])
        ]  # fmt: skip
        with transaction.atomic(), connection.cursor() as cursor:
            note(cursor, hits)
    found = list(mine.filter(first_opened_at__isnull=False).values_list("normal", flat=True))
    assert len(found) == many, f"{len(found)} of {many} count as opened"
    return found  # type: ignore[return-value]


def figures(plan: Plan) -> Iterator[Figure]:
    """All of them, from one installation."""
    import django

    with installation():
        django.setup()
        from django.core.management import call_command

        logging.disable(logging.WARNING)
        call_command("migrate", verbosity=0)
        from bench import senders
        from bench.letters import House
        from relance.team.models import Organisation

        if not senders.programs():
            raise SystemExit("smtp-sink of Debian's package postfix is needed")
        house = House(plan.people)
        Organisation.objects.update(mass_starts_per_hour=1000, tracking="track_by_default", track_opens=True)
        with sink() as (port, arrived), worker(), senders.dispatcher() as dispatcher:
            house.point_at(port, connections=16)
            bench = Bench(house, plan, arrived, dispatcher)
            yield from bench.whole()
            yield bench.stopped()
            yield bench.paused()
            yield bench.memory()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--quick", action="store_true", help="a tenth of the people")
    asked = parser.parse_args()
    show(figures(QUICK if asked.quick else Plan()), as_json=asked.json)


if __name__ == "__main__":
    main()
