"""L1, L2, L3, L5 of QUALITY: list pages and searches among a million people, and the launch of a mass mail.

    python -m bench.lists [--json] [--quick] [--keep DIR]

L1  a list page through the whole application (session, sign-in, page), median, at a million contacts; eight saved
    views stand in its tabs and two modules of one's own in its side bar
L2  the same page at a million / at a thousand: the worst of first and deep pages, orders and filters
L3  a search of three letters or more at a million: what the server does to find and count, 95th percentile
L5  from a launched mass mail to its written recipients: a hundred thousand people, a quarter left out (bench/launch.py)

The server is embedded PostgreSQL with its durable defaults, its own for this run. Both sizes are measured in turn,
visit by visit, in rounds; the figure of a round is its median (or its percentile), the figure printed is the median
of the rounds. `--quick` uses far fewer people and says so; `--keep` keeps the database for the next run.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import TYPE_CHECKING

from bench.installation import installation
from bench.printing import Figure, say, show

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.test import Client

    from relance.ops.postgres import Embedded
    from relance.team.models import User

EMPTY = "bench_empty"
BIG, SMALL, QUICK = 1_000_000, 1_000, 20_000
ROUNDS, VISITS, QUICK_VISITS = 5, 9, 2
WORDS_COMMON = (
    "mar",
    "martin",
    "paris",
    "example",
    "sarl",
    "directeur",
    "jean",
    "son",
    "ren",
    "lyon",
    "thomas",
    "international",
)
WORDS_RARE = (
    "wigglesworth",
    "thistlethwaite",
    "vouvray",
    "zoe",
    "oster",
    "vermeulen",
    "jana",
    "zzqxw",
    "brandt-lopez",
    "priya",
)
WORDS_MANY = (
    "marie martin",
    "jean dupont paris",
    "oster vouvray",
    "imprimerie lopez sarl",
    "zoe martin",
    "le petit lyon",
    "martin example",
)


class Bench:
    """One server with two databases, and a colleague signed in to each."""

    def __init__(self, server: Embedded, people: int) -> None:
        self.server = server
        self.sizes = {"big": people, "small": SMALL}
        self.visits = VISITS if people == BIG else QUICK_VISITS
        self.connections: dict[str, BaseDatabaseWrapper] = {}
        self.clients: dict[str, Client] = {}
        self.users: dict[str, User] = {}

    def prepare(self) -> None:
        """Make and fill what is not there yet, and sign in."""
        from django.core.management import call_command
        from django.test import Client

        with self.at(EMPTY):
            call_command("migrate", verbosity=0)
        for name, people in self.sizes.items():
            with self.database(name):
                call_command("migrate", verbosity=0)
                self.users[name] = self._boss(people)
                self.clients[name] = Client()
                self.clients[name].force_login(self.users[name])

    def _boss(self, people: int) -> User:
        from bench.crowd import fill, make_modules
        from relance.people.models import Person
        from relance.records.models import CustomField
        from relance.team.models import User

        if Person.objects.count() != people or not CustomField.objects.exists():
            say(f"Filling a database with {people:,} people.")
            begun = time.monotonic()
            fill(people)
            say(f"{people:,} people written in {time.monotonic() - begun:.0f} s.")
        boss = User.objects.select_related("role").get(email="camille@helionne.example")
        make_modules()
        keep_views(boss)
        return boss

    def database(self, name: str) -> AbstractContextManager[None]:
        """Everything inside talks to the database of this size."""
        return self.at(f"bench_{self.sizes[name]}")

    @contextmanager
    def at(self, database: str) -> Iterator[None]:
        """Everything inside talks to this database, over a connection that stays open."""
        from django.db import connections

        if database not in self.connections:
            self.connections[database] = self._connection(database)
        connections["default"] = self.connections[database]
        yield

    def _connection(self, database: str) -> BaseDatabaseWrapper:
        """A connection to a database; a new database begins as a copy of the empty one."""
        import psycopg
        from django.db import connections

        if EMPTY in self.connections:
            self.connections[EMPTY].close()
        with psycopg.connect(self.server.url, autocommit=True) as direct:
            if not direct.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
                direct.execute(f"CREATE DATABASE {database} TEMPLATE {'template1' if database == EMPTY else EMPTY}")
        made = connections.create_connection("default")
        made.settings_dict = {**made.settings_dict, "NAME": database}
        return made

    def page(self, name: str, address: str) -> float:
        """One page, in milliseconds."""
        begun = time.perf_counter()
        answer = self.clients[name].get(address)
        took = (time.perf_counter() - begun) * 1000
        assert answer.status_code == 200, (address, answer.status_code)
        return took

    def search(self, text: str) -> float:
        """One search among the many, rows and count, in milliseconds; definitions are kept as by requests."""
        from relance.lib import clock
        from relance.records import definitions, lists

        with definitions.remembering():
            definitions.begin("bench")
            begun = time.perf_counter()
            asked = lists.read("contact", {"q": text})
            found = lists.page(asked, user=self.users["big"], now=clock.now())
            lists.count(asked, user=self.users["big"], now=clock.now(), seen=found)
            return (time.perf_counter() - begun) * 1000


def addresses(bench: Bench, name: str) -> dict[str, str]:
    """The pages that L2 compares: the first, deep ones, other orders, filters, saved views."""
    from relance.records.models import View

    pages = {
        "by name": "/contacts",
        "newest": "/contacts?sort=-created",
        "by city": "/contacts?sort=city",
        "mine": "/contacts?owner=me",
        "never written": "/contacts?mail=never",
        "opened, no reply": "/contacts?mail=opened_no_reply",
        "in Paris": "/contacts?city=Paris",
        **{f"view: {view.name}": f"/contacts?view={view.pk}" for view in View.objects.order_by("pk")},
        f"{AD_HOC}any text of a custom field": "/contacts?where=all(badge:contains:b69)",
        f"{AD_HOC}one value in a thousand, not indexed": "/contacts?where=all(badge:is:b69)",
    }
    by_roof = pages["view: by roof"]
    return {
        **pages,
        **{f"{what}, deep": deep(bench, name, pages[what]) for what in ("by name", "newest", "by city")},
        "view: by roof, deep": f"{by_roof}&after={middle_of(bench, name, '-roof')}",
    }


AD_HOC = "ad hoc: "  # criteria that no view keeps, so no index waits for them: told, but not what L2 promises
VIEWS = (
    ("huge", "all(size:is:xl)", "", ""),
    ("not huge, soon renewed", "all(size:is_not:xl,renewal:next:3m)", "", "size,renewal,account.city,owner"),
    ("by roof", "all(roof:filled)", "-roof", "roof,size"),
    ("large roofs by name", "all(roof:more:1900)", "", ""),
    ("company in Paris or opened", "any(account.city:is:Paris,@opened:yes:1:30)", "-created", ""),
    ("clicked, no reply", "all(@clicked:yes,@replied:no)", "", ""),
    ("opened in the last 30 days", "all(@opened:yes:1:30)", "", ""),
    ("replied lately", "all(@replied:yes:1:7)", "", ""),
    ("replied in 30 days, in Paris", "all(@replied:yes:1:30,city:is:Paris)", "", ""),
    ("opened and replied in 30 days", "all(@opened:yes:1:30,@replied:yes:1:30)", "-created", ""),
    ("replied, or a mail came back", "any(@replied:yes:1:7,@bounced:yes:1:7)", "", ""),
    ("opened since yesterday", "all(@opened:yes:1:1)", "", ""),
    ("written to this week", "all(@written:yes:1:7)", "", ""),
    ("opened ten times", "all(@opened:yes:10)", "", ""),
    ("opened six times in 30 days", "all(@opened:yes:6:30)", "", ""),
    ("opened twice in 90 days", "all(@opened:yes:2:90)", "-created", ""),
    ("opened in the last three days", "all(@opened:yes:1:3)", "", ""),
    ("clicked twice", "all(@clicked:yes:2)", "", ""),
    ("written to four times", "all(@written:yes:4)", "", ""),
    ("written to three times", "all(@written:yes:3)", "", ""),
    ("not written to for 300 days, in Paris", "all(account.city:is:Paris,@written:no:1:300)", "", ""),
    ("a mail came back", "all(@bounced)", "-created", ""),
    ("nobody", "all(account.city:is:Nowhere)", "", ""),
    ("owner's rare name", "all(owner:is:me,name:contains:zzq)", "-created", ""),
)


def keep_views(boss: User) -> None:
    """Saved views of every sort, with the indexes that they ask for."""
    from bench.crowd import NOW
    from relance.records import criteria, indexes, views
    from relance.records.models import View

    if View.objects.exists():
        return
    for name, where, sort, columns in VIEWS:
        tree = criteria.read_text(where)
        draft = views.ViewDraft(name=name, tree=tree, sort=sort, columns=tuple(filter(None, columns.split(","))))
        views.add("contact", draft, by=boss, now=NOW)
    indexes.settle()


def middle_of(bench: Bench, name: str, sort: str) -> str:
    """The cursor in the middle of a list sorted by a custom field."""
    from relance.records import finding, registry
    from relance.records.cursors import Cursor

    order = finding.order_of(registry.module("contact"), sort)
    rows = registry.module("contact").visible(bench.users[name]).annotate(sort_key=order.column.value())
    middle = rows.order_by("-sort_key", "-id").values("id", "sort_key")[bench.sizes[name] // 2]
    return Cursor(sort=sort, segment=0, value=middle["sort_key"], id=middle["id"]).written()


def deep(bench: Bench, name: str, address: str) -> str:
    """The same list, from its middle on."""
    from django.http import QueryDict

    from relance.people.models import Person
    from relance.records import lists, registry
    from relance.records.cursors import Cursor

    sort = QueryDict(address.partition("?")[2]).get("sort", "name")
    assert isinstance(sort, str)
    asked = lists.read("contact", {"sort": sort})
    field = registry.module("contact").by_column[asked.sort.removeprefix("-")].field
    middle = Person.objects.filter(kind="contact").order_by(field, "id").values("id", field)[bench.sizes[name] // 2]
    cursor = Cursor(sort=asked.sort, segment=0, value=middle[field], id=middle["id"])
    return f"{address}{'&' if '?' in address else '?'}after={cursor.written()}"


def compared(bench: Bench) -> dict[str, tuple[float, float]]:
    """Each page at both sizes: the median of the rounds' medians."""
    told: dict[str, dict[str, list[float]]] = {}
    places = {}
    for name in bench.sizes:
        with bench.database(name):
            places[name] = addresses(bench, name)
    for _round in range(ROUNDS):
        for what in places["big"]:
            took: dict[str, list[float]] = {name: [] for name in bench.sizes}
            for visit in range(bench.visits + 1):
                for name in bench.sizes:
                    with bench.database(name):
                        took[name] += [bench.page(name, places[name][what])][: min(visit, 1)]  # the first one warms
            for name in bench.sizes:
                told.setdefault(what, {}).setdefault(name, []).append(median(took[name]))
    return {what: (median(sizes["big"]), median(sizes["small"])) for what, sizes in told.items()}


