"""A sequence through the real engine and a relay, with the clock moved: who gets what, when, and what stops it."""

from datetime import UTC, datetime, timedelta

import pytest

from relance.agenda import actions as agenda
from relance.agenda.models import Task
from relance.lib import clock
from relance.mail.models import Mailbox, Message, Recipient, Template
from relance.mail.templates import TemplateDraft, add_template, edit_template
from relance.people import actions as people
from relance.people.actions import AccountDraft, PersonDraft, add_account
from relance.people.converting import become_contact
from relance.people.merging import merge_people
from relance.people.models import Address, Person
from relance.records import defining
from relance.records.defining import FieldDraft
from relance.sequences import actions, attention, enrolling, running, settling
from relance.sequences.actions import BadSequence, SequenceDraft, StepDraft
from relance.sequences.models import Enrolment, StepRun
from relance.team.models import Organisation, User
from tests.mail.inbound.mails import mail as raw_mail
from tests.sequences.conftest import DAY, NOW, set_clock
from tests.sequences.story import jobs, story

pytestmark = [pytest.mark.django_db(transaction=True)]


def enrolled(sequence, person, by):
    return enrolling.enrol_one(sequence, person, by=by, now=clock.now())


def life(row):
    row.refresh_from_db()
    return row


def traced(row):
    return list(row.traces.values_list("what", flat=True))


@pytest.mark.slow
@pytest.mark.shows(
    "SELL-27",
    "SEQ-02",
    "SEQ-03",
    "SEQ-05",
    "SEQ-06",
    "SEQ-07",
    "SEQ-09",
    "UNSUB-04",
    "SELL-01",
    "SELL-06",
    "SELL-07",
    "SELL-09",
    "SELL-26",
)
def test_mails_and_tasks_follow_each_other_in_one_thread_on_behalf_of_who_enrolled(sequence, antoine, maud):
    with story(NOW) as told:
        row = enrolled(sequence, antoine, maud)
        told.settle()
        told.run(upto=NOW + timedelta(days=4))

        assert told.sent == [
            ("antoine@frigo.example", "Votre toit, Antoine"),
            ("antoine@frigo.example", "Re: Votre toit, Antoine"),
        ]
        first, second = map(told.read, told.relay.mails)
        assert first["From"].addresses[0].addr_spec == "maud@helionne.example"
        assert second["In-Reply-To"] == first["Message-ID"] == second["References"]
        assert first["In-Reply-To"] is None
        assert "Se désinscrire" in first.get_body(("html",)).get_content()
        raw = told.relay.mails[0].content
        assert b"\r\nList-Unsubscribe: <http" in raw
        assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
        assert (life(row).waits, row.due_at) == ("task", None)

        work = Task.objects.get()
        assert (work.subject, work.owner, work.person) == ("Appeler le contact", maud, antoine)
        done_at = clock.now()
        ordinary = agenda.add(Task, {"subject": "Ranger le bureau"}, by=maud, now=done_at)  # of no sequence
        agenda.finish(ordinary, by=maud, now=done_at)
        agenda.finish(work, by=maud, now=done_at)
        jobs()
        assert abs(life(row).due_at - (done_at + timedelta(days=2))) < timedelta(seconds=2)

        told.run(upto=NOW + timedelta(days=20))
        assert len(told.sent) == 3
        assert told.read(told.relay.mails[2])["In-Reply-To"] is None
    assert (life(row).state, row.reason) == ("finished", "completed")
    assert traced(row)[0] == "enrolled"
    assert traced(row)[-1] == "ended"


@pytest.mark.slow
@pytest.mark.shows("SEQ-04", "SEQ-05", "SELL-10", "SELL-15")
def test_a_mail_of_friday_is_followed_on_monday_at_the_same_hour(sequence, antoine, maud):
    friday = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    with story(friday) as told:
        row = enrolled(sequence, antoine, maud)
        told.settle()

        left = Recipient.objects.get().sent_at
        assert life(row).due_at == left + 3 * DAY
        told.at(friday + 2 * DAY)
        assert len(told.sent) == 1


