"""Lists: pages by cursor, searches, filters of the allow-list, counts."""

from __future__ import annotations

import base64
import importlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from relance.people import actions
from relance.people.actions import AccountDraft, PersonDraft
from relance.people.models import Person
from relance.people.suppression import Wish
from relance.records import cursors, finding, indexes, lists, matching, rarity, registry
from relance.records.cursors import Cursor
from relance.records.models import CustomField, View
from relance.records.search import find
from relance.team.actions import add_user
from relance.team.models import Team
from relance.team.policy import Level

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NAMES = ("Zoé Martin", "Ève Lefèvre", "Jean Dupont", "Marie Zoelle", "Anne Petit", "Jean Petit", "Jean Petit")


@pytest.fixture
def boss():
    return add_user(email="camille@helionne.example", name="Camille", role="administrator")


def add(boss, name, *emails, kind="contact", at=NOW, **values):
    first, _, last = name.partition(" ")
    draft = PersonDraft(values={"first_name": first, "last_name": last, **values}, emails=emails)
    return actions.add_person(kind, draft, by=values.get("by", boss), now=at)


def names(found):
    return [row["name"] for row in found.rows]


def ask(user, module="contact", size=50, **params):
    return lists.page(lists.read(module, params), user=user, now=NOW, size=size)


def walk(user, size, **params):
    """All pages forwards, then all backwards."""
    forwards, page = [], ask(user, size=size, **params)
    while True:
        forwards.append([row["id"] for row in page.rows])
        if not page.after:
            break
        page = ask(user, size=size, **params, after=page.after)
    backwards = []
    while page.before:
        page = ask(user, size=size, **params, before=page.before)
        backwards.append([row["id"] for row in page.rows])
    return forwards, backwards


@pytest.mark.shows("REC-05")
@pytest.mark.parametrize("sort", ["name", "-name", "company", "-company", "city", "-created", "created", "-updated"])
def test_every_row_is_met_once_whichever_the_order_and_the_direction(boss, sort):
    for number, name in enumerate(NAMES):
        add(boss, name, at=NOW - timedelta(days=number % 3), city=("Lyon", "Évry")[number % 2])

    forwards, backwards = walk(boss, 2, sort=sort)

    assert sorted(pk for page in forwards for pk in page) == sorted(Person.objects.values_list("id", flat=True))
    assert backwards == forwards[-2::-1]


@pytest.mark.shows("REC-05")
def test_names_are_ordered_without_regard_to_accents_and_case(boss):
    for name in ("Zoé Martin", "ève Lefèvre", "Émile Zola", "Anne Petit"):
        add(boss, name)

    assert names(ask(boss)) == ["Anne Petit", "Émile Zola", "ève Lefèvre", "Zoé Martin"]
    assert names(ask(boss, sort="-name")) == ["Zoé Martin", "ève Lefèvre", "Émile Zola", "Anne Petit"]


@pytest.mark.shows("REC-05", "L3")
def test_a_search_finds_all_words_anywhere_and_beginnings_of_names_first(boss):
    add(boss, "Anne Zoelle", "anne@zoelle.example")
    add(boss, "Zoé Martin", "zm@example.com", company="Caves d’Été")
    add(boss, "Jean Dupont", "jean@example.com", city="Nantes")

    assert names(ask(boss, q="ZOE")) == ["Zoé Martin", "Anne Zoelle"]
    assert names(ask(boss, q="zoé", sort="name")) == ["Anne Zoelle", "Zoé Martin"]
    assert names(ask(boss, q="ete zoe caves")) == ["Zoé Martin"]
    assert names(ask(boss, q="jean@exa nantes")) == ["Jean Dupont"]
    assert names(ask(boss, q="jean lyon")) == []


@pytest.mark.shows("L3")
def test_one_or_two_letters_search_the_beginning_of_the_name(boss):
    add(boss, "Zoé Martin")
    add(boss, "Anne Zoelle")

    assert names(ask(boss, q="zo")) == ["Zoé Martin"]
    assert names(ask(boss, q="z")) == ["Zoé Martin"]


