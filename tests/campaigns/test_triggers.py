"""What a mass mail sets off: once a recipient, by the verbs of records and agenda, and never more than allowed."""

from datetime import UTC, datetime, timedelta

import pytest

from relance.agenda.models import Call, Task
from relance.campaigns import actions, firing
from relance.campaigns.models import TriggerRun
from relance.campaigns.triggers import BadTrigger, Errand, TriggerDraft, remove_trigger, set_trigger
from relance.events import LinkClicked, MessageBounced, MessageOpened
from relance.mail.models import Recipient
from relance.people.models import Person
from relance.records import defining
from relance.records.defining import FieldDraft
from relance.records.values import BadValue
from relance.team.policy import Forbidden

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(mass_mail, add, now):
    """Launches it to one person and gives her copy."""

    def launch():
        person = add("Olivier Mercadier", "olivier@mercadier.example")
        message = actions.launch(mass_mail, by=mass_mail.creator, now=now)
        actions.prepare(message.pk, now=now)
        Recipient.objects.update(state="sent", first_opened_at=now, first_clicked_at=now, bounced_at=now)
        return person, message.recipients.get()

    return launch


@pytest.mark.shows("MASS-04", "ZMM-14", "ZMM-15", "ZMM-18", "ZMM-19", "ZMM-20")
def test_a_click_updates_fields_and_adds_tasks_and_calls(mass_mail, sent, camille, yann, now):
    draft = TriggerDraft(
        event="clicked",
        updates=[("city", "Lyon")],
        tasks=[Errand(subject="Envoyer le devis", days=2, priority="high")],
        calls=[Errand(subject="Appeler", days=1, hour="14:30", owner_id=yann.pk)],
    )
    set_trigger(mass_mail, draft, by=camille, now=now)
    person, copy = sent()

    firing.clicked([LinkClicked(copy.pk)])

    person.refresh_from_db()
    task, call = Task.objects.get(), Call.objects.get()
    assert person.city == "Lyon"
    assert (task.subject, task.person_id, task.priority) == ("Envoyer le devis", person.pk, "high")
    assert task.due_at == datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
    assert (call.subject, call.owner, call.due_at) == ("Appeler", yann, datetime(2026, 11, 20, 13, 30, tzinfo=UTC))


@pytest.mark.shows("MASS-04", "ZMM-18")
def test_a_field_that_its_records_do_not_have_any_more_keeps_the_mail_back(mass_mail, add, chief, camille, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    field = defining.add_field("contact", FieldDraft(label="Roof", kind="text"), by=chief, now=now)
    draft = TriggerDraft(event="opened", updates=[(field.key, "tiled"), ("city", "Lyon")])
    set_trigger(mass_mail, draft, by=camille, now=now)
    defining.retire_field(field, by=chief, now=now)

    with pytest.raises(actions.NotReady) as refused:
        actions.launch(mass_mail, by=camille, now=now)
    set_trigger(mass_mail, TriggerDraft(event="opened", updates=[("city", "Lyon")]), by=camille, now=now)

    assert [(check.key, check.remedy) for check in refused.value.problems] == [("trigger", "follow_ups")]
    assert "would update the field “roof”, which is not there." in str(refused.value)
    assert actions.launch(mass_mail, by=camille, now=now) is not None


@pytest.mark.shows("MASS-04", "ZMM-18", "ZMM-24")
def test_a_mail_or_a_follow_up_that_goes_to_another_module_does_not_keep_its_old_fields_unseen(
    mass_mail, camille, chief, now, add
):
    field = defining.add_field("contact", FieldDraft(label="Roof", kind="text"), by=chief, now=now)
    add("Ada Roux", "ada@roux.example", kind="lead")
    follow_up = actions.add_follow_up(
        mass_mail, actions.FollowUpDraft(who="received", days=2, template=mass_mail.template), by=camille, now=now
    )  # fmt: skip
    for mail in (mass_mail, follow_up):
        set_trigger(mail, TriggerDraft(event="clicked", updates=[(field.key, "tiled")]), by=camille, now=now)

    moved = actions.edit_mass_mail(mass_mail, actions.MassMailDraft(values={"module": "lead"}), by=camille, now=now)
    with pytest.raises(actions.NotReady) as refused:
        actions.launch(moved, by=camille, now=now)

    assert [check.key for check in refused.value.problems] == ["trigger", "trigger"]
    assert follow_up.name in str(refused.value)


@pytest.mark.shows("MASS-04", "MASS-09", "ZMM-14")
def test_it_fires_once_a_recipient_however_often_the_news_comes(mass_mail, sent, camille, now):
    set_trigger(mass_mail, TriggerDraft(event="opened", tasks=[Errand(subject="Rappeler")]), by=camille, now=now)
    _person, copy = sent()

    for _ in range(3):
        firing.opened([MessageOpened(copy.pk), MessageOpened(copy.pk)])
    firing.clicked([LinkClicked(copy.pk)])

    assert Task.objects.count() == 1
    assert TriggerRun.objects.count() == 1


@pytest.mark.shows("MASS-04", "ZMM-16")
def test_a_bounce_updates_fields(mass_mail, sent, camille, now):
    set_trigger(mass_mail, TriggerDraft(event="bounced", updates=[("city", "Inconnue")]), by=camille, now=now)
    person, copy = sent()

    firing.bounced([MessageBounced(copy.pk)])

    person.refresh_from_db()
    assert person.city == "Inconnue"


@pytest.mark.shows("MASS-04", "ZMM-19", "ZMM-20")
@pytest.mark.parametrize("kind", ["tasks", "calls"])
@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-11-19", ""),  # today, however late
        ("2026-11-18", "This day has passed"),
        ("0026-11-20", "This day has passed"),  # a year half typed
        ("2126-10-26", ""),
        ("2126-10-27", "hundred years"),
        ("9999-12-31", "hundred years"),
    ],
)
def test_a_task_or_a_call_is_not_planned_for_a_day_that_has_passed_or_that_nobody_means(
    mass_mail, camille, now, kind, day, words
):
    draft = TriggerDraft(event="clicked", **{kind: [Errand(subject="Rappeler", day=day)]})
    if not words:
        set_trigger(mass_mail, draft, by=camille, now=now)
        return
    with pytest.raises(BadTrigger, match=words):
        set_trigger(mass_mail, draft, by=camille, now=now)


