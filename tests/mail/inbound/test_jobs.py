"""When a mailbox is read again: after as many minutes as the administrator says (ESPI-03)."""

from datetime import UTC, datetime, timedelta

import pytest

from relance.mail.inbound import jobs
from relance.mail.inbound.fetch import Pass
from relance.mail.models import Mailbox
from relance.team.workspace import organisation

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.shows("INBOX-02", "ESPI-03")
@pytest.mark.parametrize(("is_finished", "minutes"), [(True, 7), (False, 0)])
def test_a_mailbox_is_read_again_after_the_administrators_minutes_or_at_once_if_more_waits(
    monkeypatch, is_finished, minutes
):
    house = organisation()
    house.fetch_minutes = 7
    house.save()
    box = Mailbox.objects.create(name="us", address="us@helionne.example", host="x", imap_host="imap.example")
    monkeypatch.setattr(jobs, "synchronise", lambda *_args, **_more: Pass(fetched=1, is_finished=is_finished))

    jobs.read(box, now=NOW)

    box.refresh_from_db()
    assert (box.fetched_at, box.fetch_at) == (NOW, NOW + timedelta(minutes=minutes))