@pytest.mark.shows("REC-05")
def test_a_search_is_paged_across_both_of_its_parts(boss):
    for number in range(5):
        add(boss, f"Martin Nr{number}")
        add(boss, f"Anne Martin{number}")

    forwards, backwards = walk(boss, 3, q="martin")

    assert len({pk for page in forwards for pk in page}) == 10
    assert [len(page) for page in forwards] == [3, 3, 3, 1]
    assert backwards == forwards[-2::-1]


@pytest.mark.shows("L3")
@pytest.mark.parametrize("few", [0, 3_000])
@pytest.mark.parametrize("reach", [1, 25_000])
def test_both_ways_of_finding_give_the_same_rows(boss, monkeypatch, few, reach):
    monkeypatch.setattr(finding, "FEW", few)
    monkeypatch.setattr(finding, "WALK", reach)
    for number in range(6):
        add(boss, f"Anne {'Martin' if number % 2 else 'Petit'}{number}")

    assert names(ask(boss, q="martin")) == ["Anne Martin1", "Anne Martin3", "Anne Martin5"]
    assert names(ask(boss, q="martin", sort="-name")) == ["Anne Martin5", "Anne Martin3", "Anne Martin1"]
    assert len({pk for page in walk(boss, 2, q="martin", sort="-created")[0] for pk in page}) == 3


@pytest.mark.shows("L3")
def test_long_texts_are_found_by_their_rarest_trigrams_and_compared_in_whole(boss):
    add(boss, "Jean Dupont", "jean.dupont17@moulins-guerin.example")
    add(boss, "Jean Dupont", "jean.dupont71@moulins-guerin.example")

    assert matching.rarest(("martin-quimper", "zoe"), {}) == ["qui", "zoe", "imp"]
    assert matching.rarest(("martin-quimper", "zoe"), {"qui": 9, "zoe": 1}) == ["imp", "per", "zoe"]
    assert matching.rarest(("le", "petit", "lyon"), {}) == ["lyo", "pet", "tit"], "two letters have no trigram"
    assert matching.rarest(("martin-quimper",), {}) == ["qui", "imp", "per"], "one word alone gives three"
    assert len(names(ask(boss, q="jean.dupont71@moulins-guerin.example"))) == 1
    assert len(names(ask(boss, q="dupont jean moulins-guerin.example"))) == 2
    assert names(ask(boss, q="jean.dupont71@guerin-moulins.example")) == []


@pytest.mark.shows("L3")
@pytest.mark.parametrize("text", ["%", "_", "\\", "100%", "a\\%b", "'", '"', "…", "\0", "日本", "()[]{}*?"])
def test_what_looks_like_a_pattern_is_only_text(boss, text):
    add(boss, "Jean Dupont")

    assert (
        names(ask(boss, q=f"{text}{text}{text}"))
        == names(ask(boss, q=f"{text} "))
        == ([] if text != "\0" else ["Jean Dupont"])
    )


@pytest.mark.shows("L3")
def test_without_pg_trgm_our_own_trigrams_find_the_same(boss, monkeypatch):
    search = importlib.import_module("relance.people.migrations.0002_search")
    monkeypatch.setattr(search, "has_pg_trgm", lambda _connection: False)
    add(boss, "Zoé Martin", "zm@acme.example")
    add(boss, "Jean Dupont", "jean@acme.example")
    connection.check_constraints()
    with connection.schema_editor() as editor:
        search.drop_indexes(apps, editor)
        search.make_indexes(apps, editor)
    matching.knows_own_grams.cache_clear()

    try:
        found = [names(ask(boss, q=text)) for text in ("acme", "artin acme", "dup", "nobody")]
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            plan = Person.objects.filter(matching.gathering(registry.module("contact"), "artin acme")).explain()
    finally:
        matching.knows_own_grams.cache_clear()

    assert found == [["Jean Dupont", "Zoé Martin"], ["Zoé Martin"], ["Jean Dupont"], []]
    assert "Bitmap Index Scan on person_search" in plan


