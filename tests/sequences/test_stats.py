"""What became of a sequence, counted as the specification defines it, and as its pages tell it (SEQ-11)."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction

from relance.lib import clock
from relance.mail.models import Recipient
from relance.mail.tracking.hits import Hit, HitKind
from relance.mail.tracking.note import note
from relance.people import actions as people
from relance.sequences import actions, enrolling, stats
from tests.api.conftest import Caller
from tests.mail.inbound.mails import mail as raw_mail
from tests.sequences.conftest import NOW, mail, task
from tests.sequences.story import jobs, story

pytestmark = pytest.mark.django_db(transaction=True)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"


@pytest.mark.slow
@pytest.mark.shows("SEQ-11", "SELL-28", "SELL-30", "SELL-31", "SELL-32", "C-3")
def test_people_by_state_exits_by_reason_and_each_step_are_counted_as_they_are_defined(
    client, template, second, add, chief, maud, mailbox
):
    steps = (mail(template, key="one"), task("Appeler", key="call"), mail(second, key="two", wait_minutes=1440))
    sequence = actions.add(actions.SequenceDraft(name="Court", steps=steps), by=chief, now=NOW)
    waits = actions.SequenceDraft(name="Fini", steps=(mail(template, key="one"),))
    short = actions.add(waits, by=chief, now=NOW)
    persons = [add(f"P {name}", f"{name}@x.example") for name in ("answers", "clicks", "leaves", "ends")]
    with story(NOW) as told:
        enrolling.enrol(sequence, [person.pk for person in persons[:3]], by=maud, now=clock.now())
        enrolling.enrol(short, [person.pk for person in persons[2:]], by=maud, now=clock.now())
        told.settle()
        ours = {each.recipient: told.read(each) for each in told.relay.mails}
        answer = {"In_Reply_To": ours["answers@x.example"]["Message-ID"], "Message_ID": "<r@x.example>"}
        told.answer(raw_mail("Re: Votre toit", "Oui", "answers@x.example", **answer))
        click(Recipient.objects.get(normal="clicks@x.example"))
        people.opt_out(people.Wish(normal="leaves@x.example", route="page", at=clock.now()))
        jobs()

    figures, (one, call, two) = stats.figures(sequence), stats.of_steps(sequence)
    assert (figures.enrolled, figures.active, figures.finished, figures.stopped) == (3, 1, 1, 1)
    assert (figures.replied, figures.reply_rate) == (1, 1.0)
    by_api = Caller(maud)("GET", f"/sequences/{sequence.pk}/statistics").json()
    assert (by_api["reply_rate"], round(by_api["reply_rate_of_enrolled"], 2)) == (1.0, 0.33)
    assert by_api["exits"] == {"opted_out": 1, "replied": 1}
    assert stats.exits(sequence) == [("opted_out", 1), ("replied", 1)]
    assert (one.sent, one.opened, one.clicked, one.replied, one.bounced) == (3, 2, 1, 1, 0)
    assert (call.waiting, call.open, call.done, two.sent) == (1, 3, 0, 0)
    ended = stats.figures(short)
    assert (ended.finished, ended.replied, ended.reply_rate) == (2, 0, 0.0)
    row = stats.listed().get(pk=sequence.pk)
    assert (row.steps, row.enrolled, row.active, row.finished, row.creator) == (3, 3, 1, 1, chief)
    client.force_login(maud)
    page = client.get(f"/sequences/{sequence.pk}").content.decode()
    assert "1 of 1" in page
    assert "33% of all enrolled" in page
    assert 'aria-label="3 sent, 2 opened, 1 replied"' in page
    assert re.search(r'state=finished"[^>]*>Finished <span class="num">1</span>', page)
    assert "2 of 3" in page, "the one who goes on, at the second step"
    assert 'class="fil mini"' in page, "her last mail"
    assert one.followed == 3
    assert "Inès Chef" in client.get("/sequences").content.decode()


def click(copy):
    """A person clicks an hour after she got it: who clicks within seconds is taken for a scanner."""
    Recipient.objects.filter(pk=copy.pk).update(sent_at=copy.sent_at - timedelta(hours=1))
    hit = Hit(
        id=uuid4(), kind=HitKind.CLICK, at=clock.now(), recipient_id=copy.pk, link=1, method="GET", user_agent=FIREFOX,
        network="192.0.2.0/24",
    )  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        note(cursor, [hit])
