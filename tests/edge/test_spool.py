"""The spool: lines on disk that are read once whoever comes by, and never by somebody who comes too early (T8)."""

import fcntl
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from relance.edge import spool
from relance.edge.spool import Spool
from relance.mail.tracking.hits import Hit, HitKind

pytestmark = pytest.mark.shows("T8")


def hit():
    return Hit(id=uuid4(), kind=HitKind.OPEN, at=datetime(2026, 11, 27, 9, tzinfo=UTC), recipient_id=7)


def test_what_is_spooled_is_handed_over_once(tmp_path):
    ours, hits, taken = Spool(tmp_path / "spool"), [hit(), hit()], []
    ours.append(hits)

    Spool(tmp_path / "spool").replay(taken.extend)
    assert taken == []  # it is still being written

    ours.replay(taken.extend)
    ours.replay(taken.extend)
    assert taken == hits
    assert ours.is_empty()


def test_a_file_is_not_taken_away_by_a_reader_who_comes_while_it_is_begun(tmp_path, monkeypatch):
    ours, other, one, taken = Spool(tmp_path), Spool(tmp_path), hit(), []
    lock = fcntl.flock

    def comes_by(file, kind):
        monkeypatch.setattr(spool.fcntl, "flock", lock)
        other.replay(taken.extend)
        lock(file, kind)

    monkeypatch.setattr(spool.fcntl, "flock", comes_by)
    ours.append([one])

    ours.replay(taken.extend)
    assert taken == [one]