@pytest.mark.shows("X19")
@pytest.mark.parametrize(
    "key", ["owner__password__startswith", "owner__password", "pk", "search", "name_folded__gt", "addresses__state"]
)
def test_only_declared_filters_and_orders_are_heard(boss, key):
    add(boss, "Jean Dupont")

    asked = lists.read("contact", {key: "p", "sort": key})

    assert (asked.filters, asked.sort) == ({}, "name")
    assert asked.problems == ("This list cannot be sorted that way.",)
    assert names(lists.page(asked, user=boss, now=NOW)) == ["Jean Dupont"]


@pytest.mark.shows("REC-05")
@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"owner": "me"}, ["Ada", "Bea"]),
        ({"owner": "none"}, []),
        ({"city": "Lyon"}, ["Ada"]),
        ({"company": "Acme"}, ["Bea"]),
        ({"source": "Trade fair"}, ["Ada"]),
        ({"country": "FR"}, ["Ada"]),
        ({"state": "bounced"}, ["Bea"]),
        ({"state": "valid"}, ["Ada"]),
        ({"state": "none"}, ["Cleo"]),
        ({"opted_out": "yes"}, ["Ada"]),
        ({"opted_out": "no"}, ["Bea", "Cleo"]),
        ({"consent": "granted"}, ["Bea"]),
        ({"created": "7d"}, ["Ada", "Bea"]),
        ({"created": "2026-11-20"}, ["Ada"]),
        ({"mail": "never"}, ["Ada", "Bea", "Cleo"]),
        ({"mail": "opened_no_reply"}, []),
        ({"owner": "me", "city": "Lyon", "q": "ada"}, ["Ada"]),
    ],
)
def test_each_filter_keeps_what_it_says(boss, params, expected):
    other = add_user(email="yann@helionne.example", name="Yann", role="manager")
    add(boss, "Ada", "ada@example.com", city="Lyon", source="Trade fair", country="FR")
    bea = add(boss, "Bea", "bea@example.com", company="Acme", at=NOW - timedelta(days=3))
    actions.add_person("contact", PersonDraft(values={"first_name": "Cleo"}), by=other, now=NOW - timedelta(days=30))
    actions.opt_out(Wish(normal="ada@example.com", route="page", at=NOW))
    actions.note_bounce("bea@example.com", hard=True, why="no such user", recipient_id=1, now=NOW)
    actions.record_consent(bea, "granted", how="form", words="Yes", source="", by=None, now=NOW)

    assert names(ask(boss, **params)) == expected
    assert lists.count(lists.read("contact", params), user=boss, now=NOW).number == len(expected)


@pytest.mark.shows("REC-05", "X19")
@pytest.mark.parametrize(
    "params",
    [{"owner": "1 OR 1=1"}, {"created": "2026-13-45"}, {"state": "x"}, {"consent": "x"}, {"account": "9" * 30}],
)
def test_a_value_that_says_nothing_is_left_aside_and_said(boss, params):
    add(boss, "Jean Dupont")

    page = ask(boss, **params)

    assert names(page) == ["Jean Dupont"]
    assert "left aside" in page.problems[0]


@pytest.mark.shows("REC-05", "X19")
@pytest.mark.parametrize("cursor", ["x", "é", "AAAA", "W10", "bnVsbA", "9" * 5000])
def test_a_cursor_that_is_none_of_ours_gives_the_first_page_and_says_so(boss, cursor):
    add(boss, "Jean Dupont")

    page = ask(boss, after=cursor)

    assert names(page) == ["Jean Dupont"]
    assert page.problems == ("That page is not there any more. This is the first one.",)


@pytest.mark.shows("X19")
def test_a_cursor_of_another_order_is_not_taken(boss):
    ours = Cursor(sort="-created", segment=0, value=NOW, id=1).written()

    assert cursors.read(ours, sort="-created", kind="moment") == Cursor(sort="-created", segment=0, value=NOW, id=1)
    assert cursors.read(ours, sort="name", kind="text") is None


