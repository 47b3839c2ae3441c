"""The name servers of the world, played by one on this machine."""

import pytest

from relance.mail.transport.names import Names, Said
from tests.mail.domains.name_server import BROKEN, SILENT, name_server

pytestmark = pytest.mark.shows("ADM-03")


@pytest.fixture
def ask(settings):
    """Questions to a name server with this table."""
    with name_server(TABLE) as address:
        settings.RELANCE_NAME_SERVER = address
        yield Names(seconds=0.3)


LONG = "v=DKIM1; p=" + "A" * 392
TABLE = {
    ("helionne.example", "TXT"): ("v=spf1 -all", LONG),
    ("helionne.example", "MX"): ("20 second.example.", "10 First.example."),
    ("mute.example", "MX"): ("0 .",),
    ("helionne.example", "AAAA"): ("2001:db8::1",),
    ("away.example", "TXT"): SILENT,
    ("broken.example", "TXT"): BROKEN,
}


def test_records_are_read_whole_and_the_preferred_host_stands_first(ask):
    assert set(ask("helionne.example", "TXT").values) == {"v=spf1 -all", LONG}
    assert ask("Helionne.example.", "MX").values == ("first.example", "second.example")
    assert ask("mute.example", "MX").values in (("",), (".",))
    assert ask("helionne.example", "AAAA").values == ("2001:db8::1",)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing.example", Said.ABSENT), ("mute.example", Said.ABSENT), ("away.example", Said.SILENT),
        ("broken.example", Said.SILENT), ("a..b", Said.SILENT), ("x" * 64 + ".example", Said.SILENT),
    ],
)  # fmt: skip
def test_nothing_published_and_nobody_answering_are_two_things(ask, name, said):
    assert ask(name, "TXT").said is said


def test_where_no_name_server_may_be_asked_all_is_silent(settings):
    settings.RELANCE_NAME_SERVER = "none"

    assert Names()("helionne.example", "TXT").said is Said.SILENT


def test_a_question_is_asked_once(ask, monkeypatch):
    first = ask("helionne.example", "TXT")
    monkeypatch.setattr("relance.mail.transport.names.resolver", None)

    assert ask("HELIONNE.example", "TXT") is first


def test_when_the_time_for_all_questions_is_over_the_rest_is_silent(ask):
    ask.altogether = 0

    assert ask("helionne.example", "TXT").said is Said.SILENT
