"""Facts that criteria ask for: mail, deals, tasks, calls; counted, dated, narrowed, and only what one may see."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from relance.agenda import actions as agenda
from relance.agenda.models import Call, Task
from relance.campaigns import actions as campaigns
from relance.campaigns.actions import MassMailDraft
from relance.deals import actions as deals
from relance.deals.models import Deal
from relance.mail.models import Interaction, Mailbox, Recipient
from relance.mail.templates import TemplateDraft, add_template
from relance.people import actions
from relance.people.actions import AccountDraft, PersonDraft
from relance.records import actions as records
from relance.records import criteria, criteria_words, defining, founding, registry
from relance.records.criteria import BadCriteria
from relance.records.defining import FieldDraft
from relance.records.founding import ModuleDraft
from relance.records.registry import Asking
from relance.team.actions import add_user
from relance.team.models import Grant
from relance.team.policy import Level
from relance.team.workspace import organisation

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-05")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def boss():
    organisation()
    return add_user(email="camille@helionne.example", name="Camille", role="administrator")


@pytest.fixture
def people(boss):
    account = actions.add_account(AccountDraft(values={"name": "West"}), by=boss, now=NOW)
    return [
        actions.add_person(
            "contact", PersonDraft(values={"first_name": name}, emails=(f"{name}@x.example",), account=account),
            by=boss, now=NOW,
        )
        for name in ("Ada", "Bea", "Cleo")
    ]  # fmt: skip


def found(user, told, module="contact"):
    tree = criteria.read_text(told)
    q = criteria.condition(tree, module=module, asking=Asking(user=user, now=NOW))
    return "".join(str(row)[0] for row in registry.module(module).visible(user).filter(q).order_by("pk"))


def mailed(boss, people, name):
    """A mass mail to all of them, sent ten days ago."""
    template = add_template(
        TemplateDraft(values={"name": name, "subject": "Hello", "html": "<p>x</p>", "language": "en"}), by=boss, now=NOW
    )
    Mailbox.objects.get_or_create(
        address="us@x.example", defaults={"name": "Us", "host": "h", "port": 1, "is_default": True, "state": "working"}
    )
    values = {"name": name, "module": "contact", "audience": "rows", "criteria": {"ids": [p.pk for p in people]}}
    mail = campaigns.draft_mass_mail(MassMailDraft(values={**values, "template": template}), by=boss, now=NOW)
    campaigns.prepare(campaigns.launch(mail, by=boss, now=NOW).pk, now=NOW)
    mail.refresh_from_db()
    Recipient.objects.filter(message=mail.message).update(state="sent", sent_at=NOW - timedelta(days=10))
    return mail, template


def hit(mail, person, kind, *days, verdict="human"):
    copy = Recipient.objects.get(message=mail.message, person=person)
    for ago in days:
        at = NOW - timedelta(days=ago)
        Interaction.objects.create(message=mail.message, recipient=copy, kind=kind, at=at, verdict=verdict)
        if verdict == "human":
            last = {"open": "last_opened_at", "click": "first_clicked_at", "reply": "replied_at"}[kind]
            Recipient.objects.filter(pk=copy.pk).update(**{last: at})
            if kind == "open":
                Recipient.objects.filter(pk=copy.pk, first_opened_at=None).update(first_opened_at=at)


def test_facts_of_mail_are_counted_dated_and_narrowed(boss, people):
    ada, bea, _cleo = people
    mail, template = mailed(boss, [ada, bea], "Spring")
    hit(mail, ada, "open", 9, 5, 2)
    hit(mail, bea, "open", 9)
    hit(mail, bea, "open", 1, verdict="machine")
    hit(mail, ada, "click", 8)
    hit(mail, bea, "reply", 3)

    asked = {
        "all(@written)": "AB",
        "all(@written:no)": "C",
        "all(@written:yes:1:7)": "",
        "all(@written:yes:1:30)": "AB",
        "all(@written:yes:2)": "",
        "all(@opened)": "AB",
        "all(@opened:no)": "C",
        "all(@opened:yes:1:3)": "A",
        "all(@opened:no:1:3)": "BC",
        "all(@opened:yes:3)": "A",
        "all(@opened:no:3)": "BC",
        "all(@opened:yes:2:7)": "A",
        "all(@clicked)": "A",
        "all(@clicked:yes:1:7)": "",
        "all(@clicked:yes:1:9)": "A",
        "all(@replied:yes:1:7)": "B",
        "all(@bounced)": "",
        f"all(@opened:yes:1:0:mass_mail!:{mail.pk})": "AB",
        f"all(@opened:yes:3:0:template!:{template.pk})": "A",
        f"all(@opened:no:1:0:mass_mail!:{mail.pk})": "C",
    }

    assert {told: found(boss, told) for told in asked} == asked


def test_one_mail_is_not_taken_for_another(boss, people):
    first, _template = mailed(boss, people[:2], "First")
    second, _template = mailed(boss, people[1:], "Second")
    hit(first, people[0], "open", 2)
    hit(second, people[1], "open", 2)

    assert found(boss, f"all(@opened:yes:1:0:mass_mail!:{first.pk})") == "A"
    assert found(boss, f"all(@opened:yes:1:0:mass_mail!:{second.pk})") == "B"


def test_a_company_has_what_its_people_did(boss, people):
    mail, _template = mailed(boss, people[:1], "Spring")
    hit(mail, people[0], "open", 2)

    assert found(boss, "all(@opened:yes:1:3)", "account") == "W"
    assert found(boss, "all(@replied:no)", "account") == "W"


@pytest.mark.shows("X8")
def test_a_mail_that_one_may_not_see_cannot_be_named(boss, people):
    mail, template = mailed(boss, people, "Secret")
    seller = add_user(email="claire@helionne.example", name="Claire", role="salesperson")
    seller.role.grants.filter(module="mass_mail").update(read=Level.OWN)
    type(template).objects.update(shared=False)
    seller = type(seller).objects.get(pk=seller.pk)

    for of in (f"mass_mail!:{mail.pk}", f"template!:{template.pk}"):
        with pytest.raises(BadCriteria, match="is not there"):
            found(seller, f"all(@opened:yes:1:0:{of})")


def test_deals_tasks_and_calls_are_facts(boss, people):
    ada, bea, _cleo = people
    deals.add({"name": "Roof", "contact": ada.pk, "account": ada.account_id}, by=boss, now=NOW)
    task = agenda.add(Task, {"subject": "Call back", "person": bea.pk}, by=boss, now=NOW - timedelta(days=20))
    call = agenda.add(Call, {"subject": "First call", "person": ada.pk}, by=boss, now=NOW - timedelta(days=3))
    agenda.finish(call, by=boss, now=NOW - timedelta(days=2))

    assert found(boss, "all(@open_deal)") == "A"
    assert found(boss, "all(@open_deal:no)") == "BC"
    assert found(boss, "all(@won_deal)") == ""
    assert found(boss, "all(@open_deal)", "account") == "W"
    assert found(boss, "all(@open_task)") == "B"
    assert found(boss, "all(@open_task:yes:1:7)") == ""
    assert found(boss, "all(@called:yes:1:7)") == "A"
    assert found(boss, "all(@called:no:1:1)") == "ABC"
    agenda.finish(task, by=boss, now=NOW)
    assert found(boss, "all(@open_task:no)") == "ABC"


@pytest.mark.shows("X8")
def test_a_deal_that_one_may_not_see_is_like_none(boss, people):
    deals.add({"name": "Roof", "contact": people[0].pk}, by=boss, now=NOW)
    seller = add_user(email="claire@helionne.example", name="Claire", role="salesperson")
    seller.role.grants.filter(module="deal").update(read=Level.OWN)
    seller = type(seller).objects.get(pk=seller.pk)

    assert Deal.objects.visible_to(seller).count() == 0
    assert found(seller, "all(@open_deal)") == ""
    assert found(seller, "all(@open_deal:no)") == "ABC"


@pytest.mark.shows("API-04")
def test_who_has_no_order_since_is_asked_of_a_module_of_ones_own(boss, people):
    made = founding.add_module(ModuleDraft(name="Order", plural="Orders"), by=boss, now=NOW)
    defining.add_field(made.key, FieldDraft(label="Client", kind="link", target="contact"), by=boss, now=NOW)
    defining.add_field(made.key, FieldDraft(label="Ordered on", kind="date"), by=boss, now=NOW)
    ada, bea, _cleo = people
    for client, day, added in ((ada, 19, 0), (ada, 1, 0), (bea, 1, 40)):
        values = {"name": "An order", "client": client.pk, "ordered_on": date(2026, 11, day)}
        records.add(made.key, values, by=boss, now=NOW - timedelta(days=added))

    asked = {
        "all(@orders.client)": "AB",
        "all(@orders.client:no)": "C",
        "all(@orders.client:no:1:30)": "BC",
        "all(@orders.client:yes:2)": "A",
        "all(@orders.client.ordered_on:no:1:7)": "BC",
        "all(@orders.client.ordered_on:yes:2:30)": "A",
    }
    assert {told: found(boss, told) for told in asked} == asked
    words = criteria_words.sentence(
        criteria.read_text("all(@orders.client.ordered_on:no:1:90)"),
        module="contact",
        asking=Asking(user=boss, now=NOW),
    )
    assert words == "has no record in “Orders (Ordered on)” in the last 90 days"


@pytest.mark.shows("X8")
def test_a_module_that_ones_role_does_not_show_is_no_fact(boss, people):
    made = founding.add_module(ModuleDraft(name="Order", plural="Orders"), by=boss, now=NOW)
    defining.add_field(made.key, FieldDraft(label="Client", kind="link", target="contact"), by=boss, now=NOW)
    seller = add_user(email="claire@helionne.example", name="Claire", role="salesperson")
    Grant.objects.update_or_create(role=seller.role, module=made.key, defaults={"read": Level.NONE})

    with pytest.raises(BadCriteria, match="know no fact"):
        found(type(seller).objects.get(pk=seller.pk), "all(@orders.client)")