@pytest.mark.slow
@pytest.mark.shows("X19")
@given(
    told=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=5)
    )
)
def test_any_json_in_a_cursor_is_read_or_refused(told):
    text = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")

    for kind in ("text", "moment"):
        assert cursors.read(text, sort="name", kind=kind) is None or told[0] == "name"


@pytest.mark.shows("L1", "REC-05")
def test_a_page_costs_one_query_and_a_searched_one_at_most_four(
    boss, django_assert_num_queries, django_assert_max_num_queries
):
    for name in NAMES:
        add(boss, name)
    matching.knows_own_grams()

    with django_assert_num_queries(1):
        ask(boss, size=2)
    with django_assert_max_num_queries(4):
        ask(boss, size=2, q="jean")


@pytest.mark.slow
@pytest.mark.shows("L2")
@pytest.mark.parametrize("sort", ["-created", "name"])
def test_a_deep_page_reads_none_of_the_rows_before_it(boss, sort):
    for number in range(60):
        add(boss, f"Person {number:02}", at=NOW + timedelta(minutes=number))
    first = ask(boss, size=5, sort=sort)
    deep = first
    for _ in range(9):
        deep = ask(boss, size=5, sort=sort, after=deep.after)

    assert 5 <= rows_read(lambda: ask(boss, size=5, sort=sort, after=deep.after)) <= 12
    assert 5 <= rows_read(lambda: ask(boss, size=5, sort=sort)) <= 12


def rows_read(work):
    """How many rows of people PostgreSQL looks at for one page, kept or not, once the table is too long to be read."""
    with CaptureQueriesContext(connection) as asked:
        work()
    [query] = [query["sql"] for query in asked if "people_person" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}")
        [[plan]] = cursor.fetchall()
    return sum(rows_of(node) for node in nodes_of(plan[0]["Plan"]) if node.get("Relation Name") == "people_person")


def rows_of(node):
    return (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]


def nodes_of(plan):
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes_of(part)


@pytest.mark.shows("REC-05")
@pytest.mark.parametrize(("planned", "told"), [(3, 4), (70, 70)])
def test_counting_stops_at_ten_thousand(boss, monkeypatch, planned, told):
    monkeypatch.setattr(lists, "MOST_COUNTED", 4)
    for name in NAMES:
        add(boss, name)

    asked = lists.read("contact", {})

    assert lists.count(asked, user=boss, now=NOW).about  # whatever the planner expects of this table
    monkeypatch.setattr(lists, "expected", lambda *_: planned)
    assert lists.count(asked, user=boss, now=NOW) == lists.Count(number=told, about=True)
    assert lists.count(asked, user=boss, now=NOW, seen=ask(boss)) == lists.Count(number=7)


@pytest.mark.shows("X8", "REC-03")
def test_lists_counts_and_searches_stop_at_what_the_role_reads(boss):
    mine, theirs = Team.objects.create(name="West"), Team.objects.create(name="East")
    seller = add_user(email="claire@helionne.example", name="Claire", role="salesperson", team=mine)
    stranger = add_user(email="yann@helionne.example", name="Yann", role="salesperson", team=theirs)
    seller.role.grants.filter(module__in=("contact", "account")).update(read=Level.TEAM)
    for owner in (seller, stranger):
        add(owner, f"Martin {owner.name}")
        actions.add_account(AccountDraft(values={"name": f"Martin {owner.name}"}), by=owner, now=NOW)
    seller = type(seller).objects.get(pk=seller.pk)

    assert names(ask(seller)) == names(ask(seller, q="martin")) == ["Martin Claire"]
    assert names(ask(seller, owner=str(stranger.pk))) == []
    assert lists.count(lists.read("contact", {"q": "martin"}), user=seller, now=NOW).number == 1
    assert [(found.module, found.name) for found in find(seller, "martin")] == [
        ("contact", "Martin Claire"),
        ("account", "Martin Claire"),
    ]


