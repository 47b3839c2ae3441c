"""Who looks like a program, and whose turn it is."""

import pytest

from relance.webforms.rules import Signs, links, suspicion, turn

PERSON = {"trap": "", "seconds": 40.0, "links": 0, "from_network": 0, "from_address": 0}


@pytest.mark.shows("API-03", "X12")
@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ({}, ""), ({"trap": "https://casino.example"}, "trap"), ({"seconds": 1.9}, "fast"), ({"seconds": 2.0}, ""),
        ({"seconds": None}, ""), ({"links": 2}, ""), ({"links": 3}, "links"), ({"from_network": 19}, ""),
        ({"from_network": 20}, "network"), ({"from_address": 2}, ""), ({"from_address": 3}, "address"),
        ({"trap": "x", "seconds": 0.1, "links": 9}, "trap"),
    ],
)  # fmt: skip
def test_what_looks_like_a_program(seen, why):
    assert suspicion(Signs(**PERSON | seen)) == why


@pytest.mark.shows("API-03")
@pytest.mark.parametrize(
    ("owners", "last", "whose"),
    [([3, 5, 8], None, 3), ([3, 5, 8], 3, 5), ([8, 5, 3], 5, 8), ([3, 5, 8], 8, 3), ([3, 8], 5, 8), ([4], 4, 4),
     ([], 4, None)],
)  # fmt: skip
def test_colleagues_take_their_turns(owners, last, whose):
    assert turn(owners, last=last) == whose


@pytest.mark.shows("API-03")
def test_links_are_counted_however_they_are_written():
    assert links(["Voir https://a.example et HTTP://b.example", "[url=x]www.c.example[/url]", "a.b"]) == 4
