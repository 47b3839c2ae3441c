"""A mass mail to records of a custom module goes to the addresses they carry, and may speak of the record (MASS-01)."""

from email.parser import BytesParser
from email.policy import default

import pytest

from relance.campaigns import actions as campaigns
from relance.campaigns import audience, preflight
from relance.campaigns.actions import MassMailDraft
from relance.campaigns.models import RecordCopy
from relance.mail.catalogue import Subject, catalogue
from relance.mail.models import Mailbox, Recipient
from relance.mail.templates import BadTemplate, Parts, TemplateDraft, add_template, preview
from relance.mail.transport.fake import FakeRelay
from relance.people import actions as people
from relance.people.actions import PersonDraft
from relance.people.models import Address
from relance.people.suppression import Wish
from relance.records import defining, founding, registry
from relance.records.defining import FieldDraft
from relance.records.founding import ModuleDraft
from relance.team.actions import add_user
from relance.team.models import Grant, User
from tests.mail.outbound.engine import NOW, dispatcher, is_done, mailbox, until

pytestmark = [pytest.mark.django_db, pytest.mark.shows("MASS-01", "TPL-02", "REC-01")]
SUBJECT = "{Record.name}: {Record.plan|none}, {Record.seats}, {Record.renews}"


@pytest.fixture
def admin():
    return add_user(email="ada@helionne.example", name="Ada", role="administrator")


@pytest.fixture
def seller():
    return add_user(email="claire@helionne.example", name="Claire", role="salesperson")


@pytest.fixture
def subscriptions(seller, admin):
    draft = ModuleDraft(name="Subscription", plural="Subscriptions", has_email=True)
    made = founding.add_module(draft, by=admin, now=NOW)
    for label, kind in (("Seats", "number"), ("Renews", "date"), ("Active", "yes_no"), ("Keeper", "user")):
        defining.add_field(made.key, FieldDraft(label=label, kind=kind), by=admin, now=NOW)
    for label, kind in (("Plan", "choice"), ("Options", "choices")):
        choices = [("", "Free"), ("", 'Pro’s {subject} 100% "best"')]
        defining.add_field(made.key, FieldDraft(label=label, kind=kind, choices=choices), by=admin, now=NOW)
    return made


def record(by, name, email="", **values):
    return registry.module("subscriptions").verbs.add({"name": name, "email": email, **values}, by=by, now=NOW)


def person(by, email, kind="contact"):
    return people.add_person(kind, PersonDraft(values={"first_name": "Zoé"}, emails=(email,)), by=by, now=NOW)


def mass_mail(by, *, subject=SUBJECT, **values):
    html = '<p>{Record.active} {Record.options} {Record.keeper}</p><p><a href="https://helionne.example/x">x</a></p>'
    text = {"name": "Renewal", "subject": subject, "html": html, "language": "en", "shared": True}
    box = Mailbox.objects.first() or mailbox(2525)
    told = {
        "name": "To subscribers", "module": "subscriptions", "audience": "all", "criteria": {}, "mailbox": box,
        "template": add_template(TemplateDraft(values=text), by=by, now=NOW), **values,
    }  # fmt: skip
    return campaigns.draft_mass_mail(MassMailDraft(values=told), by=by, now=NOW)


def told(mail):
    return {one.name: one.reason for one in audience.left_out(mail, now=NOW)}


@pytest.mark.shows("CAMP-03", "UNSUB-02")
def test_addresses_are_judged_by_all_that_is_known_of_them(subscriptions, seller):
    good = record(seller, "Good", "good@val.example")
    record(seller, "Nowhere")
    record(seller, "Twin", "GOOD@val.example")
    record(seller, "Gone", "gone@val.example")
    record(seller, "Dead", "dead@val.example")
    person(seller, "dead@val.example")
    people.opt_out(Wish(normal="gone@val.example", scope="marketing", route="page", at=NOW, words=""))
    Address.objects.filter(normal="dead@val.example").update(state="bounced", state_why="no such user")

    mail = mass_mail(seller)

    assert [(one.id, one.email) for one in audience.accepted(mail, now=NOW)] == [(good.pk, "good@val.example")]
    assert told(mail) == {"Nowhere": "no_address", "Twin": "duplicate", "Gone": "opted_out", "Dead": "bounced"}
    assert audience.count(mail, now=NOW).matched == 5


