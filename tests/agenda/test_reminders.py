"""Reminders, alerts and the Assistant: told when it holds, settled by what people do, silent about machines."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from relance import events
from relance.agenda import actions, alerts, assistant, reminders, sending
from relance.agenda.models import Alert, Reminder, Task
from relance.agenda.reminders import TooEarly
from relance.agenda.watching import Condition, Known, Seen, Settled, is_due, is_settled, known
from relance.mail.models import Mailbox, Message, Recipient
from relance.mail.tracking.hits import Hit, HitKind
from relance.mail.tracking.note import note
from relance.mail.writing import drafts
from relance.reactions import react
from tests.mail.outbound.engine import people, seller

WEDNESDAY = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
THURSDAY = datetime(2026, 11, 19, 14, 0, tzinfo=UTC)
FRIDAY_NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.4 Safari/605.1.15"
)


@pytest.fixture
def claire(db):
    return seller()


@pytest.fixture
def sent(claire):
    """The contract's link, mailed on Wednesday, with a reminder for Thursday afternoon."""
    return mailed(claire)


def mailed(claire, condition="not_opened", track="full"):
    Mailbox.objects.get_or_create(
        is_default=True, defaults={"name": "S", "address": "s@helionne.test", "host": "h", "state": "working"}
    )
    (eve,) = people(1, start=Message.objects.count())
    values = {
        "to": eve.primary_email, "subject": "The contract", "html": '<p><a href="https://x.test/c">Sign</a></p>',
        "person": eve, "remind_if": condition, "remind_at": THURSDAY,
    }  # fmt: skip
    message = sending.send(drafts.begin(values, by=claire, now=WEDNESDAY), by=claire, now=WEDNESDAY)
    message.recipients.update(state="sent", sent_at=WEDNESDAY, track=track)
    Message.objects.filter(pk=message.pk).update(started_at=WEDNESDAY, state="done")
    return message


def hit(message, kind=HitKind.OPEN, *, at=WEDNESDAY + timedelta(hours=5), agent=SAFARI, **also):
    """Through the one door, and the reactions run."""
    copy = message.recipients.get()
    made = Hit(id=uuid.uuid4(), kind=kind, recipient_id=copy.pk, at=at, user_agent=agent, method="GET", **also)
    with connection.cursor() as cursor:
        told = note(cursor, [made]).events
    if told:
        react(news=events.pack(told))
    return told


@pytest.mark.shows("ENG-05", "D365-09", "D365-10", "D365-11", "D365-12")
@pytest.mark.parametrize(
    ("condition", "copies", "settled"),
    [
        ("no_reply", [Seen()], None),
        ("no_reply", [Seen(opened_at=THURSDAY, clicked_at=THURSDAY)], None),
        ("no_reply", [Seen(replied_at=THURSDAY)], Settled.REPLIED),
        ("no_reply", [Seen(), Seen(replied_at=THURSDAY)], Settled.REPLIED),
        ("not_opened", [Seen()], None),
        ("not_opened", [Seen(opened_at=THURSDAY)], Settled.OPENED),
        ("not_opened", [Seen(clicked_at=THURSDAY)], Settled.CLICKED),
        ("not_opened", [Seen(replied_at=THURSDAY)], Settled.REPLIED),
        ("not_opened", [Seen(is_followed=False, replied_at=THURSDAY)], Settled.REPLIED),
        ("anyway", [Seen(opened_at=THURSDAY, clicked_at=THURSDAY, replied_at=THURSDAY)], None),
    ],
)
def test_what_settles_a_reminder(condition, copies, settled):
    assert is_settled(Condition(condition), copies) == settled
    assert is_due(Condition(condition), copies, due_at=THURSDAY, now=THURSDAY) == (settled is None)
    assert not is_due(Condition(condition), copies, due_at=THURSDAY, now=THURSDAY - timedelta(seconds=1))


@pytest.mark.shows("ENG-05", "D365-10")
@pytest.mark.parametrize(
    ("copies", "said"),
    [
        ([Seen(sent_at=WEDNESDAY)], Known.SURE),
        ([Seen(sent_at=WEDNESDAY, is_followed=False)], Known.NOT_FOLLOWED),
        ([Seen(sent_at=WEDNESDAY), Seen(sent_at=WEDNESDAY, is_followed=False)], Known.PARTLY_FOLLOWED),
        ([Seen(sent_at=WEDNESDAY, bounced_at=WEDNESDAY)], Known.BOUNCED),
        ([Seen()], Known.NOT_SENT),
    ],
)
def test_how_sure_a_reminder_is(copies, said):
    assert known(Condition.NOT_OPENED, copies) == said


