"""Files that are uploaded with an Idempotency-Key: the bytes first, then rows and key in one short transaction."""

import threading
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections, transaction

from relance.lib import bytes_first
from relance.mail import files
from relance.mail.models import Attachment, Mailbox, StoredFile
from relance.records.imports import actions as imports
from relance.records.models import Import
from relance.team.models import ApiAnswer
from relance.web import uploads
from tests.mail.outbound.engine import people

from .test_access import FILES

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.shows("API-01")]
KEY = {"Idempotency-Key": "contract"}


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path):
    settings.RELANCE_FILES, settings.MEDIA_ROOT = str(tmp_path / "files"), tmp_path
    return tmp_path / "files"


@pytest.fixture
def draft(call):
    Mailbox.objects.create(name="S", address="s@helionne.test", host="h", state="working", is_default=True)
    return call(
        "POST", "/drafts", {"person_id": people(1)[0].pk, "subject": "The contract", "html": "<p>Sign</p>"}
    ).json()


def attach(call, draft, data=b"%PDF", **headers):
    file = SimpleUploadedFile("contract.pdf", data, content_type="application/pdf")
    told = {"draft_id": draft["id"], "file": file}
    return call.client.post("/api/v1/attachments", told, headers={**KEY, **headers})


def in_store(shelf):
    return {path.name for path in Path(shelf).rglob("*") if path.is_file()}


def test_an_upload_that_is_repeated_is_kept_once_and_answered_alike(call, draft):
    first = attach(call, draft)
    body = (
        f'--other-boundary\r\nContent-Disposition: form-data; name="draft_id"\r\n\r\n{draft["id"]}\r\n'
        "--other-boundary\r\n"
        'Content-Disposition: form-data; name="file"; filename="contract.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
        "%PDF\r\n--other-boundary--\r\n"
    )

    again = call.client.post(
        "/api/v1/attachments", body, content_type="multipart/form-data; boundary=other-boundary", headers=KEY
    )

    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize("other", [{"data": b"%PDX"}, {"draft_id": 0}])
def test_another_upload_under_the_same_key_is_refused_though_it_be_as_long(call, draft, other):
    attach(call, draft)

    wanted = {"id": 10 ** (len(str(draft["id"])) - 1)} if "draft_id" in other else draft
    answer = attach(call, wanted, other.get("data", b"%PDF"))

    assert (answer.status_code, answer.json()["code"]) == (422, "key_used")
    assert Attachment.objects.count() == 1


def test_a_file_that_is_refused_afterwards_does_not_lie_in_the_store_unknown(call, draft, shelf, monkeypatch):
    def full(*_args, **_kwargs):
        raise files.TooLarge("full")

    monkeypatch.setattr("relance.mail.writing.attaching.require_room", full)
    answer = attach(call, draft)

    assert (answer.status_code, answer.json()["code"], Attachment.objects.count()) == (422, "too_large", 0)
    assert in_store(shelf) == set(StoredFile.objects.values_list("key", flat=True)) != set()


def test_a_second_request_is_refused_while_the_first_is_under_way(call, draft, monkeypatch):
    began, go_on, answers = threading.Event(), threading.Event(), []
    write = files.write

    def slow(*args, **kwargs):
        began.set()
        assert go_on.wait(20)
        write(*args, **kwargs)

    def ask():
        answers.append(attach(call, draft))
        connections.close_all()

    monkeypatch.setattr(files, "write", slow)
    first = threading.Thread(target=ask)
    first.start()
    assert began.wait(20)
    second = attach(call, draft)
    go_on.set()
    first.join(20)
    third = attach(call, draft)

    assert (second.status_code, second.json()["code"], second.headers["Retry-After"]) == (409, "key_under_way", "2")
    assert "still being worked on" in second.json()["detail"]
    assert (answers[0].status_code, third.status_code, third.json()) == (201, 201, answers[0].json())
    assert Attachment.objects.count() == 1


def test_what_fails_after_the_bytes_leaves_no_row_and_no_key(call, draft, monkeypatch):
    call.client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr("relance.api.drafts_told.show_file", lambda _row: 1 / 0)
        failed = attach(call, draft)
    left = (Attachment.objects.count(), ApiAnswer.objects.count())

    again = attach(call, draft)

    assert (failed.status_code, left, again.status_code) == (500, (0, 0), 201)


