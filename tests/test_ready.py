"""The migrated cluster that tests copy holds the migrations of its name."""

from __future__ import annotations

import pytest

from tests import ready


@pytest.fixture
def migrated(monkeypatch, tmp_path):
    """The homes that were migrated, without the minute that it takes."""
    homes = []
    monkeypatch.setattr(ready.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(ready, "_migrate", homes.append)
    return homes


def test_a_cluster_is_made_once_for_a_state_of_the_migrations(monkeypatch, migrated):
    monkeypatch.setattr(ready, "_state", lambda: "one")

    for _ in range(2):
        with ready._made() as made:
            assert made.parent.name.endswith("-one")
            assert made.is_dir()

    assert len(migrated) == 1


def test_migrations_changed_while_a_cluster_is_made_are_migrated_anew(monkeypatch, migrated):
    states = iter(["one", "two", "two", "two"])
    monkeypatch.setattr(ready, "_state", lambda: next(states))

    with ready._made() as made:
        assert made.parent.name.endswith("-two")

    assert len(migrated) == 2
    assert not list(made.parent.parent.glob("*-one/*/"))
