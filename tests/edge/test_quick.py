"""The short way of reading an opening makes the very hit that the long way makes (T1)."""

from datetime import UTC, datetime
from random import Random
from types import SimpleNamespace

import pytest

from relance.edge import config, visitors
from relance.edge.app import Edge
from relance.edge.line import Request
from relance.edge.quick import Quick
from relance.lib import tokens
from relance.lib.tokens import Kind
from relance.mail.tracking.hits import HitKind

AT = datetime(2026, 11, 27, 9, 30, 7, 123456, tzinfo=UTC)


@pytest.fixture
def edge(tmp_path):
    made = Edge()
    made.config = config.read({"RELANCE_HOME": str(tmp_path), "RELANCE_SECRET_KEY": "k" * 50})
    made.proxies = visitors.Proxies(made.config.proxies)
    made.quick = Quick(made.config.token_key, made.proxies)
    made.stream = SimpleNamespace(now=lambda: AT)
    return made


def asked(random, key):
    """A request for a picture: mostly one of ours, with whatever headers may come."""
    kind = random.choice([Kind.OPEN, Kind.OPEN, Kind.OPEN_AGGREGATE, Kind.CLICK])
    name = tokens.sign(key, kind, random.randint(1, 2**40), random.choice([0, 0, 3]))
    if random.random() < 0.2:
        place = random.randrange(len(name))
        name = name[:place] + random.choice("aZ_-+/%é=") + name[place + 1 :]
    raw = {}
    for header, values in (
        ("user-agent", ["", "Mozilla/5.0 (X11) Firefox/143.0", "Odd \x01\x7f é name", "x" * 400]),
        (
            "x-forwarded-for",
            ["", "203.0.113.9", "1.1.1.1, 10.0.0.3", "2001:db8:1:2::9", "[::1]:7", "nonsense, 1.2.3.4:80"],
        ),
        ("cookie", ["", "a=b", "a=b; sessionid=s3cret"]),
        ("purpose", ["prefetch", "view"]),
        ("sec-purpose", ["prefetch;prerender"]),
    ):
        if random.random() < 0.6:
            raw[header.encode()] = random.choice(values).encode()
    url = f"/o/{name}{random.choice(['.gif', '.gif', '.gif', '', '.gif?a=b', '.png'])}".encode()
    return Request(random.choice(["127.0.0.1:5", "::1:5", "192.0.2.8:5"]), "GET", url, raw, b"", is_last=False)


@pytest.mark.shows("T1", "T2", "T6")
def test_both_ways_make_the_same_hit_of_the_same_request(edge):
    random, found = Random(7), 0

    for _ in range(2_000):
        request = asked(random, edge.config.token_key)
        token = edge._token(request.path[3:].removesuffix(".gif"), Kind.OPEN, Kind.OPEN_AGGREGATE)
        expected = edge._hit(request, token, HitKind.OPEN) if token else None
        assert edge.quick.hit(request, AT) == expected
        found += expected is not None

    assert 600 < found < 1_600
