"""Text that is folded alike is found alike, in whichever script it is written."""

from __future__ import annotations

import unicodedata

import pytest

from relance.lib.fold import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ève  LEFÈVRE", "eve lefevre"),
        ("Łódź Straße Œuvre Đặng", "lodz strasse oeuvre dang"),
        ("l’Été", "l'ete"),
        ("Ёлка Й", "елка и"),
        ("Ἀθῆναι", "αθηναι"),
        ("e\u034f\u0301", "e\u034f"),
        ("  Plain\tASCII ", "plain ascii"),
    ],
)
def test_accents_and_capitals_do_not_count(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_no_accent_of_any_script_is_left() -> None:
    accents = {chr(code) for code in range(0x80, 0x2000) if unicodedata.combining(chr(code))}
    accented = "".join(f"a{accent}" for accent in sorted(accents - {"\u0345"}))  # that one is a small iota

    assert set(fold(accented)) == {"a"}
