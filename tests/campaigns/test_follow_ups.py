"""Follow-ups of a mass mail: to whom, when, and what goes with the first."""

from datetime import timedelta

import pytest

from relance.campaigns import actions, following, triggers
from relance.campaigns.actions import FollowUpDraft, MassMailDraft
from relance.campaigns.models import FollowDue, MassMail
from relance.events import MessageOpened
from relance.mail.models import Message, Recipient
from relance.people.models import Person
from relance.records.criteria import BadCriteria
from relance.team.policy import Forbidden

pytestmark = pytest.mark.django_db
NAMES = ("Opened", "Clicked", "Silent", "Bounced", "Untracked", "Answered")


@pytest.fixture
def follow(mass_mail, template, camille, now):
    def one(who="received", **values):
        draft = FollowUpDraft(who=who, template=template, **({"days": 3} | values))
        return actions.add_follow_up(mass_mail, draft, by=camille, now=now)

    return one


@pytest.fixture
def first(mass_mail, add, camille, now):
    """Launches the first mail to six people, each of whom does with it as she is called."""

    def launch():
        for name in NAMES:
            add(f"{name} Person", f"{name.lower()}@x.example")
        message = actions.launch(mass_mail, by=camille, now=now)
        actions.prepare(message.pk, now=now)
        message.recipients.update(state="sent", sent_at=now, track="full")
        for name, told in {
            "opened": {"first_opened_at": now},
            "clicked": {"first_opened_at": now, "first_clicked_at": now},
            "bounced": {"bounced_at": now},
            "untracked": {"track": "none"},
            "answered": {"first_opened_at": now, "replied_at": now},
        }.items():
            message.recipients.filter(normal=f"{name}@x.example").update(**told)
        Message.objects.filter(pk=message.pk).update(state="done")
        return message

    return launch


def got(follow_up):
    follow_up.refresh_from_db()
    rows = follow_up.message.recipients.exclude(state="refused") if follow_up.message else Recipient.objects.none()
    return {row.normal.partition("@")[0] for row in rows}


def leave(now, days=3):
    at = now + timedelta(days=days, minutes=1)
    actions.start_due(at)
    for message in Message.objects.filter(state="preparing"):
        actions.prepare(message.pk, now=at)
    following.send_due(at)


@pytest.mark.shows("MASS-05", "ZMM-21", "ZMM-22")
@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("received", {"opened", "clicked", "silent", "untracked", "answered"}),
        ("opened", {"opened", "clicked", "answered"}),
        ("not_opened", {"silent"}),
        ("clicked", {"clicked"}),
        ("not_clicked", {"opened", "silent", "answered"}),
        ("not_replied", {"opened", "clicked", "silent", "untracked"}),
    ],
)
def test_it_goes_to_those_who_did_or_did_not(follow, first, now, who, expected):
    follow_up = follow(who)
    first()
    following.opened([MessageOpened(pk) for pk in Recipient.objects.values_list("pk", flat=True)])

    leave(now)

    assert got(follow_up) == expected


@pytest.mark.shows("MASS-05", "D25")
def test_a_follow_up_that_fails_keeps_no_other_from_leaving(follow, first, now, monkeypatch):
    broken, sound = follow("opened"), follow("opened")
    first()
    following.opened([MessageOpened(pk) for pk in Recipient.objects.values_list("pk", flat=True)])
    deliver = following.deliver

    def fails(follow_up, *words, **more):
        if follow_up.pk == broken.pk:
            raise LookupError("no")
        deliver(follow_up, *words, **more)

    monkeypatch.setattr(following, "deliver", fails)
    leave(now)
    meanwhile = (got(broken), got(sound))
    monkeypatch.setattr(following, "deliver", deliver)
    leave(now)

    readers = {"opened", "clicked", "answered"}
    assert meanwhile == (set(), readers)
    assert (got(broken), got(sound)) == (readers, readers)


@pytest.mark.shows("MASS-05", "MASS-09", "ZMM-23")
def test_whom_to_leave_out_is_looked_at_when_it_goes_out(follow, first, now):
    follow_up = follow(leave_out="all(city:is:Lyon)")
    first()
    Person.objects.filter(addresses__normal="silent@x.example").update(city="Lyon")

    leave(now)

    assert got(follow_up) == {"opened", "clicked", "untracked", "answered"}


@pytest.mark.shows("MASS-05")
def test_whoever_opens_gets_it_so_many_days_after_her_own_opening(follow, first, now):
    follow_up = follow("opened", days=2)
    message = first()
    later = now + timedelta(days=5)
    silent = message.recipients.get(normal="silent@x.example")
    early = message.recipients.get(normal="opened@x.example")
    following.opened([MessageOpened(early.pk)])
    following.send_due(now + timedelta(days=2))
    assert got(follow_up) == {"opened"}
    Message.objects.filter(pk=follow_up.message_id).update(state="done")
    Recipient.objects.filter(pk=silent.pk).update(first_opened_at=later)

    following.opened([MessageOpened(silent.pk)] * 2)
    FollowDue.objects.filter(recipient=silent).update(due_at=later + timedelta(days=2))
    following.send_due(later + timedelta(days=1, hours=23))
    assert got(follow_up) == {"opened"}
    following.send_due(later + timedelta(days=2))
    following.send_due(later + timedelta(days=2))

    assert got(follow_up) == {"opened", "silent"}
    follow_up.message.refresh_from_db()
    assert (follow_up.message.total, follow_up.message.state) == (2, "sending")


