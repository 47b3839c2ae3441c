"""Target lists: filling them, leaving them, writing to them and leaving them out (CAMP-02, CAMP-03)."""

import pytest
from django.test import Client

from relance.campaigns import actions, audience, lists
from relance.campaigns.actions import MassMailDraft
from relance.campaigns.models import MassMail
from relance.lib import criteria_text
from relance.lib.criteria import Fact, Group
from relance.people.actions import AccountDraft, PersonDraft, add_account, add_person
from relance.records import lists as records
from relance.records.selection import Kind, Selection
from relance.team.models import Grant, Level, User
from relance.team.policy import Forbidden

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(camille, now):
    return lists.make("Salon", by=camille, now=now)


@pytest.fixture
def chosen(target, camille, now):
    def fill(*people, into=target):
        picked = Selection(module=people[0].kind, kind=Kind.ROWS, ids=tuple(one.pk for one in people))
        return lists.fill(into, picked, by=camille, now=now)

    return fill


def written(mass_mail, camille, now):
    message = actions.launch(mass_mail, by=camille, now=now)
    actions.prepare(message.pk, now=now)
    return {(one.email, one.state, one.refused_because) for one in message.recipients.all()}


def to_lists(ids, template, camille, now, excluded=()):
    values = {"name": "À la liste", "module": "list", "audience": "lists", "criteria": {"lists": ids}}
    values |= {"template": template, "excluded": list(excluded)}
    return actions.draft_mass_mail(MassMailDraft(values=values), by=camille, now=now)


@pytest.mark.shows("CAMP-02", "ESPC-10")
def test_a_list_takes_leads_contacts_accounts_colleagues_records_and_addresses_once(
    target, chosen, add, camille, yann, now
):
    lead, contact = add("Lea Lead", "lea@x.example", kind="lead"), add("Cora Contact", "cora@x.example")
    account = add_account(AccountDraft(values={"name": "Exemple SA"}, emails=("sa@x.example",)), by=camille, now=now)
    picked = Selection(module="account", kind=Kind.ROWS, ids=(account.pk,))

    chosen(lead), chosen(contact)
    lists.fill(target, picked, by=camille, now=now)
    lists.add_colleagues(target, [yann.pk], by=camille, now=now)
    told = lists.add_addresses(target, "Lea <lea@x.example>; seul@y.example, faux@@z", by=camille, now=now)

    size = lists.size(target)
    assert (size.people, size.accounts, size.colleagues, size.addresses) == (2, 1, 1, 1)
    assert (told.added, told.already, told.unread) == (1, 1, ("faux@@z",))


@pytest.mark.shows("CAMP-02", "ESPC-10")
def test_all_results_of_a_search_and_another_list_fill_a_list(target, add, camille, now):
    for city in ("Lyon", "Lyon", "Brest"):
        values = {"first_name": "A", "last_name": city, "city": city}
        add_person("contact", PersonDraft(values=values, emails=()), by=camille, now=now)
    other = lists.make("Autre", by=camille, now=now)

    filled = lists.fill(
        target, Selection(module="contact", kind=Kind.FILTER, params={"city": "Lyon"}), by=camille, now=now
    )
    copied = lists.copy_from(other, target, by=camille, now=now)

    assert (filled.added, copied.added) == (2, 2)


@pytest.mark.shows("CAMP-02", "ESPC-17")
def test_who_left_a_list_is_not_written_to_by_it_and_stays_out_when_put_on_it_again(
    target, chosen, add, camille, template, mailbox, now
):
    one, other = add("Un A", "un@x.example"), add("Deux B", "deux@x.example")
    chosen(one, other)
    member = target.members.get(person=one)

    lists.opt_out(target, [member.pk], by=camille, now=now)
    lists.remove(target, [member.pk], by=camille, now=now)
    chosen(one)

    mail = to_lists([target.pk], template, camille, now)
    assert written(mail, camille, now) == {("un@x.example", "refused", "opted_out"), ("deux@x.example", "queued", "")}
    again = target.members.get(person=one)
    lists.opt_in(target, [again.pk], by=camille, now=now)
    lists.remove(target, [again.pk], by=camille, now=now)
    chosen(one)
    assert lists.size(target).opted_out == 0


@pytest.mark.shows("CAMP-01", "CAMP-02", "CAMP-03")
def test_a_mail_to_two_lists_reaches_each_once_companies_and_colleagues_too(
    target, chosen, add, camille, yann, template, mailbox, now
):
    one = add("Un A", "un@x.example")
    other = lists.make("Autre", by=camille, now=now)
    account = add_account(AccountDraft(values={"name": "Exemple SA"}, emails=("sa@x.example",)), by=camille, now=now)
    chosen(one), chosen(one, into=other)
    lists.fill(other, Selection(module="account", kind=Kind.ROWS, ids=(account.pk,)), by=camille, now=now)
    lists.add_colleagues(other, [yann.pk], by=camille, now=now)
    lists.add_addresses(other, "seul@y.example", by=camille, now=now)

    mail = to_lists([target.pk, other.pk], template, camille, now)

    assert written(mail, camille, now) == {
        (email, "queued", "") for email in ("un@x.example", "sa@x.example", yann.email, "seul@y.example")
    }


