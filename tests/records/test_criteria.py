"""Criteria as conditions of the database: what they find, what they refuse, and what never slips."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from relance.lib import criteria as trees
from relance.lib.criteria import Condition, Group, Match, Operator
from relance.lib.fold import fold
from relance.people.models import Account, Person
from relance.records import criteria, lists, registry
from relance.records.criteria import BadCriteria
from relance.records.criteria_words import sentence
from relance.records.fields import Kind
from relance.records.models import CustomField
from relance.records.operators import CONTRARY, operators_of
from relance.records.registry import Asking
from relance.records.selection import Selection
from relance.records.selection import rows as chosen
from relance.team.actions import add_user
from relance.team.models import Team
from relance.team.policy import Level

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-05")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # a Friday
CUSTOM = (
    ("roof", Kind.NUMBER, {}),
    ("signed", Kind.DATE, {}),
    ("seen", Kind.MOMENT, {}),
    ("nickname", Kind.TEXT, {}),
    ("wants", Kind.YES_NO, {}),
    ("size", Kind.CHOICE, {"options": [["s", "Small"], ["l", "Large"]]}),
    ("uses", Kind.CHOICES, {"options": [["heat", "Heating"], ["cold", "Cooling"]]}),
    ("mentor", Kind.USER, {}),
    ("maker", Kind.LINK, {"target": "account"}),
)
PEOPLE = (
    ("Ada", {"city": "Lyon", "phone": "04 72"}, {"roof": 400, "signed": "2026-11-19", "nickname": "Countess 100%"}),
    ("Bea", {"city": "Paris"}, {"roof": 12.5, "signed": "2026-12-24", "wants": True, "size": "s", "uses": ["heat"]}),
    ("Cleo", {"city": "lyon"}, {"seen": "2026-11-20T08:30:00+00:00", "wants": False, "uses": ["heat", "cold"]}),
    ("Dora", {"city": ""}, {"roof": -3, "signed": "2025-02-28", "size": "l", "seen": "2026-11-19T23:30:00+00:00"}),
    ("Eve", {}, {}),
)


def make_fields(module="contact"):
    for key, kind, more in CUSTOM:
        CustomField.objects.create(module=module, key=key, label=key.title(), kind=kind, created_at=NOW, **more)


def make_people(boss):
    west = Account.objects.create(name="West", name_folded="west", city="Nantes", created_at=NOW, updated_at=NOW)
    for place, (name, columns, custom) in enumerate(PEOPLE):
        at = NOW - timedelta(days=20 * place)
        Person.objects.create(
            kind="contact", name=name, first_name=name, name_folded=name.lower(), custom=custom, owner=boss,
            account=west if name == "Ada" else None, created_at=at, updated_at=at, **columns,
            search=fold(" ".join((name, *columns.values()))),
        )  # fmt: skip
    Person.objects.filter(name="Eve").update(owner=None)
    return west


@pytest.fixture
def boss():
    return add_user(email="camille@helionne.example", name="Camille", role="administrator")


@pytest.fixture
def people(boss):
    make_fields()
    return make_people(boss)


def found(user, told, module="contact"):
    tree = criteria.read(told)
    q = criteria.condition(tree, module=module, asking=Asking(user=user, now=NOW))
    return "".join(row.name[0] for row in registry.module(module).visible(user).filter(q).order_by("name"))


def where(field, operator, *value):
    return {
        "field": field,
        "operator": operator,
        **({"value": list(value) if len(value) > 1 else value[0]} if value else {}),
    }


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (where("city", "is", "Lyon"), "A"),
        (where("city", "is_not", "Lyon"), "BCDE"),
        (where("city", "contains", "LYO"), "AC"),
        (where("city", "lacks", "lyo"), "BDE"),
        (where("city", "starts", "p"), "B"),
        (where("city", "one_of", "Lyon", "Paris"), "AB"),
        (where("city", "none_of", "Lyon", "Paris"), "CDE"),
        (where("city", "empty"), "DE"),
        (where("city", "filled"), "ABC"),
        (where("owner", "is", "me"), "ABCD"),
        (where("owner", "is", "none"), "E"),
        (where("owner", "empty"), "E"),
        (where("owner", "is_not", "me"), "E"),
        (where("created_at", "last", "30d"), "AB"),
        (where("created_at", "older", "30d"), "CDE"),
        (where("created_at", "older", "1m"), "CDE"),
        (where("created_at", "during", "this_month"), "A"),
        (where("created_at", "is", "2026-10-31"), "B"),
        (where("created_at", "before", "2026-10-31"), "CDE"),
        (where("created_at", "at_most", "2026-10-31"), "BCDE"),
        (where("created_at", "after", "2026-10-31"), "A"),
        (where("created_at", "between", "2026-10-11", "2026-10-31"), "BC"),
        (where("account.city", "is", "Nantes"), "A"),
        (where("account.city", "is_not", "Nantes"), "BCDE"),
        (where("account", "filled"), "A"),
        (where("account.owner", "empty"), "ABCDE"),
        (where("roof", "is", "400"), "A"),
        (where("roof", "more", "0"), "AB"),
        (where("roof", "less", "12,5"), "D"),
        (where("roof", "at_least", "12.5"), "AB"),
        (where("roof", "at_most", "12.5"), "BD"),
        (where("roof", "between", "-3", "13"), "BD"),
        (where("roof", "is_not", "400"), "BCDE"),
        (where("roof", "empty"), "CE"),
        (where("signed", "before", "2026-01-01"), "D"),
        (where("signed", "last", "2d"), "A"),
        (where("signed", "next", "2m"), "B"),
        (where("signed", "older", "1y"), "D"),
        (where("signed", "during", "yesterday"), "A"),
        (where("signed", "empty"), "CE"),
        (where("seen", "during", "today"), "CD"),
        (where("seen", "after", "2026-11-20T09:00"), "C"),
        (where("seen", "during", "yesterday"), ""),
        (where("nickname", "contains", "100%"), "A"),
        (where("nickname", "contains", "0_%"), ""),
        (where("nickname", "starts", "count"), "A"),
        (where("nickname", "is", "Countess 100%"), "A"),
        (where("wants", "is", "yes"), "B"),
        (where("wants", "is", "no"), "C"),
        (where("wants", "empty"), "ADE"),
        (where("size", "is", "s"), "B"),
        (where("size", "one_of", "s", "l"), "BD"),
        (where("size", "is_not", "s"), "ACDE"),
        (where("uses", "is", "heat"), "BC"),
        (where("uses", "one_of", "cold"), "C"),
        (where("uses", "none_of", "cold"), "ABDE"),
        (where("uses", "empty"), "ADE"),
        ({"any": [where("city", "is", "Paris"), where("roof", "is", 400)]}, "AB"),
        ({"none": [where("city", "is", "Paris"), where("roof", "is", 400)]}, "CDE"),
        ({"all": [where("city", "filled"), {"any": [where("wants", "is", "yes"), where("uses", "is", "cold")]}]}, "BC"),
        ({}, "ABCDE"),
    ],
)  # fmt: skip
def test_each_kind_of_field_is_compared_as_it_should(boss, people, condition, expected):
    assert found(boss, condition) == expected


def test_a_custom_link_and_a_custom_colleague_are_followed(boss, people):
    ada, bea = Person.objects.get(name="Ada"), Person.objects.get(name="Bea")
    ada.custom["maker"], bea.custom["mentor"] = people.pk, boss.pk
    Person.objects.bulk_update([ada, bea], ["custom"])

    assert found(boss, where("maker.city", "is", "Nantes")) == "A"
    assert found(boss, where("maker", "is", str(people.pk))) == "A"
    assert found(boss, where("maker", "empty")) == "BCDE"
    assert found(boss, where("mentor", "is", "me")) == "B"
    assert found(boss, where("mentor", "is", "none")) == "ACDE"


def test_my_team_is_those_of_ones_team_and_oneself(boss, people):
    team = Team.objects.create(name="West")
    mate = add_user(email="yann@helionne.example", name="Yann", role="manager", team=team)
    asker = add_user(email="claire@helionne.example", name="Claire", role="manager", team=team)
    Person.objects.filter(name="Bea").update(owner=mate)
    Person.objects.filter(name="Cleo").update(owner=asker)

    assert found(asker, where("owner", "is", "my_team")) == "BC"
    assert found(boss, where("owner", "is", "my_team")) == "AD"
    assert found(asker, where("owner", "one_of", "my_team", "none")) == "BCE"


def test_days_are_those_of_the_asker(people):
    claire = add_user(email="claire@helionne.example", name="Claire", role="manager", time_zone="America/Montreal")

    assert found(claire, where("seen", "during", "yesterday")) == "D"
    assert found(claire, where("created_at", "is", "2026-11-20")) == "A"


VALUES = {
    Kind.NUMBER: ["400", "-3", "0"],
    Kind.DATE: ["2026-11-19", "2025-02-28"],
    Kind.MOMENT: ["2026-11-20", "2026-11-20T08:30"],
    Kind.YES_NO: ["yes", "no"],
    Kind.USER: ["me", "none", "my_team"],
    Kind.LINK: ["1"],
}
OF_FIELD = {"size": ["s", "l"], "uses": ["heat", "cold"], "language": ["fr"], "tracking_consent": ["unknown"]}


class Contraries(TestCase):
    """What is asked and its contrary part the people into two, whatever is asked."""

    @classmethod
    def setUpTestData(cls):
        cls.boss = add_user(email="camille@helionne.example", name="Camille", role="administrator")
        make_fields()
        make_people(cls.boss)

    @pytest.mark.slow
    @settings(max_examples=60)
    @given(data=st.data())
    def test_a_condition_and_its_contrary_leave_nobody_out(self, data):
        known = {field.key: field for field in registry.fields("contact") if field.criteria}
        field = known[data.draw(st.sampled_from(sorted(known)))]
        operators = [op for op in operators_of(field) if op in CONTRARY]
        if not operators:
            return
        contrary = data.draw(st.sampled_from(operators))
        pool = OF_FIELD.get(field.key) or VALUES.get(field.kind) or ["Lyon", "Countess 100%", "x"]
        values = () if contrary is Operator.EMPTY else (data.draw(st.sampled_from(pool)),)
        if field.key == "time_zone":
            return

        yes, no = (
            found(self.boss, trees.write(Condition(path=field.key, operator=op, values=values)))
            for op in (CONTRARY[contrary], contrary)
        )

        assert sorted(yes + no) == list("ABCDE")

    @settings(max_examples=15)
    @given(match=st.sampled_from(["any", "all"]), cities=st.lists(st.sampled_from(["Lyon", "Paris", ""]), min_size=1))
    def test_none_of_a_group_is_the_rest(self, match, cities):
        parts = [where("city", "is", city) if city else where("roof", "filled") for city in cities]

        yes, no = found(self.boss, {match: parts}), found(self.boss, {"none": [{match: parts}]})

        assert sorted(yes + no) == list("ABCDE")


NASTY = (
    "owner__password__startswith", "owner__password", "owner.password", "owner.email", "owner.role.name", "password",
    "owner_id__in", "account__owner__password", "account.owner.password", "account.account.city", "addresses__email",
    "addresses.email", "search", "search__regex", "custom", "custom__roof", "custom.roof", "pk", "id__gt", "kind",
    "import_id", "name_folded", "recipients__message__content__html", "recipients.message", "tags__contains",
    "account.people.name", "account.account.account.city", "objects", "_state", "__class__", "_meta.db_table",
    "visible_to", "consent_proofs.words", "owner__api_tokens__digest", "owner.team.name", "city__iregex", "city.city",
    "first_name__search", "account__name", "note__contains",
)  # fmt: skip


@pytest.mark.shows("X19")
@pytest.mark.parametrize("path", NASTY)
def test_what_is_not_declared_cannot_be_asked_for(boss, people, path):
    for operator in ("is", "starts", "filled"):
        with pytest.raises(BadCriteria) as refused:
            found(boss, where(path, operator, *(() if operator == "filled" else ("p",))))

        assert str(refused.value)
    asked = lists.read("contact", {"where": f"all({path}:filled)"})
    page = lists.page(asked, user=boss, now=NOW)
    picked = Selection(module="contact", kind="filter", params={"where": f"all({path}:filled)"})
    assert page.rows == []
    assert len(page.problems) == 1
    assert list(chosen(picked, user=boss, now=NOW)) == []


@pytest.mark.shows("X19")
@pytest.mark.parametrize(
    "condition",
    [
        where("city", "more", "1"),
        where("roof", "contains", "1"),
        where("roof", "is", "1 OR 1=1"),
        where("roof", "is", "NaN"),
        where("roof", "more", "Infinity"),
        where("signed", "before", "soon"),
        where("signed", "last", "30"),
        where("signed", "during", "always"),
        where("size", "is", "xl"),
        where("uses", "is", "x"),
        where("wants", "is", "perhaps"),
        where("owner", "is", "camille"),
        where("account", "is", "1; DROP TABLE people_person"),
        where("account", "is", "9" * 40),
        where("state", "is", "x"),
        where("state", "contains", "valid"),
        {"fact": "opened", "of": "template:7"},
        {"fact": "opened", "of": "password:7"},
        {"fact": "opened", "of": "template:x"},
        {"fact": "deleted"},
    ],
)
def test_a_value_that_says_nothing_is_refused_in_a_sentence(boss, people, condition):
    with pytest.raises(BadCriteria) as refused:
        found(boss, condition)

    assert str(refused.value).endswith(".")


@pytest.mark.shows("X19")
@pytest.mark.parametrize(
    "text", ["all(", "x", "all(city)", "all(city:like:x)", "any()", "all()all()", "(" * 5000, "all(é:is:x)"]
)
def test_an_address_that_is_no_tree_finds_nobody_and_says_so(boss, people, text):
    page = lists.page(lists.read("contact", {"where": text}), user=boss, now=NOW)

    assert page.rows == []
    assert page.problems


@pytest.mark.shows("X8", "REC-03")
def test_a_linked_record_that_one_may_not_see_is_like_one_that_is_not_there(boss, people):
    seller = add_user(email="claire@helionne.example", name="Claire", role="salesperson")
    seller.role.grants.filter(module="account").update(read=Level.OWN)
    seller = type(seller).objects.get(pk=seller.pk)

    for condition in (
        where("account.city", "is", "Nantes"),
        where("account.city", "filled"),
        where("account", "filled"),
        where("account", "is", str(people.pk)),
    ):
        assert found(seller, condition) == ""
    for condition in (where("account.city", "is_not", "Nantes"), where("account", "empty")):
        assert found(seller, condition) == "ABCDE"
    Account.objects.update(owner=seller)
    assert found(seller, where("account.city", "is", "Nantes")) == "A"


@pytest.mark.shows("X8", "REC-03")
def test_a_module_that_the_role_does_not_show_is_not_asked_about(people):
    reader = add_user(email="ines@helionne.example", name="Inès", role="read_only")
    reader.role.grants.filter(module="account").update(read=Level.NONE)
    reader = type(reader).objects.get(pk=reader.pk)

    with pytest.raises(BadCriteria, match="Your role does not show Accounts"):
        found(reader, where("account.city", "is", "Nantes"))


@pytest.mark.parametrize(
    ("params", "tree"),
    [
        ({"city": "Lyon"}, {"all": [where("city", "is", "Lyon")]}),
        ({"created": "30d"}, {"all": [where("created_at", "last", "30d")]}),
        ({"created": "2026-11-01"}, {"all": [where("created_at", "at_least", "2026-11-01")]}),
        ({"consent": "granted"}, {"all": [where("tracking_consent", "is", "granted")]}),
        ({"mail": "never"}, {"all": [{"fact": "written", "has": False}]}),
        ({"mail": "opened_no_reply"}, {"all": [{"fact": "opened"}, {"fact": "replied", "has": False}]}),
        ({"state": "bounced", "where": "any(city:empty,roof:more:4)"},
         {"all": [{"any": [where("city", "empty"), where("roof", "more", "4")]}, where("state", "is", "bounced")]}),
    ],
)  # fmt: skip
def test_a_filter_in_short_is_a_condition_of_the_same_tree(boss, params, tree):
    assert trees.write(lists.whole(lists.read("contact", params))) == tree


@pytest.mark.parametrize(
    ("tree", "told"),
    [
        (where("city", "is", "Lyon"), "City is “Lyon”"),
        (where("account.city", "empty"), "Account › City is empty"),
        (where("created_at", "last", "30d"), "Added is in the last 30 days"),
        (where("signed", "at_least", "2026-03-01"), "Signed is from 1 March 2026"),
        (where("signed", "during", "this_quarter"), "Signed falls within this quarter"),
        (where("owner", "one_of", "me", "none"), "Owner is one of me, nobody"),
        (where("size", "is", "l"), "Size is “Large”"),
        (where("roof", "between", "1", "2"), "Roof is between 1 and 2"),
        (where("state", "is_not", "bounced"), "Address is not “Bounced”"),
        (where("password", "is", "x"), "“password”, which is not there for you"),
        ({"fact": "opened", "days": 30}, "opened a mail in the last 30 days"),
        ({"fact": "opened", "has": False}, "did not open a mail"),
        ({"fact": "clicked", "times": 3}, "clicked a link at least 3 times"),
        ({"fact": "opened", "of": "template:9"}, "opened a mail (of something not there for you)"),
        (
            {"all": [where("city", "filled"), {"any": [where("wants", "is", "yes"), where("uses", "empty")]}]},
            "City is filled in and (Wants is yes or Uses is empty)",
        ),
        ({"none": [where("city", "empty"), where("phone", "empty")]}, "none of this: City is empty; Phone is empty"),
        ({}, ""),
    ],
)  # fmt: skip
def test_criteria_read_as_a_sentence(boss, people, tree, told):
    asking = Asking(user=boss, now=NOW)

    assert sentence(criteria.read(tree), module="contact", asking=asking) == told


def test_a_tree_of_many_groups_is_one_query(boss, people, django_assert_max_num_queries):
    parts = [where("account.city", "is", f"x{number}") for number in range(10)]
    tree = {"any": [{"all": parts}, {"none": parts}]}

    with django_assert_max_num_queries(3):
        assert found(boss, tree) == "ABCDE"


def test_groups_are_joined_with_what_the_address_says_besides(boss, people):
    either = Group(match=Match.ANY, parts=(Condition(path="city", operator=Operator.FILLED),))

    asked = lists.read("contact", {"where": "any(city:filled)", "city": "Lyon"})

    assert lists.whole(asked).parts[0] == either
    assert [row["name"] for row in lists.page(asked, user=boss, now=NOW).rows] == ["Ada"]
