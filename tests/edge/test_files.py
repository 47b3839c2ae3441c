"""Followed files over real HTTP: each by a link of one recipient, noted, ended at once, harmless in a browser (T7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from relance.edge.files import span
from relance.lib import tokens
from relance.lib.tokens import Kind
from relance.mail import files, followed
from relance.mail.files import Given
from relance.mail.models import Attachment, Interaction, Recipient
from tests.edge.running import LONG_AGO
from tests.mail.returns import KEY, message, recipient

PDF = b"%PDF-1.7 " + bytes(range(256)) * 40
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"


@pytest.fixture
def eve(edge, settings):
    settings.RELANCE_FILES = str(edge.home / "files")
    return recipient(message(), sent_at=LONG_AGO)


def offered(eve, name: str = 'Étude "toit".pdf', kind: str = "application/pdf", number: int = 1) -> Attachment:
    file = files.keep(Given(name=name, content_type=kind, data=PDF), now=LONG_AGO)
    return Attachment.objects.create(
        content=eve.message.content, number=number, file=file, name=name, content_type=kind, is_followed=True,
        created_at=LONG_AGO,
    )  # fmt: skip


def link(eve, number: int = 1) -> str:
    return f"/f/{tokens.sign(KEY, Kind.FILE, eve.pk, number)}"


@pytest.mark.slow
@pytest.mark.shows("ENG-07", "T7", "D365-14", "ENG-02")
def test_a_file_is_given_to_its_recipient_noted_and_harmless(edge, eve):
    offered(eve)

    answer = edge.get(link(eve), User_Agent=FIREFOX)

    assert (answer.status, answer.body) == (200, PDF)
    assert answer.headers["content-disposition"].startswith("inline; filename=")
    assert "filename*=UTF-8''%C3%89tude%20_toit_.pdf" in answer.headers["content-disposition"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "no-store" in answer.headers["cache-control"]
    noted = Interaction.objects.get()
    assert (noted.kind, noted.recipient_id, noted.link, noted.verdict) == ("file", eve.pk, 1, "human")
    assert Recipient.objects.get().first_opened_at is not None


@pytest.mark.slow
@pytest.mark.shows("T7")
def test_ranges_and_heads_do_not_inflate(edge, eve):
    offered(eve)
    ends = [(0, 99), (100, 199), (200, 5_000)]

    pieces = [edge.get(link(eve), Range=f"bytes={first}-{last}", User_Agent=FIREFOX) for first, last in ends]
    head = edge.ask("HEAD", link(eve), User_Agent=FIREFOX)

    assert [piece.status for piece in pieces] == [206, 206, 206]
    assert b"".join(piece.body for piece in pieces) == PDF[:5_001]
    assert (head.status, head.headers["content-length"], head.body) == (200, str(len(PDF)), b"")
    assert edge.get(link(eve), Range="bytes=999999-").status == 416
    assert Interaction.objects.count() == 1


@pytest.mark.slow
@pytest.mark.shows("T7", "ENG-07")
def test_a_link_ends_when_it_is_revoked_or_its_day_has_come_and_a_new_file_takes_its_place(edge, eve):
    row = offered(eve)
    followed.revoke(row, now=LONG_AGO)
    assert edge.get(link(eve)).status == 410

    followed.allow(row)
    followed.replace(row, b"%PDF-2", content_type="application/pdf", now=LONG_AGO)
    assert edge.get(link(eve)).body == b"%PDF-2"

    Attachment.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    ended = edge.get(link(eve), Accept_Language="fr")
    assert ended.status == 410
    assert "n’est plus proposé" in ended.body.decode()


@pytest.mark.slow
@pytest.mark.shows("T7")
def test_no_other_link_leads_to_a_file(edge, eve):
    offered(eve)
    offered(eve, number=2)
    Attachment.objects.filter(number=2).update(is_followed=False)
    random, good = Random(7), link(eve)
    mutated = [good[:at] + random.choice("abcdefXYZ019") + good[at + 1 :] for at in range(3, len(good))]
    wrong = [path for path in mutated if path != good]

    answers = {edge.get(path).status for path in [*wrong, link(eve, 2), link(eve, 3), "/f/", "/f/../1"]}

    assert answers == {404}
    assert not Interaction.objects.exists()


@pytest.mark.slow
@pytest.mark.shows("T7", "X8")
@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/javascript", "x\r\nSet-Cookie: a=b"])
def test_what_could_act_in_a_browser_is_only_saved(edge, eve, kind):
    offered(eve, name="a.html", kind=kind)

    answer = edge.get(link(eve))

    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "set-cookie" not in answer.headers


@pytest.mark.shows("T7")
@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", None), ("bytes=0-", (0, 100)), ("bytes=10-19", (10, 20)), ("bytes=-5", (95, 100)),
        ("bytes=90-500", (90, 100)), ("bytes=-", None), ("lines=1-2", None), ("bytes=0-1,5-6", None),
    ],
)  # fmt: skip
def test_what_a_range_asks_for(header, found):
    assert span(header, 100) == found
