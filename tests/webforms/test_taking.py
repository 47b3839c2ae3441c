"""What strangers send becomes leads, and lets follow what the form says (API-03)."""

from datetime import timedelta

import pytest

from relance.agenda.models import Task
from relance.campaigns import lists, responding
from relance.campaigns.models import ResponderDue
from relance.campaigns.responding import ResponderDraft
from relance.mail.models import Mailbox
from relance.people.models import ConsentProof, Person
from relance.records import history
from relance.records.history import Subject
from relance.records.models import Change
from relance.sequences import actions as sequences
from relance.sequences.actions import SequenceDraft, StepDraft
from relance.sequences.models import Enrolment
from relance.team.models import User
from relance.team.policy import Forbidden
from relance.webforms import actions, taking
from relance.webforms.models import Submission
from relance.webforms.taking import Sent

pytestmark = pytest.mark.django_db
WRITTEN = {"first_name": "Jeanne", "note": "Un devis pour mon toit"}


def sent(form, email="jeanne@x.example", now=None, written=WRITTEN, **values):
    values.setdefault("shown_at", now - timedelta(seconds=30))
    return taking.submit(form, email, written, Sent(**values), now=now)


@pytest.mark.shows("API-03", "MASS-10", "UNSUB-06")
def test_a_stranger_becomes_the_lead_of_whoever_s_turn_it_is_and_everything_follows_once(
    make, camille, yann, chief, template, mailbox, now
):
    target = lists.make("Curieux", by=camille, now=now)
    told = {"name": "Merci", "event": "named", "template": template, "mailbox": mailbox}
    answer = responding.save(None, ResponderDraft(values=told), by=camille, now=now)
    responding.switch(answer, on=True, by=camille, now=now)
    steps = (StepDraft(kind="task", name="Appeler", key="call"),)
    sequence = sequences.add(SequenceDraft(name="Suivi", steps=steps), by=chief, now=now)
    form = make(
        camille, yann, target_list=target, responder=answer, sequence=sequence,
        agree_words="J’ai lu la notice.", follow_words="J’accepte d’être suivi.",
    )  # fmt: skip

    row = sent(form, now=now, agreed=True, follows=True)
    again = sent(form, now=now + timedelta(minutes=1), agreed=True)
    other = sent(form, "luc@x.example", now=now + timedelta(minutes=2), agreed=True)

    lead, second = row.person, other.person
    assert (row.state, again.state, other.state) == ("lead", "known", "lead")
    assert (lead.name, lead.primary_email, lead.note) == ("Jeanne", "jeanne@x.example", "Un devis pour mon toit")
    assert (lead.kind, lead.source, lead.language, lead.owner) == ("lead", "Devis", "fr", camille)
    assert second.owner == yann
    assert (row.agreed, row.follow) == ("J’ai lu la notice.", "J’accepte d’être suivi.")
    assert lead.tracking_consent == "granted"
    proof = ConsentProof.objects.get()
    assert (proof.how, proof.words, proof.source) == ("form", "J’accepte d’être suivi.", "form Devis")
    assert Person.objects.count() == 2
    assert lists.size(target).people == 2
    assert list(ResponderDue.objects.values_list("person", flat=True)) == [lead.pk, second.pk]
    assert list(Enrolment.objects.order_by("pk").values_list("person", "user")) == [
        (lead.pk, camille.pk), (second.pk, yann.pk)
    ]  # fmt: skip
    assert list(Task.objects.order_by("pk").values_list("person", "owner")) == [
        (lead.pk, camille.pk), (second.pk, yann.pk)
    ]  # fmt: skip
    assert Change.objects.get(module="lead", record_id=lead.pk, act="added").way == "form"
    told = history.page(Subject(module="lead", id=lead.pk, user=camille))
    assert [entry.fact.pk for entry in told.entries if entry.kind == "form"] == [again.pk, row.pk]


@pytest.mark.shows("API-03", "X12")
def test_whoever_is_known_already_is_not_changed_by_what_a_stranger_writes(make, add, camille, yann, now):
    known = add("Jeanne Dupont", "jeanne@x.example", owner=yann)
    form = make(camille, follow_words="J’accepte.")

    row = sent(form, "Jeanne@X.example", now=now, follows=True, written={"first_name": "Mallory", "note": "Coucou"})

    known.refresh_from_db()
    assert (row.state, row.person) == ("known", known)
    assert (known.name, known.note, known.tracking_consent, known.owner) == ("Jeanne Dupont", "", "unknown", yann)
    assert Task.objects.get().owner == yann


