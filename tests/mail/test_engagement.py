"""Figures over many mails: what is counted, what is left out, along what, and on the page of each record (ENG-10)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from relance.deals import actions as deals
from relance.deals.mail_lists import messages_of
from relance.insights import engagement
from relance.insights.engagement import Asked, By, Step
from relance.lib import clock
from relance.mail.models import Content, Mailbox, Message, Recipient, Template
from relance.people.actions import AccountDraft, add_account
from relance.people.models import Account, Person
from relance.team.actions import add_user
from relance.team.models import Team
from tests.mail.outbound.engine import people, seller

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
YEAR = Asked(since=NOW - timedelta(days=365), until=NOW)


@pytest.fixture
def house(db):
    """Claire and Max of two teams; five mails of hers with two templates, one of his, and what does not count."""
    claire = seller()
    Mailbox.objects.create(name="S", address="s@helionne.test", host="h", state="working", is_default=True)
    claire.team = Team.objects.create(name="Nord")
    claire.save(update_fields=["team"])
    max_ = add_user(email="max@helionne.test", name="Max", role="salesperson")
    offer, news = (Template.objects.create(name=name, owner=claire, created_at=NOW, updated_at=NOW, language="en")
                   for name in ("Offer", "News"))  # fmt: skip
    persons = people(7)
    account = add_account(AccountDraft(values={"name": "Rouvière"}), by=claire, now=NOW)
    Person.objects.filter(pk__in=[each.pk for each in persons]).update(owner=claire)
    Account.objects.filter(pk=account.pk).update(owner=claire)
    Person.objects.filter(pk=persons[0].pk).update(account=account)
    hour = timedelta(hours=1)
    mailed(claire, persons[0], offer, opened_at=MONDAY + hour, replied_at=MONDAY + 4 * hour)
    mailed(claire, persons[1], offer, opened_at=MONDAY + 3 * hour, clicked_at=MONDAY + 3 * hour)
    mailed(claire, persons[2], news, machine_hits=2)
    mailed(claire, persons[3], news, track="none", sent_at=MONDAY - timedelta(days=7))
    mailed(claire, persons[4], news, bounced_at=MONDAY)
    mailed(max_, persons[5], None)
    mailed(claire, persons[6], offer, kind="mass", opened_at=MONDAY)
    mailed(claire, persons[6], offer, key="test:1", opened_at=MONDAY)
    mailed(claire, persons[6], offer, sent_at=NOW - timedelta(days=400))
    return claire, max_, offer, news, persons, account


def mailed(sender, to, template, *, kind="personal", key="", sent_at=MONDAY, track="full", **facts):
    content = Content.objects.create(subject="x", template=template)
    message = Message.objects.create(
        kind=kind, send_key=key or f"m:{Message.objects.count()}", state="done", content=content, sender=sender,
        mailbox=Mailbox.objects.get(), deliver_at=sent_at, created_at=sent_at,
    )  # fmt: skip
    names = {"opened_at": "first_opened_at", "clicked_at": "first_clicked_at"}
    Recipient.objects.create(
        message=message, person=to, email=to.primary_email, normal=to.primary_email, state="sent", track=track,
        sent_at=sent_at, queued_at=sent_at, opens="opened_at" in facts, clicks="clicked_at" in facts,
        **{names.get(name, name): value for name, value in facts.items()},
    )  # fmt: skip
    return message


@pytest.mark.shows("ENG-10", "ENG-02")
def test_each_copy_counts_once_and_what_nobody_can_know_is_left_out(house):
    claire, *_ = house

    told = engagement.total(YEAR, by=claire)

    assert (told.sent, told.people, told.bounced, told.arrived) == (6, 6, 1, 5)
    assert (told.opened, told.followed, told.clicked, told.links_followed, told.replied) == (2, 4, 1, 4, 1)
    assert told.parts == (1, 1, 2, 1)
    assert (told.open_rate, told.click_rate, told.reply_rate) == (0.5, 0.25, 0.2)
    assert (told.to_open, told.to_reply) == (timedelta(hours=2), timedelta(hours=4))
    assert told.machine_hits == 2


@pytest.mark.shows("ENG-10")
@pytest.mark.parametrize(
    ("along", "expected"),
    [
        (By.USER, [("Claire Aubry", 5, 2), ("Max", 1, 0)]),
        (By.TEAM, [("Nord", 5, 2), ("", 1, 0)]),
        (By.TEMPLATE, [("News", 3, 0), ("Offer", 2, 2), ("", 1, 0)]),
        (By.PERIOD, [("", 1, 0), ("", 5, 2)]),
    ],
)
def test_they_are_set_apart_by_colleague_team_template_and_period(house, along, expected):
    claire, *_ = house

    told = engagement.groups(YEAR, along, by=claire, zone=UTC)

    assert [(group.name, group.figures.sent, group.figures.opened) for group in told] == (
        expected if along is not By.PERIOD else [("", 6, 2)]
    )
    if along is By.PERIOD:
        month = Asked(since=NOW - timedelta(days=30), until=NOW)
        days = engagement.groups(month, along, by=claire, zone=UTC)
        assert [(group.key.day, group.figures.sent) for group in days] == [(9, 1), (16, 5)]
        assert (month.step, YEAR.step) == (Step.DAY, Step.MONTH)


@pytest.mark.slow
@pytest.mark.shows("ENG-10", "D365-21", "REC-03")
def test_they_are_rolled_up_on_each_record_as_far_as_one_sees_it(house):
    claire, max_, offer, _news, persons, account = house
    deal = deals.add({"name": "Roof"}, by=claire, now=NOW)
    Message.objects.filter(recipients__person=persons[1]).update(about_kind="Deal", about_id=deal.pk)

    def sent(**narrow):
        return engagement.total(Asked(since=YEAR.since, until=NOW, **narrow), by=claire).sent

    assert sent(person_id=persons[0].pk) == sent(account_id=account.pk) == sent(messages=messages_of(deal)) == 1
    assert (sent(template_id=offer.pk), sent(user_id=max_.pk), sent(team_id=claire.team_id)) == (2, 1, 5)

    client = Client()
    client.force_login(claire)
    clock_now = clock.now()
    Recipient.objects.filter(sent_at=MONDAY).update(sent_at=clock_now - timedelta(days=2), first_opened_at=clock_now)
    for record in (
        reverse("lead", args=[persons[0].pk]),
        reverse("account", args=[account.pk]),
        reverse("deal", args=[deal.pk]),
    ):
        page = client.get(record).content.decode()
        href = page.partition('href="/engagement?')[2].partition('"')[0].replace("&amp;", "&")
        assert href
        assert "to 1 person" in client.get(f"/engagement?{href}").content.decode()
    text = client.get("/engagement?by=template").content.decode()
    assert ">Offer</a>" in text
    assert "of 4 followed" in text