@pytest.mark.slow
@pytest.mark.shows("SEQ-08")
def test_an_answer_stops_it_and_the_colleagues_if_so_wished(sequence, antoine, add, maud):
    account = people.add_account(people.AccountDraft(values={"name": "Frigo"}), by=maud, now=NOW)
    colleague = add("Lucie Pasquier", "lucie@frigo.example")
    Person.objects.filter(pk__in=(antoine.pk, colleague.pk)).update(account=account)
    type(sequence).objects.update(stops_company=True)
    with story(NOW) as told:
        row, other = enrolled(sequence, antoine, maud), enrolled(sequence, colleague, maud)
        told.settle()
        ours = told.read(told.relay.mails[0])
        kind = told.answer(
            raw_mail(
                "Re: Votre toit", "Oui, parlons-en.", "Antoine <antoine@frigo.example>", In_Reply_To=ours["Message-ID"]
            )
        )

        assert kind == "reply"
        assert (life(row).state, row.reason, life(other).state, other.reason) == (
            "finished", "replied", "stopped", "colleague",
        )  # fmt: skip
        told.run(upto=NOW + 30 * DAY)
        assert len(told.sent) == 2


@pytest.mark.slow
@pytest.mark.shows("SEQ-08")
@pytest.mark.parametrize(
    ("words", "until"),
    [("Je serai de retour le 30 novembre 2026.", "2026-11-30T08:00"), ("Je suis absent.", "2026-11-26T08:00")],
)
def test_an_absence_pauses_it_until_the_day_of_return(sequence, antoine, maud, words, until):
    with story(NOW) as told:
        row = enrolled(sequence, antoine, maud)
        told.settle()
        ours = told.read(told.relay.mails[0])
        kind = told.answer(
            raw_mail("Absence du bureau", words, "Antoine <antoine@frigo.example>", In_Reply_To=ours["Message-ID"],
                     Auto_Submitted="auto-replied", Date="Thu, 19 Nov 2026 10:00:00 +0100")
        )  # fmt: skip

        back = datetime.fromisoformat(until).replace(tzinfo=UTC)
        assert kind == "auto_reply"
        assert (life(row).state, row.reason, row.resumes_at, row.due_at) == ("paused", "away", back, back)
        told.at(back - timedelta(minutes=1))
        running.resume_due(clock.now())
        assert life(row).state == "paused"
        set_clock(back + timedelta(seconds=1))
        running.resume_due(clock.now())
        told.settle()
        assert len(told.sent) == 2


@pytest.mark.slow
@pytest.mark.shows("SEQ-08", "SEQ-14", "UNSUB-01")
def test_whoever_opts_out_is_out_of_all_present_and_future_sequences(sequence, antoine, maud):
    with story(NOW) as told:
        row = enrolled(sequence, antoine, maud)
        told.settle()
        people.opt_out(people.Wish(normal="antoine@frigo.example", route="page", at=clock.now()))
        jobs()

        assert (life(row).state, row.reason) == ("stopped", "opted_out")
        with pytest.raises(enrolling.Refusal) as refused:
            enrolled(sequence, antoine, maud)
        told.run(upto=NOW + 30 * DAY)
        assert len(told.sent) == 1
    assert refused.value.reason == "opted_out"


@pytest.mark.shows("SEQ-08", "D20")
def test_a_lead_that_becomes_a_contact_leaves_it(sequence, antoine, maud):
    with story(NOW) as told:
        row = enrolled(sequence, antoine, maud)
        told.settle()
        become_contact(antoine, account=None, by=maud, now=clock.now())
        jobs()

        assert (life(row).state, row.reason) == ("stopped", "converted")


