"""Kill -9 at every point where it hurts: nothing lost, nothing doubled, doubt only where nobody can know (G1)."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from django.db import connection

from relance.mail.models import Message
from relance.mail.transport.fake import At, Do, FakeRelay, Fault, Script
from tests.mail.outbound.engine import counters, dispatcher, is_done, launched, mailbox, states, until
from tests.mail.outbound.killed import Nursery, Victim, nursery

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.shows("G1", "D5")]
CONNECTIONS = 4
IN_FLIGHT = 2 * CONNECTIONS
"""A pipelining connection may have one mail behind the other."""
KILLS_A_POINT = 10
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'relance dispatcher'"
SPOIL = """
CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'sent' THEN RAISE 'disk full'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER spoil BEFORE UPDATE ON mail_recipient FOR EACH ROW EXECUTE FUNCTION spoil();
"""
FORGET_JOBS = "DELETE FROM procrastinate_jobs; DELETE FROM procrastinate_workers"


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


class Scene:
    """A relay, a list, and dispatchers that die."""

    def __init__(self, relay: FakeRelay, nursery: Nursery) -> None:
        self.relay, self.nursery = relay, nursery
        self.chance = random.Random(7)
        self.condemned: dict[int, list[Victim]] = {}

    def hangs(self, at: At) -> None:
        """From now on every dialogue stops there."""
        self.relay.script = Script(faults=(Fault(at=at, do=Do.HANG, times=None),))

    def victim_at_fault(self) -> Victim:
        """A dispatcher that has just met the fault."""
        before = self.relay.ledger.struck()
        victim = self.nursery.victim()
        assert self.relay.wait(lambda ledger: ledger.struck() > before, 60)
        return victim

    def condemn(self, *victims: Victim) -> None:
        """They die, struck by the relay's own thread, with one of the next mails."""
        self.condemned[len(self.relay.mails) + self.chance.randint(1, 6)] = list(victims)

    def strike(self, mail) -> None:
        """For the relay: the moment of a mail has come."""
        for victim in self.condemned.pop(mail.number, []):
            victim.strike()


def _at(at: At) -> Callable[[Scene], None]:
    def once(scene: Scene) -> None:
        scene.hangs(at)
        scene.victim_at_fault().kill()

    return once


def _with_a_mail(scene: Scene) -> None:
    victim = scene.nursery.victim()
    scene.condemn(victim)
    victim.wait()


def _recovering(scene: Scene) -> None:
    """Three times in a row, the last two while what the first left is taken back."""
    scene.hangs(At.DOT)
    scene.victim_at_fault().kill()
    for _ in range(2):
        victim = scene.nursery.victim()
        until(lambda: not lapsed())
        victim.kill()


def lapsed() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM mail_lease WHERE until < clock_timestamp() - interval '50 milliseconds'")
        return int(cursor.fetchone()[0])


def _one_of_two(scene: Scene) -> None:
    other, victim = scene.nursery.victim(), scene.nursery.victim()
    scene.condemn(victim)
    victim.wait()
    other.kill()


def _one_share(scene: Scene) -> None:
    """Of two that share the connections of the mailbox."""
    other, victim = scene.nursery.victim(share="1/2"), scene.nursery.victim(share="2/2")
    scene.condemn(victim)
    victim.wait()
    other.kill()


def _database_cut(scene: Scene) -> None:
    scene.hangs(At.DOT)
    victim = scene.victim_at_fault()
    run(CUT)
    victim.kill()


def _commit_fails(scene: Scene) -> None:
    run(SPOIL)
    try:
        _with_a_mail(scene)
    finally:
        run("DROP FUNCTION spoil CASCADE")


def _all_dead(scene: Scene) -> None:
    victims = [scene.nursery.victim() for _ in range(3)]
    scene.condemn(*victims)
    for victim in victims:
        victim.wait()
    run(FORGET_JOBS)


ON_STORED = {"stored", "one of two", "one share", "commit fails", "all dead"}
ON_ANSWERED = {"answered"}
POINTS: dict[str, tuple[str, int, Callable[[Scene], None]]] = {
    # name: the catalogue's id, how many die each time, what happens
    "claimed": ("D1", 1, _at(At.CONNECT)),
    "recipient": ("D2", 1, _at(At.RCPT)),
    "data": ("D2", 1, _at(At.DATA)),
    "content": ("D3", 1, _at(At.CONTENT)),
    "dot": ("D3", 1, _at(At.DOT)),
    "stored": ("D4", 1, _with_a_mail),
    "answered": ("D4", 1, _with_a_mail),
    "recovering": ("D5", 3, _recovering),
    "one of two": ("D12", 2, _one_of_two),
    "one share": ("D12", 2, _one_share),
    "database cut": ("D13", 1, _database_cut),
    "commit fails": ("D14", 1, _commit_fails),
    "all dead": ("D15", 3, _all_dead),
}


def nothing_lost_nothing_doubled(relay: FakeRelay, message: Message, count: int, most_unknown: int) -> None:
    """The promises of delivery, counted at the relay."""
    found = states(message)
    unknown = found.get("unknown", 0)
    assert set(relay.copies.values()) == {1}
    assert {"sent": count - unknown, "unknown": unknown} == {"unknown": 0, **found}
    assert count - unknown <= len(relay.mails) <= count
    assert unknown <= most_unknown
    row = counters(message)
    assert (row["total"], row["sent"], row.get("unknown", 0)) == (count, count - unknown, unknown)


def finish(message: Message, relay: FakeRelay) -> None:
    """Let another dispatcher take over."""
    relay.script = Script()
    relay.cut()
    with dispatcher():
        until(is_done(message), 120)


@pytest.fixture(scope="module")
def victims(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), nursery() as opened:
        yield opened


@pytest.mark.shows("D1", "D2", "D3", "D4", "D12", "D13", "D14", "D15")
@pytest.mark.parametrize("point", POINTS)
def test_killed_ten_times_at_one_point_nothing_is_lost_and_nothing_doubled(point, victims):
    _id, deaths, happens = POINTS[point]
    strikes = {"on_mail": point in ON_STORED, "on_answered": point in ON_ANSWERED}
    scene: list[Scene] = []
    told = {name: lambda mail: scene and scene[0].strike(mail) for name, wanted in strikes.items() if wanted}
    with FakeRelay(Script(delay=0.002), **told) as relay:
        message = launched(mailbox(relay.port, connections=CONNECTIONS), 250)
        scene.append(Scene(relay, victims))

        for _ in range(KILLS_A_POINT):
            happens(scene[0])
        assert not is_done(message)()
        finish(message, relay)

        is_before_the_content = point in ("claimed", "recipient", "data")
        most = 0 if is_before_the_content else IN_FLIGHT * deaths * KILLS_A_POINT
        nothing_lost_nothing_doubled(relay, message, 250, most)


def test_killed_again_and_again_in_the_middle_of_a_list(victims, request):
    kills = request.config.getoption("--kills")
    count, chance = (10_000 if kills > 50 else 1500), random.Random(7)
    done = 0
    with FakeRelay(Script(delay=0.003)) as relay:
        message = launched(mailbox(relay.port, connections=CONNECTIONS), count)
        while done < kills and not is_done(message)():
            goal = min(len(relay.mails) + chance.randint(1, max(2, count // kills)), count - 20)
            victim = victims.victim()
            relay.wait_for_mails(goal, 20)
            victim.kill()
            done += 1
        finish(message, relay)

        nothing_lost_nothing_doubled(relay, message, count, done * IN_FLIGHT)
        print(f"\n{done} kills, {count} recipients: {len(relay.mails)} at the relay, {states(message)}")