@pytest.mark.shows("CAMP-03", "ESPC-12")
def test_exclusion_is_by_any_address_of_either_record(target, chosen, add, camille, template, mailbox, now):
    excluded = add("Ex A", "ex@x.example", "second@x.example")
    shares = add("Partage B", "partage@x.example", "second@x.example")
    bare, kept = add("Nu C", "nu@x.example"), add("Garde D", "garde@x.example")
    chosen(excluded)
    lists.add_addresses(target, "autre@y.example", by=camille, now=now)
    other = lists.make("Adresses", by=camille, now=now)
    lists.add_addresses(other, "nu@x.example", by=camille, now=now)
    values = {"name": "Tous", "module": "contact", "audience": "all", "criteria": {}, "template": template}
    values["excluded"] = [target.pk, other.pk]
    mail = actions.draft_mass_mail(MassMailDraft(values=values), by=camille, now=now)

    counted = audience.count(mail, now=now)

    assert (counted.matched, counted.accepted) == (4, 1)
    assert [(one.reason, one.people) for one in counted.left_out] == [("excluded", 3)]
    assert {row.id for row in audience.left_out(mail, now=now)} == {excluded.pk, shares.pk, bare.pk}
    assert ("garde@x.example", "queued", "") in written(mail, camille, now)
    assert kept.pk


@pytest.mark.shows("CAMP-02", "REC-05")
def test_criteria_ask_who_is_on_a_list(target, chosen, add, camille, now):
    inside, outside = add("In A", "in@x.example"), add("Out B", "out@x.example")
    chosen(inside)

    def of(fact):
        return criteria_text.write(Group(parts=(fact,)))

    def found(where):
        asked = records.read("contact", {"where": where})
        _rows, problems = records.narrowed(asked, user=camille, now=now)
        assert not problems
        return {row.pk for row in records.matched(asked, user=camille, now=now)}

    assert found(of(Fact(key="listed", of=f"target_list:{target.pk}"))) == {inside.pk}
    assert found(of(Fact(key="listed", has=False))) == {outside.pk}


@pytest.mark.shows("CAMP-02")
def test_a_list_that_a_waiting_mail_uses_is_not_deleted_and_only_its_owner_changes_it(
    target, camille, yann, template, now
):
    mail = to_lists([target.pk], template, camille, now)

    with pytest.raises(lists.ListInUse, match="has not left yet"):
        lists.delete(target, by=camille, now=now)
    actions.delete_mass_mail(mail, by=camille, now=now)
    with pytest.raises(Forbidden):
        lists.add_addresses(target, "x@y.example", by=yann, now=now)
    lists.delete(target, by=camille, now=now)


@pytest.mark.shows("CAMP-02", "CAMP-03")
def test_a_list_is_made_filled_and_written_to_on_its_pages(camille, add, template, mailbox):
    client = Client()
    client.force_login(camille)
    person = add("Un A", "un@x.example")

    made = client.post("/target-lists", {"name": "Salon"})
    page = made["Location"]
    client.post(f"{page}/addresses", {"addresses": "un@x.example seul@y.example"})
    shown = client.get(page).content.decode()
    asked = client.post("/target-lists/add/contact", {"ids": str(person.pk)})
    client.post("/target-lists/add/contact", {"ids": str(person.pk), "list": "new", "name": "Neuve"})
    begun = client.get(f"{page}/mass-mail")

    assert "Un A" in shown
    assert "seul@y.example" in shown
    assert "Salon" in asked.content.decode()
    form = client.get(begun["Location"]).content.decode()
    assert "members of the lists" in form
    key = page.rpartition("/")[2]
    sent = client.post("/mass-mails/new", {"name": "M", "selection": "lists", "lists": [key], "excluded": []})
    assert sent.status_code == 302
    assert MassMail.objects.get(name="M").criteria == {"lists": [int(key)]}


@pytest.mark.shows("CAMP-02", "X8")
def test_companies_of_a_list_that_its_sender_may_no_longer_see_get_nothing(
    target, template, mailbox, camille, yann, now
):
    mine, theirs = (
        add_account(AccountDraft(values={"name": name}, emails=(f"{name}@x.example",), owner=owner), by=owner, now=now)
        for name, owner in (("mienne", camille), ("sienne", yann))
    )
    picked = Selection(module="account", kind=Kind.ROWS, ids=(mine.pk, theirs.pk))
    lists.fill(target, picked, by=camille, now=now)
    mail = to_lists([target.pk], template, camille, now)
    Grant.objects.filter(role__key="salesperson", module="account").update(read=Level.OWN)
    camille = User.objects.get(pk=camille.pk)
    mail = MassMail.objects.get(pk=mail.pk)

    assert written(mail, camille, now) == {("mienne@x.example", "queued", ""), ("", "refused", "no_address")}
