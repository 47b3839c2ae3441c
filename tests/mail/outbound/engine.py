"""The engine against the fake relay and a real PostgreSQL: a mailbox, people, a message, a dispatcher in a thread."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.db import connections

from relance.mail import actions
from relance.mail.actions import Addressee, Draft
from relance.mail.jobs import run_dispatcher
from relance.mail.models import Content, Mailbox, Message, Recipient
from relance.mail.outbound.manners import Manners
from relance.mail.transport.outcome import Stage
from relance.mail.transport.wire import PATIENCE
from relance.people.models import Address, Person
from relance.team.actions import add_user
from relance.team.models import User
from relance.team.workspace import organisation

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PAST = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
RECENT = datetime.now(UTC) - timedelta(hours=1)  # dispatchers go by the real clock, and give up after 48 h
QUICK = Manners(
    lease=timedelta(seconds=2),
    renew=0.5,
    look=0.05,
    sweep=0.2,
    idle=1,
    first_pause=0.1,
    lasting_pause=0.2,
    longest_pause=1,
    goodbye=5,
    patience={**PATIENCE, **dict.fromkeys((Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.DOT, Stage.GREETING), 2)},
)


def seller() -> User:
    organisation()
    found = User.objects.filter(email="claire@helionne.test").first()
    return found or add_user(email="claire@helionne.test", name="Claire Aubry", role="salesperson")


def mailbox(port: int, **values) -> Mailbox:
    settings = {"name": "Sales", "address": "sales@helionne.test", "bounce_domain": "bounces.helionne.test"}
    return Mailbox.objects.create(**{**settings, "host": "127.0.0.1", "port": port, "security": "none", **values})


def people(count: int, *, start: int = 0) -> list[Person]:
    names = [f"person{number}" for number in range(start, start + count)]
    made = Person.objects.bulk_create(
        Person(
            kind="lead", first_name=name, name=name, name_folded=name, primary_email=f"{name}@client.test",
            created_at=NOW, updated_at=NOW,
        )
        for name in names
    )  # fmt: skip
    Address.objects.bulk_create(
        Address(person=person, email=person.primary_email, normal=person.primary_email) for person in made
    )
    return made


def addressees(persons):
    for person in persons:
        yield Addressee(email=person.primary_email, normal=person.primary_email, name=person.name, person_id=person.pk)


def draft(box: Mailbox, *, key="mass:1", kind="mass", **values) -> Draft:
    content = Content.objects.create(
        subject="Hello {Person.firstName}", html="<p>Good morning {Person.firstName}</p>", text="Good morning"
    )
    settings = {"kind": kind, "send_key": key, "content": content, "mailbox": box, "sender": seller()}
    return Draft(**{**settings, "deliver_at": PAST, "tracking": "track_by_default", **values})


def launched(box: Mailbox, count: int, *, start: int = 0, **values) -> Message:
    """A message to so many people that waits for the dispatcher."""
    message = actions.draft(draft(box, **values), now=NOW)
    actions.add_recipients(message, addressees(people(count, start=start)), now=NOW)
    actions.queue(message, now=NOW)
    return message


@contextmanager
def dispatcher(manners: Manners = QUICK, *, share=None):
    """A dispatcher in a thread; it is stopped in good order at the end."""
    stop, failures = threading.Event(), []

    def work():
        try:
            run_dispatcher(stop, manners=manners, share=share)
        except BaseException as error:
            failures.append(error)
            raise
        finally:
            connections.close_all()

    thread = threading.Thread(target=work, name="dispatcher")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()
        assert not failures


def until(is_so, seconds: float = 30):
    """Wait until something is so, and give what it says; the test fails if it never is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if said := is_so():
            return said
        time.sleep(0.02)
    raise AssertionError("it never came about")


def states(message: Message) -> dict[str, int]:
    """How many recipients are in each state."""
    found: dict[str, int] = {}
    for state in Recipient.objects.filter(message=message).values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def is_done(message: Message):
    return lambda: Message.objects.get(pk=message.pk).state == "done"


def counters(message: Message) -> dict[str, int]:
    """The counters that are not zero."""
    row = Message.objects.get(pk=message.pk)
    names = ("total", "refused", "cancelled", "sent", "failed", "unknown", "bounced", "bounced_late", "opened",
             "clicked", "untracked_opens", "untracked_clicks")  # fmt: skip
    return {name: value for name in names if (value := getattr(row, name))}