@pytest.mark.shows("MASS-05", "ZMM-25", "ZMM-26")
def test_what_may_not_be_is_refused_with_a_sentence(follow, now):
    with pytest.raises(actions.BadFollowUp, match="a number of days, not a date"):
        follow("opened", days=None, at=now + timedelta(days=3))
    with pytest.raises(actions.BadFollowUp, match="either a number of days or a date"):
        follow(days=None)
    with pytest.raises(actions.BadFollowUp, match="has passed"):
        follow(days=None, at=now - timedelta(days=1))
    with pytest.raises(actions.BadFollowUp, match="who gets it"):
        follow("everybody")
    with pytest.raises(BadCriteria):
        follow(leave_out="all(nonsense:is:x)")
    follow_up = [follow() for _ in range(5)].pop()
    with pytest.raises(actions.TooManyFollowUps, match="at most 5"):
        follow()
    with pytest.raises(actions.BadFollowUp, match="no follow-ups of its own"):
        actions.add_follow_up(
            follow_up, FollowUpDraft(who="received", template=None, days=1), by=follow_up.creator, now=now
        )


@pytest.mark.shows("MASS-05", "MASS-06", "ZMM-32")
def test_it_is_edited_from_the_sent_mail_until_it_goes(follow, first, template, camille, yann, now):
    follow_up = follow(days=3)
    first()
    draft = FollowUpDraft(who="not_opened", template=template, days=6)
    follow_up.refresh_from_db()
    assert (follow_up.state, follow_up.scheduled_at) == ("scheduled", now + timedelta(days=3))
    with pytest.raises(Forbidden):
        actions.edit_follow_up(follow_up, draft, by=yann, now=now)

    actions.edit_follow_up(follow_up, draft, by=camille, now=now)

    follow_up.refresh_from_db()
    assert (follow_up.state, follow_up.scheduled_at) == ("scheduled", now + timedelta(days=6))
    actions.edit_follow_up(follow_up, draft, by=camille, now=now + timedelta(days=6, minutes=-15))
    follow_up.refresh_from_db()
    assert (follow_up.state, follow_up.state_why) == ("stopped", "edited_late")
    leave(now, days=7)
    assert got(follow_up) == set()
    message = actions.launch(follow_up, by=camille, now=now + timedelta(days=7))
    actions.prepare(message.pk, now=now + timedelta(days=7))
    assert got(follow_up) == {"silent"}


@pytest.mark.shows("MASS-06", "ZMM-31")
def test_deleting_and_stopping_take_the_follow_ups_along(follow, mass_mail, add, camille, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    follow_up = follow()
    actions.launch(mass_mail, by=camille, now=now)
    mass_mail.refresh_from_db()

    actions.stop(mass_mail, by=camille, now=now)
    follow_up.refresh_from_db()
    assert (follow_up.state, follow_up.state_why) == ("stopped", "first_stopped")
    actions.delete_mass_mail(mass_mail, by=camille, now=now)

    assert not MassMail.objects.visible_to(camille).exists()


@pytest.mark.slow
@pytest.mark.shows("MASS-03", "MASS-05")
def test_follow_ups_do_not_count_as_starts(follow, first, mass_mail, camille, now):
    follow_ups = [follow(days=0) for _ in range(4)]
    first()

    leave(now, days=0)

    assert all(got(one) for one in follow_ups)
    assert actions.taken(now, module="contact") == (1, 0)


@pytest.mark.shows("MASS-05", "MASS-02")
def test_the_first_does_not_leave_with_a_follow_up_that_cannot(follow, mass_mail, add, camille, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    actions.add_follow_up(mass_mail, FollowUpDraft(who="received", template=None, days=1), by=camille, now=now)

    with pytest.raises(actions.NotReady, match="no template yet"):
        actions.launch(mass_mail, by=camille, now=now)


@pytest.mark.shows("MASS-05", "MASS-01")
def test_nobody_else_is_chosen_by_editing_or_copying_a_follow_up(follow, camille, now):
    follow_up = follow()

    with pytest.raises(actions.FollowsTheFirst):
        actions.edit_mass_mail(follow_up, MassMailDraft(values={"audience": "all"}), by=camille, now=now)
    with pytest.raises(actions.FollowsTheFirst):
        actions.copy_mass_mail(follow_up, by=camille, now=now)


@pytest.mark.shows("ZMM-24", "MASS-05", "MASS-06")
def test_a_copy_brings_the_follow_ups_and_what_each_mail_sets_off(mass_mail, template, camille, now):
    draft = actions.FollowUpDraft(who="not_opened", template=template, days=4, leave_out="all(city:is:Lyon)")
    follow_up = actions.add_follow_up(mass_mail, draft, by=camille, now=now)
    for each in (mass_mail, follow_up):
        told = triggers.TriggerDraft(event="clicked", updates=[("city", "Brest")])
        triggers.set_trigger(each, told, by=camille, now=now)

    copied = actions.copy_mass_mail(mass_mail, by=camille, now=now)

    again = copied.follow_ups.get()
    assert (again.follow, again.days, again.leave_out) == ("not_opened", 4, "all(city:is:Lyon)")
    assert (again.template, again.state, again.pk != follow_up.pk) == (template, "draft", True)
    assert copied.triggers.get().updates == again.triggers.get().updates == [{"field": "city", "value": "Brest"}]