@pytest.mark.shows("ENG-05", "ENG-06", "D365-13")
def test_the_contract_is_still_unopened_and_the_seller_is_told_to_call(sent, claire):
    copy = sent.recipients.get()
    actions.add(
        Task, {"subject": "Signature", "due_at": FRIDAY_NOON, "person": copy.person_id}, by=claire, now=WEDNESDAY
    )
    assert reminders.become_due(THURSDAY - timedelta(minutes=1)) == 0

    assert reminders.become_due(THURSDAY) == 1

    (card,) = [each for each in assistant.cards(claire, now=THURSDAY) if each.kind == "reminder"]
    assert card.title == "person0 has not opened “The contract”."
    assert card.why == "Signature is due tomorrow at 12:00."


@pytest.mark.shows("ENG-05", "D365-10", "D365-12")
@pytest.mark.parametrize(
    ("kind", "by"), [(HitKind.OPEN, "opened"), (HitKind.CLICK, "clicked"), (HitKind.REPLY, "replied")]
)
def test_what_a_person_does_settles_it_before_and_after_its_time(sent, claire, kind, by):
    late = mailed(claire)
    reminders.become_due(THURSDAY)
    Reminder.objects.filter(message=sent).update(state="waiting")

    for message in (sent, late):
        hit(message, kind, link=1 if kind == HitKind.CLICK else None)

    assert set(Reminder.objects.values_list("state", "settled_by")) == {("settled", by)}
    assert reminders.become_due(THURSDAY) == 0
    assert not [card for card in assistant.cards(claire, now=THURSDAY) if card.kind == "reminder"]


@pytest.mark.shows("ENG-05", "D365-09", "D365-10")
def test_it_is_settled_at_the_moment_of_what_settles_it_and_not_of_an_opening_before(claire):
    message = mailed(claire, condition="no_reply")
    hit(message, at=WEDNESDAY + timedelta(hours=1))
    hit(message, HitKind.REPLY, at=WEDNESDAY + timedelta(hours=6))

    reminder = Reminder.objects.get()

    assert (reminder.settled_by, reminder.settled_at) == ("replied", WEDNESDAY + timedelta(hours=6))


@pytest.mark.shows("ENG-05", "D365-09")
def test_an_automatic_answer_is_no_reply(claire):
    message = mailed(claire, condition="no_reply")

    hit(message, HitKind.AUTO_REPLY)

    assert reminders.become_due(THURSDAY) == 1


@pytest.mark.shows("ENG-05", "D365-10")
def test_a_mail_that_is_not_followed_says_that_nobody_can_know(claire):
    mailed(claire, track="none")
    reminders.become_due(THURSDAY)

    (card,) = assistant.cards(claire, now=THURSDAY)

    assert card.why == "Its openings are not followed, so nobody can know: ask."


@pytest.mark.shows("ENG-05")
def test_a_reminder_of_a_mail_that_is_held_back_says_so_first(claire, sent):
    sent.recipients.update(state="queued", sent_at=None)
    reminders.become_due(THURSDAY)

    (card,) = assistant.cards(claire, now=THURSDAY)

    assert card.title.startswith("“The contract” to ")
    assert card.title.endswith(" has not left.")
    assert card.why == "See what holds it back."


@pytest.mark.shows("ENG-05")
def test_a_reminder_before_the_mail_leaves_is_refused_and_nothing_is_sent(claire, sent):
    values = {"to": "a@b.test", "subject": "x", "html": "<p>x</p>", "remind_if": "no_reply", "remind_at": WEDNESDAY}
    draft = drafts.begin(values, by=claire, now=WEDNESDAY)

    with pytest.raises(TooEarly):
        sending.send(draft, by=claire, now=WEDNESDAY)

    draft.refresh_from_db()
    assert draft.message is None
    assert Message.objects.count() == 1