@pytest.mark.shows("REC-05")
def test_the_search_of_the_palette_covers_people_and_accounts(boss):
    add(boss, "Zoé Martin", "zoe@acme.example", kind="lead")
    add(boss, "", "info@acme.example")
    actions.add_account(AccountDraft(values={"name": "Acme", "city": "Lyon"}), by=boss, now=NOW)

    found = find(boss, "acme")

    assert [(each.module, each.name, each.detail) for each in found] == [
        ("lead", "Zoé Martin", "zoe@acme.example"),
        ("contact", "info@acme.example", "info@acme.example"),
        ("account", "Acme", "Lyon"),
    ]
    assert find(boss, "  ") == []


@pytest.mark.shows("X8", "REC-03")
def test_a_role_that_reads_nothing_finds_nothing(boss):
    reader = add_user(email="ines@helionne.example", name="Inès", role="read_only")
    reader.role.grants.update(read=Level.NONE)
    add(boss, "Jean Dupont")

    for params in ({}, {"q": "jean"}, {"q": "j"}, {"city": "Lyon"}, {"owner": "me"}):
        asked = lists.read("contact", params)
        assert names(lists.page(asked, user=reader, now=NOW)) == []
        assert lists.count(asked, user=reader, now=NOW) == lists.Count(number=0)
    assert find(reader, "jean") == []


@pytest.mark.shows("REC-05")
def test_a_search_counts_what_it_meets_and_asks_no_second_time(boss, django_assert_num_queries):
    for name in NAMES:
        add(boss, name, city="Paris")
    asked = lists.read("contact", {"q": "paris"})
    found = lists.page(asked, user=boss, now=NOW, size=2)

    with django_assert_num_queries(0):
        told = lists.count(asked, user=boss, now=NOW, seen=found)

    assert told == lists.count(asked, user=boss, now=NOW) == lists.Count(number=7)


@pytest.mark.shows("REC-05")
def test_a_page_further_on_does_not_take_its_rest_for_the_whole(boss):
    for name in NAMES:
        add(boss, name, city="Paris")
    first = ask(boss, size=2, q="paris")
    second = ask(boss, size=2, q="paris", after=first.after)

    assert (first.total, second.total) == (7, None)
    assert lists.count(lists.read("contact", {"q": "paris"}), user=boss, now=NOW, seen=second).number == 7


@pytest.mark.shows("L2", "REC-05")
@pytest.mark.parametrize("sort", ["name", "-created", "best"])
@pytest.mark.parametrize(("reach", "glance", "few"), [(25_000, 2_000, 3_000), (1, 1, 3_000), (25_000, 1, 0), (1, 1, 0)])
def test_criteria_find_the_same_rows_in_every_way(boss, monkeypatch, sort, reach, glance, few):
    monkeypatch.setattr(finding, "WALK", reach)
    monkeypatch.setattr(finding, "GLANCE", glance)
    monkeypatch.setattr(finding, "FEW", few)
    for number, name in enumerate(NAMES):
        add(boss, name, at=NOW + timedelta(minutes=number), city="Lyon" if number % 3 else "Paris")
    params = {"where": "any(city:contains:lyo,account.city:filled,@written:yes)"}
    more = {"q": "jea"} if sort == "best" else {"sort": sort}

    forwards, backwards = walk(boss, 2, **params, **more)

    found = [Person.objects.get(pk=pk).name for page in forwards for pk in page]
    expected = [name for number, name in enumerate(NAMES) if number % 3 and (sort != "best" or "Jea" in name)]
    assert sorted(found) == sorted(expected)
    assert backwards == forwards[-2::-1]
    if sort == "-created":
        assert found == expected[::-1]


