"""Thirty kinds of human answer stop a sequence, thirty kinds of automatic one do not: through the real way in."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from relance.lib import clock
from relance.mail.inbound import packing, receive
from relance.mail.models import Mailbox
from relance.people import actions as people
from relance.people.models import Person
from relance.sequences import actions, enrolling
from relance.sequences.models import Enrolment
from tests.mail.inbound import automatic as made
from tests.mail.inbound.dovecot import dovecot
from tests.mail.inbound.mails import mail as raw_mail
from tests.mail.inbound.mails import report
from tests.mail.inbound.test_classify import HUMAN
from tests.mail.inbound.test_fetch import sync
from tests.sequences.conftest import NOW, mail
from tests.sequences.story import jobs, story

pytestmark = pytest.mark.django_db(transaction=True)
EVE = b"eve@rouviere.example"


def calendar(method, status):
    part = f"BEGIN:VCALENDAR\nMETHOD:{method}\nBEGIN:VEVENT\nATTENDEE;PARTSTAT={status}:x\nEND:VEVENT\nEND:VCALENDAR\n"
    return raw_mail(f"{status}: Rendez-vous", part, Content_Type=f"text/calendar; method={method}", Auto_Submitted="no")


def human():
    """Thirty ways in which a person answers."""
    found = [raw_mail(subject, body) for subject, body in HUMAN[:22]]
    found += [calendar("REPLY", status) for status in ("ACCEPTED", "DECLINED")]
    return (found + [raw for _language, raw in made.human()][:: len(list(made.human())) // 8])[:30]


def automatic():
    """Thirty ways in which a program does."""
    every = list(made.automatic())
    return [raw for _language, _system, raw in every[:: len(every) // 30]][:30]


def of(raw, number, ours=None):
    """The same, from this person, to a mail of ours if it is given."""
    raw = raw.replace(EVE, b"p%d@x.example" % number).replace(b"<a@rouviere", b"<a%d@rouviere" % number)
    raw = raw.replace(b"<m@h.example>", ours["Message-ID"].encode()) if ours else raw
    return raw if not ours or b"In-Reply-To" in raw else b"In-Reply-To: " + ours["Message-ID"].encode() + b"\n" + raw


@pytest.mark.slow
@pytest.mark.shows("SEQ-08", "G12", "G13", "R12", "R13", "SELL-11")
def test_thirty_kinds_of_human_reply_stop_it_and_thirty_kinds_of_automatic_reply_do_not(
    chief, template, second, add, maud, mailbox
):
    draft = actions.SequenceDraft(name="Court", steps=(mail(template), mail(second, wait_minutes=1440)))
    sequence = actions.add(draft, by=chief, now=NOW)
    said = [*human(), *automatic()]
    persons = [add(f"P {number}", f"p{number}@x.example") for number in range(len(said))]
    with story(NOW) as told:
        enrolling.enrol(sequence, [person.pk for person in persons], by=maud, now=clock.now())
        told.settle()
        ours = {mail.recipient: told.read(mail) for mail in told.relay.mails}
        for number, raw in enumerate(said):
            named = ours[f"p{number}@x.example"] if number % 2 else None  # the others name no mail of ours
            receive.store(mailbox, of(raw, number, named), now=clock.now())
        receive.interpret_waiting()
        jobs()

    states = dict(Enrolment.objects.values_list("person__last_name", "state"))
    reasons = dict(Enrolment.objects.values_list("person__last_name", "reason"))
    assert len(said) == 60
    assert {number: reasons[str(number)] for number in range(30) if reasons[str(number)] != "replied"} == {}
    assert {number: states[str(number)] for number in range(30, 60) if states[str(number)] == "finished"} == {}
    assert {states[str(number)] for number in range(30, 60)} <= {"active", "paused"}
    assert sum(states[str(number)] == "paused" for number in range(30, 60)) >= 20


@pytest.mark.slow
@pytest.mark.shows("SEQ-08", "SELL-11")
def test_whoever_writes_by_herself_is_out_but_not_by_a_mail_of_before_nor_by_one_of_ours(
    chief, template, add, maud, mailbox
):
    draft = actions.SequenceDraft(name="Plus tard", steps=(mail(template, wait_minutes=10_000),))
    sequence = actions.add(draft, by=chief, now=NOW)
    rows = {
        name: enrolling.enrol_one(
            sequence, add(f"P {name}", f"{name}@x.example", f"{name}@home.example"), by=maud, now=NOW
        )
        for name in ("new", "other", "before", "ours", "away")
    }
    at, before = {"Date": "Fri, 20 Nov 2026 10:00:00 +0100"}, {"Date": "Mon, 02 Nov 2026 10:00:00 +0100"}
    for raw in (
        raw_mail("Une question", "Bonjour", "new@x.example", Message_ID="<1@x.example>", **at),
        raw_mail("Une question", "Bonjour", "other@home.example", Message_ID="<2@x.example>", **at),
        raw_mail("Une question", "Bonjour", "before@x.example", Message_ID="<3@x.example>", **before),
        raw_mail("Bonjour", "À jeudi", "maud@helionne.example", To="ours@x.example", Message_ID="<4@x.example>", **at),
        raw_mail("Absence", "Je suis absente.", "away@x.example", Message_ID="<5@x.example>",
                 Auto_Submitted="auto-replied", **at),
    ):  # fmt: skip
        came_at = parsedate_to_datetime(raw.decode().split("Date: ")[1][:31])
        [stored] = receive.store_many(mailbox, [(packing.pack(raw), came_at)])
        receive.interpret(stored)
    jobs()

    for row in rows.values():
        row.refresh_from_db()
    assert {name: row.reason for name, row in rows.items()} == {
        "new": "replied", "other": "replied", "before": "", "ours": "", "away": "away",
    }  # fmt: skip
    assert rows["new"].replied_at == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.shows(
    "SEQ-01", "SEQ-03", "SEQ-04", "SEQ-05", "SEQ-06", "SEQ-07", "SEQ-08", "SEQ-09", "SEQ-11", "UNSUB-02", "UNSUB-04"
)
def test_what_comes_back_to_a_real_mail_server_stops_or_pauses_each_person(sequence, add, maud, mailbox):
    names = ("answers", "writes", "away", "bounces", "leaves", "silent")
    persons = {name: add(f"P {name}", f"{name}@x.example") for name in names}
    Mailbox.objects.update(imap_host="127.0.0.1")
    mailbox.refresh_from_db()
    with story(NOW) as told, dovecot() as server:
        server.user = "maud"
        enrolling.enrol(sequence, [person.pk for person in persons.values()], by=maud, now=clock.now())
        told.settle()
        ours = {mail.recipient.partition("@")[0]: told.read(mail) for mail in told.relay.mails}
        came = [
            raw_mail("Re: Votre toit", "Oui, jeudi ?", "answers@x.example", In_Reply_To=ours["answers"]["Message-ID"]),
            raw_mail("Une question", "Bonjour", "writes@x.example", Message_ID="<w@x.example>"),
            raw_mail("Absence du bureau", "Je serai de retour le 30 novembre 2026.", "away@x.example",
                     In_Reply_To=ours["away"]["Message-ID"], Auto_Submitted="auto-replied", Message_ID="<v@x.example>",
                     Date="Thu, 19 Nov 2026 10:00:00 +0100"),
            report("failed", "5.1.1", recipient="bounces@x.example", Message_ID="<b@x.example>",
                   returned=f"Message-ID: {ours['bounces']['Message-ID']}"),
        ]  # fmt: skip
        server.fill([raw.replace(b"\n", b"\r\n") for raw in came])
        sync(mailbox, server)
        receive.interpret_waiting()
        people.opt_out(people.Wish(normal="leaves@x.example", route="page", at=clock.now()))
        jobs()
        told.run(upto=NOW + timedelta(days=2))

        ends = {row.person.last_name: (row.state, row.reason) for row in Enrolment.objects.select_related("person")}
        assert ends == {
            "answers": ("finished", "replied"), "writes": ("finished", "replied"), "away": ("paused", "away"),
            "bounces": ("stopped", "bounced"), "leaves": ("stopped", "opted_out"), "silent": ("active", ""),
        }  # fmt: skip
        seconds = [to for to, subject in told.sent if subject.startswith("Re: ")]
        assert seconds == ["silent@x.example"]
    assert Person.objects.filter(received__isnull=False).exists()
