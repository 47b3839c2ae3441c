"""What machines do with a personal mail tells its sender nothing; what a person does tells it once (ENG-02, ENG-03)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from relance import reactions  # noqa: F401  declares the job that tells of news
from relance.agenda import alerts, assistant, reminders
from relance.agenda.models import Alert, Reminder
from relance.lib import clock, tokens
from relance.lib.tokens import Kind
from relance.mail.models import Message
from tests.edge.running import LONG_AGO
from tests.edge.test_app import APPLE, CHROME, EDGE_12, FIREFOX, GOOGLE, MICROSOFT
from tests.mail.returns import KEY, message, recipient, seller
from tests.sequences.story import jobs

pytestmark = pytest.mark.slow
OPEN, LEAVE = (Kind.OPEN, 0), (Kind.UNSUBSCRIBE, 0)
LINKS = [(Kind.CLICK, 1), (Kind.CLICK, 2), (Kind.CLICK, 3)]
ALL = [OPEN, *LINKS]
OUTLOOK = "Mozilla/4.0 (compatible; ms-office; MSOffice 16)  Microsoft Outlook 16.0.4266"
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0"
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"
AHEAD = {"Sec-Purpose": "prefetch;prerender"}
# name, what is asked for, how, by whom, with what, how long after the departure (None: long)
MACHINES = [
    ("Gmail looks ahead", [OPEN], "GET", EDGE_12, {}, None),
    ("Apple Mail with Privacy Protection", [OPEN], "GET", "Mozilla/5.0", {}, None),
    ("a browser that fetches ahead", ALL, "GET", CHROME, AHEAD, None),
    ("Microsoft SafeLinks", [*ALL, LEAVE], "GET", MICROSOFT, {}, None),
    ("a sandbox that calls itself Chrome", ALL, "GET", CHROME, {}, None),
    ("one that follows the links only", LINKS, "GET", FIREFOX, {}, None),
    ("one that asks for the headers", ALL, "HEAD", CHROME, {}, None),
    ("Barracuda", ALL, "GET", "Mozilla/5.0 (compatible; Barracuda Sentinel (EE))", {}, None),
    ("Proofpoint", [*LINKS, LEAVE], "GET", "ProofPoint URL Defense", {}, None),
    ("Mimecast", ALL, "HEAD", "Mimecast-URL-Protect", {}, None),
    ("one without a name", LINKS, "GET", "", {}, None),
    ("a script", ALL, "GET", "curl/8.9.1", {}, None),
    ("a preview in a chat", LINKS[:1], "GET", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", {}, None),
    ("a gateway at the very moment", [OPEN, *LINKS[:1]], "GET", FIREFOX, {}, timedelta(0)),
    ("Google's proxy at the very moment", [OPEN], "GET", GOOGLE, {}, timedelta(0)),
]
PEOPLE = [
    ("Gmail", [OPEN, OPEN, OPEN], "GET", GOOGLE, {}, None),
    ("Apple Mail", [OPEN], "GET", APPLE, {}, None),
    ("Outlook", [OPEN], "GET", OUTLOOK, {}, None),
    ("Thunderbird", [OPEN, LINKS[1]], "GET", THUNDERBIRD, {}, None),
    ("Yahoo", [OPEN], "GET", YAHOO, {}, None),
    ("whoever clicks and shows no pictures", [LINKS[0]], "GET", FIREFOX, {}, None),
]


@pytest.mark.shows("ENG-02", "ENG-03", "ENG-05", "D365-03", "D365-10", "T2", "T3", "G15")
def test_fifteen_machines_raise_no_alert_and_settle_no_reminder_and_each_person_raises_one(edge):
    now = clock.now()
    sent = {case[0]: _mailed(case[0], case[-1]) for case in [*MACHINES, *PEOPLE]}

    for name, wanted, method, agent, headers, _after in [*MACHINES, *PEOPLE]:
        copy = sent[name].recipients.get()
        for kind, link in wanted:
            path = {Kind.OPEN: "/o/%s.gif", Kind.CLICK: "/c/%s", Kind.UNSUBSCRIBE: "/u/%s"}[kind]
            edge.ask(method, path % tokens.sign(KEY, kind, copy.pk, link), User_Agent=agent, **headers)
            jobs()  # as a worker that is quicker than the scanner's next request
    later = clock.now() + timedelta(minutes=2)
    reminders.become_due(later)

    told = [alert.recipient.message.send_key for alert in alerts.take_new(seller(), now=later)]
    due = set(Reminder.objects.due().values_list("message__send_key", flat=True))
    cards = [card.recipient.message.send_key for card in assistant.cards(seller(), now=now) if card.kind == "opened"]
    assert len(MACHINES) >= 12
    assert sorted(told) == sorted(name for name, *_ in PEOPLE)
    assert due == {name for name, *_ in MACHINES}
    assert set(cards) <= set(told)
    assert Alert.objects.count() == len(PEOPLE)
    assert alerts.take_new(seller(), now=later) == []


def _mailed(name: str, after: timedelta | None) -> Message:
    """A personal mail to one person, with a reminder *if not opened*."""
    made = message(name)
    recipient(made, sent_at=LONG_AGO if after is None else clock.now() + timedelta(minutes=1) + after)
    Message.objects.filter(pk=made.pk).update(kind="personal")
    Reminder.objects.create(
        owner=made.sender, message=made, condition="not_opened", due_at=clock.now(), created_at=LONG_AGO
    )
    return made
