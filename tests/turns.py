"""Which tests go first when several processes run them: the dearest, so that none is left alone with a long one.

A file stays together, since its tests share what is dear to build; a file whose tests share nothing is taken apart.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# Seconds on two cores, of files that take more than a few; they need not be exact, only about right.
SECONDS = {
    "tests/journeys/test_first_story.py": 220,
    "tests/api/test_description.py": 190,
    "tests/test_start.py::test_the_first_command_starts_the_demo_from_a_fresh_copy_and_again": 160,
    "tests/ops/test_own_server.py::test_the_tests_that_use_the_database_pass_on_it": 150,
    "tests/mail/outbound/test_engine_faults.py": 66,
    "tests/journeys/test_writing.py": 100,
    "tests/journeys/test_lead_to_won_deal.py": 90,
    "tests/journeys/test_every_record_line.py": 90,
    "tests/journeys/test_two_records_one_person.py": 80,
    "tests/journeys/test_ten_thousand_rows.py": 80,
    "tests/journeys/test_custom_module.py": 80,
    "tests/sequences/test_real_servers.py": 60,
    "tests/web/test_access.py": 40,
    "tests/web/test_deals.py": 37,
    "tests/web/test_inbox.py": 35,
    "tests/api/test_access.py": 36,
    "tests/web/test_criteria.py": 30,
    "tests/campaigns/test_campaigns.py": 30,
    "tests/campaigns/test_clock.py": 30,
    "tests/mail/inbound/test_receive.py": 36,
    "tests/web/test_private_mail.py": 24,
}  # fmt: skip
A_TEST = 0.1  # in every other file
APART = frozenset({"tests/test_start.py", "tests/ops/test_own_server.py"})


class LongestFirst(LoadFileScheduling):
    """Gives whole files, or single tests of the files that are taken apart, in the order of `in_turn`."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # by the number of tests

    def _split_scope(self, nodeid: str) -> str:
        return turn_of(nodeid)


def turn_of(nodeid: str) -> str:
    """What is run in one go: a file, or one test."""
    file = nodeid.split("::", 1)[0]
    return nodeid if file in APART else file


def in_turn(nodeids: Iterable[str]) -> list[str]:
    """The turns, the longest first."""
    turns: dict[str, float] = {}
    for nodeid in nodeids:
        turn = turn_of(nodeid)
        turns[turn] = turns.get(turn, 0) + A_TEST
    return sorted(turns, key=lambda turn: (-SECONDS.get(turn, turns[turn]), turn))


def sort(items: list[pytest.Item]) -> None:
    """Put the tests in order; within a turn they stay as they are."""
    place = {turn: number for number, turn in enumerate(in_turn(item.nodeid for item in items))}
    items.sort(key=lambda item: place[turn_of(item.nodeid)])