@pytest.fixture
def observed(monkeypatch):
    """Whether a transaction was open while bytes were written, and whether one was when the rows were."""
    seen = []
    write, store, begin = files.write, imports._store, bytes_first.begin

    def watched(real):
        def one(*args, **kwargs):
            seen.append(("bytes", connection.in_atomic_block))
            return real(*args, **kwargs)

        return one

    def begun():
        begin()
        seen.append(("rows", connection.in_atomic_block))

    monkeypatch.setattr(files, "write", watched(write))
    monkeypatch.setattr(imports, "_store", watched(store))
    monkeypatch.setattr(bytes_first, "begin", begun)
    return seen


@pytest.mark.parametrize("operation", sorted({"imports_upload", *FILES}))
def test_no_transaction_is_open_while_bytes_are_written_and_one_is_from_then_on(
    call, draft, template_id, observed, operation
):
    path, into = {
        "imports_upload": ("/imports", {"module": "lead"}),
        "drafts_attach": ("/attachments", {"draft_id": draft["id"]}),
        "templates_enclose": (f"/templates/{template_id}/files", {}),
        "sent_mails_replace_file": ("", {}),
    }[operation]
    path = path or sent_file(call, draft)
    data = b"Nom;E-mail\nA;a@exemple.example\n" if operation == "imports_upload" else uuid.uuid4().bytes
    file = SimpleUploadedFile("x.csv" if operation == "imports_upload" else "x.pdf", data)
    observed.clear()

    answer = call.client.post(f"/api/v1{path}", {**into, "file": file}, headers={"Idempotency-Key": "another"})

    assert answer.status_code in (200, 201), answer.content
    assert observed == [("bytes", False), ("rows", True)]
    assert not connection.in_atomic_block
    assert ApiAnswer.objects.get(key="another").status == answer.status_code


@pytest.fixture
def template_id(call):
    return call("POST", "/templates", {"name": "T", "subject": "S", "html": "<p>x</p>"}).json()["id"]


def sent_file(call, draft):
    file = SimpleUploadedFile("old.pdf", b"old", content_type="application/pdf")
    call.client.post("/api/v1/attachments", {"draft_id": draft["id"], "follow": "true", "file": file})
    sent = call("POST", f"/drafts/{draft['id']}/send").json()
    return f"/mails/{sent['id']}/files/1/content"


def test_a_file_to_import_that_cannot_be_kept_leaves_nothing_behind(call, tmp_path, monkeypatch):
    call.client.raise_request_exception = False

    def refuse(self, *args, **kwargs):
        raise RuntimeError("no room")

    monkeypatch.setattr(Import, "save", refuse)
    file = SimpleUploadedFile("x.csv", b"Nom;E-mail\nA;a@exemple.example\n")
    answer = call.client.post("/api/v1/imports", {"module": "lead", "file": file}, headers=KEY)

    assert answer.status_code == 500
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("body", "kind", "answered"),
    [
        ("no parts", "multipart/form-data", (400, "bad_request")),
        ("", "multipart/form-data; boundary=x", (422, "invalid_request")),
    ],
)
def test_an_upload_that_cannot_be_read_is_said_to_be_so(call, body, kind, answered):
    answer = call.client.post("/api/v1/attachments", body, content_type=kind, headers=KEY)

    assert (answer.status_code, answer.json()["code"]) == answered


@pytest.mark.shows("X14")
def test_an_upload_beyond_the_limit_is_said_to_be_too_large_under_a_key_too(call, monkeypatch):
    monkeypatch.setattr(uploads, "USUAL", replace(uploads.USUAL, file_bytes=5))
    file = SimpleUploadedFile("x.csv", b"Nom;E-mail\nA;a@exemple.example\n")

    answer = call.client.post("/api/v1/imports", {"module": "lead", "file": file}, headers=KEY)

    assert (answer.status_code, answer.json()["code"], Import.objects.count()) == (413, "too_large", 0)


def test_a_transaction_begins_late_only_where_somebody_waits_for_it():
    bytes_first.begin()
    outside = connection.in_atomic_block
    with bytes_first.then_rows(transaction.atomic) as begun:
        before = (begun(), connection.in_atomic_block)
        bytes_first.begin()
        bytes_first.begin()
        after = (begun(), connection.in_atomic_block)

    assert (outside, before, after, connection.in_atomic_block) == (False, (False, False), (True, True), False)
