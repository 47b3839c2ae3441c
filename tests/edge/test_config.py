"""What the edge reads of its surroundings."""

from ipaddress import ip_network

import pytest

from relance.edge import config, visitors
from relance.edge.forms import says_one_click
from relance.edge.targets import location
from relance.edge.words import SENTENCES, language_of

PROXIES = visitors.Proxies([ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8")])


@pytest.mark.shows("T8")
@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("203.0.113.77", "", "203.0.113.0/24"),
        ("203.0.113.77", "198.51.100.9", "203.0.113.0/24"),  # anybody may write this header
        ("127.0.0.1", "198.51.100.9", "198.51.100.0/24"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.9, 10.1.2.3", "198.51.100.0/24"),
        ("127.0.0.1", "", "127.0.0.0/24"),
        ("2001:db8:1:2::5", "", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "", "203.0.113.0/24"),
        ("10.0.0.1", "[2001:db8::1]:443", "2001:db8::/48"),
        ("nonsense", "", ""),
        ("127.0.0.1", "nonsense", "127.0.0.0/24"),
    ],
)
def test_networks_are_shortened_and_only_proxies_of_ours_are_believed(peer, forwarded, network):
    assert visitors.network_of(peer, forwarded, PROXIES) == network


@pytest.mark.parametrize(
    ("url", "libpq"), [("postgres://a@/b", "postgresql://a@/b"), ("psql://a/b", "postgresql://a/b")]
)
def test_the_database_is_named_as_libpq_wants_it(tmp_path, url, libpq):
    read = config.read({"RELANCE_HOME": str(tmp_path), "RELANCE_SECRET_KEY": "x", "DATABASE_URL": url})

    assert (read.database, read.spool, read.origin) == (libpq, tmp_path / "spool", "http://localhost:8000")


def test_the_env_file_completes_but_never_overrules(tmp_path):
    (tmp_path / ".env").write_text("# a note\nexport RELANCE_URL='https://crm.example/x/'\nRELANCE_SECRET_KEY=file\n")

    known = config.with_env_file({"RELANCE_SECRET_KEY": "given", "RELANCE_HOME": "/h"}, tmp_path / ".env")

    assert (known["RELANCE_SECRET_KEY"], config.read(known).origin) == ("given", "https://crm.example")


@pytest.mark.shows("T4")
@pytest.mark.parametrize(
    ("content_type", "body", "pressed"),
    [
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click", True),
        ("application/x-www-form-urlencoded", b"list-unsubscribe=one-click&x=1", True),
        ("", b"List-Unsubscribe=One-Click", True),
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=", False),
        ("application/x-www-form-urlencoded", b"\xff\xfe", False),
        (
            "multipart/form-data; boundary=b",
            b'--b\nContent-Disposition: form-data; name="List-Unsubscribe"\n\nOne-Click\n--b--',
            True,
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\nContent-Disposition: form-data; name="other"\n\nOne-Click\n--b--',
            False,
        ),
    ],
)
def test_only_the_body_of_the_standard_is_the_button(content_type, body, pressed):
    assert says_one_click(content_type, body) is pressed


@pytest.mark.shows("T5")
@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        ("https://helionne.example/a?b=c#d", "https://helionne.example/a?b=c#d"),
        ("https://hélionne.example/é%20f", "https://xn--hlionne-bya.example/%C3%A9%20f"),
        ("https://helionne.example/\r\nSet-Cookie: x=1", "https://helionne.example/Set-Cookie:%20x=1"),
        ("https://" + "é" * 80 + ".example/", None),
    ],
)
def test_a_stored_address_goes_into_a_header_as_one_line_of_ascii(stored, sent):
    assert location(stored) == sent


@pytest.mark.parametrize(
    ("header", "language"), [("fr-FR,fr;q=0.9", "fr"), ("ja,de;q=0.5", "de"), ("", "en"), ("*", "en")]
)
def test_visitors_are_answered_in_their_language(header, language):
    assert language_of(header) == language
    assert {len(sentences) for sentences in SENTENCES.values()} == {4}
