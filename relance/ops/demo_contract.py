"""The story that Relance is for: the link of a contract that is not opened, a signature that is due tomorrow at noon.

Camille has just written; a minute or two later she is told to call. Nadia Ferrand never reads her mail in this demo
(`population.character`), so the reminder stands.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from relance.agenda import actions as agenda
from relance.agenda import rules, sending
from relance.agenda.models import Reminder, Task
from relance.deals import actions as deals
from relance.deals import pipelines
from relance.deals.actions import Move
from relance.deals.models import Deal
from relance.mail.catalogue import Subject
from relance.mail.writing import drafts, starting
from relance.mail.writing.starting import Start
from relance.ops.demo_agenda import ZONE
from relance.ops.demo_words import Contract
from relance.people.actions import AccountDraft, PersonDraft, add_account, add_person
from relance.people.models import Person
from relance.records.fields import Values
from relance.team.models import User

COMPANY, DOMAIN = "Laiterie du Val Clair", "laiterie-du-val-clair.fr.example"
LISTENING, SOON = timedelta(seconds=20), timedelta(seconds=75)
"""When the demo's mail world surely listens, and when the reminder comes, both from the making of the demo."""


def fill(user: User, words: Contract, now: datetime) -> None:
    """Make the company, its director, the deal at its last stage, the signature to come, the mail and its reminder."""
    nadia = _person(user, words, now)
    deal = _deal(nadia, user, words, now)
    noon = rules.midnight(now.astimezone(ZONE).date() + timedelta(days=1), ZONE) + timedelta(hours=12)
    signature: Values = {
        "subject": words.signature,
        "person": nadia.pk,
        "deal": deal.pk,
        "due_at": noon,
        "priority": "high",
    }
    agenda.add(Task, signature, by=user, now=now - timedelta(days=1, hours=3))
    about = Start(person=nadia, about=Subject(kind="Deal", id=deal.pk))
    draft = starting.begin(about, by=user, now=now)
    values: dict[str, object] = {
        "subject": words.subject, "html": words.html + draft.html,
        "remind_if": Reminder.Condition.NOT_OPENED, "remind_at": now + SOON,
    }  # fmt: skip
    sending.send(drafts.save(draft, values, by=user, now=now), by=user, now=now, undo=LISTENING)


def _person(user: User, words: Contract, now: datetime) -> Person:
    told = {"name": COMPANY, "city": "Vallet", "country": "France", "website": f"https://{DOMAIN}"}
    account = add_account(AccountDraft(values=told, emails=()), by=user, now=now - timedelta(days=50))
    values = {
        "first_name": "Nadia", "last_name": "Ferrand", "job_title": words.job, "company": COMPANY,
        "city": "Vallet", "country": "France", "phone": "+33 2 40 55 01 27",
    }  # fmt: skip
    draft = PersonDraft(values=values, emails=(f"n.ferrand@{DOMAIN}",), account=account, owner=user)
    return add_person(Person.Kind.CONTACT, draft, by=user, now=now - timedelta(days=50))


def _deal(nadia: Person, user: User, words: Contract, now: datetime) -> Deal:
    values: Values = {
        "name": words.deal, "amount": Decimal(184_000), "currency": "EUR",
        "account": nadia.account_id, "contact": nadia.pk, "owner": user.pk,
        "close_date": (now + timedelta(days=1)).astimezone(ZONE).date(),
    }  # fmt: skip
    deal = deals.add(values, by=user, now=now - timedelta(days=40))
    stages = pipelines.open_stages(pipelines.pipelines()[0])[1:]
    for number, stage in enumerate(stages):
        days = 2 + 9 * (len(stages) - 1 - number)
        at = now - timedelta(days=days, hours=number, minutes=7 + 11 * number)
        deal = deals.move(deal, Move(target=stage), by=user, now=at)
    return deal