@pytest.mark.slow
@pytest.mark.shows("SEQ-08", "D20")
def test_facts_are_looked_at_again_even_if_no_news_came(sequence, add, maud):
    persons = [add(f"P {name}", f"{name}@x.example") for name in ("replied", "bounced", "opted", "converted", "gone")]
    replied, bounced, _opted, converted, gone = persons
    with story(NOW) as told:
        rows = {person.last_name: enrolled(sequence, person, maud) for person in persons}
        told.settle()
        Recipient.objects.filter(person=replied).update(replied_at=clock.now())
        Address.objects.filter(person=bounced).update(state="bounced")
        people.opt_out(people.Wish(normal="opted@x.example", route="page", at=clock.now()))
        Person.objects.filter(pk=converted.pk).update(kind="contact", converted_at=clock.now())
        Person.objects.filter(pk=gone.pk).delete()
        set_clock(NOW + 2 * DAY + timedelta(hours=3))
        set_clock(NOW + 4 * DAY)
        running.run_due(clock.now())

        assert {name: life(row).reason for name, row in rows.items()} == {
            "replied": "replied", "bounced": "bounced", "opted": "opted_out", "converted": "converted", "gone": "gone",
        }  # fmt: skip
        assert len(told.sent) == 5


@pytest.mark.slow
@pytest.mark.shows("SEQ-08", "SELL-09")
def test_a_broken_mailbox_and_a_sender_who_left_pause_it_and_it_goes_on_by_itself(sequence, antoine, maud):
    with story(NOW) as told:
        Mailbox.objects.update(state="broken")
        row = enrolled(sequence, antoine, maud)
        told.settle()
        assert (life(row).state, row.reason) == ("paused", "mailbox")

        Mailbox.objects.update(state="working")
        User.objects.filter(pk=maud.pk).update(is_active=False)
        running.resume_due(clock.now())
        told.settle()
        assert (life(row).state, row.reason) == ("paused", "sender")

        User.objects.filter(pk=maud.pk).update(is_active=True)
        running.resume_due(clock.now())
        told.settle()
        assert [address for address, _subject in told.sent] == ["antoine@frigo.example"]


@pytest.mark.shows("SEQ-08", "SELL-09")
@pytest.mark.parametrize("waits", ["task", "time"])
def test_of_a_sender_who_left_not_even_those_who_wait_for_a_task_or_a_day_stand_still_in_silence(
    sequence, antoine, chief, maud, waits
):
    with story(NOW):
        row = enrolled(sequence, antoine, maud)
        due = NOW + timedelta(days=9) if waits == "time" else None
        Enrolment.objects.filter(pk=row.pk).update(waits=waits if waits == "task" else "", due_at=due)
        User.objects.filter(pk=maud.pk).update(is_active=False)

        settling.settle(clock.now())

        assert (life(row).state, row.reason) == ("paused", "sender")
        assert [(each.sender, each.people, each.reason) for each in attention.stuck(chief)] == [(maud, 1, "sender")]
        User.objects.filter(pk=maud.pk).update(is_active=True)
        running.resume_due(clock.now())
        assert (life(row).state, row.due_at) == ("active", due)


@pytest.mark.slow
@pytest.mark.shows("SEQ-08")
def test_a_colleague_pauses_resumes_skips_and_removes(sequence, add, maud):
    persons = [add(f"P {number}", f"p{number}@x.example") for number in range(3)]
    with story(NOW) as told:
        rows = [enrolled(sequence, person, maud) for person in persons]
        actions.pause(rows[0], by=maud, now=clock.now())
        actions.skip(rows[1], by=maud, now=clock.now())
        actions.remove(rows[2], by=maud, now=clock.now())
        told.settle()

        assert told.sent == []
        assert [life(row).state for row in rows] == ["paused", "active", "stopped"]
        assert rows[1].position == 2
        actions.resume(rows[0], by=maud, now=clock.now())
        told.settle()
        assert [address for address, _subject in told.sent] == ["p0@x.example"]
        with pytest.raises(actions.NotGoing):
            actions.pause(rows[2], by=maud, now=clock.now())


