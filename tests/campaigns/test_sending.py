"""A mass mail through the real engine and a relay: counted at the relay, not from our own figures."""

import threading
from email import message_from_bytes
from email.policy import default

import psycopg
import pytest
from django.db import connection, connections
from django.utils import timezone

from relance.campaigns import actions, leaving, lists, stats
from relance.campaigns.models import MassMail
from relance.events import PersonOptedOut
from relance.lib import clock
from relance.mail import enclosing
from relance.mail.files import Given
from relance.mail.models import Mailbox, Message, Recipient
from relance.mail.templates import TemplateDraft, edit_template
from relance.mail.tracking.wishes import Keep
from relance.mail.transport.fake import FakeRelay, Script
from relance.people.models import Person, Suppression
from tests.mail.outbound.engine import dispatcher, is_done, people, states, until
from tests.mail.outbound.killed import own_url

pytestmark = [pytest.mark.django_db(transaction=True)]


def launch(mass_mail, relay, **values):
    """Launch it through this relay; its recipients are written at once."""
    Mailbox.objects.update(port=relay.port, **values)
    MassMail.objects.filter(pk=mass_mail.pk).update(module="lead")
    mass_mail.refresh_from_db()
    message = actions.launch(mass_mail, by=mass_mail.creator, now=clock.now())
    actions.prepare(message.pk, now=clock.now())
    return message


@pytest.mark.shows("CAMP-03", "D21", "MASS-01")
def test_one_address_in_many_spellings_gets_one_copy_and_everybody_else_hers(mass_mail, add):
    for number, email in enumerate(("a@x.example", "A@X.example", "a@x.example.", "a+b@x.example")):
        add(f"P {number}", email, kind="lead")
    add("Jana Brandt", kind="lead")
    people(30)
    with FakeRelay() as relay:
        message = launch(mass_mail, relay)
        with dispatcher():
            until(is_done(message))

        assert len(relay.mails) == 32
        assert set(relay.copies.values()) == {1}
    message.refresh_from_db()
    figures = stats.figures(message)
    assert (figures.sent, figures.refused, figures.waiting) == (32, 3, 0)
    assert {name: getattr(figures, name) for name in stats.BUCKETS} == {
        name: stats.people(message, name).count() for name in stats.BUCKETS
    }


@pytest.mark.slow
@pytest.mark.shows("D18", "MASS-09")
def test_a_template_edited_while_it_leaves_changes_no_copy(mass_mail, template, camille):
    people(60)
    with FakeRelay(Script(delay=0.02)) as relay:
        message = launch(mass_mail, relay, connections=2)
        with dispatcher():
            relay.wait_for_mails(10)
            edit_template(template, TemplateDraft(values={"html": "<p>Changed</p>"}), by=camille, now=timezone.now())
            until(is_done(message))

        assert len(relay.mails) == 60
        assert not [mail for mail in relay.mails if b"Changed" in mail.content]
        assert all(b"helionne.example/toit" in mail.content for mail in relay.mails)


@pytest.mark.slow
@pytest.mark.shows("D17", "MASS-06", "MASS-07")
def test_twenty_pauses_and_a_stop_double_nothing_and_say_how_many_went(mass_mail, camille):
    people(160)
    with FakeRelay(Script(delay=0.02)) as relay:
        message = launch(mass_mail, relay, connections=2)
        with dispatcher():
            for round_ in range(20):
                relay.wait_for_mails(5 * (round_ + 1))
                actions.pause(mass_mail, by=camille, now=clock.now())
                actions.resume(mass_mail, by=camille, now=clock.now())
            actions.stop(mass_mail, by=camille, now=clock.now())
            until(lambda: not {"leased", "in_data"} & set(states(message)))

        gone = len(relay.mails)
        assert set(relay.copies.values()) == {1}
    figures = stats.figures(Message.objects.get(pk=message.pk))
    assert figures.sent == gone
    assert figures.sent + figures.cancelled == 160
    with pytest.raises(actions.CannotResume):
        actions.resume(mass_mail, by=camille, now=clock.now())


@pytest.mark.shows("D19", "UNSUB-02")
def test_whoever_opts_out_between_launch_and_departure_gets_nothing(mass_mail):
    people(20)
    with FakeRelay() as relay:
        message = launch(mass_mail, relay)
        Suppression.objects.create(normal="person7@client.test", scope="marketing", route="page", at=clock.now())
        with dispatcher():
            until(is_done(message))

        assert len(relay.mails) == 19
        assert "person7@client.test" not in {mail.recipient for mail in relay.mails}
    message.refresh_from_db()
    assert [row.name for row in stats.people(message, "refused", reason="opted_out")] == ["person7"]


