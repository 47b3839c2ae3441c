"""Ten thousand rows of real-looking files in three encodings: none lost, none doubled, none unexplained."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from relance.campaigns import actions as campaigns
from relance.mail.models import Mailbox, Recipient
from relance.mail.outbound.manners import Manners
from relance.mail.templates import TemplateDraft, add_template
from relance.people.actions import note_bounce, opt_out
from relance.people.models import Address
from relance.people.suppression import Wish
from relance.records.imports import actions, checking, running
from relance.records.models import ImportRow
from relance.team.actions import add_user
from relance.team.models import Organisation
from tests.mail.outbound.engine import dispatcher, is_done, until
from tests.mail.outbound.relays import postfix, sink
from tests.records.people_files import people_file

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
FILES = (("cp1252", ";", 3_334, 1), ("utf-8-sig", ",", 3_333, 2), ("utf-16", "\t", 3_333, 3))
HTML = '<p>Bonjour {Person.firstName|},</p><p><a href="https://www.helionne.example/toit">{Person.company|Vous}</a></p>'


@pytest.fixture
def claire(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    user = add_user(email="claire@helionne.test", name="Claire Morel", role="administrator")
    Organisation.objects.update_or_create(
        pk=1, defaults={"mail_address": "bonjour@helionne.test", "tracking": "track_by_default"}
    )
    return user


def bring_in(claire):
    """All three files; how many rows they had, and what became of each."""
    fates = Counter()
    for encoding, delimiter, count, seed in FILES:
        made = people_file(count, seed=seed)
        upload = actions.Upload(name=f"{encoding}.csv", chunks=[made.text(encoding=encoding, delimiter=delimiter)])
        row = actions.start(upload, module="lead", by=claire, now=NOW)
        actions.set_mapping(row, row.mapping, duplicates="skip", owner=None, by=claire)
        checking.check_now(row)
        actions.run(row, by=claire, now=NOW)
        running.run_now(row.pk, now=NOW)
        row.refresh_from_db()
        fates.update(rows=row.total, created=row.created, skipped=row.skipped, rejected=row.rejected)
        explained = ImportRow.objects.filter(of_import=row, outcome__in=("rejected", "skipped")).exclude(reason="")
        assert explained.count() == row.rejected + row.skipped
    return fates


def send(claire, port):
    """A mass mail to all of them; the message when it is done."""
    Mailbox.objects.create(
        name="Ventes", address="bonjour@helionne.test", host="127.0.0.1", port=port, security="none", connections=8,
        is_default=True, bounce_domain="bounces.helionne.test", state="working",
    )  # fmt: skip
    words = {"name": "Toit", "language": "fr", "subject": "{Person.firstName|Bonjour}, votre toit", "html": HTML}
    template = add_template(TemplateDraft(values=words), by=claire, now=NOW)
    values = {
        "name": "Toit", "module": "lead", "audience": "all", "template": template, "from_choice": "organisation",
        "reply_choice": "organisation",
    }  # fmt: skip
    mass_mail = campaigns.draft_mass_mail(campaigns.MassMailDraft(values=values), by=claire, now=NOW)
    message = campaigns.launch(mass_mail, by=claire, now=NOW)
    campaigns.prepare(message.pk, now=NOW)
    with dispatcher(Manners()):
        until(is_done(message), 300)
    message.refresh_from_db()
    return message


@pytest.mark.shows("REC-08", "MASS-01", "MASS-08", "ZMM-04", "D21", "G1")
@pytest.mark.parametrize("server", [sink, postfix], ids=["smtp-sink", "postfix"])
def test_ten_thousand_rows_are_sent_once_each_or_left_out_with_a_reason(claire, server):
    fates = bring_in(claire)
    known = list(Address.objects.filter(position=0).order_by("pk").values_list("normal", flat=True)[:60])
    for address in known[:40]:
        opt_out(Wish(normal=address, route="page", at=NOW))
    for address in known[40:]:
        note_bounce(address, hard=True, why="550 5.1.1 User unknown", recipient_id=0, now=NOW)

    with server() as relay:
        message = send(claire, relay.port)
        if server is postfix:
            until(lambda: relay.delivered() >= message.sent, 120)
        copies = relay.copies()

    assert fates["rows"] == 10_000 == fates["created"] + fates["skipped"] + fates["rejected"]
    assert fates["rejected"] > 100
    assert fates["skipped"] > 100
    left_out = Counter(
        Recipient.objects.filter(message=message, state="refused").values_list("refused_because", flat=True)
    )
    assert (left_out["opted_out"], left_out["bounced"]) == (40, 20)
    assert message.sent + sum(left_out.values()) == fates["created"]
    assert len(copies) == message.sent
    assert set(copies.values()) == {1}
