"""What docs/webhooks.md promises to developers is so."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from relance.webhooks import rules

TEXT = (Path(__file__).resolve().parents[2] / "docs/webhooks.md").read_text(encoding="utf-8")
SECRET, OTHER = rules.secret_of(b"a" * 32), rules.secret_of(b"b" * 32)
BODY = '{"id":"msg_1","data":{"name":"Hélionne"}}'.encode()

pytestmark = pytest.mark.shows("API-02", "X20")


@pytest.fixture
def is_genuine():
    """The lines that a developer would copy."""
    [code] = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    names = {}
    exec(code, names)
    return names["is_genuine"]


@pytest.mark.parametrize("secrets", [[SECRET], [OTHER, SECRET]])
def test_the_lines_of_the_document_know_what_is_ours(is_genuine, secrets):
    headers = rules.headers(secrets, event_id="msg_1", at=datetime.now(UTC), body=BODY)

    assert is_genuine(SECRET, headers, BODY)
    assert not is_genuine(SECRET, headers, BODY + b" ")
    assert not is_genuine(SECRET, {**headers, "webhook-id": "msg_2"}, BODY)


def test_and_refuse_another_secret_or_an_old_message(is_genuine):
    headers = rules.headers([OTHER], event_id="msg_1", at=datetime.now(UTC), body=BODY)
    old = rules.headers([SECRET], event_id="msg_1", at=datetime(2026, 1, 1, tzinfo=UTC), body=BODY)

    assert not is_genuine(SECRET, headers, BODY)
    assert not is_genuine(SECRET, old, BODY)


def test_every_type_stands_in_its_table():
    rows = re.findall(r"^\| ((?:`[a-z.]+`(?:, )?)+) \|", TEXT, re.MULTILINE)

    assert [kind for row in rows for kind in re.findall(r"`([a-z.]+)`", row)] == list(rules.TYPES)