@pytest.mark.shows("ENG-03", "D365-03", "ENG-02")
def test_the_first_opening_alerts_once_and_later_ones_only_count(sent, claire):
    for minutes in (0, 30, 60):
        hit(sent, at=WEDNESDAY + timedelta(hours=5, minutes=minutes))
    alerts.opened([events.MessageOpened(sent.recipients.get().pk)])  # a reaction may run twice

    assert Alert.objects.count() == 1
    assert [alert.kind for alert in alerts.take_new(claire, now=WEDNESDAY + timedelta(hours=5))] == ["opened"]
    assert alerts.take_new(claire, now=WEDNESDAY + timedelta(hours=5)) == []
    assert sent.recipients.get().opens == 3


@pytest.mark.shows("ENG-03")
def test_an_answer_is_told_as_an_answer_and_not_as_an_opening(sent, claire):
    hit(sent, HitKind.REPLY)

    assert [card.kind for card in assistant.cards(claire, now=THURSDAY)] == ["replied"]


@pytest.mark.shows("ENG-03", "ENG-02")
def test_mass_mail_raises_no_alert(sent, claire):
    Message.objects.filter(pk=sent.pk).update(kind="mass")

    hit(sent)

    assert not Alert.objects.exists()


@pytest.mark.shows("ENG-03", "R16")
def test_whoever_wants_it_is_told_by_mail_once_with_few_mails_an_hour(sent, claire):
    alerts.choose(claire, by_mail=True)
    hit(sent)
    now = WEDNESDAY + timedelta(hours=5, minutes=1)

    assert alerts.mail_due(now) == 1
    assert alerts.mail_due(now) == 0

    message = Message.objects.get(kind="notification")
    assert (message.track, message.content.subject) == (False, "person0 has opened your mail")
    assert Recipient.objects.get(message=message).email == claire.email


@pytest.mark.shows("ENG-06")
def test_a_card_is_put_off_dismissed_and_brought_back(sent, claire):
    hit(sent)
    (card,) = assistant.cards(claire, now=THURSDAY)

    assistant.put_aside(card.key, by=claire, now=THURSDAY, until=THURSDAY + timedelta(hours=1))
    assert assistant.cards(claire, now=THURSDAY) == []
    assert [each.key for each in assistant.cards(claire, now=THURSDAY + timedelta(hours=2))] == [card.key]

    assistant.put_aside(card.key, by=claire, now=THURSDAY + timedelta(hours=2))
    assert assistant.cards(claire, now=THURSDAY + timedelta(days=3)) == []

    assistant.bring_back(card.key, by=claire)
    assert [each.key for each in assistant.cards(claire, now=THURSDAY)] == [card.key]


@pytest.mark.shows("ENG-06", "ENG-05")
def test_a_reminder_put_off_asks_again_only_if_it_still_holds(sent, claire):
    reminders.become_due(THURSDAY)
    (card,) = assistant.cards(claire, now=THURSDAY)
    assistant.put_aside(card.key, by=claire, now=THURSDAY, until=THURSDAY + timedelta(hours=2))

    hit(sent, at=THURSDAY + timedelta(hours=1))

    assert reminders.become_due(THURSDAY + timedelta(hours=2)) == 0
    assert Reminder.objects.get().state == "settled"


@pytest.mark.shows("ENG-06")
def test_a_broken_mailbox_and_an_overdue_task_are_on_the_list(claire):
    Mailbox.objects.create(
        name="Mine", address="c@helionne.test", host="h", kind="personal", user=claire, state="broken",
        state_code="password-refused", state_at=WEDNESDAY,
    )  # fmt: skip
    actions.add(Task, {"subject": "Call back", "due_at": WEDNESDAY}, by=claire, now=WEDNESDAY)

    found = {card.kind: card.why for card in assistant.cards(claire, now=THURSDAY)}

    assert set(found) == {"mailbox", "task"}
    assert found["task"] == "Overdue since 18/11 10:00."
    assert found["mailbox"]


@pytest.mark.shows("ENG-06")
@pytest.mark.parametrize(
    ("day", "said"),
    [
        (18, "was to close on 18/11"),
        (20, "is to close today"),
        (21, "is to close tomorrow"),
        (22, "is to close on 22/11"),
    ],
)
def test_a_day_is_named_as_one_says_it(day, said):
    found = assistant._of_day(date(2026, 11, day), date(2026, 11, 20), assistant.DEAL_CLOSES)

    assert found % {"deal": "Roof", "day": f"{day}/11"} == f"The deal Roof {said}."
