"""Reading addresses: spellings, refusals, cells with two addresses."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from relance.lib import addresses
from relance.lib.addresses import InvalidAddress, Note, Problem

SPELLINGS = [
    "marie.curie@exemple.fr",
    "Marie.Curie@Exemple.FR",
    "  marie.curie@exemple.fr\t",
    "<marie.curie@exemple.fr>",
    "mailto:marie.curie@exemple.fr?subject=Bonjour",
    "Marie Curie <marie.curie@exemple.fr>",
    "marie.curie@exemple.fr.",
    "ｍarie.curie＠exemple.fr",
    "\u200bmarie.curie@exemple.fr\ufeff",
    "marie.curie@exemple.fr\xa0",
]


@pytest.mark.shows("D21", "CAMP-03")
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_an_address_compares_equal(spelling):
    assert addresses.normal(spelling) == "marie.curie@exemple.fr"


@pytest.mark.shows("D21", "CAMP-03")
@pytest.mark.parametrize("other", ["mariecurie@exemple.fr", "marie.curie+x@exemple.fr", "marie.curie@a.exemple.fr"])
def test_dots_plus_tags_and_subdomains_stay_distinct(other):
    assert addresses.normal(other) != "marie.curie@exemple.fr"


@pytest.mark.shows("D21")
def test_an_international_domain_has_one_normal_form():
    assert addresses.normal("info@Bücher.example") == "info@xn--bcher-kva.example"
    assert addresses.normal("info@XN--BCHER-KVA.example") == "info@xn--bcher-kva.example"
    assert addresses.normal("info@bu\u0308cher.example") == "info@xn--bcher-kva.example"


@pytest.mark.shows("D21")
def test_the_local_part_is_sent_as_it_was_written():
    address = addresses.parse("Marie.Curie@Exemple.FR")

    assert address.as_written == "Marie.Curie@exemple.fr"
    assert str(address) == "Marie.Curie@exemple.fr"
    assert address.domain == "exemple.fr"


REFUSED = [
    ("", Problem.EMPTY),
    ("   ", Problem.EMPTY),
    ("<>", Problem.EMPTY),
    (".", Problem.EMPTY),
    ("marie", Problem.NO_AT_SIGN),
    ("marie at exemple.fr", Problem.NO_AT_SIGN),
    ("a@b@exemple.fr", Problem.TWO_AT_SIGNS),
    ("marie curie@exemple.fr", Problem.SPACE),
    ("marie@exemple.fr\r\nBcc: x@y.fr", Problem.CONTROL_CHARACTER),
    ("ma\x00rie@exemple.fr", Problem.CONTROL_CHARACTER),
    ("@exemple.fr", Problem.NO_LOCAL_PART),
    (".marie@exemple.fr", Problem.BAD_LOCAL_PART),
    ("ma..rie@exemple.fr", Problem.BAD_LOCAL_PART),
    ("ma(rie@exemple.fr", Problem.BAD_LOCAL_PART),
    ("hélène@exemple.fr", Problem.EIGHT_BIT_LOCAL_PART),
    ("marie@", Problem.NO_DOMAIN),
    ("marie@localhost", Problem.BAD_DOMAIN),
    ("marie@exemple..fr", Problem.BAD_DOMAIN),
    ("marie@-exemple.fr", Problem.BAD_DOMAIN),
    ("marie@exemple_x.fr", Problem.BAD_DOMAIN),
    ("marie@127.0.0.1", Problem.BAD_DOMAIN),
    ("marie@[127.0.0.1]", Problem.BAD_DOMAIN),
    ("marie@" + "é" * 80 + ".fr", Problem.BAD_DOMAIN),
    ("m" * 65 + "@exemple.fr", Problem.TOO_LONG),
    ("m@" + "abcdefghi." * 26 + "fr", Problem.TOO_LONG),
]


@pytest.mark.shows("ZMM-04", "D23")
@pytest.mark.parametrize(("text", "problem"), REFUSED)
def test_what_is_no_address_is_refused_with_its_reason(text, problem):
    assert addresses.read(text).problem is problem
    with pytest.raises(InvalidAddress) as refused:
        addresses.parse(text)

    assert refused.value.problem is problem


@pytest.mark.shows("REC-08")
@pytest.mark.parametrize("between", [", ", ";", " ", " ;\n ", "\t"])
def test_a_cell_with_two_addresses_gives_a_primary_and_another(between):
    split = addresses.split_cell(f"a@exemple.fr{between}b@exemple.fr")

    assert split.primary
    assert split.primary.normal == "a@exemple.fr"
    assert [other.normal for other in split.others] == ["b@exemple.fr"]
    assert Note.SEVERAL_ADDRESSES in split.notes


@pytest.mark.shows("REC-08")
def test_a_trailing_full_stop_is_dropped_and_said():
    split = addresses.split_cell("a@exemple.fr.")

    assert split.primary
    assert split.primary.normal == "a@exemple.fr"
    assert split.notes == (Note.FULL_STOP_DROPPED,)


@pytest.mark.shows("REC-08")
def test_the_same_address_twice_in_a_cell_counts_once():
    split = addresses.split_cell("a@exemple.fr, A@exemple.fr")

    assert len(split.addresses) == 1
    assert Note.REPEATED_ADDRESS in split.notes


@pytest.mark.shows("REC-08")
def test_a_bad_first_address_leaves_the_second_as_primary():
    split = addresses.split_cell("a@localhost; b@exemple.fr")

    assert split.primary
    assert split.primary.normal == "b@exemple.fr"
    assert split.readings[0].problem is Problem.BAD_DOMAIN


@pytest.mark.shows("REC-08")
@pytest.mark.parametrize(("cell", "problem"), [("", Problem.EMPTY), ("call her", Problem.NO_AT_SIGN)])
def test_a_cell_without_an_address_keeps_its_reason(cell, problem):
    split = addresses.split_cell(cell)

    assert split.primary is None
    assert [reading.problem for reading in split.readings] == [problem]


@pytest.mark.shows("REC-08")
def test_a_name_before_the_brackets_is_not_taken_for_an_address():
    split = addresses.split_cell("Marie Curie <marie@exemple.fr>")

    assert [address.normal for address in split.addresses] == ["marie@exemple.fr"]


@pytest.mark.shows("D23")
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Marie Curie", "Marie Curie <m@exemple.fr>"),
        ("", "m@exemple.fr"),
        ("Curie, Marie", '"Curie, Marie" <m@exemple.fr>'),
        ('Marie "Radium" Curie', '"Marie \\"Radium\\" Curie" <m@exemple.fr>'),
        ("Marie\r\nBcc: x@y.fr", '"Marie Bcc: x@y.fr" <m@exemple.fr>'),
        ("Marie\x00\u2028Curie", "Marie Curie <m@exemple.fr>"),
    ],
)
def test_a_name_never_brings_in_a_header_of_its_own(name, shown):
    assert addresses.header(name, "m@exemple.fr") == shown


@pytest.mark.shows("D21", "D23")
@given(st.text(max_size=300))
@example("a@b.fr>\r\n<c@d.fr>")
def test_reading_never_raises_and_what_is_read_reads_again(text):
    reading = addresses.read(text)

    assert (reading.address is None) != (reading.problem is None)
    if reading.address:
        assert addresses.parse(reading.address.as_written).normal == reading.address.normal
        assert addresses.normal(reading.address.normal) == reading.address.normal
        assert reading.address.normal.isascii()
        assert not set("\r\n\x00") & set(reading.address.as_written)
