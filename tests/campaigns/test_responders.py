"""Auto-responders: a template to whoever comes by an import or a form, or joins a list, once each (MASS-10)."""

from datetime import timedelta

import pytest
from django.test import Client

from relance.campaigns import lists, responding
from relance.campaigns.models import ResponderDue
from relance.campaigns.responding import BadResponder, ResponderDraft
from relance.events import ImportFinished, RecordCreated
from relance.lib import clock
from relance.mail.models import Recipient
from relance.people.actions import opt_out
from relance.people.models import Person
from relance.people.suppression import Wish
from relance.records import changes
from relance.records.models import Change
from relance.team.policy import Forbidden

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(camille, now):
    return lists.make("Bienvenue", by=camille, now=now)


@pytest.fixture
def responder(camille, template, mailbox, now):
    def one(event, **values):
        told = {"name": "Bienvenue", "event": event, "template": template} | values
        row = responding.save(None, ResponderDraft(values=told), by=camille, now=now)
        return responding.switch(row, on=True, by=camille, now=now)

    return one


def answered():
    copies = Recipient.objects.filter(message__mass_mail__responder__isnull=False)
    return sorted((one.email, one.state, one.refused_because) for one in copies)


@pytest.mark.shows("MASS-10", "ZMM-03")
def test_whoever_joins_a_list_is_answered_once_and_those_before_are_not(responder, target, add, camille, now):
    early, late, _out = (add(f"{name} N", f"{name}@x.example") for name in ("early", "late", "out"))
    lists.fill_people(target, Person.objects.filter(pk=early.pk), now=now - timedelta(minutes=1))
    opt_out(Wish(normal="out@x.example", route="page", at=now))
    responder("list", target_list=target)

    lists.fill_people(target, Person.objects.all(), now=now)
    responding.send_due(now)
    member = target.members.get(person=late)
    lists.remove(target, [member.pk], by=camille, now=now)
    lists.fill_people(target, Person.objects.all(), now=now + timedelta(hours=1))
    responding.send_due(now + timedelta(hours=1))

    assert answered() == [("late@x.example", "queued", ""), ("out@x.example", "refused", "opted_out")]


@pytest.mark.shows("MASS-10")
def test_whoever_comes_by_an_import_or_through_the_api_is_answered_once(responder, add):
    responder("import"), responder("form", kind="lead")
    brought = add("Im Port", "import@x.example")
    Person.objects.filter(pk=brought.pk).update(import_id=7)
    with changes.through(Change.Way.API):
        lead, contact = add("Fo Rm", "form@x.example", kind="lead"), add("Co Nt", "contact@x.example")
    by_hand = add("Ha Nd", "hand@x.example", kind="lead")

    for _twice in range(2):
        responding.imported([ImportFinished(7)])
        responding.came([RecordCreated(one.pk) for one in (lead, contact, by_hand)])
        responding.send_due(clock.now())

    assert answered() == [("form@x.example", "queued", ""), ("import@x.example", "queued", "")]


@pytest.mark.shows("MASS-10")
def test_one_that_is_switched_off_answers_nobody_and_another_text_is_a_mail_of_its_own(
    responder, target, add, camille, yann, template, now
):
    one = responder("list", target_list=target)
    add("Ada N", "ada@x.example")
    lists.fill_people(target, Person.objects.all(), now=now)

    responding.switch(one, on=False, by=camille, now=now)
    responding.send_due(now)

    assert answered() == []
    assert not ResponderDue.objects.filter(done_at=None).exists()
    responding.save(one, ResponderDraft(values={"name": "Autre nom"}), by=camille, now=now)
    assert one.mails.count() == 1
    responding.save(one, ResponderDraft(values={"from_choice": "owner"}), by=camille, now=now)
    assert one.mails.count() == 2
    with pytest.raises(Forbidden, match="Camille Aubry"):
        responding.switch(one, on=True, by=yann, now=now)


@pytest.mark.shows("MASS-10")
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": " "}, "name"), ({"event": "birthday"}, "answers to"), ({"event": "list"}, "target list"),
        ({"from_choice": "x"}, "whose address"),
    ],
)  # fmt: skip
def test_an_auto_responder_that_may_not_be_is_refused(responder, values, words):
    with pytest.raises(BadResponder, match=words):
        responder(**({"event": "form"} | values))


@pytest.mark.shows("MASS-10")
def test_an_auto_responder_is_made_and_switched_on_its_pages(camille, target, template):
    client = Client()
    client.force_login(camille)
    told = {"name": "Bienvenue", "event": "list", "template": template.pk, "from_choice": "own"}

    refused = client.post("/responders/new", told)
    made = client.post("/responders/new", told | {"target_list": target.pk})

    assert "Choose the target list" in refused.content.decode()
    assert made.status_code == 302
    shown = client.get("/responders").content.decode()
    assert "Bienvenue" in shown
    row = camille.responders.get()
    client.post(f"/responders/{row.pk}/off")
    row.refresh_from_db()
    assert row.active_since is None
    assert client.get(f"/responders/{row.pk}").status_code == 200


@pytest.mark.shows("MASS-10")
def test_the_mail_of_an_auto_responder_leaves_at_no_hour_and_its_page_is_the_responders(responder, camille):
    row = responder("form")
    client = Client()
    client.force_login(camille)

    today = client.get("/")
    opened = client.get(f"/mass-mails/{row.mails.get().pk}")

    assert "Leaving by themselves" not in today.content.decode()
    assert opened.url == f"/responders/{row.pk}"
