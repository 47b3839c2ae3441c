"""The days that an absence names, in seven languages (SEQ-08, G12)."""

from datetime import date

import pytest

from relance.mail.inbound.return_dates import Away, away

pytestmark = [pytest.mark.shows("SEQ-08", "R13")]
SENT = date(2026, 11, 20)  # a Friday
BACK = Away(back=date(2026, 11, 30))
LAST = Away(last_day=date(2026, 11, 27))

SAID_BACK = """
    I am out of the office and will be back on Monday, 30 November.
    I will return on November 30th, 2026. For urgent matters call Jane.
    I'm away from 21 November and I'll be back 30/11/2026
    Out of office. Returning Nov 30.
    I'll be back in the office on 2026-11-30.
    Je suis absente. Je serai de retour le lundi 30 novembre 2026.
    Absent jusqu'au 29 novembre, de retour le 30 novembre.
    Je reprendrai mes fonctions le 30/11.
    Vous pourrez me joindre à nouveau : je serai à nouveau joignable le 30 novembre.
    Ich bin ab dem 30. November wieder erreichbar.
    Ich bin am 30.11.2026 wieder im Büro.
    Ab Montag, 30. November, bin ich zurück.
    Estaré fuera de la oficina. Vuelvo el 30 de noviembre de 2026.
    Sono in ferie. Sarò di nuovo in ufficio il 30 novembre.
    Rientrerò lunedì 30 novembre.
    Ik ben vanaf 30 november weer bereikbaar.
    Ik ben op 30 november terug.
    Estou de férias. Regresso no dia 30 de novembro.
"""
SAID_LAST = """
    I am out of the office until Friday 27 November.
    I am on leave until 27/11/2026 inclusive.
    Away through Nov 27.
    Je suis en congés jusqu'au 27 novembre inclus.
    Je suis absente du 23 au 27 novembre.
    Ich bin bis zum 27.11.2026 nicht im Büro.
    Ich bin vom 23. bis 27. November im Urlaub.
    Estoy de vacaciones hasta el 27 de noviembre.
    Sono assente fino al 27 novembre.
    Ik ben afwezig tot en met 27 november.
    Estou ausente até 27 de novembro.
    I am away 23-27 November and read no mail.
"""


def lines(text):
    return [line.strip() for line in text.strip().splitlines()]


@pytest.mark.parametrize("text", lines(SAID_BACK))
def test_the_first_day_back_is_read(text):
    assert away(text, sent=SENT) == BACK


@pytest.mark.parametrize("text", lines(SAID_LAST))
def test_the_last_day_away_is_read(text):
    assert away(text, sent=SENT) == LAST


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I'll be back on Monday.", date(2026, 11, 23)),
        ("Back on Friday", date(2026, 11, 27)),
        ("Je serai de retour demain.", date(2026, 11, 21)),
        ("I will be back on 4 January.", date(2027, 1, 4)),
        ("Ich bin am 4.1. wieder da.", date(2027, 1, 4)),
    ],
)
def test_a_day_without_its_year_is_the_next_one(text, day):
    assert away(text, sent=SENT) == Away(back=day)


def test_figures_are_read_the_american_way_where_that_is_told():
    assert away("Back on 12/01/2026", sent=SENT, month_first=True).back == date(2026, 12, 1)
    assert away("Back on 01/12/2026", sent=SENT).back == date(2026, 12, 1)


@pytest.mark.parametrize(
    "text",
    [
        "", "Thank you for your message.", "Founded on 3 March 1998, we are open 9:00-18:00.",
        "Ticket 2026-4411 was opened.", "I am out of office with limited access to mail.",
        "I was away until 3 November 2026.", "Call +33 2 40 55 01 02 until further notice.",
        "Back on 31 February.",
    ],
)  # fmt: skip
def test_what_names_no_day_gives_none(text):
    assert away(text, sent=SENT) == Away()


def test_the_day_after_the_last_one_away_ends_the_absence():
    assert LAST.over == date(2026, 11, 28)
    assert BACK.over == date(2026, 11, 30)