@pytest.mark.slow
@pytest.mark.shows("SEQ-07", "D26")
def test_a_reply_waits_for_a_parent_of_which_nobody_knows_whether_it_left(sequence, antoine, maud):
    with story(NOW) as told:
        row = enrolled(sequence, antoine, maud)
        told.settle()
        Recipient.objects.update(state="unknown")
        told.at(NOW + DAY + timedelta(minutes=1))

        assert len(told.sent) == 1
        assert life(row).due_at > NOW + DAY + timedelta(minutes=10)
        Recipient.objects.update(state="sent")
        told.run(upto=NOW + DAY + timedelta(hours=1))
        assert len(told.sent) == 2


@pytest.mark.slow
@pytest.mark.shows("SEQ-07", "D26")
def test_a_reply_to_a_mail_that_failed_asks(sequence, antoine, maud):
    with story(NOW) as told:
        row = enrolled(sequence, antoine, maud)
        told.settle()
        Recipient.objects.update(state="failed")
        told.at(NOW + DAY + timedelta(minutes=1))

        assert (life(row).state, row.reason, len(told.sent)) == ("paused", "failed", 1)


@pytest.mark.slow
@pytest.mark.shows("SELL-25", "TPL-04", "SEQ-12", "SELL-34")
def test_a_changed_template_holds_at_once_for_those_enrolled(sequence, template, add, chief, maud):
    with story(NOW) as told:
        enrolled(sequence, add("Un Deux", "un@x.example"), maud)
        told.settle()
        edit_template(template, TemplateDraft(values={"html": "<p>Tout neuf</p>"}), by=chief, now=clock.now())
        enrolled(sequence, add("Trois Quatre", "trois@x.example"), maud)
        told.settle()

        assert [b"Tout neuf" in mail.content for mail in told.relay.mails] == [False, True]


@pytest.mark.shows("ESPC-02", "D25", "TPL-02", "SEQ-08")
def test_a_field_that_is_retired_holds_up_those_of_its_template_alone_until_it_is_mended(
    sequence, template, add, chief, maud
):
    fields = [
        defining.add_field(module, FieldDraft(label="Roof", kind="text"), by=chief, now=NOW)
        for module in ("contact", "lead")
    ]
    other = add_template(TemplateDraft(values={"name": "Autre", "subject": "x", "html": "<p>x</p>"}), by=chief, now=NOW)
    sound = actions.add(SequenceDraft(name="Autre", steps=(StepDraft(kind="mail", template=other),)), by=chief, now=NOW)
    edit_template(template, TemplateDraft(values={"html": "<p>{Person.roof|Votre toit}</p>"}), by=chief, now=NOW)
    for field in fields:
        defining.retire_field(field, by=chief, now=NOW)
    with story(NOW) as told:
        row = enrolled(sequence, add("Un Deux", "un@x.example"), maud)
        enrolled(sound, add("Trois Quatre", "trois@x.example"), maud)
        told.settle()

        assert (life(row).state, row.reason) == ("paused", "template")
        assert [address for address, _subject in told.sent] == ["trois@x.example"]
        assert [each.why for each in attention.stuck(maud)] == ["Its template has faults"]
        edit_template(template, TemplateDraft(values={"html": "<p>Votre toit</p>"}), by=chief, now=clock.now())
        running.resume_due(clock.now())
        told.settle()
        assert [address for address, _subject in told.sent] == ["trois@x.example", "un@x.example"]


