"""A field's values are read from forms, files and JSON, kept, and written so that they are read again."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relance.records import values
from relance.records.fields import Field, Kind
from relance.records.values import BadValue, Habits

pytestmark = pytest.mark.shows("REC-01")
PARIS = Habits(zone=ZoneInfo("Europe/Paris"), language="fr")
PLANS = {"free": "Gratuit", "pro": "Professionnel", "all": "Tout compris"}


def field(kind, **more):
    return Field(key="it", label="Renewal", kind=kind, options=lambda: PLANS if "choice" in kind else {}, **more)


READ = [
    (Kind.TEXT, "  Zoé \t Roux ", "Zoé Roux"),
    (Kind.TEXT, "a\0b", "a b"),
    (Kind.LONG_TEXT, "one\r\n two \n", "one\ntwo"),
    (Kind.EMAIL, " <Zoe@Exemple.FR>. ", "Zoe@exemple.fr"),
    (Kind.PHONE, "02 40 12 34 56", "02 40 12 34 56"),
    (Kind.URL, "exemple.fr/tarifs", "https://exemple.fr/tarifs"),
    (Kind.URL, "http://exemple.fr", "http://exemple.fr"),
    (Kind.NUMBER, "1 284,5", Decimal("1284.5")),
    (Kind.MONEY, "1.284", Decimal("1284")),
    (Kind.MONEY, "82 000,00 €", Decimal("82000")),
    (Kind.DATE, "21/11/2026", date(2026, 11, 21)),
    (Kind.MOMENT, "21/11/2026 09:30", datetime(2026, 11, 21, 8, 30, tzinfo=UTC)),
    (Kind.YES_NO, "oui", True),
    (Kind.YES_NO, "non", False),
    (Kind.CHOICE, "pro", "pro"),
    (Kind.CHOICE, "tout  COMPRIS", "all"),
    (Kind.CHOICES, "Tout compris, gratuit; pro\npro", ("free", "pro", "all")),
    (Kind.LINK, "12", 12),
    (Kind.USER, "7", 7),
]
REFUSED = [
    (Kind.TEXT, "x" * 501),
    (Kind.EMAIL, "zoe at exemple.fr"),
    (Kind.PHONE, "call me"),
    (Kind.URL, "javascript:alert(1)"),
    (Kind.URL, "data:text/html,x"),
    (Kind.URL, "two words.fr"),
    (Kind.NUMBER, "twelve"),
    (Kind.NUMBER, "1234567890123456"),
    (Kind.NUMBER, "0.1234567"),
    (Kind.MONEY, "12,345 678"),
    (Kind.MONEY, "1.005,123"),
    (Kind.DATE, "31/02/2026"),
    (Kind.MOMENT, "in a while"),
    (Kind.YES_NO, "perhaps"),
    (Kind.CHOICE, "gold"),
    (Kind.CHOICES, "free, gold"),
    (Kind.LINK, "Zoé"),
    (Kind.LINK, "9" * 30),
    (Kind.USER, "-1"),
]


@pytest.mark.parametrize(("kind", "text", "value"), READ)
def test_what_people_write_becomes_a_value(kind, text, value):
    assert values.read(field(kind), text, PARIS) == value


@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_written_is_nothing(kind):
    assert values.read(field(kind), "  ", PARIS) is None
    assert values.read_json(field(kind), None, PARIS) is None


@pytest.mark.shows("X19")
@pytest.mark.parametrize(("kind", "text"), REFUSED)
def test_what_does_not_fit_is_refused_in_a_sentence_that_shows_it(kind, text):
    with pytest.raises(BadValue) as refused:
        values.read(field(kind), text, PARIS)

    assert refused.value.field == "it"
    assert text[:40] in str(refused.value) or text.split(", ")[-1] in str(refused.value)


@pytest.mark.parametrize(("kind", "text", "_value"), READ)
def test_a_value_is_written_so_that_it_is_read_again(kind, text, _value):
    known = field(kind)
    value = values.read(known, text, PARIS)

    assert values.read(known, values.text(known, value, PARIS), PARIS) == value
    assert values.kept(known, values.plain(value)) == value
    assert values.read_json(known, values.plain(value), PARIS) == value


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_a_number_survives_being_kept(number):
    known = field(Kind.NUMBER)

    assert values.kept(known, values.plain(number)) == number
    assert values.read(known, values.figures(number)) == number


@pytest.mark.parametrize(
    ("kind", "told"),
    [(Kind.TEXT, True), (Kind.TEXT, {"a": 1}), (Kind.TEXT, ["a"]), (Kind.NUMBER, True), (Kind.DATE, 3.5)],
)
def test_json_of_another_type_is_refused(kind, told):
    with pytest.raises(BadValue):
        values.read_json(field(kind), told, PARIS)


def test_an_english_reader_means_a_thousand():
    english = Habits(language="en")

    assert values.read(field(Kind.NUMBER), "1,284", english) == 1284
    assert values.read(field(Kind.NUMBER), "1,284", PARIS) == Decimal("1.284")


def test_a_required_field_must_not_be_empty():
    with pytest.raises(BadValue, match="Renewal must not be empty"):
        values.complete(field(Kind.TEXT, required=True), None)

    assert values.complete(field(Kind.YES_NO, required=True), False) is False


def test_several_addresses_are_read_each_once():
    known = field(Kind.EMAIL, many=True)

    assert values.read(known, "b@exemple.fr\na@exemple.fr, b@exemple.fr") == ("b@exemple.fr", "a@exemple.fr")


def test_what_is_empty_is_taken_out_of_what_a_row_keeps():
    kept = values.merged({"plan": "pro", "seats": 3}, {"plan": None, "renews": date(2026, 11, 21), "seats": 0})

    assert kept == {"renews": "2026-11-21", "seats": 0}


def test_a_value_that_its_type_cannot_hold_any_more_reads_as_nothing():
    assert values.kept(field(Kind.DATE), "soon") is None
    assert values.kept(field(Kind.NUMBER), "3") is None


@pytest.mark.shows("X19")
@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        (Kind.MONEY, "12.3456", "2 digits after the decimal point"),
        (Kind.NUMBER, "0.12345678", "6 digits after the decimal point"),
        (Kind.MONEY, "9" * 20, "at most 15 digits"),
    ],
)
def test_a_number_that_is_too_long_is_not_called_no_number(kind, text, sentence):
    with pytest.raises(BadValue, match=sentence):
        values.read(field(kind), text, Habits(zone=PARIS.zone, language="en"))