def processor(act: Callable[[], object], times: int = 40) -> float:
    """Our own processor time for one act, median, in milliseconds: a busy machine blurs it less."""
    took = []
    for _time in range(times):
        begun = time.process_time()
        act()
        took.append((time.process_time() - begun) * 1000)
    return median(took)


def searched(measure: Callable[[str], float], rounds: int = ROUNDS) -> tuple[float, float]:
    """The median and the 95th percentile over the mix, each the median of its rounds; the first round only warms."""
    mix = [*WORDS_COMMON, *WORDS_RARE, *WORDS_MANY, *strangers()]
    halves, worst = [], []
    for turn in range(rounds + 1):
        took = [measure(text) for text in mix]
        if turn:
            halves.append(median(took))
            worst.append(quantiles(took, n=20)[-1])
    return median(halves), median(worst)


def strangers() -> list[str]:
    """Searches for one person: names, addresses, parts of them."""
    from relance.people.models import Person

    rng, found = Random(3), []
    numbers = [rng.randrange(1, Person.objects.count()) for _person in range(16)]
    for number, (name, email) in enumerate(Person.objects.filter(pk__in=numbers).values_list("name", "primary_email")):
        found.append((name, email, email.partition("@")[0], f"{name} {email.partition('@')[2][:8]}")[number % 4])
    return found


