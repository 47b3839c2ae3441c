"""Numbers, days and moments are read as people write them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from relance.lib import written

pytestmark = pytest.mark.shows("REC-01", "REC-08")
PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("text", "thousands", "number"),
    [
        ("1 284,50", "", "1284.50"),
        ("1\u202f284,50", "", "1284.50"),
        ("1,284.50", "", "1284.50"),
        ("1.284,50", "", "1284.50"),
        ("1'284", "", "1284"),
        ("82 000 €", "", "82000"),
        ("€82,000", ",", "82000"),
        ("1,284", "", "1.284"),
        ("1,284", ",", "1284"),
        ("0,125", ",", "0.125"),
        ("1.234.567", "", "1234567"),
        ("-3", "", "-3"),
        (",5", "", "0.5"),
        ("12,5 %", "", "12.5"),
    ],
)
def test_a_number_is_read_whatever_its_marks(text, thousands, number):
    assert written.number(text, thousands=thousands) == Decimal(number)


@pytest.mark.parametrize("text", ["", "twelve", "1e5", "NaN", "Infinity", "1.2.3", "1,2,3", "--1", "0x10", "١٢"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError):
        written.number(text)


@pytest.mark.parametrize("text", ["2026-11-21", "21/11/2026", "21.11.2026", "21-11-2026", "21/11/26", " 2026-11-21 "])
def test_a_day_may_have_its_year_first_or_last(text):
    assert written.day(text) == date(2026, 11, 21)


def test_a_year_of_two_figures_is_one_of_living_people():
    assert (written.day("01/02/69").year, written.day("1/2/68").year) == (1969, 2068)


@pytest.mark.parametrize("text", ["", "31/02/2026", "2026-13-01", "tomorrow", "11/21/2026"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValueError):
        written.day(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21T09:30", datetime(2026, 11, 21, 8, 30, tzinfo=UTC)),
        ("2026-11-21T09:30:00Z", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("2026-11-21T09:30:00.5+05:00", datetime(2026, 11, 21, 4, 30, tzinfo=UTC)),
        ("21/11/2026 9h30", datetime(2026, 11, 21, 8, 30, tzinfo=UTC)),
        ("21/11/2026 à 9h", datetime(2026, 11, 21, 8, 0, tzinfo=UTC)),
        ("21/11/2026 at 09:30", datetime(2026, 11, 21, 8, 30, tzinfo=UTC)),
        ("21/07/2026", datetime(2026, 7, 20, 22, 0, tzinfo=UTC)),
        ("2026-03-29T02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # the hour that the clocks skip
    ],
)
def test_a_moment_is_kept_in_utc_by_the_clocks_of_whoever_writes(text, moment):
    assert written.moment(text, PARIS) == moment


@pytest.mark.parametrize("text", ["", "soon", "2026-11-21T25:00", "21/11/2026 9h75", "0001-01-01T00:00+12:00"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError):
        written.moment(text, PARIS)


@pytest.mark.parametrize(("text", "said"), [("Oui", True), ("x", True), ("no.", False), ("FAUX", False), ("0", False)])
def test_yes_and_no_have_many_words(text, said):
    assert written.yes_no(text) is said