@pytest.mark.slow
@pytest.mark.shows("UNSUB-05", "D19")
def test_whoever_leaves_just_the_list_between_launch_and_departure_gets_nothing_unless_another_list_holds_her(
    mass_mail, camille
):
    salon, club = (lists.make(name, by=camille, now=clock.now()) for name in ("Salon", "Club"))
    persons = people(4)
    lists.fill_people(salon, Person.objects.all(), now=clock.now())
    lists.fill_people(club, Person.objects.filter(pk=persons[1].pk), now=clock.now())
    MassMail.objects.filter(pk=mass_mail.pk).update(
        module="list", audience="lists", criteria={"lists": [salon.pk, club.pk]}
    )
    mass_mail.refresh_from_db()
    with FakeRelay() as relay:
        Mailbox.objects.update(port=relay.port)
        message = actions.launch(mass_mail, by=camille, now=clock.now())
        actions.prepare(message.pk, now=clock.now())
        earlier = Recipient.objects.filter(message=message, normal__in=("person0@client.test", "person1@client.test"))
        for copy in earlier:
            leaving.keep(copy, Keep.OTHERS, words="All but this list", now=clock.now())
        member = salon.members.get(person=persons[2])
        lists.opt_out(salon, [member.pk], by=camille, now=clock.now())
        for _twice in range(2):
            leaving.refuse_left([PersonOptedOut(line) for line in Suppression.objects.values_list("pk", flat=True)])
        with dispatcher():
            until(is_done(message))

        assert sorted(mail.recipient for mail in relay.mails) == ["person1@client.test", "person3@client.test"]
    message.refresh_from_db()
    assert (message.sent, message.refused) == (2, 2)
    assert {row.name for row in stats.people(message, "refused", reason="opted_out")} == {"person0", "person2"}


@pytest.mark.shows("MASS-06", "G7")
def test_a_stop_waits_for_the_dispatcher_and_never_for_each_other(mass_mail, camille):
    people(3)
    with FakeRelay() as relay:
        message = launch(mass_mail, relay)
    first, stopped = message.recipients.order_by("pk").first(), []
    with psycopg.connect(own_url()) as engine:
        engine.execute("SELECT id FROM mail_recipient WHERE id = %s FOR NO KEY UPDATE", [first.pk])
        thread = threading.Thread(target=lambda: stopped.append(stop_here(mass_mail, message, camille)))
        thread.start()
        until(lambda: waiting_for_a_row(engine))

        engine.execute("SET LOCAL lock_timeout = '5s'")
        engine.execute("SELECT id FROM mail_message WHERE id = %s FOR NO KEY UPDATE", [message.pk])
        engine.commit()
    thread.join(10)

    assert stopped == [3]
    assert states(message) == {"cancelled": 3}


def stop_here(mass_mail, message, by):
    """Stop it in this thread, as another process would; how many copies were cancelled."""
    try:
        actions.stop(mass_mail, by=by, now=clock.now())
        return Message.objects.get(pk=message.pk).cancelled
    finally:
        connections.close_all()


def waiting_for_a_row(engine):
    """Whether somebody waits for what this connection holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))", [engine.info.backend_pid]
        )
        return cursor.fetchone()[0]


@pytest.mark.slow
@pytest.mark.shows("TPL-01", "MASS-02")
def test_the_files_of_a_template_reach_everybody_byte_for_byte(mass_mail, template, camille, settings, tmp_path):
    settings.RELANCE_FILES = str(tmp_path)
    plan = bytes(range(256)) * 400 + b"\r\n.\r\n--end"
    files = {"Plan d’accès.pdf": plan, "notice.txt": "Mode d’emploi\n".encode()}
    for name, data in files.items():
        enclosing.enclose(template, Given(name=name, content_type="", data=data), by=camille, now=clock.now())
    people(3)
    with FakeRelay() as relay:
        message = launch(mass_mail, relay)
        enclosing.take_out(template.attachments.first(), by=camille)
        with dispatcher():
            until(is_done(message))
        sent = [message_from_bytes(mail.content, policy=default) for mail in relay.mails]

    assert len(sent) == 3
    for mail in sent:
        assert {part.get_filename(): part.get_payload(decode=True) for part in mail.iter_attachments()} == files
        assert "Vérifier mon toit" in mail.get_body(("html",)).get_content()
