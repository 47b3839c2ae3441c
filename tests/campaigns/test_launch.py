"""Launching a mass mail: once, frozen, complete, within the limits."""

from datetime import UTC, datetime, timedelta

import pytest

from relance.campaigns import actions
from relance.campaigns.actions import MassMailDraft
from relance.campaigns.models import MassMail
from relance.mail import actions as mail
from relance.mail.models import Message, Outbox, Recipient
from relance.mail.templates import TemplateDraft, add_template, edit_template
from relance.people.models import Suppression
from relance.records.models import Change
from relance.team.models import Grant
from relance.team.policy import Forbidden, Level
from relance.team.workspace import organisation
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db


def another(mass_mail, now, name="Autre"):
    return actions.copy_mass_mail(mass_mail, by=mass_mail.creator, now=now)


def launched(mass_mail, now):
    message = actions.launch(mass_mail, by=mass_mail.creator, now=now)
    actions.prepare(message.pk, now=now)
    message.refresh_from_db()
    return message


@pytest.mark.shows("MASS-09", "D18")
def test_the_text_is_frozen_when_it_is_launched(mass_mail, template, add, camille, now):
    add("Olivier Mercadier", "olivier@mercadier.example")

    message = launched(mass_mail, now)
    edit_template(template, TemplateDraft(values={"subject": "Autre chose"}), by=camille, now=now)

    message.content.refresh_from_db()
    assert message.content.subject == "{Person.firstName|Bonjour}, une aide pour votre toit"
    assert [link["url"] for link in message.content.links] == ["https://helionne.example/toit"]


