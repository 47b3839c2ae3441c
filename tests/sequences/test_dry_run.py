"""What a dry run announces is what is sent: through the engine, by two workers, with kills; `--kills 20` for 1,000."""

import random
import time as time_module
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

import relance.reactions  # noqa: F401  declares the job that reacts
from relance.agenda import actions as agenda
from relance.agenda.models import Task
from relance.lib import clock
from relance.mail import actions as outbox
from relance.mail.models import Mailbox, Recipient
from relance.mail.transport.fake import FakeRelay
from relance.people.models import Address, Person
from relance.sequences import actions, enrolling
from relance.sequences.actions import SequenceDraft
from relance.sequences.models import Enrolment, StepRun
from relance.team import settings
from tests.mail.outbound.engine import until
from tests.mail.outbound.killed import nursery
from tests.sequences.conftest import a_template, mail, set_clock, task
from tests.sequences.story import Story, jobs, next_due

pytestmark = pytest.mark.django_db(transaction=True)
ZONES = ("Europe/Paris", "America/New_York", "Asia/Tokyo", "Australia/Sydney", "America/Los_Angeles", "Asia/Dubai")
A_LOOK = timedelta(minutes=5)  # what is due within it is looked at together
START = datetime(2026, 12, 17, 9, 0, tzinfo=UTC)  # a Thursday; Christmas Day is a Friday


def crowd(count, zones=ZONES):
    made = Person.objects.bulk_create(
        Person(
            kind="lead", first_name=f"P{number}", name=f"P{number}", name_folded=f"p{number}",
            primary_email=f"p{number}@x.example", time_zone=zones[number % len(zones)], created_at=START,
            updated_at=START,
        )
        for number in range(count)
    )  # fmt: skip
    Address.objects.bulk_create(
        Address(person=person, email=person.primary_email, normal=person.primary_email) for person in made
    )
    return made


@pytest.fixture
def long(chief, mailbox):
    settings.change({"holiday_country": "FR"}, by=chief)
    steps = (
        mail(a_template(chief, "un", "Un"), key="one", hour=time(9)),
        mail(a_template(chief, "deux", "Deux"), key="two", wait_minutes=1440, thread="one"),
        task("Appeler", key="call", wait_days=1),
        mail(a_template(chief, "trois", "Trois"), key="three", wait_minutes=2880, hour=time(10)),
        mail(a_template(chief, "quatre", "Quatre"), key="four", wait_minutes=4320),
    )
    return actions.add(SequenceDraft(name="Long", steps=steps, language="fr"), by=chief, now=START)


class Days(Story):
    """Days on which two dispatchers do what is due and send, and one of them is killed now and then."""

    def __init__(self, relay, opened, kills):
        super().__init__(relay)
        self.opened, self.left, self.kills = opened, kills, 0
        self.dispatchers = [opened.victim(follows_up=True), opened.victim(follows_up=True)]

    def settle(self):
        """Wait until all that is due has left and has been told; where something is due, strike once, at any moment."""
        if self.left and self._is_due():
            time_module.sleep(random.random() * 0.8)
            self._strike()
        until(self._is_quiet, 900)

    def _strike(self):
        place = self.kills % 2
        self.dispatchers[place].strike()
        self.dispatchers[place] = self.opened.victim(follows_up=True)
        self.kills, self.left = self.kills + 1, self.left - 1

    def _is_quiet(self):
        self._decide()
        return not (jobs() or self._is_due() or self._is_under_way() or self._is_untold())

    @staticmethod
    def _is_due():
        return Enrolment.objects.filter(state="active", due_at__lte=clock.now()).exists()

    def _decide(self):
        """A person looks up what became of the unknown copies, and says so."""
        for copy in Recipient.objects.filter(state="unknown").select_related("message__content"):
            if (copy.email, copy.message.content.subject) in self.sent:
                outbox.settle_unknown(copy, sent=True, why="seen", now=clock.now())
            else:
                outbox.resend_unknown(copy, now=clock.now())


def finish_tasks(maud):
    for work in Task.objects.filter(done_at=None, due_at__lte=clock.now()):
        agenda.finish(work, by=maud, now=work.due_at)
    jobs()


def next_moment():
    work = Task.objects.filter(done_at=None).order_by("due_at").values_list("due_at", flat=True).first()
    return min(filter(None, (next_due(), work)), default=None)


@pytest.mark.slow
@pytest.mark.shows("SEQ-10", "SEQ-03", "SEQ-04", "SEQ-05", "SEQ-06", "SEQ-07")
def test_what_the_dry_run_announced_is_sent_no_more_no_less(long, maud, request):
    asked = request.config.getoption("--kills")
    kills, people = (20, crowd(1000)) if asked >= 20 else (4, crowd(60, ZONES[:3]))
    set_clock(START)
    announced = enrolling.plan(long, [person.pk for person in people], by=maud, now=clock.now())
    with FakeRelay() as relay, nursery() as opened:
        Mailbox.objects.update(port=relay.port)
        days = Days(relay, opened, kills)
        enrolling.enrol(long, [person.pk for person in people], by=maud, now=clock.now())
        while (moment := next_moment()) is not None:
            days.at(max(moment + A_LOOK, clock.now()))
            finish_tasks(maud)

        subjects = {1: "Un", 2: "Re: Un", 4: "Trois", 5: "Quatre"}
        emails = {person.pk: person.primary_email for person in people}
        planned = Counter(
            (emails[each.person_id], subjects[each.position]) for each in announced.planned if each.is_mail
        )
        assert Counter(days.sent) == planned
        assert days.kills == kills
    assert set(Enrolment.objects.values_list("state", "reason")) == {("finished", "completed")}
    assert StepRun.objects.count() == len(announced.planned)
    when = {(run.enrolment.person_id, run.step.position): run for run in runs()}
    off = [each for each in announced.planned if abs(moment_of(when[each.person_id, each.position]) - each.at) > SLACK]
    assert off == []
    assert not [run for run in when.values() if run.step.is_mail and is_off(run)]
    print(f"\n{len(people)} people, {sum(planned.values())} mails, {days.kills} kills, as announced")


SLACK = timedelta(minutes=30)


def runs():
    return StepRun.objects.select_related("enrolment__person", "step", "task", "message")


def moment_of(run):
    """When a mail was given to the dispatcher, or by when a task was to be done."""
    return run.at if run.task is None else run.task.due_at


def is_off(run):
    """Whether it went on a day off of its reader."""
    local = run.at.astimezone(ZoneInfo(run.enrolment.person.time_zone)).date()
    return local.weekday() > 4 or (local.month, local.day) in ((12, 25), (1, 1))
