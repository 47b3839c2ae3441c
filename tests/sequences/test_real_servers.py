"""A sequence from its making to its end, out through a real Postfix and back in through a real Dovecot."""

import re
import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from itertools import pairwise

import pytest

from relance.lib import clock
from relance.mail.inbound import receive
from relance.mail.models import Mailbox
from relance.people import actions as people
from relance.people.models import Address
from relance.sequences import actions, enrolling, previewing
from relance.sequences.models import Enrolment, StepRun
from tests.mail.inbound.dovecot import dovecot
from tests.mail.inbound.mails import mail as raw_mail
from tests.mail.inbound.test_fetch import sync
from tests.mail.outbound.engine import dispatcher, until
from tests.mail.outbound.relays import postfix
from tests.sequences.conftest import DAY, NOW, a_template, mail, set_clock
from tests.sequences.story import Story, jobs

pytestmark = pytest.mark.django_db(transaction=True)
FRIDAY, MONDAY = NOW + DAY, NOW + 4 * DAY
HOURS = timedelta(hours=8)


class Delivered(Story):
    """The same story, counted in the Maildir into which Postfix delivers."""

    def delivered(self, many):
        """The mails that have arrived, as mail programs read them, once there are so many; by reader and subject."""
        folder = self.relay.home / "mail/all/new"
        until(lambda: self.relay.delivered() >= many)
        time.sleep(0.2)  # one too many would arrive now
        found = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in folder.iterdir()]
        return {(str(each["To"].addresses[0].addr_spec)[0], str(each["Subject"])): each for each in found}


@pytest.fixture
def crowd(add, sequence):
    """Four who may be written to, and three who may not; the numbers under which they are known."""
    rows = {name: add(f"P {name}", f"{name}@x.example", time_zone="Europe/Paris") for name in ("a", "b", "c", "d")}
    rows |= {"out": add("P Out", "out@x.example"), "dead": add("P Dead", "dead@x.example"), "nobody": add("P Nobody")}
    people.opt_out(people.Wish(normal="out@x.example", route="page", at=NOW))
    Address.objects.filter(normal="dead@x.example").update(state="bounced")
    return {name: person.pk for name, person in rows.items()}


@pytest.mark.slow
@pytest.mark.shows("SEQ-02", "SEQ-10", "SEQ-12", "SEQ-13", "SEQ-14", "SEQ-15")
def test_a_sequence_is_announced_drips_out_is_edited_on_the_way_and_deleted_through_real_servers(
    sequence, crowd, chief, maud, mailbox, second
):
    one, two, _call, _three = sequence.current.steps.all()
    new = a_template(chief, "Neuf", "Tout neuf")
    actions.set_pace(mailbox, per_day=3, gap=60, by=chief)
    set_clock(NOW)
    announced = enrolling.plan(sequence, list(crowd.values()), by=maud, now=clock.now())
    shown = previewing.read(one, sequence, crowd["b"], by=maud).seen
    with postfix() as relay, dovecot() as server, dispatcher():
        server.user = "maud"
        Mailbox.objects.update(port=relay.port, imap_host="127.0.0.1")
        mailbox.refresh_from_db()
        told = Delivered(relay)
        found = enrolling.enrol(sequence, list(crowd.values()), by=maud, now=clock.now())
        told.run(upto=NOW + HOURS)
        first = told.delivered(3)
        answer = first["a", shown.subject]
        server.fill([raw_mail("Re: Votre toit", "Oui", "a@x.example", In_Reply_To=answer["Message-ID"])])
        sync(mailbox, server)
        receive.interpret_waiting()
        jobs()

        again = enrolling.enrol(sequence, [crowd["b"], crowd["d"]], by=maud, now=clock.now())
        actions.save(sequence, drafted(sequence, "Entrepôts ouest", three=second), migrate=False, by=chief, now=NOW)
        kept = set(Enrolment.objects.values_list("version__number", "moves_to"))
        steps = [each for each in drafted(sequence, "Neuve", three=new).steps if each.key != "call"]
        landings = {each.scheduled: (each.people, each.then) for each in actions.landings(sequence, steps)}
        draft = actions.SequenceDraft(name="Neuve", steps=steps, language="fr")
        actions.save(sequence, draft, migrate=True, by=chief, now=clock.now())
        told.run(upto=MONDAY + HOURS)
        all_of_it = told.delivered(9)
        affected = actions.delete(sequence, by=chief, now=clock.now())
        told.run(upto=MONDAY + 30 * DAY)
        time.sleep(0.5)

        assert relay.delivered() == 9
    left = {each.name.split()[-1]: each.refusal for each in announced.refused}
    assert left == {"Out": "opted_out", "Dead": "bounced", "Nobody": "no_address"}
    assert (len(found.ids), sum(found.left.values())) == (4, 3)
    assert (again.ids, again.left) == ((), {"already": 2})
    assert kept == {(1, None)}
    assert landings == {two.name: (2, new.name), one.name: (1, two.name)}
    assert affected == 1
    subjects = {reader: sorted(subject for to, subject in all_of_it if to == reader) for reader in "abcd"}
    opening = shown.subject
    assert subjects == {
        "a": [opening], "b": sorted(["Re: " + opening, "Tout neuf", opening]),
        "c": sorted(["Re: " + opening, "Tout neuf", opening]), "d": sorted(["Re: " + opening, opening]),
    }  # fmt: skip
    assert all_of_it["b", "Re: " + opening]["In-Reply-To"] == all_of_it["b", opening]["Message-ID"]
    assert words(all_of_it["b", opening].get_body(("plain",)).get_content()) == words(shown.text)
    as_announced({name: pk for name, pk in crowd.items() if name in "abcd"}, announced)
    dripping()


def words(text):
    """Without where its link leads, which is nowhere in a preview."""
    return re.sub(r"<[^>]*>", "<>", text).split()


def drafted(sequence, name, *, three):
    """The sequence as it stands, with another text for its last mail."""
    draft = actions.draft_of(sequence, name=name)
    steps = [*draft.steps[:-1], mail(three, key=draft.steps[-1].key, wait_minutes=1440)]
    return actions.SequenceDraft(name=name, steps=steps, language="fr")


def as_announced(crowd, announced):
    """Each first mail left when the dry run said that it would."""
    due = {each.person_id: each.at for each in announced.planned if each.position == 1}
    runs = StepRun.objects.filter(step__position=1, enrolment__person__in=crowd.values())
    off = {run.enrolment.person_id: run.at - due[run.enrolment.person_id] for run in runs}
    assert len(off) == 4
    assert all(abs(late) < timedelta(minutes=5) for late in off.values()), off
    assert sorted({at.date() for at in due.values()}) == [
        datetime(2026, 11, day, tzinfo=UTC).date() for day in (19, 20)
    ]


def dripping():
    """At most three a day, a minute apart."""
    times = sorted(StepRun.objects.filter(message__isnull=False).values_list("at", flat=True))
    days = [each.date() for each in times]
    assert max(days.count(day) for day in days) == 3
    assert all(later - earlier > timedelta(seconds=58) for earlier, later in pairwise(times))
