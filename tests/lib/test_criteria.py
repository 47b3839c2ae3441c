"""The tree of criteria: written and read again, as JSON and in an address; refused where it is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relance.lib import criteria, criteria_text
from relance.lib.criteria import ALONE, SEVERAL, Condition, Fact, Group, Match, Operator, Unreadable, together

pytestmark = pytest.mark.shows("REC-05", "X19")

NAMES = st.from_regex(r"[a-z][a-z_]{0,8}(\.[a-z][a-z_]{0,8})?", fullmatch=True)
TEXTS = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=12).filter(str.strip)


@st.composite
def conditions(draw):
    operator = draw(st.sampled_from(Operator))
    if operator in ALONE:
        number = (0, 0)
    elif operator in SEVERAL:
        number = (1, 4)
    else:
        number = (2, 2) if operator is Operator.BETWEEN else (1, 1)
    values = draw(st.lists(TEXTS, min_size=number[0], max_size=number[1]))
    return Condition(path=draw(NAMES), operator=operator, values=tuple(values))


FACTS = st.builds(
    Fact, key=NAMES, has=st.booleans(), times=st.integers(1, 99), days=st.integers(0, 999),
    of=st.sampled_from(["", "template:7", "mass_mail:12"]),
)  # fmt: skip


def groups(inner):
    return st.builds(Group, match=st.sampled_from(Match), parts=st.lists(inner, min_size=1, max_size=3).map(tuple))


TREES = st.just(Group()) | groups(conditions() | FACTS | groups(conditions() | FACTS | groups(conditions() | FACTS)))


@pytest.mark.slow
@given(tree=TREES)
def test_a_tree_that_is_written_as_json_is_read_as_it_was(tree):
    told = json.loads(json.dumps(criteria.write(tree)))

    assert criteria.read(told) == tree


@pytest.mark.slow
@given(tree=TREES)
def test_a_tree_in_an_address_is_read_as_it_was(tree):
    assert criteria_text.read(criteria_text.write(tree)) == tree


def test_an_address_stays_readable():
    tree = Group(
        parts=(
            Condition(path="city", operator=Operator.IS, values=("Lyon (69)",)),
            Group(
                match=Match.ANY,
                parts=(
                    Condition(path="account.city", operator=Operator.EMPTY),
                    Fact(key="opened", days=30),
                    Fact(key="written", has=False),
                ),
            ),
        )
    )

    assert criteria_text.write(tree) == (
        "all(city:is:Lyon !(69!),any(account.city:empty,@opened:yes:1:30,@written:no))"
    )


@pytest.mark.slow
@given(
    told=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=6),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["all", "any", "field", "fact", "operator", "value", "x"]), inner, max_size=3
            )
        ),
    )
)
def test_any_json_is_a_tree_or_refused(told):
    try:
        tree = criteria.read(told)
    except Unreadable:
        return

    assert criteria.read(criteria.write(tree)) == tree


@given(text=st.text(st.sampled_from("all(any:is,!)@cityxyz 1~é\\"), max_size=40))
def test_any_address_is_a_tree_or_refused(text):
    try:
        tree = criteria_text.read(text)
    except Unreadable:
        return

    assert criteria_text.read(criteria_text.write(tree)) == tree


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ([], "not_criteria"),
        ("owner", "not_criteria"),
        ({"owner": "me"}, "not_criteria"),
        ({"all": "x"}, "not_criteria"),
        ({"all": [], "any": []}, "not_criteria"),
        ({"any": []}, "empty_group"),
        ({"all": [{"any": []}]}, "empty_group"),
        ({"all": [{"field": "city", "operator": "like", "value": "x"}]}, "unknown_operator"),
        ({"field": "city", "operator": "is"}, "wrong_values"),
        ({"field": "city", "operator": "is", "value": ["a", "b"]}, "wrong_values"),
        ({"field": "city", "operator": "empty", "value": "a"}, "wrong_values"),
        ({"field": "city", "operator": "between", "value": "a"}, "wrong_values"),
        ({"field": "city", "operator": "is", "value": {"a": 1}}, "wrong_values"),
        ({"field": "city", "operator": "is", "value": "a\0b"}, "wrong_values"),
        ({"field": "city", "operator": "is", "value": "x" * 501}, "too_long"),
        ({"field": "city", "operator": "is", "value": "x", "sql": "1"}, "not_criteria"),
        ({"field": "city'; DROP", "operator": "empty"}, "not_criteria"),
        ({"fact": "opened", "times": 0}, "wrong_values"),
        ({"fact": "opened", "times": True}, "wrong_values"),
        ({"fact": "opened", "of": "7; DROP"}, "wrong_values"),
        ({"all": [{"field": "a", "operator": "empty"}] * 61}, "too_many"),
    ],
)
def test_what_is_no_tree_says_why(told, fault):
    with pytest.raises(Unreadable) as refused:
        criteria.read(told)

    assert refused.value.fault == fault


@pytest.mark.shows("X14")
def test_a_tree_nested_without_end_is_refused_at_once():
    told = {"field": "a", "operator": "empty"}
    for _ in range(40):
        told = {"all": [told]}

    with pytest.raises(Unreadable):
        criteria.read(told)
    with pytest.raises(Unreadable):
        criteria_text.read("all(" * 900 + ")" * 900)


def test_trees_are_joined_without_needless_groups():
    here, there = Condition(path="city", operator=Operator.EMPTY), Fact(key="opened")
    either = Group(match=Match.ANY, parts=(here, there))

    assert together(Group(parts=(here,)), there) == Group(parts=(here, there))
    assert together(Group(), either) == either
    assert together() == Group()


@pytest.mark.parametrize(("value", "told"), [(True, "yes"), (False, "no"), (12, "12"), (1.5, "1.5"), ("a", "a")])
def test_values_of_json_are_read_as_text(value, told):
    [condition] = criteria.leaves(criteria.read({"field": "x", "operator": "is", "value": value}))

    assert condition.values == (told,)
