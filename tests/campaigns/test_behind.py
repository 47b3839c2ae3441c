"""Those behind a number or a line of a log: a list of them, and a new mail to what the first was written for."""

import pytest
from django.test import Client
from django.urls import reverse

from relance.campaigns import actions, audience, behind, campaign_log, campaigning, lists
from relance.campaigns.actions import MassMailDraft
from relance.campaigns.campaign_log import Asked
from relance.campaigns.campaigning import CampaignDraft
from relance.campaigns.models import MassMail, TargetList
from relance.deals import actions as deals
from relance.deals.models import Deal
from relance.mail.models import Recipient
from relance.people.actions import AccountDraft, add_account
from relance.people.converting import become_contact
from relance.people.models import Person
from relance.records import defining, founding, registry
from relance.records.defining import FieldDraft
from relance.records.founding import ModuleDraft
from relance.records.selection import Kind, Selection
from tests.api.conftest import Caller

pytestmark = [pytest.mark.django_db, pytest.mark.shows("MASS-08", "ZMM-36")]


def sent(camille, template, now, **values):
    told = {"name": "Aides", "audience": "all", "criteria": {}, "template": template, **values}
    mail = actions.draft_mass_mail(MassMailDraft(values=told), by=camille, now=now)
    message = actions.launch(mail, by=camille, now=now)
    actions.prepare(message.pk, now=now)
    Recipient.objects.filter(message=message, state="queued").update(state="sent", sent_at=now)
    mail.refresh_from_db()
    return mail


def of(mail, *names):
    return Recipient.objects.filter(message=mail.message, name__in=names)


def again(mail, copies, camille, now):
    drafted = behind.write_again(mail, copies, name="Encore", by=camille, now=now)
    return drafted, {one.email for one in audience.accepted(drafted, now=now)}


def test_of_a_mail_to_deals_the_new_one_goes_to_those_deals_and_not_to_deals_numbered_as_their_contacts(
    camille, add, template, mailbox, now
):
    people = [add(f"P {number}", f"p{number}@x.example") for number in range(4)]
    for each in reversed(people):
        deals.add({"name": f"D {each}", "contact": each.pk}, by=camille, now=now)
    mail = sent(camille, template, now, module="deal")

    drafted, written = again(mail, of(mail, "P 0", "P 1"), camille, now)

    assert (drafted.module, written) == ("deal", {"p0@x.example", "p1@x.example"})
    assert set(drafted.criteria["ids"]) == set(Deal.objects.filter(contact__in=people[:2]).values_list("pk", flat=True))


@pytest.fixture
def records(camille, chief, now):
    made = founding.add_module(ModuleDraft(name="Contrat", plural="Contrats", has_email=True), by=chief, now=now)
    defining.add_field(made.key, FieldDraft(label="Places", kind="number"), by=chief, now=now)
    verbs = registry.module(made.key).verbs
    told = [{"name": f"C {number}", "email": f"c{number}@x.example"} for number in range(3)]
    return made.key, [verbs.add(each, by=camille, now=now) for each in told]


def test_of_a_mail_to_records_the_new_one_and_the_list_hold_the_records(camille, add, records, template, mailbox, now):
    module, rows = records
    add("Zoé Connue", "c1@x.example")  # who holds the address of one of them
    mail = sent(camille, template, now, module=module)
    copies = Recipient.objects.filter(message=mail.message, email__in=("c1@x.example", "c2@x.example"))

    drafted, written = again(mail, copies, camille, now)
    made, filled = behind.listed(copies, name="Contrats", by=camille, now=now)

    assert (drafted.module, drafted.criteria) == (module, {"ids": [rows[1].pk, rows[2].pk]})
    assert written == {"c1@x.example", "c2@x.example"}
    assert (filled.added, lists.size(made).records, lists.size(made).people) == (2, 2, 0)


