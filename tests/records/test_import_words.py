"""Every reason that the code can give has its sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from relance.lib import addresses
from relance.records.imports import words

pytestmark = pytest.mark.shows("REC-08", "X14")
SOURCES = [path.read_text() for path in Path(words.__file__).parent.glob("*.py")]
SAMPLE = {
    "limit": 5, "row": 7, "address": "x", "problem": "no_domain", "count": 3, "expected": 2, "name": "Ada",
    "value": "v", "field": "city", "line": "nonsense", "card": 3, "sentence": "No.",
}  # fmt: skip


def given(pattern: str) -> set[str]:
    return {found for source in SOURCES for found in re.findall(pattern, source)}


def test_every_refusal_of_a_file_has_a_sentence():
    reasons = given(r'Unreadable\("(\w+)"') | given(r'_interrupt\(row, "(\w+)"')

    assert len(reasons) > 10
    assert reasons - {"empty", "no_rows"} <= words.FILES.keys()
    assert all(words.file_sentence(reason, SAMPLE) for reason in words.FILES)


def test_every_reason_of_a_row_has_a_sentence_and_a_short_form_where_it_is_counted():
    counted = given(r'\.note\("(\w+)"') | given(r'RowNote\(reason="(\w+)"') | given(r'return "(\w+)", \{')
    counted |= {str(note) for note in addresses.Note} - {"brackets_dropped"}
    skipped = given(r'Fate\.SKIP, reason=f?"(\w+)')

    assert counted <= words.ROWS.keys()
    assert counted <= words.SHORT.keys()
    assert skipped <= words.ROWS.keys()
    assert len(counted) > 8
    assert len(skipped) > 3
    assert "%(" not in " ".join(words.row_sentence(reason, SAMPLE, {"city": "City"}) for reason in words.ROWS)


def test_every_problem_of_an_address_has_its_words():
    assert {str(problem) for problem in addresses.Problem} <= words.PROBLEMS.keys()
    assert words.row_sentence("bad_address", {"address": "a@", "problem": "no_domain"}, {}) == (
        "“a@” is not an e-mail address: nothing stands after the @."
    )
