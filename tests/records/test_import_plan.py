"""What becomes of a row depends on who holds its address and on the rule chosen."""

from __future__ import annotations

import pytest

from relance.lib import addresses
from relance.records.imports.plan import Fate, Known, Rule, gathered, plan
from relance.records.imports.rows import Draft

pytestmark = pytest.mark.shows("REC-08")


def draft(number: int, *emails: str, **values: str) -> Draft:
    return Draft(number=number, values=values, addresses=tuple(addresses.parse(email) for email in emails))


def fates(rule: Rule, *drafts: Draft, known=None, import_id: int = 5):
    planned = plan(drafts, rule=rule, known=known or {}, seen={}, import_id=import_id)
    return [(item.fate, item.reason) for item in planned]


ADA = {"ada@exemple.fr": Known(record_id=3, may_edit=True, name="Ada")}
THEIRS = {"ada@exemple.fr": Known(record_id=3, may_edit=False)}
OURS = {"ada@exemple.fr": Known(record_id=3, may_edit=True, import_id=5)}


@pytest.mark.parametrize(
    ("rule", "known", "fate", "reason"),
    [
        (Rule.SKIP, {}, Fate.CREATE, ""),
        (Rule.UPDATE, {}, Fate.CREATE, ""),
        (Rule.CREATE, {}, Fate.CREATE, ""),
        (Rule.SKIP, ADA, Fate.SKIP, "exists"),
        (Rule.UPDATE, ADA, Fate.UPDATE, ""),
        (Rule.CREATE, ADA, Fate.CREATE, ""),
        (Rule.UPDATE, THEIRS, Fate.SKIP, "not_yours"),
        (Rule.SKIP, OURS, Fate.SKIP, "repeated"),
    ],
)
def test_the_rule_decides_what_becomes_of_a_known_address(rule, known, fate, reason):
    assert fates(rule, draft(2, "ada@exemple.fr"), known=known) == [(fate, reason)]


def test_the_second_address_of_a_row_makes_it_a_duplicate_too():
    assert fates(Rule.SKIP, draft(2, "new@exemple.fr", "ada@exemple.fr"), known=ADA) == [(Fate.SKIP, "exists")]


def test_a_row_without_address_is_never_a_duplicate():
    assert fates(Rule.SKIP, draft(2, last_name="A"), draft(3, last_name="A")) == [(Fate.CREATE, "")] * 2


def test_a_repetition_in_the_file_follows_the_rule():
    twice = draft(2, "a@exemple.fr"), draft(3, "A@exemple.fr")

    assert [fate for fate, _ in fates(Rule.SKIP, *twice)] == [Fate.CREATE, Fate.SKIP]
    assert [fate for fate, _ in fates(Rule.UPDATE, *twice)] == [Fate.CREATE, Fate.UPDATE]
    assert [fate for fate, _ in fates(Rule.CREATE, *twice)] == [Fate.CREATE, Fate.CREATE]


def test_a_later_row_of_the_same_batch_adds_to_the_earlier_one():
    planned = plan(
        [
            draft(2, "a@exemple.fr", first_name="Ada", city="Nantes"),
            draft(3, "a@exemple.fr", "b@exemple.fr", city="Angers"),
        ],
        rule=Rule.UPDATE,
        known={},
        seen={},
    )

    (one,) = gathered(planned)

    assert (one.fate, one.draft.values) == (Fate.CREATE, {"first_name": "Ada", "city": "Angers"})
    assert [address.normal for address in one.draft.addresses] == ["a@exemple.fr", "b@exemple.fr"]