@pytest.mark.shows("D25")
def test_one_that_crashes_lets_the_others_go_on(sequence, add, maud, monkeypatch):
    crash = running._mail

    def crashes_once(row, *words, **more):
        if row.normal == "un@x.example":
            raise LookupError("no")
        crash(row, *words, **more)

    monkeypatch.setattr(running, "_mail", crashes_once)
    with story(NOW) as told:
        row = enrolled(sequence, add("Un Deux", "un@x.example"), maud)
        enrolled(sequence, add("Trois Quatre", "trois@x.example"), maud)
        told.settle()

        assert [address for address, _subject in told.sent] == ["trois@x.example"]
        assert (life(row).state, traced(row)[-1]) == ("active", "postponed")
        assert row.due_at >= NOW + timedelta(hours=1)
        monkeypatch.setattr(running, "_mail", crash)
        told.run(upto=NOW + timedelta(hours=2))
        assert told.sent[-1][0] == "un@x.example"


@pytest.mark.shows("SEQ-13", "SELL-37")
def test_deleting_is_final_and_nothing_more_leaves(sequence, antoine, chief, maud):
    with story(NOW) as told:
        row = enrolled(sequence, antoine, maud)
        told.settle()

        assert actions.delete(sequence, by=chief, now=clock.now()) == 1
        told.run(upto=NOW + 30 * DAY)
        assert (life(row).state, row.reason, len(told.sent)) == ("stopped", "deleted", 1)


@pytest.mark.slow
@pytest.mark.shows("D20")
def test_of_two_records_that_become_one_a_single_enrolment_survives(sequence, antoine, add, maud):
    twin = add("Antoine Guillou", "a.guillou@frigo.example")
    with story(NOW) as told:
        kept, other = enrolled(sequence, antoine, maud), enrolled(sequence, twin, maud)
        told.settle()
        merge_people(antoine, [twin], {}, by=maud, now=clock.now())
        running.end_gone(clock.now())
        jobs()

        assert (life(kept).state, life(other).state, other.reason) == ("active", "stopped", "gone")
        told.run(upto=NOW + 2 * DAY)
        assert [address for address, _subject in told.sent].count("a.guillou@frigo.example") == 1


@pytest.mark.slow
@pytest.mark.shows("D20")
def test_an_address_changed_on_the_way_is_followed(sequence, antoine, maud):
    with story(NOW) as told:
        enrolled(sequence, antoine, maud)
        told.settle()
        people.edit_person(antoine, PersonDraft(values={}, emails=("antoine@neuf.example",)), by=maud, now=clock.now())
        told.run(upto=NOW + 2 * DAY)

        assert [address for address, _subject in told.sent] == ["antoine@frigo.example", "antoine@neuf.example"]


@pytest.mark.shows("SEQ-05")
def test_after_an_outage_of_a_night_overdue_steps_leave_when_work_begins(sequence, antoine, maud):
    with story(NOW) as told:
        row = enrolled(sequence, antoine, maud)
        told.settle()
        told.at(datetime(2026, 11, 20, 23, 0, tzinfo=UTC))

        assert len(told.sent) == 1
        assert life(row).due_at == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.shows("SEQ-15")
def test_a_large_enrolment_drips_out_under_the_daily_limit(sequence, add, chief, maud, mailbox):
    actions.set_pace(mailbox, per_day=3, gap=60, by=chief)
    with story(NOW) as told:
        for number in range(7):
            enrolled(sequence, add(f"P {number}", f"p{number}@x.example"), maud)
        told.settle()
        assert len(told.sent) == 1
        told.run(upto=NOW + timedelta(hours=8))
        assert len(told.sent) == 3
        Enrolment.objects.filter(position=2).update(due_at=None)
        told.run(upto=NOW + DAY + timedelta(hours=8))
        assert len(told.sent) == 6


