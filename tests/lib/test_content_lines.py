"""Lines of calendars and cards: folded, escaped, and read as phones write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relance.lib.content_lines import BadLine, joined, line, parts_of, read, text_of

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n"), max_size=400)


@pytest.mark.shows("API-05")
@given(TEXT)
def test_every_text_comes_back_as_it_was_in_lines_of_75_octets(text):
    told = joined([line("NOTE", text)])

    assert all(len(part.encode()) <= 75 for part in told.split("\r\n"))
    assert [text_of(one.value) for one in read(told)] == [text]


@pytest.mark.shows("API-05")
@pytest.mark.parametrize(
    ("told", "value"),
    [
        ("a;b, c\\d\ne", "NOTE:a\\;b\\, c\\\\d\\ne"),
        ("bell\x07 and\r\nreturn", "NOTE:bell and\\nreturn"),
    ],
)
def test_what_would_end_a_line_or_part_a_value_is_escaped(told, value):
    assert line("NOTE", told) == value


@pytest.mark.shows("API-05")
@pytest.mark.parametrize(
    ("told", "name", "value", "params"),
    [
        ("TEL;TYPE=cell,voice:06 12", "TEL", "06 12", {"TYPE": ("cell", "voice")}),
        ("TEL;CELL;PREF:06 12", "TEL", "06 12", {"TYPE": ("CELL", "PREF")}),
        ("item1.EMAIL;type=INTERNET:a@b.example", "EMAIL", "a@b.example", {"TYPE": ("INTERNET",)}),
        ('ADR;LABEL="Rue: 1, Tours":;;Rue 1', "ADR", ";;Rue 1", {"LABEL": ("Rue: 1, Tours",)}),
        ("NOTE:one\r\n  two\r\n\tthree", "NOTE", "one twothree", {}),
        (
            "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Lef=C3=A8vre;=C3=88=\r\nve",
            "N",
            "Lefèvre;Ève",
            {"CHARSET": ("UTF-8",), "ENCODING": ("QUOTED-PRINTABLE",)},
        ),
    ],
)
def test_lines_are_read_as_phones_write_them(told, name, value, params):
    found = next(read(told))

    assert (found.name, found.value, dict(found.params)) == (name, value, params)


@pytest.mark.shows("API-05", "X14")
@pytest.mark.parametrize("told", ["no colon", "two words:x", ";TYPE=x:y", "X" * 5_000 + ":late"])
def test_what_is_no_line_is_said_to_be_none(told):
    with pytest.raises(BadLine):
        list(read(told))


@pytest.mark.parametrize(
    ("told", "parts"), [("a;b", ["a", "b"]), ("a\\;b;c", ["a;b", "c"]), ("a\\\\;b", ["a\\", "b"]), ("", [""])]
)
def test_values_are_parted_where_no_backslash_stands(told, parts):
    assert parts_of(told) == parts