@pytest.mark.shows("MASS-01", "ZMM-04", "ZMM-11")
def test_everybody_chosen_becomes_a_recipient_with_the_reason_of_those_left_out(mass_mail, add, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    add("Jana Brandt")
    rohan = add("Rohan Patel", "rohan@patel.example")
    Suppression.objects.create(normal="rohan@patel.example", scope="marketing", route="page", at=now)

    message = launched(mass_mail, now)

    rows = {row.name: (row.state, row.refused_because, row.normal) for row in message.recipients.all()}
    assert rows == {
        "Olivier Mercadier": ("queued", "", "olivier@mercadier.example"),
        "Jana Brandt": ("refused", "no_address", None),
        "Rohan Patel": ("refused", "opted_out", None),
    }
    assert (message.state, message.total, message.refused) == ("sending", 1, 2)
    mass_mail.refresh_from_db()
    assert mass_mail.matched == 3
    assert rohan.recipients.count() == 1


@pytest.mark.shows("D12", "MASS-09")
def test_the_job_may_run_twice(mass_mail, add, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    message = launched(mass_mail, now)

    again = actions.prepare(message.pk, now=now)

    assert again is False
    assert message.recipients.count() == 1


@pytest.mark.shows("D5")
def test_a_job_killed_halfway_leaves_nothing_and_the_next_one_does_it_all(mass_mail, add, now, monkeypatch):
    add("Olivier Mercadier", "olivier@mercadier.example")
    message = actions.launch(mass_mail, by=mass_mail.creator, now=now)
    monkeypatch.setattr(mail, "wake", lambda *_: (_ for _ in ()).throw(RuntimeError("killed")))

    with pytest.raises(RuntimeError):
        actions.prepare(message.pk, now=now)

    message.refresh_from_db()
    assert (message.state, message.recipients.count()) == ("preparing", 0)
    monkeypatch.undo()
    actions.prepare_forgotten(now + timedelta(minutes=5))
    message.refresh_from_db()
    assert (message.state, message.recipients.count()) == ("sending", 1)


@pytest.mark.shows("MASS-09")
def test_a_second_launch_is_refused(mass_mail, add, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    launched(mass_mail, now)

    with pytest.raises(actions.AlreadyLaunched):
        actions.launch(mass_mail, by=mass_mail.creator, now=now)

    assert Message.objects.count() == 1


@pytest.mark.shows("MASS-02", "ZMM-08", "ESPC-02")
def test_what_is_missing_keeps_it_back_with_a_sentence(mass_mail, camille, now):
    actions.edit_mass_mail(mass_mail, MassMailDraft(values={"template": None}), by=camille, now=now)

    with pytest.raises(actions.NotReady) as refused:
        actions.launch(mass_mail, by=camille, now=now)

    assert {check.key for check in refused.value.problems} == {"recipients", "template"}
    assert "No template is chosen yet." in str(refused.value)


@pytest.mark.shows("MASS-03", "ZMM-06", "C-4")
def test_a_fourth_start_in_one_hour_is_refused_and_says_when(mass_mail, add, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    for minutes in (1, 2):
        launched(another(mass_mail, now), now + timedelta(minutes=minutes))
    launched(mass_mail, now + timedelta(minutes=3))

    with pytest.raises(actions.TooManyStarts) as refused:
        actions.launch(another(mass_mail, now), by=mass_mail.creator, now=now + timedelta(minutes=4))

    assert refused.value.next_at == datetime(2026, 11, 19, 15, 0, tzinfo=UTC)
    assert "16:00" in str(refused.value)


@pytest.mark.slow
@pytest.mark.shows("MASS-03")
def test_a_scheduled_fourth_start_waits_for_the_next_hour_and_says_so(mass_mail, add, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    for minutes in (1, 2, 3):
        launched(another(mass_mail, now), now + timedelta(minutes=minutes))
    actions.schedule(mass_mail, now + timedelta(minutes=10), by=mass_mail.creator, now=now)

    actions.start_due(now + timedelta(minutes=11))

    mass_mail.refresh_from_db()
    assert (mass_mail.state, mass_mail.state_why) == ("scheduled", "no_room")
    assert mass_mail.scheduled_at == datetime(2026, 11, 19, 15, 0, tzinfo=UTC)


@pytest.mark.shows("MASS-03", "ZMM-07", "C-4")
def test_a_sixth_mail_scheduled_for_the_same_hour_is_refused(mass_mail, add, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    for minute in range(5):
        at = now + timedelta(hours=2, minutes=minute)
        actions.schedule(another(mass_mail, now), at, by=mass_mail.creator, now=now)

    with pytest.raises(actions.HourFull):
        actions.schedule(mass_mail, now + timedelta(hours=2, minutes=30), by=mass_mail.creator, now=now)


@pytest.mark.shows("MASS-03", "ZMM-07", "C-4")
def test_a_scheduled_mail_does_not_slip_into_a_full_hour_of_another_module(mass_mail, add, camille, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    add("Ada Roux", "ada@roux.example", kind="lead")
    hour = now + timedelta(hours=2)
    for minute in range(5):
        actions.schedule(another(mass_mail, now), hour + timedelta(minutes=minute), by=camille, now=now)
    to_leads = actions.edit_mass_mail(
        another(mass_mail, now), MassMailDraft(values={"module": "lead"}), by=camille, now=now
    )  # fmt: skip
    actions.schedule(to_leads, hour, by=camille, now=now)

    with pytest.raises(actions.HourFull):
        actions.edit_mass_mail(to_leads, MassMailDraft(values={"module": "contact"}), by=camille, now=now)
    renamed = actions.edit_mass_mail(to_leads, MassMailDraft(values={"name": "Toits"}), by=camille, now=now)

    assert (renamed.module, renamed.state, renamed.name) == ("lead", "scheduled", "Toits")


@pytest.mark.slow
@pytest.mark.shows("C-4", "MASS-03", "ZMM-06", "ZMM-07", "ADM-02")
def test_both_limits_are_an_administrators_and_each_stands_by_itself(mass_mail, add, camille, chief, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    limits = {"mass_starts_per_hour": 2, "scheduled_per_module_hour": 1}
    assert Caller(chief)("PATCH", "/organisation", limits).status_code == 200
    mails = [another(mass_mail, now) for _ in range(3)]
    later = [another(mass_mail, now) for _ in range(2)]
    hour = now + timedelta(hours=5)

    for mail_ in mails[:2]:
        launched(mail_, now)
    actions.schedule(later[0], hour, by=camille, now=now)

    with pytest.raises(actions.TooManyStarts):
        actions.launch(mails[2], by=camille, now=now)
    with pytest.raises(actions.HourFull):
        actions.schedule(later[1], hour, by=camille, now=now)
    actions.schedule(later[1], hour + timedelta(hours=1), by=camille, now=now)


@pytest.mark.shows("C-4", "MASS-03", "ZMM-07", "ADM-02")
@pytest.mark.parametrize("limit", ["mass_starts_per_hour", "scheduled_per_module_hour", "sends_per_hour"])
def test_a_limit_of_none_is_refused_by_the_page_as_by_the_api_and_not_taken_for_no_limit(client, chief, house, limit):
    client.force_login(chief)
    given = client.get("/settings/sending").context["form"].initial

    told = client.post("/settings/sending", {**{name: value or "" for name, value in given.items()}, limit: 0})
    refused = Caller(chief)("PATCH", "/organisation", {limit: 0})

    assert told.context["form"].errors.keys() == {limit}
    assert refused.status_code == 422
    assert getattr(organisation(), limit) != 0


@pytest.mark.shows("MASS-03", "ZMM-09")
def test_a_scheduled_mail_leaves_at_its_time_and_not_before(mass_mail, add, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    at = now + timedelta(hours=1)
    actions.schedule(mass_mail, at, by=mass_mail.creator, now=now)

    early = actions.start_due(at - timedelta(seconds=1))
    due = actions.start_due(at)

    assert (early, due) == ([], [mass_mail.pk])
    mass_mail.refresh_from_db()
    assert (mass_mail.state, mass_mail.status) == ("launched", "preparing")


@pytest.mark.shows("MASS-09", "D16")
def test_after_an_outage_a_late_mail_asks_instead_of_leaving(mass_mail, add, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    actions.schedule(mass_mail, now + timedelta(hours=1), by=mass_mail.creator, now=now)

    actions.start_due(now + timedelta(hours=3, minutes=1))

    mass_mail.refresh_from_db()
    assert (mass_mail.state, Message.objects.count()) == ("late", 0)


@pytest.mark.shows("MASS-06", "ZMM-30", "D18", "C-5")
@pytest.mark.parametrize(("minutes", "state"), [(16, "scheduled"), (15, "stopped"), (14, "stopped")])
def test_an_edit_in_the_last_quarter_of_an_hour_stops_it(mass_mail, add, camille, now, minutes, state):
    add("Olivier Mercadier", "olivier@mercadier.example")
    at = now + timedelta(hours=1)
    actions.schedule(mass_mail, at, by=camille, now=now)

    edited = actions.edit_mass_mail(
        mass_mail, MassMailDraft(values={"name": "Autre nom"}), by=camille, now=at - timedelta(minutes=minutes)
    )
    actions.start_due(at)

    edited.refresh_from_db()
    assert edited.name == "Autre nom"
    assert edited.state == ("stopped" if state == "stopped" else "launched")


@pytest.mark.shows("MASS-06", "ZMM-33", "C-5")
def test_a_stopped_mail_can_be_launched_and_leaves_now(mass_mail, add, camille, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    actions.schedule(mass_mail, now + timedelta(hours=1), by=camille, now=now)
    actions.stop(mass_mail, by=camille, now=now)

    message = launched(mass_mail, now)

    assert message.deliver_at == now
    assert message.recipients.get().state == Recipient.State.QUEUED


@pytest.mark.shows("MASS-07", "ZMM-34")
def test_only_its_creator_edits_launches_or_stops_it(mass_mail, yann, now):
    for act in (actions.launch, actions.pause, actions.resume, actions.stop):
        with pytest.raises(Forbidden, match="Camille Aubry"):
            act(mass_mail, by=yann, now=now)
    with pytest.raises(Forbidden):
        actions.edit_mass_mail(mass_mail, MassMailDraft(values={"name": "x"}), by=yann, now=now)
    with pytest.raises(Forbidden):
        actions.delete_mass_mail(mass_mail, by=yann, now=now)


@pytest.mark.shows("MASS-07", "ZMM-34")
def test_an_administrator_may_stop_and_delete_it(mass_mail, add, chief, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    actions.schedule(mass_mail, now + timedelta(hours=1), by=mass_mail.creator, now=now)

    actions.stop(mass_mail, by=chief, now=now)
    actions.delete_mass_mail(mass_mail, by=chief, now=now)

    assert not MassMail.objects.visible_to(chief).exists()


@pytest.mark.shows("MASS-06", "D17")
def test_what_is_being_sent_is_stopped_before_it_is_deleted(mass_mail, add, camille, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    launched(mass_mail, now)

    with pytest.raises(actions.StillSending):
        actions.delete_mass_mail(mass_mail, by=camille, now=now)

    actions.stop(mass_mail, by=camille, now=now)
    actions.delete_mass_mail(mass_mail, by=camille, now=now)
    assert not MassMail.objects.visible_to(camille).exists()


@pytest.mark.slow
@pytest.mark.shows("C-11", "MASS-07", "ZMM-34", "REC-10")
def test_whoever_may_only_delete_stops_nothing_and_what_is_deleted_is_kept_and_noted(
    mass_mail, add, camille, yann, now, client
):
    add("Olivier Mercadier", "olivier@mercadier.example")
    Grant.objects.update_or_create(
        role=yann.role, module="mass_mail", defaults={"read": Level.ALL, "delete_level": Level.ALL}
    )
    message, call, path = launched(mass_mail, now), Caller(yann), f"/mass-mails/{mass_mail.pk}"
    client.force_login(yann)

    assert call("POST", f"{path}/stop").status_code == 403
    assert "Only Camille Aubry" in client.post(f"{path}/stop", follow=True).content.decode()
    still = call("DELETE", path)
    assert (still.status_code, still.json()["detail"]) == (409, "It is being sent. Stop it first, then delete it.")
    assert "Stop it first" in client.post(f"{path}/delete", follow=True).content.decode()
    mass_mail.refresh_from_db()
    assert mass_mail.deleted_at is None

    actions.stop(mass_mail, by=camille, now=now)
    assert call("DELETE", path).status_code == 204
    mass_mail.refresh_from_db()
    assert mass_mail.deleted_at is not None
    assert message.recipients.count() == 1, "what became of each copy stays"
    line = Change.objects.get(module="mass_mail", record_id=mass_mail.pk, act="deleted")
    assert (line.by, line.way, line.name) == (yann, "api", mass_mail.name)
    assert call("GET", path).status_code == 404


@pytest.mark.shows("ENG-01", "UNSUB-06")
def test_each_copy_is_followed_as_far_as_its_person_agreed(mass_mail, add, now):
    granted = add("Olivier Mercadier", "olivier@mercadier.example")
    add("Lucie Pasquier", "lucie@guerin.example")
    granted.tracking_consent = "granted"
    granted.save()

    message = launched(mass_mail, now)

    assert dict(message.recipients.values_list("name", "track")) == {
        "Olivier Mercadier": "full",
        "Lucie Pasquier": "none",
    }


@pytest.mark.shows("MASS-02", "ZMM-13")
def test_the_records_owner_can_stand_in_from(mass_mail, add, camille, yann, now):
    add("Olivier Mercadier", "olivier@mercadier.example", owner=yann)
    actions.edit_mass_mail(mass_mail, MassMailDraft(values={"from_choice": "owner"}), by=camille, now=now)

    message = launched(mass_mail, now)

    assert message.recipients.get().sender == yann


@pytest.mark.shows("MASS-02", "ZMM-05")
def test_the_senders_that_a_template_names_stand_there_unless_others_are_chosen(mass_mail, template, camille, now):
    def chosen(**values):
        actions.edit_mass_mail(mass_mail, MassMailDraft(values=values), by=camille, now=now)
        mass_mail.refresh_from_db()
        return mass_mail.from_choice, mass_mail.reply_choice

    preset = {"name": "Du conseiller", "subject": "x", "html": "<p>x</p>", "from_choice": "owner"}
    named = add_template(TemplateDraft(values=preset), by=camille, now=now)
    assert chosen() == ("own", "own")

    assert chosen(template=named) == ("owner", "own")
    assert chosen(from_choice="organisation") == ("organisation", "own")
    assert chosen(template=named, name="Encore") == ("organisation", "own"), "the same template: the choice stays"
    assert chosen(template=template, from_choice="", reply_choice="") == ("own", "own")
    assert chosen(template=named, from_choice="", reply_choice="organisation") == ("owner", "organisation")


@pytest.mark.shows("MASS-02", "REC-03")
def test_nobody_sends_by_the_personal_mailbox_or_the_private_template_of_another(
    mass_mail, camille, yann, template, mailbox, now
):
    type(mailbox).objects.filter(pk=mailbox.pk).update(kind="personal", user=yann)
    mailbox.refresh_from_db()
    template.owner, template.shared = yann, False

    for values in ({"mailbox": mailbox}, {"template": template}):
        with pytest.raises(Forbidden):
            actions.edit_mass_mail(mass_mail, MassMailDraft(values=values), by=camille, now=now)


@pytest.mark.shows("MASS-06", "ZMM-30", "C-5")
@pytest.mark.parametrize(("minutes", "stops"), [(16, False), (15, True), (1, True)])
def test_opening_it_for_edit_in_its_last_minutes_stops_it(mass_mail, add, camille, now, minutes, stops):
    add("Olivier Mercadier", "olivier@mercadier.example")
    at = now + timedelta(hours=1)
    actions.schedule(mass_mail, at, by=camille, now=now)

    stopped = actions.open_for_edit(mass_mail, by=camille, now=at - timedelta(minutes=minutes))

    mass_mail.refresh_from_db()
    assert (stopped, mass_mail.state) == (stops, "stopped" if stops else "scheduled")


@pytest.mark.shows("MASS-09")
def test_what_is_not_ready_at_its_hour_stops_and_says_why(mass_mail, add, camille, mailbox, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    at = now + timedelta(hours=1)
    actions.schedule(mass_mail, at, by=camille, now=now)
    type(mailbox).objects.update(state="broken")

    actions.start_due(at)

    mass_mail.refresh_from_db()
    assert (mass_mail.state, mass_mail.state_why) == ("stopped", "not_ready")


@pytest.mark.shows("ENG-01", "D365-04")
def test_a_mail_that_is_not_to_be_followed_is_followed_for_nobody(mass_mail, add, camille, now):
    granted = add("Olivier Mercadier", "olivier@mercadier.example")
    granted.tracking_consent = "granted"
    granted.save()
    actions.edit_mass_mail(mass_mail, MassMailDraft(values={"track": False}), by=camille, now=now)

    message = launched(mass_mail, now)

    assert message.recipients.get().track == "none"


@pytest.mark.shows("D16")
def test_out_of_a_backup_what_is_due_asks_first_and_nothing_is_resumed(mass_mail, add, now):
    add("Olivier Mercadier", "olivier@mercadier.example")
    other = another(mass_mail, now)
    message = launched(other, now)
    actions.schedule(mass_mail, now + timedelta(minutes=5), by=mass_mail.creator, now=now)
    mail.pause(message, why="restored", now=now)
    Outbox.objects.create(pk=1, installation="7123456789/16384")

    actions.start_due(now + timedelta(minutes=5))

    mass_mail.refresh_from_db()
    assert mass_mail.state == "late"
    with pytest.raises(actions.CannotResume):
        actions.resume(other, by=other.creator, now=now)