@pytest.mark.shows("MASS-04", "ZMM-16", "ZMM-17")
@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (TriggerDraft(event="bounced", tasks=[Errand(subject="x")]), "only update fields"),
        (TriggerDraft(event="bounced", calls=[Errand(subject="x")]), "only update fields"),
        (TriggerDraft(event="opened", updates=[(k, "x") for k in ("city", "country", "company", "title")]), "3 fields"),
        (TriggerDraft(event="opened", tasks=[Errand(subject="x")] * 3), "2 tasks"),
        (TriggerDraft(event="clicked", calls=[Errand(subject="x")] * 3), "2 calls"),
        (TriggerDraft(event="opened"), "Say what is to happen"),
        (TriggerDraft(event="replied", updates=[("city", "x")]), "opened, clicked or bounces"),
        (TriggerDraft(event="opened", updates=[("secret", "x")]), "no field"),
        (TriggerDraft(event="opened", tasks=[Errand(subject=" ")]), "what it is about"),
        (TriggerDraft(event="opened", tasks=[Errand(subject="x", days=400)]), "between 0 and 365"),
        (TriggerDraft(event="opened", tasks=[Errand(subject="x", hour="25:00")]), "does not exist"),
        (TriggerDraft(event="opened", tasks=[Errand(subject="x", owner_id=10**9)]), "not there any more"),
    ],
)
def test_what_may_not_be_is_refused_with_a_sentence(mass_mail, camille, now, draft, words):
    with pytest.raises(BadTrigger) as refused:
        set_trigger(mass_mail, draft, by=camille, now=now)

    assert words in str(refused.value)
    assert not mass_mail.triggers.exists()


@pytest.mark.shows("MASS-04", "ZMM-18")
def test_a_value_that_its_field_does_not_take_is_refused(mass_mail, camille, now):
    with pytest.raises(BadValue):
        set_trigger(mass_mail, TriggerDraft(event="opened", updates=[("owner", "x")]), by=camille, now=now)


@pytest.mark.shows("MASS-04", "MASS-07", "ZMM-34")
def test_only_its_creator_sets_triggers_and_only_before_it_leaves(mass_mail, sent, camille, yann, now):
    draft = TriggerDraft(event="opened", updates=[("city", "Lyon")])
    with pytest.raises(Forbidden):
        set_trigger(mass_mail, draft, by=yann, now=now)
    set_trigger(mass_mail, draft, by=camille, now=now)
    remove_trigger(mass_mail, "opened", by=camille, now=now)
    assert not mass_mail.triggers.exists()
    sent()

    with pytest.raises(actions.AlreadyLaunched):
        set_trigger(mass_mail, draft, by=camille, now=now)


@pytest.mark.shows("MASS-04", "D17")
def test_what_stands_in_the_way_is_kept_and_stops_nobody_else(mass_mail, sent, add, camille, now):
    set_trigger(mass_mail, TriggerDraft(event="opened", updates=[("city", "Lyon")]), by=camille, now=now)
    person, copy = sent()
    Person.objects.filter(pk=person.pk).delete()

    firing.opened([MessageOpened(copy.pk)])

    assert TriggerRun.objects.get().why == "gone"


@pytest.mark.shows("MASS-06")
def test_setting_a_trigger_in_the_last_minutes_stops_the_mail(mass_mail, add, camille, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    actions.schedule(mass_mail, now + timedelta(minutes=20), by=camille, now=now)

    draft = TriggerDraft(event="opened", updates=[("city", "Lyon")])
    set_trigger(mass_mail, draft, by=camille, now=now + timedelta(minutes=5))

    mass_mail.refresh_from_db()
    assert (mass_mail.state, mass_mail.state_why) == ("stopped", "edited_late")