@pytest.mark.shows("API-03", "X12")
def test_what_looks_like_a_program_is_held_until_a_colleague_has_looked(make, camille, yann, now):
    form = make(camille)

    trapped, fast = (
        sent(form, "trap@x.example", now=now, trap="x"), sent(form, "fast@x.example", now=now, shown_at=now)
    )  # fmt: skip

    assert [(row.state, row.why) for row in (trapped, fast)] == [("held", "trap"), ("held", "fast")]
    assert not Person.objects.exists()
    with pytest.raises(Forbidden):
        taking.accept(fast, by=User.objects.get(pk=yann.pk), now=now)
    assert taking.accept(fast, by=camille, now=now).person.primary_email == "fast@x.example"
    assert taking.accept(fast, by=camille, now=now).state == "lead"
    assert taking.drop(trapped, by=camille, now=now)
    assert not taking.drop(fast, by=camille, now=now)
    assert Person.objects.count() == 1


@pytest.mark.shows("X12", "API-03")
def test_a_thousand_posts_with_the_address_of_a_victim_are_one_mail_at_most(make, camille, template, mailbox, now):
    told = {"name": "Merci", "event": "named", "template": template, "mailbox": mailbox}
    answer = responding.save(None, ResponderDraft(values=told), by=camille, now=now)
    responding.switch(answer, on=True, by=camille, now=now)
    form = make(camille, responder=answer)
    form_two = make(camille, responder=answer, name="Autre")
    kept = {"written": {"note": "x"}, "normal": "victim@x.example", "email": "victim@x.example", "state": "held"}
    sent(form, "victim@x.example", now=now, network="192.0.2.0/24")
    Submission.objects.bulk_create(Submission(form=form, at=now, network="192.0.2.0/24", **kept) for _ in range(199))

    with pytest.raises(taking.TooMany):
        sent(form_two, "victim@x.example", now=now, network="192.0.2.0/24")
    elsewhere = sent(form_two, "victim@x.example", now=now, network="198.51.100.0/24")

    assert (elsewhere.state, elsewhere.why) == ("held", "address")
    assert (Person.objects.count(), ResponderDue.objects.count(), Task.objects.count()) == (1, 1, 1)


@pytest.mark.shows("API-03")
def test_what_does_not_do_is_said_beside_each_field_and_nothing_is_kept(make, camille, now):
    form = make(camille, agree_words="J’ai lu.")

    with pytest.raises(taking.NotTaken) as refused:
        sent(form, "not an address", now=now, written={"first_name": "x" * 300})

    assert set(refused.value.errors) == {"email", "agree", "first_name", "note"}
    assert not Submission.objects.exists()


@pytest.mark.shows("API-03")
def test_nothing_is_lost_when_a_lead_cannot_be_made_or_a_sequence_not_begun(make, camille, yann, chief, now):
    steps = (StepDraft(kind="task", name="Appeler"),)
    sequence = sequences.add(SequenceDraft(name="Suivi", steps=steps), by=chief, now=now)
    form, orphan = make(camille, sequence=sequence), make(yann, by=yann, name="Orphelin")
    User.objects.filter(pk=yann.pk).update(is_active=False)
    assert not Mailbox.objects.exists()

    row, held = sent(form, now=now), sent(orphan, "luc@x.example", now=now)

    assert row.state == "lead"
    assert "no mailbox" in row.told
    assert (held.state, held.why) == ("held", "refused")
    assert "has left" in held.told


@pytest.mark.shows("API-03")
def test_a_form_that_may_not_be_is_refused_with_a_sentence(make, camille, yann, chief, template, mailbox, now):
    told = {"name": "Merci", "event": "form", "template": template, "mailbox": mailbox}
    answer = responding.save(None, ResponderDraft(values=told), by=camille, now=now)
    form = make(camille)
    for values, words in (
        ({"name": "  "}, "name"), ({"language": "xx"}, "French or English"), ({"fields": [{"key": "owner"}]}, "owner"),
        ({"fields": [{"key": "city"}, {"key": "city"}]}, "once"), ({"thanks_url": "javascript:alert(1)"}, "page"),
        ({"responder": answer}, "web forms"),
    ):  # fmt: skip
        with pytest.raises(actions.BadForm, match=words):
            make(camille, **values)
    actions.switch(form, on=False, by=camille, now=now)
    with pytest.raises(taking.FormClosed, match="no answers any more"):
        sent(form, now=now)
    with pytest.raises(Forbidden, match="Camille Aubry"):
        actions.delete(form, by=User.objects.get(pk=yann.pk), now=now)