def figures(bench: Bench) -> Iterator[Figure]:
    """The numbers, as they are known."""
    many = bench.sizes["big"]
    note = "" if many == BIG else f"quick: {many:,} people, not {BIG:,}"
    pages = compared(bench)
    first = pages["by name"][0]
    with bench.database("big"):
        busy = processor(lambda: bench.page("big", "/contacts"))
    idle = f"{busy:.1f} ms of it are our processor's, the rest is PostgreSQL and waiting for a free core"
    yield Figure(
        id="L1",
        what=f"list page at {many:,}, p50, whole application",
        ours=first,
        theirs=None,
        ratio=first,
        gate=25,
        target=10,
        stretch=5,
        unit="ms",
        note=f"{note + '; ' if note else ''}{idle}",
    )
    promised = [what for what in pages if not what.startswith(AD_HOC)]
    worst = max(promised, key=lambda what: pages[what][0] / pages[what][1])
    for what, (ours, theirs) in pages.items():
        say(f"     {what:20} {ours:6.2f} ms at {many:,}, {theirs:6.2f} ms at {SMALL:,}: {ours / theirs:.2f}")
    ours, theirs = pages[worst]
    yield Figure(
        id="L2",
        what=f"p50 at {many:,} / at {SMALL:,}, worst list ({worst})",
        ours=ours,
        theirs=theirs,
        ratio=ours / theirs,
        gate=3,
        target=1.5,
        stretch=1.2,
        unit="ms",
        note=note,
    )
    with bench.database("big"):
        half, p95 = searched(bench.search)
        _half, page = searched(lambda text: bench.page("big", f"/contacts?q={text}"), rounds=3 if many == BIG else 1)
    yield Figure(
        id="L3",
        what=f"contains search at {many:,}, p95",
        ours=p95,
        theirs=None,
        ratio=p95,
        gate=100,
        target=20,
        stretch=5,
        unit="ms",
        note=f"{note + '; ' if note else ''}p50 {half:.1f} ms; p95 of the whole page {page:.1f} ms",
    )
    yield launched(bench, is_quick=many != BIG)


def launched(bench: Bench, *, is_quick: bool) -> Figure:
    """L5, in a database of its own."""
    from django.core.management import call_command

    from bench import launch

    with bench.at("bench_launch"):
        call_command("migrate", verbosity=0)
        if is_quick:
            return launch.figure(people=QUICK, rounds=3, note=f"quick: {QUICK:,} people, not {launch.PEOPLE:,}; ")
        return launch.figure()


def main() -> None:
    """Parse, prepare, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.lists", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} people instead of {BIG:,}: ends within 50 s")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="a folder whose database is used again")
    chosen = parser.parse_args()
    logging.disable(logging.WARNING)
    with installation(chosen.keep) as server:
        import_module("relance.config.wsgi")  # all that a process of the web face does before its first page
        bench = Bench(server, QUICK if chosen.quick else BIG)
        bench.prepare()
        show(figures(bench), as_json=chosen.json)


if __name__ == "__main__":
    main()
