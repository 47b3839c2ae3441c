"""The ranking of deals for a mail: what speaks for one, and when it may be used (DEAL-09)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relance.deals.ranking import Known, Reason, Said, is_better, rank

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def known(deal, text="", *, people=(1,), primary=1, state="open", changed=30, mailed=None):
    return Known(
        deal=deal,
        text=text,
        people=frozenset(people),
        primary=primary,
        state=state,
        modified_at=NOW - timedelta(days=changed),
        last_mail_at=None if mailed is None else NOW - timedelta(days=mailed),
    )


def said(text, *people):
    return Said(text=text, people=frozenset(people or (1,)), at=NOW)


@pytest.mark.shows("DEAL-09")
@pytest.mark.parametrize(
    ("mail", "deals", "first"),
    [
        # its words name it, though the other was changed last
        (said("Re: toiture de Rennes"), [known(1, "Toiture Rennes"), known(2, "Ombrière Nantes", changed=1)], 1),
        # accents and case do not matter
        (said("OMBRIÈRE"), [known(1, "Toiture"), known(2, "ombriere")], 2),
        # words that all deals share say nothing: the last mail decides
        (said("Helionne Nantes"), [known(1, "Helionne toiture", mailed=40), known(2, "Helionne parking", mailed=1)], 2),
        # two of its people against one
        (said("Bonjour", 1, 2), [known(1, "A", people=(1,)), known(2, "B", people=(1, 2))], 2),
        # what is open before what was lost
        (said("Bonjour"), [known(1, "A", state="lost", changed=0), known(2, "B")], 2),
        # nothing tells them apart: the one changed last, as the rule says
        (said("Bonjour"), [known(1, "A", changed=3), known(2, "B", changed=2)], 2),
    ],
)
def test_the_likeliest_deal_comes_first(mail, deals, first):
    assert rank(mail, deals)[0].deal == first


def test_a_ranked_deal_says_what_speaks_for_it():
    best = rank(said("Toiture de Rennes"), [known(1, "Toiture Rennes", mailed=1), known(2, "Parking")])[0]

    assert best.reasons[0] is Reason.WORDS
    assert Reason.RECENT in best.reasons


def test_a_mail_without_deals_ranks_none():
    assert rank(said("Bonjour"), []) == []


@pytest.mark.parametrize(
    ("ranked", "ruled", "choices", "expected"),
    [(15, 10, 20, True), (10, 10, 20, False), (9, 10, 20, False), (19, 0, 19, False), (0, 0, 0, False)],
)
def test_it_is_used_only_where_it_was_better_on_enough_choices(ranked, ruled, choices, expected):
    assert is_better(ranked=ranked, ruled=ruled, choices=choices) is expected
