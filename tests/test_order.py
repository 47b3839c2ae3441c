"""What takes longest begins first."""

from __future__ import annotations

from types import SimpleNamespace

from tests.conftest import pytest_collection_modifyitems


def test_whole_relances_begin_before_all_that_use_the_database_of_the_tests_in_the_order_of_their_files():
    def item(name, *keywords, fixtures=()):
        return SimpleNamespace(name=name, keywords=set(keywords), fixturenames=fixtures)

    items = [
        item("a rule"),
        item("a page", "django_db"),
        item("in a browser", "slow", fixtures=("live_server",)),
        item("many pages", "slow", "django_db"),
        item("a start", "slow"),
        item("a backup", "slow", fixtures=("tmp_path",)),
    ]

    pytest_collection_modifyitems(items)

    assert [each.name for each in items] == ["a start", "a backup", "a rule", "a page", "in a browser", "many pages"]