@pytest.mark.slow
@pytest.mark.shows("SEQ-15")
def test_nobody_is_written_to_twice_by_programs_within_the_time_that_was_chosen(sequence, antoine, chief, maud, house):
    type(house).objects.update(pressure_days=3)
    again = actions.clone(sequence, by=chief, now=NOW)
    with story(NOW) as told:
        enrolled(sequence, antoine, maud)
        told.settle()
        row = enrolled(again, antoine, maud)
        told.settle()

        assert len(told.sent) == 1
        assert life(row).due_at.date() == datetime(2026, 11, 23).date()
        assert "postponed" in traced(row)


@pytest.mark.slow
@pytest.mark.shows("SEQ-15")
def test_a_company_is_not_written_to_by_two_programs_within_the_time_that_was_chosen(sequence, add, chief, maud, house):
    type(house).objects.update(company_pressure_days=3)
    again = actions.clone(sequence, by=chief, now=NOW)
    account = add_account(AccountDraft(values={"name": "Frigo"}), by=maud, now=NOW)
    first, colleague, other = (add(f"P {name}", f"{name}@frigo.example") for name in ("one", "two", "three"))
    Person.objects.update(account=account)
    with story(NOW) as told:
        enrolled(sequence, first, maud)
        enrolled(sequence, colleague, maud)
        told.settle()
        row = enrolled(again, other, maud)
        told.settle()

        assert sorted(to for to, _subject in told.sent) == ["one@frigo.example", "two@frigo.example"]
        assert life(row).due_at.date() == datetime(2026, 11, 23).date()
        assert row.traces.get(what="postponed").detail["why"] == "company"


@pytest.mark.slow
@pytest.mark.shows("SEQ-06")
def test_a_dropped_task_pauses_and_resuming_goes_on_with_the_next_step(sequence, antoine, maud):
    with story(NOW) as told:
        row = enrolled(sequence, antoine, maud)
        told.settle()
        told.run(upto=NOW + 2 * DAY)
        agenda.edit(Task.objects.get(), {"status": "dropped"}, by=maud, now=clock.now())
        settling.settle(clock.now())

        assert (life(row).state, row.reason) == ("paused", "task")
        actions.resume(row, by=maud, now=clock.now())
        assert (life(row).state, row.position) == ("active", 4)


@pytest.mark.slow
@pytest.mark.shows("SEQ-03", "D3")
def test_a_step_that_is_run_twice_sends_once(sequence, antoine, maud):
    with story(NOW) as told:
        row = enrolled(sequence, antoine, maud)
        told.settle()
        Enrolment.objects.filter(pk=row.pk).update(position=1, due_at=clock.now(), waits="")
        told.settle()

        assert len(told.sent) == 1
        assert StepRun.objects.filter(enrolment=row).count() == Message.objects.count() == 1


@pytest.mark.slow
@pytest.mark.shows("TPL-01", "SEQ-05")
def test_the_from_and_reply_to_of_a_steps_template_stand_in_its_mail_and_its_thread_holds(sequence, antoine, maud):
    Organisation.objects.update(mail_name="Helionne", mail_address="bonjour@helionne.example")
    Template.objects.filter(name="Toit utile").update(from_choice="organisation", reply_choice="owner")
    with story(NOW) as told:
        enrolled(sequence, antoine, maud)
        told.settle()
        told.at(NOW + 4 * DAY)
        first, second = (told.read(mail) for mail in told.relay.mails[:2])

    assert "<bonjour@helionne.example>" in first["From"]
    assert maud.email in first["Reply-To"]
    assert maud.email in second["From"]
    assert second["Reply-To"] is None
    assert second["In-Reply-To"] == first["Message-ID"]


@pytest.mark.shows("TPL-01")
def test_a_step_in_the_name_of_an_organisation_without_an_address_is_refused(chief, template):
    Organisation.objects.update(mail_address="")
    template.from_choice = "organisation"
    template.save()
    draft = SequenceDraft(name="x", steps=(StepDraft(kind="mail", template=template, key="one"),), language="fr")

    with pytest.raises(BadSequence, match="Step 1 is sent by the organisation"):
        actions.add(draft, by=chief, now=NOW)
