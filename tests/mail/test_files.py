"""Files are kept once, under random names, and nothing that a client sends is part of a path."""

from __future__ import annotations

from datetime import timedelta

import pytest

from relance.mail import files
from relance.mail.files import Given, TooLarge, Unreadable
from relance.mail.models import StoredFile
from tests.mail.returns import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path):
    settings.RELANCE_FILES = str(tmp_path)
    return tmp_path


def given(data: bytes = b"%PDF", name: str = "a.pdf") -> Given:
    return Given(name=name, content_type="application/pdf", data=data)


@pytest.mark.shows("X18")
@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\x\\evil.php", "a\r\nb.pdf", "..", "\0", "\u202egpj.exe"])
def test_a_hostile_name_is_never_part_of_a_path(shelf, name):
    kept = files.keep(given(name=name), now=NOW)

    (path,) = [each for each in shelf.rglob("*") if each.is_file()]
    assert path.name == kept.key
    assert path.parent.parent == shelf
    assert not set("/\\\r\n\0") & set(files.shown_name(name))
    assert files.shown_name(name)


@pytest.mark.shows("X18")
def test_the_same_bytes_are_kept_once_and_come_back_when_the_disk_lost_them(shelf):
    first, again = files.keep(given(), now=NOW), files.keep(given(name="b.pdf"), now=NOW)
    files.path_of(first.key).unlink()

    files.keep(given(), now=NOW)

    assert first.pk == again.pk
    assert files.read(first) == b"%PDF"


@pytest.mark.shows("D25", "X18")
def test_a_file_too_large_is_refused_and_a_changed_one_is_not_given_out():
    kept = files.keep(given(), now=NOW)
    files.path_of(kept.key).write_bytes(b"evil")

    with pytest.raises(TooLarge, match="larger than 20 MB"):
        files.keep(given(b"x" * (files.MOST_BYTES + 1)), now=NOW)
    with pytest.raises(Unreadable):
        files.read(kept)


def test_what_nothing_holds_any_more_is_deleted_after_a_day(shelf):
    kept = files.keep(given(), now=NOW)

    assert files.forget_orphans(NOW + timedelta(hours=23)) == 0
    assert files.forget_orphans(NOW + timedelta(hours=25)) == 1

    assert not StoredFile.objects.exists()
    assert not files.path_of(kept.key).exists()


def test_what_a_killed_writing_left_goes_with_its_row(shelf):
    kept = files.keep(given(), now=NOW)
    part = files.path_of(kept.key).with_suffix(".part")
    files.path_of(kept.key).rename(part)

    files.forget_orphans(NOW + timedelta(hours=25))

    assert not [each for each in shelf.rglob("*") if each.is_file()]