def test_leads_of_whom_one_has_become_a_contact_are_all_written_to_again(camille, add, template, mailbox, now):
    people = [add(f"L {number}", f"l{number}@x.example", kind="lead") for number in range(2)]
    mail = sent(camille, template, now, module="lead")
    every = Recipient.objects.filter(message=mail.message)

    assert again(mail, every, camille, now)[0].module == "lead"
    become_contact(people[0], account=None, by=camille, now=now)
    drafted, written = again(mail, every, camille, now)

    assert (drafted.module, written) == ("list", {"l0@x.example", "l1@x.example"})
    become_contact(people[1], account=None, by=camille, now=now)
    drafted, written = again(mail, every, camille, now)
    assert (drafted.module, written) == ("contact", {"l0@x.example", "l1@x.example"})


@pytest.fixture
def campaign(camille, yann, add, now):
    target = lists.make("Salon", by=camille, now=now)
    people = [add("Lea Lead", "lea@x.example", kind="lead"), add("Cora Contact", "cora@x.example")]
    lists.fill_people(target, Person.objects.filter(pk__in=[each.pk for each in people]), now=now)
    account = add_account(AccountDraft(values={"name": "Exemple SA"}, emails=("sa@x.example",)), by=camille, now=now)
    lists.fill(target, Selection(module="account", kind=Kind.ROWS, ids=(account.pk,)), by=camille, now=now)
    lists.add_colleagues(target, [yann.pk], by=camille, now=now)
    lists.add_addresses(target, "seul@y.example", by=camille, now=now)
    return campaigning.make(CampaignDraft(values={"name": "Automne", "lists": [target.pk]}), by=camille, now=now)


@pytest.fixture
def left(campaign, camille, template, mailbox, now):
    mail = campaigning.add_mail(campaign, by=camille, now=now)
    actions.edit_mass_mail(mail, MassMailDraft(values={"template": template}), by=camille, now=now)
    message = actions.launch(mail, by=camille, now=now)
    actions.prepare(message.pk, now=now)
    Recipient.objects.filter(message=message).update(state="sent", sent_at=now)
    mail.refresh_from_db()
    return mail


def sizes(target):
    told = lists.size(target)
    return told.people, told.accounts, told.colleagues, told.addresses


@pytest.mark.shows("CAMP-02", "CAMP-06", "ESPC-14")
def test_a_list_of_the_log_holds_companies_colleagues_and_addresses_too(campaign, left, camille, yann, now):
    copies = campaign_log.copies(campaign, Asked(event="sent"))
    told = Caller(camille)("POST", f"/campaigns/{campaign.pk}/log/target-list?event=sent", {"name": "Reçus"}).json()

    made, filled = behind.listed(copies, name="Tous", by=camille, now=now)

    assert (filled.added, sizes(made)) == (5, (2, 1, 1, 1))
    assert (told["people"], told["accounts"], told["colleagues"], told["addresses"]) == (2, 1, 1, 1)
    assert not campaign_log.copies(campaign, Asked(event="clicked")).exists()


@pytest.mark.shows("API-01")
def test_a_number_becomes_a_list_and_a_mail_on_the_page_and_by_the_api(left, camille):
    page, call = Client(), Caller(camille)
    page.force_login(camille)
    place = reverse("mass-mail-people", args=[left.pk, "sent"])
    assert f'action="{place}/list' in page.get(place).content.decode()

    kept = page.post(f"{place}/list")
    mailed = page.post(f"{place}/mass-mail")
    asked = f"/mass-mails/{left.pk}/recipients"
    listed = call("POST", f"{asked}/target-list?bucket=sent", {"name": "Reçus"}).json()
    drafted = call("POST", f"{asked}/mass-mail?bucket=sent", {}).json()

    by_page, by_api = (
        TargetList.objects.filter(name="Automne, mail 1, Sent").earliest("pk"),
        TargetList.objects.get(pk=listed["id"]),
    )
    assert kept["Location"] == reverse("target-list", args=[by_page.pk])
    assert sizes(by_page) == sizes(by_api) == (2, 1, 1, 1)
    second = MassMail.objects.exclude(pk__in=[left.pk, drafted["id"]]).get()
    assert mailed["Location"] == reverse("mass-mail-recipients", args=[second.pk])
    assert (second.module, drafted["module"]) == ("list", "list")