@pytest.mark.shows("UNSUB-06")
def test_a_person_of_the_same_address_is_linked_and_her_refusal_holds_even_unseen(subscriptions, seller):
    other = add_user(email="paul@helionne.example", name="Paul", role="salesperson")
    hers, hidden = person(seller, "zoe@val.example"), person(other, "hidden@val.example")
    for each in (hers, hidden):
        people.record_consent(each, "denied", how="form", words="no", source="", by=seller, now=NOW)
    record(seller, "Hers", "zoe@val.example")
    record(seller, "Hidden", "hidden@val.example")
    Grant.objects.filter(role=seller.role, module="contact").update(read=1)

    mail = mass_mail(seller)
    message = campaigns.launch(mail, by=seller, now=NOW)
    campaigns.prepare(message.pk, now=NOW)

    copies = {copy.name: copy for copy in Recipient.objects.filter(message=message)}
    assert (copies["Hers"].person_id, copies["Hidden"].person_id) == (hers.pk, None)
    assert {copy.track for copy in copies.values()} == {"none"}


@pytest.mark.shows("REC-03", "X8")
def test_only_records_that_the_sender_sees_are_written_to(subscriptions, seller, admin):
    record(admin, "Hers", "hers@val.example")
    record(seller, "Mine", "mine@val.example")
    Grant.objects.filter(role=seller.role, module="subscriptions").update(read=1)
    mail = mass_mail(User.objects.get(pk=seller.pk))

    assert [one.name for one in audience.accepted(mail, now=NOW)] == ["Mine"]