@pytest.mark.shows("L2", "REC-05")
@pytest.mark.parametrize("sort", ["roof", "-roof", "-nickname", "signed"])
def test_a_custom_field_sorts_and_pages(boss, sort):
    for key, kind in (("roof", "number"), ("nickname", "text"), ("signed", "date")):
        CustomField.objects.create(module="contact", key=key, label=key.title(), kind=kind, created_at=NOW)
    values = [None, 12.5, -3, 400, 12.5, 0, None]
    for number, name in enumerate(NAMES):
        custom = {} if values[number] is None else {
            "roof": values[number], "nickname": f"N{number}", "signed": f"2026-01-{number + 1:02}"
        }  # fmt: skip
        row = add(boss, name)
        Person.objects.filter(pk=row.pk).update(custom=custom)

    forwards, backwards = walk(boss, 2, sort=sort)

    key = sort.removeprefix("-")
    ids = [pk for page in forwards for pk in page]
    held = [Person.objects.get(pk=pk).custom.get(key) for pk in ids]
    told = [value for value in held if value is not None]
    assert len(ids) == len(set(ids)) == len(NAMES)
    assert told == sorted(told, reverse=sort.startswith("-"))
    assert backwards == forwards[-2::-1]


@pytest.mark.shows("L2")
def test_a_custom_field_without_its_index_is_not_offered_for_sorting_a_long_list(boss, monkeypatch):
    CustomField.objects.create(module="contact", key="roof", label="Roof", kind="number", created_at=NOW)
    View.objects.create(module="contact", name="Roofs", owner=boss, sort="-roof", created_at=NOW, updated_at=NOW)
    monkeypatch.setattr(indexes, "SMALL", -2)

    before = ask(boss, sort="-roof").problems
    indexes.settle()
    after = ask(boss, sort="-roof").problems
    View.objects.all().delete()
    indexes.settle()

    assert (before, after) == (("This list cannot be sorted that way.",), ())
    assert indexes.known(registry.module("contact")).ready == frozenset()


@pytest.mark.shows("L3")
def test_what_postgresql_keeps_as_a_sample_tells_which_trigrams_are_common(boss):
    rarity.forget()
    Person.objects.bulk_create(
        Person(kind="contact", name="Anna", search=f"anna quimper {number}", created_at=NOW, updated_at=NOW)
        for number in range(300)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE people_person (search)")

    sample = rarity.known(registry.module("contact"))

    assert sample.counted["qui"] > 100
    assert sample.counted.get("zoe", 0) == 0
    rarity.forget()


@pytest.mark.parametrize(
    ("texts", "words", "share"),
    [
        (("anna quimper",) * 60 + ("jean brest",) * 60, ("anna",), 0.5),
        (("anna quimper",) * 60 + ("jean brest",) * 60, ("brest", "jea"), 0.5),
        (("anna quimper",) * 60 + ("jean brest",) * 60, ("anna", "brest"), 0.0001),
        (("anna quimper",) * 99, ("anna",), None),
    ],
)
@pytest.mark.shows("L3")
def test_a_sample_tells_what_share_of_the_texts_holds_all_words(texts, words, share):
    assert rarity.Sample(texts).share(words) == share


@pytest.mark.shows("L3")
def test_a_search_asks_the_sample_how_many_it_will_find_and_the_planner_nothing(boss):
    Person.objects.bulk_create(
        Person(kind="contact", name=f"Anna {number:03}", search=f"anna {'quimper' if number % 3 else 'brest'} {number}",
               created_at=NOW, updated_at=NOW)
        for number in range(300)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE people_person")
    rarity.forget()
    asked = lists.read("contact", {"q": "quimper"})
    lists.page(asked, user=boss, now=NOW)

    with CaptureQueriesContext(connection) as queries:
        found = lists.page(asked, user=boss, now=NOW)
        number = lists.count(asked, user=boss, now=NOW, seen=found).number

    planned = [query["sql"] for query in queries if query["sql"].startswith("EXPLAIN") and "quimper" in query["sql"]]
    assert (len(found.rows), number, planned) == (50, 200, [])
    rarity.forget()
