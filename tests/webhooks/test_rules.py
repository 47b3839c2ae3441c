"""How an event is signed, where it may go, and when it is tried again."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import pytest

from relance.webhooks import rules
from relance.webhooks.rules import BadUrl, target_of
from relance.webhooks.telling import ROWS

pytestmark = pytest.mark.shows("API-02", "X20")
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def test_a_signature_is_that_of_the_specification_of_standard_webhooks():
    """The example of the specification: its secret, id, timestamp and body."""
    at = datetime.fromtimestamp(1614265330, UTC)

    told = rules.headers(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], event_id="msg_p5jXN8AQM9LWM0D4loKWxJek", at=at,
        body=b'{"test": 2432232314}',
    )  # fmt: skip

    assert told == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_both_secrets_sign_while_both_are_valid():
    first, second = rules.secret_of(b"a" * 32), rules.secret_of(b"b" * 32)

    alone = rules.headers([first], event_id="msg_1", at=NOW, body=b"{}")["webhook-signature"]
    both = rules.headers([second, first], event_id="msg_1", at=NOW, body=b"{}")["webhook-signature"]

    assert both.split()[1] == alone
    assert both.split()[0] != alone


def test_what_is_sent_are_the_same_bytes_whenever_it_is_written():
    told = {"event_id": "msg_1", "kind": "mail.sent", "at": NOW, "data": {"name": "Hélionne"}}

    body = rules.body_of(**told)

    assert body == (
        '{"id":"msg_1","type":"mail.sent","timestamp":"2026-11-20T09:00:00+00:00","data":{"name":"Hélionne"}}'.encode()
    )


def test_tries_grow_apart_over_a_day_and_then_end():
    at, waits = NOW, []
    for tries in range(1, 9):
        at, before = rules.next_try(tries, after=at, chance=0.5), at
        waits.append((at - before).total_seconds())

    assert waits == [10, 60, 300, 1800, 7200, 18000, 28800, 28800]
    assert timedelta(hours=23) < at - NOW < timedelta(hours=25)
    assert rules.next_try(9, after=at, chance=0.5) is None


@pytest.mark.parametrize(
    ("tries", "chance", "wished", "seconds"),
    [(1, 0, None, 8), (1, 1, None, 12), (4, 0, None, 1440), (4, 1, None, 2160), (1, 0.5, 120, 120), (4, 0.5, 120, 1800),
     (1, 0.5, 90_000, 3600)],
)  # fmt: skip
def test_chance_spreads_the_tries_and_a_receiver_may_put_us_off_for_an_hour(tries, chance, wished, seconds):
    asked = timedelta(seconds=wished) if wished else None

    assert rules.next_try(tries, after=NOW, chance=chance, wished=asked) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("misses", "seconds"), [(0, 0), (4, 0), (5, 1), (6, 2), (9, 16), (13, 256), (14, 300), (900, 300)]
)
def test_a_receiver_that_fails_again_and_again_is_left_alone_for_longer(misses, seconds):
    assert rules.rest(misses) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("days", "is_over"), [(None, False), (0, False), (2.9, False), (3, True)])
def test_after_three_days_without_a_delivery_it_is_over(days, is_over):
    since = None if days is None else NOW - timedelta(days=days)

    assert rules.has_failed_for_good(since, now=NOW) is is_over


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://example.com", (True, "example.com", 443, "/", "example.com")),
        (" https://Example.com:8443/a/b?c=d#e ", (True, "example.com", 8443, "/a/b?c=d", "example.com:8443")),
        ("http://n8n:5678/webhook/1", (False, "n8n", 5678, "/webhook/1", "n8n:5678")),
        ("https://[2606:4700::1111]/x", (True, "2606:4700::1111", 443, "/x", "[2606:4700::1111]")),
        ("https://hélionne.example/", (True, "xn--hlionne-bya.example", 443, "/", "xn--hlionne-bya.example")),
    ],
)  # fmt: skip
def test_an_address_is_read(url, told):
    target = target_of(url)

    assert (target.secure, target.host, target.port, target.path, target.authority) == told


@pytest.mark.shows("X6")
@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "written"), ("example.com/hook", "scheme"), ("ftp://example.com", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://127.0.0.1:25/_x", "scheme"), ("https://ada:pw@example.com", "account"),
        ("https://example.com@127.0.0.1/", "account"), ("https://exa mple.com", "written"), ("https://", "written"),
        ("https://example.com\\@127.0.0.1/", "written"), ("https://example.com:99999", "written"),
        ("https://example.com:0", "port"), ("https://example.com/\r\nX: y", "written"), ("https://[::1", "written"),
        ("https://example.com/é", "written"), ("https://" + "a" * 600, "written"), ("https://-x.com", "written"),
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_web_server_is_refused(url, why):
    with pytest.raises(BadUrl) as bad:
        target_of(url)

    assert bad.value.args == (why,)


@pytest.mark.shows("X6")
@pytest.mark.parametrize(
    ("url", "address", "is_so"),
    [
        ("https://example.com", "93.184.216.34", True), ("https://example.com:8443", "93.184.216.34", True),
        ("http://example.com", "93.184.216.34", False), ("https://example.com:22", "93.184.216.34", False),
        ("https://example.com:6379", "93.184.216.34", False), ("https://example.com", "127.0.0.1", False),
        ("https://example.com", "169.254.169.254", False), ("https://example.com", "::ffff:10.9.0.1", False),
        ("https://example.com", "10.9.0.1", True), ("http://n8n:5678", "10.9.0.1", True),
        ("http://n8n:5678", "10.8.0.1", False), ("http://n8n:5678", "fd00::9", True),
    ],
)  # fmt: skip
def test_inside_is_reached_only_where_it_was_allowed_and_outside_with_encryption_only(url, address, is_so):
    networks = [ip_network("10.9.0.0/16"), ip_network("fd00::/64")]

    assert rules.permitted(target_of(url), ip_address(address), networks) is is_so


def test_every_kind_of_event_can_be_told():
    assert set(ROWS) == set(rules.TYPES)