def test_criteria_of_the_list_choose_records(subscriptions, seller):
    record(seller, "Small", "small@val.example", seats=2)
    record(seller, "Large", "large@val.example", seats=200)

    mail = mass_mail(seller, audience="filter", criteria={"params": {"where": "all(seats:more:100)"}})

    assert [one.name for one in audience.accepted(mail, now=NOW)] == ["Large"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.shows("D3")
def test_each_copy_tells_of_its_record_on_the_wire(subscriptions, seller, admin):
    one = record(seller, "One", "one@val.example", seats=12, plan="pro_s_subject_100_best", active=True,
                 options=("free", "pro_s_subject_100_best"), keeper=admin.pk)  # fmt: skip
    record(seller, "Two", "two@val.example", renews=None)
    with FakeRelay() as relay:
        mail = mass_mail(seller)
        Mailbox.objects.update(port=relay.port)
        message = campaigns.launch(mail, by=seller, now=NOW)
        campaigns.prepare(message.pk, now=NOW)
        with dispatcher():
            until(is_done(message))
        mails = [BytesParser(policy=default).parsebytes(sent.content) for sent in relay.mails]

    sent = {str(parsed["To"]): parsed for parsed in mails}
    first = next(parsed for to, parsed in sent.items() if "one@val.example" in to)
    body = first.get_body(("plain",)).get_content()
    assert first["Subject"] == 'One: Pro’s {subject} 100% "best", 12,'
    assert 'yes Free, Pro’s {subject} 100% "best" Ada' in body
    assert RecordCopy.objects.get(record=one).recipient.email == "one@val.example"
    assert len(sent) == 2


@pytest.fixture
def linked(subscriptions, seller, admin):
    """A record that leads to a contact of the administrator's."""
    defining.add_field(
        "subscriptions", FieldDraft(label="Payer", kind="link", target="contact"), by=admin, now=NOW
    )  # fmt: skip
    payer = people.add_person(
        "contact", PersonDraft(values={"first_name": "Zoé", "last_name": "Vial"}), by=admin, now=NOW
    )
    return record(seller, "One", "one@val.example", payer=payer.pk)


def sent_subjects(mail, by):
    with FakeRelay() as relay:
        Mailbox.objects.update(port=relay.port)
        message = campaigns.launch(mail, by=by, now=NOW)
        campaigns.prepare(message.pk, now=NOW)
        with dispatcher():
            until(is_done(message))
        return [BytesParser(policy=default).parsebytes(sent.content)["Subject"] for sent in relay.mails]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_linked_record_is_called_by_its_name(linked, seller):
    parts = Parts(subject="{Record.payer}", html="<p>x</p>", language="en")
    about = Subject(kind="Record", id=linked.pk)

    assert preview(parts, None, sender=seller, subject=about).subject == "Zoé Vial"
    assert sent_subjects(mass_mail(seller, subject="For {Record.payer|nobody}"), seller) == ["For Zoé Vial"]


@pytest.mark.slow
@pytest.mark.shows("REC-03", "X8")
@pytest.mark.django_db(transaction=True)
def test_a_mail_tells_no_name_of_a_record_that_its_writer_may_not_see(linked, seller):
    Grant.objects.filter(role=seller.role, module="contact").update(read=1)
    seller = User.objects.get(pk=seller.pk)
    parts = Parts(subject="{Record.payer|nobody}", html="<p>x</p>", language="en")
    about = Subject(kind="Record", id=linked.pk)
    mail = mass_mail(seller, subject="For {Record.payer|nobody}")

    assert preview(parts, None, sender=seller, subject=about).subject == "nobody"
    assert ("Record.payer", 1) in [(one.field, one.people) for one in preflight.examine(mail, now=NOW).missing]
    assert sent_subjects(mail, seller) == ["For nobody"]


def test_a_link_of_people_is_a_placeholder_while_its_records_are_there(subscriptions, seller, admin):
    for module in ("lead", "contact"):
        defining.add_field(module, FieldDraft(label="Plan", kind="link", target="subscriptions"), by=admin, now=NOW)
    defining.add_field("lead", FieldDraft(label="Twin", kind="link", target="contact"), by=admin, now=NOW)
    defining.add_field("contact", FieldDraft(label="Twin", kind="text"), by=admin, now=NOW)
    gold = record(seller, "Gold")
    lead = people.add_person(
        "lead", PersonDraft(values={"first_name": "Ève"}, custom={"plan": gold.pk}), by=seller, now=NOW
    )  # fmt: skip

    shown = preview(Parts(subject="{Person.plan}", html="<p>x</p>", language="en"), lead, sender=seller)

    assert shown.subject == "Gold"
    assert "Person.twin" not in catalogue()


def test_a_preview_speaks_of_its_record_and_never_of_a_deal_of_the_same_number(subscriptions, seller):
    one = record(seller, "One", "one@val.example", seats=12)
    parts = Parts(subject="{Record.name} {Record.seats} {Deal.name|no deal}", html="<p>x</p>", language="en")

    shown = preview(parts, None, sender=seller, subject=Subject(kind="Record", id=one.pk))

    assert shown.subject.startswith("One 12 ")
    assert "Record.seats" in catalogue()


def test_what_is_missing_is_counted_before_the_launch(subscriptions, seller):
    record(seller, "One", "one@val.example", seats=12)
    record(seller, "Two", "two@val.example")

    looked = preflight.examine(mass_mail(seller), now=NOW)

    missing = {one.field: one.people for one in looked.missing}
    assert missing["Record.seats"] == 1
    assert missing["Record.plan"] == 2


def test_custom_fields_of_people_are_placeholders_and_unknown_ones_stay_an_error(seller, admin):
    defining.add_field("lead", FieldDraft(label="Plan", kind="text"), by=admin, now=NOW)
    lead = people.add_person(
        "lead", PersonDraft(values={"first_name": "Ève"}, custom={"plan": "pro"}), by=seller, now=NOW
    )  # fmt: skip

    shown = preview(Parts(subject="{Person.plan}", html="<p>x</p>", language="en"), lead, sender=seller)
    with pytest.raises(BadTemplate):
        add_template(TemplateDraft(values={"name": "x", "subject": "{Person.plam}", "html": "x"}), by=seller, now=NOW)

    assert shown.subject == "pro"
