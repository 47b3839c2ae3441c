"""A line of the log tells ids and places, and nothing that belongs to people (X16)."""

import io
import logging
import sys

import psycopg
import pytest

from relance.lib.logs import Discreet, configuration, discreet, in_short

pytestmark = pytest.mark.shows("X16")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mailbox 7 rests: 550 5.1.1 <ada@client.test>: unknown", "mailbox 7 rests: 550 5.1.1 <[…]>: unknown"),
        ("to=ada.lovelace+x@client.example.org,", "to=[…],"),
        ('"Ada L"@client.test is gone', "[…] is gone"),
        ("éloïse@müller.example", "[…]"),
        ("/people?q=ada%40client.test&page=2 failed", "/people?[…] failed"),
        ("/unsubscribe?email=x", "/unsubscribe?[…]"),
        ("/accounts/ada%40client.test", "/accounts/[…]"),
        ("Not Found: /unsubscribe/AbC-123_x", "Not Found: /unsubscribe/[…]"),
        ("GET https://links.example:8001/o/AAEC.gif 404", "GET https://links.example:8001/o/[…] 404"),
        ("Not Found: /feeds/a1b2c3.ics", "Not Found: /feeds/[…]"),
        ("/accounts/password/reset/key/3-c2x-99aa/", "/accounts/password/reset/key/[…]"),
        ("postgresql://relance:parole@db:5432/relance", "postgresql://[…]@db:5432/relance"),
        ("Authorization: Bearer relance_0a1b2c3d_QWERTYUIOPASDFGHJK", "Authorization: […] […]"),
        ("a key relance_0a1b2c3d_QWERTYUIOPASDFGHJK is over", "a key […] is over"),
        ("AUTH PLAIN AGNsYWlyZQBwYXJvbGU=", "AUTH PLAIN […]"),
        ('{"refresh_token": "abc", "x": 1}', '{"refresh_token": […], "x": 1}'),
        ("imap_password='a b c', port=993", "imap_password=[…], port=993"),
        ("DETAIL:  Key (email)=(ada) already exists.", "DETAIL: […]"),
        ('File "/srv/relance/web/forms/settings.py", line 3, in clean', None),
        ("@transaction.atomic", None),
        ("row 17 of bulk act 4 failed", None),
        ("a chore failed and is tried again in 2 s", None),
    ],
)
def test_what_belongs_to_people_is_left_out_and_the_rest_stays(text, told):
    assert discreet(text) == (text if told is None else told)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("could not read 'Le prix secret'"), "ValueError"),
        (KeyError("hunter2"), "KeyError"),
        (AttributeError("'NoneType' object has no attribute 'pk'"), "'NoneType' object has no attribute 'pk'"),
        (ConnectionRefusedError(111, "Connection refused", "ada@client.test"), "[Errno 111] Connection refused"),
        (psycopg.errors.UniqueViolation("duplicate key … Key (email)=(ada@client.test)"), "UniqueViolation"),
    ],
)
def test_the_words_of_an_error_are_told_only_where_they_hold_no_data(error, told):
    assert in_short(error).endswith(told)


def line_of(log, **more):
    """What is written of a call of `log`, whatever another handler has kept of the error."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(Discreet("%(message)s"))
    logger = logging.Logger("of this test")
    logger.addHandler(logging.NullHandler())
    logger.addHandler(handler)
    log(logger, **more)
    return out.getvalue()


def test_an_error_tells_its_places_its_causes_and_no_words():
    def log(logger):
        try:
            try:
                raise ValueError("Le prix secret est douze")
            except ValueError as first:
                raise ExceptionGroup("Le prix", [RuntimeError("secret"), KeyError("secret")]) from first
        except ExceptionGroup:
            logger.exception("mail %s could not be read", 7)

    told = line_of(log)

    assert told.startswith("mail 7 could not be read\nTraceback")
    assert told.count("test_logs.py") == 2
    assert [
        word for word in ("ValueError", "followed by:", "ExceptionGroup", "RuntimeError", "KeyError") if word in told
    ]
    assert "raise ValueError(" in told, "lines of code are no data"
    assert told.replace('ValueError("Le prix secret est douze")', "").count("Le prix") == 1, "the line of code alone"


def test_an_error_among_the_arguments_keeps_its_words_to_itself():
    told = line_of(lambda logger: logger.warning("it failed: %s, %r", ValueError("secret"), OSError(5, "Input/output")))

    assert told == "it failed: ValueError, OSError: [Errno 5] Input/output\n"


def test_what_another_handler_has_written_of_an_error_is_not_used():
    try:
        raise ValueError("secret")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "it failed", (), sys.exc_info())
    record.exc_text = "ValueError: a kept secret"

    assert "a kept secret" not in Discreet("%(message)s").format(record)
    assert record.exc_text == "ValueError: a kept secret"


@pytest.mark.parametrize(
    ("level", "ours", "libraries"), [("DEBUG", 10, 20), ("info", 20, 20), ("WARNING", 30, 30), ("nonsense", 30, 30)]
)
def test_below_info_only_our_own_code_speaks(level, ours, libraries):
    told = configuration(level)

    assert (told["loggers"]["relance"]["level"], told["root"]["level"]) == (ours, libraries)
