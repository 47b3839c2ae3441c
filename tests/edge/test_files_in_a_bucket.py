"""Files in a bucket behind a real S3 API: kept once, given back whole, followed over real HTTP, missed with a word."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from relance.edge.shelf import make_room
from relance.lib import bucket
from relance.lib.bucket import place_of
from relance.mail import files, followed
from relance.mail.files import NotKept, Unreadable
from relance.mail.models import Interaction, SavedDraft, StoredFile
from relance.mail.writing import attaching, drafts
from relance.ops import checks
from tests.edge.running import LONG_AGO, Edge, database_url
from tests.edge.test_files import FIREFOX, PDF, link, offered
from tests.mail.returns import message, recipient, seller
from tests.s3 import place, s3_server


@pytest.fixture
def told(settings, tmp_path):
    settings.RELANCE_FILES = str(tmp_path / "disk")
    with s3_server() as told:
        settings.RELANCE_BUCKET = place(told)
        yield told


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.shows("ENG-07", "T7", "D365-18")
def test_a_followed_file_lies_in_the_bucket_is_given_noted_missed_and_forgotten(told, settings, tmp_path):
    eve = recipient(message(), sent_at=LONG_AGO)
    running = Edge(home=tmp_path, database=database_url())
    running.start()
    try:
        row = offered(eve)
        first = running.get(link(eve), User_Agent=FIREFOX)
        rest = running.get(link(eve), Range="bytes=100-199", User_Agent=FIREFOX)
        kept, again = row.file, files.keep(files.Given(name="b", content_type="x/y", data=PDF), now=LONG_AGO)
        copies = list((tmp_path / "copies").glob("*/*"))
        copies[0].unlink()
        bucket.opened(settings.RELANCE_BUCKET).delete(kept.key)
        lost = running.get(link(eve), User_Agent=FIREFOX)
    finally:
        running.stop()

    assert (first.status, first.body, rest.status, rest.body) == (200, PDF, 206, PDF[100:200])
    assert (kept.store, again.pk, [path.name for path in copies]) == ("s3", kept.pk, [kept.key])
    assert not (tmp_path / "disk").exists()
    assert (lost.status, Interaction.objects.count()) == (503, 1)
    with pytest.raises(Unreadable, match="the file is not there"):
        files.read(kept)

    row.delete()
    files.write(kept.key, PDF, store="s3")
    assert files.forget_orphans(LONG_AGO + timedelta(days=2)) == 1
    assert bucket.opened(settings.RELANCE_BUCKET).size(kept.key) is None


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.shows("ENG-07", "ADM-04")
def test_the_doctor_tries_the_bucket_and_a_file_that_cannot_be_kept_is_refused_in_a_sentence(told, settings):
    good = checks.files_are_kept()
    settings.RELANCE_BUCKET = replace(place(told), bucket="elsewhere")
    gone = checks.files_are_kept()
    settings.RELANCE_BUCKET = replace(place(told), endpoint="http://127.0.0.1:9")
    away = checks.files_are_kept()

    assert (good.level, good.sentence) == ("ok", "Attached files are kept in the bucket files.")
    assert gone.sentence == "Files cannot be kept in the bucket elsewhere: there is no such bucket."
    assert (away.level, "127.0.0.1:9" in away.sentence) == ("fail", True)
    with pytest.raises(NotKept, match=r"a\.pdf could not be kept"):
        files.keep(files.Given(name="a.pdf", content_type="x/y", data=b"x"), now=LONG_AGO)
    assert files.forget_orphans(LONG_AGO + timedelta(days=2)) == 0
    settings.RELANCE_BUCKET = place(told)
    assert files.forget_orphans(LONG_AGO + timedelta(days=2)) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.shows("ENG-07", "T7", "D365-18")
def test_a_slow_bucket_holds_no_transaction_and_one_that_is_away_leaves_nothing_unknown(monkeypatch):
    """In the middle of the upload somebody else writes the mail, and nothing is open here."""
    draft = SavedDraft.objects.create(author=seller(), subject="One", created_at=LONG_AGO, updated_at=LONG_AGO)
    seen, bare = [], StoredFile(sha256="")

    def put(key, _data, **_where):
        seen.append(connection.in_atomic_block)
        found = StoredFile.objects.filter(key=key).first() or bare
        seen.append(found.sha256 == hashlib.sha256(PDF).hexdigest())
        if len(seen) > 2:
            raise OSError
        drafts.save(draft, {"subject": "Two"}, by=draft.author, now=LONG_AGO)

    monkeypatch.setattr(files, "write", put)
    given = files.Given(name="a.pdf", content_type="application/pdf", data=PDF)

    row = attaching.attach(draft, given, by=draft.author, now=LONG_AGO, follow=True)
    with pytest.raises(NotKept):
        followed.replace(row, PDF, content_type="", now=LONG_AGO)

    draft.refresh_from_db()
    assert seen == [False, True, False, True]
    assert (draft.subject, draft.attachments.get().file.size) == ("Two", len(PDF))


def test_the_settings_name_a_bucket_a_folder_in_it_and_a_file_with_the_secret(tmp_path):
    (tmp_path / "secret").write_text("sesame\n")

    found = place_of({"RELANCE_FILES_BUCKET": "house/crm", "RELANCE_S3_SECRET_FILE": str(tmp_path / "secret")})

    assert place_of({}) is None
    assert found is not None
    assert (found.bucket, found.prefix, found.secret, found.endpoint) == ("house", "crm/", "sesame", None)


def test_copies_that_were_asked_for_long_ago_make_room(tmp_path):
    for number, age in enumerate((5_000, 4_000, 10)):
        path = tmp_path / "ab" / f"ab{number}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x" * 100)
        os.utime(path, (100_000 - age, 100_000 - age))

    make_room(tmp_path, most=250, now=100_000)

    assert sorted(path.name for path in tmp_path.glob("*/*")) == ["ab1", "ab2"]
