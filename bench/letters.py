"""What the sending benchmarks send: one mass mail of ten fields, five links, a pixel and both ways to unsubscribe."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count, islice
from random import Random
from typing import TYPE_CHECKING

from bench import names
from bench.template import HTML, SUBJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relance.mail.actions import Addressee
    from relance.mail.models import Content, Mailbox, Message
    from relance.people.models import Account, Person
    from relance.team.models import User

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CROWD = """
INSERT INTO mail_recipient (message_id, person_id, email, normal, name, state, track, queued_at)
SELECT %s, p.id, 'reader' || n || '@client.example', 'reader' || n || '@client.example', p.name, 'queued', 'none', %s
FROM generate_series(1, %s) n
JOIN (SELECT id, name, row_number() OVER (ORDER BY id) AS place FROM people_person) p ON p.place = n %% %s + 1
ORDER BY n
"""


class House:
    """The people, the mailbox and the text; `launch` makes one mass mail to the first so many of the people."""

    def __init__(self, people: int) -> None:
        self.boss = _people(people)
        self.mailbox = self._mailbox()
        self.content = self._content()
        self._keys = count(1)

    def _mailbox(self) -> Mailbox:
        from relance.mail.models import Mailbox

        return Mailbox.objects.create(
            name="Bench",
            address="camille@helionne.example",
            bounce_domain="bounces.helionne.example",
            host="127.0.0.1",
            port=25,
            security="none",
            connections=16,
        )

    def _content(self) -> Content:
        from relance.mail.contents import freeze
        from relance.mail.templates import Parts

        parts = Parts(subject=SUBJECT, html=HTML, text="", language="en")
        return freeze(parts, list_headers=True, footer=True)

    def point_at(self, port: int, *, connections: int) -> None:
        """Send through the relay that listens there, over so many connections."""
        from relance.mail.models import Mailbox

        Mailbox.objects.filter(pk=self.mailbox.pk).update(port=port, connections=connections)

    def draft(self, people: int) -> Message:
        """A mass mail to so many people, written and not yet let go."""
        from relance.campaigns.jobs import COPIES, count_rows
        from relance.mail import actions

        now = datetime.now(UTC)
        key = f"mass:bench-{next(self._keys)}"
        wanted = actions.Draft(
            kind="mass",
            send_key=key,
            content=self.content,
            mailbox=self.mailbox,
            sender=self.boss,
            deliver_at=now,
            tracking="track_by_default",
        )
        message = actions.draft(wanted, now=now)
        actions.add_recipients(message, islice(_addressees(), people), now=now)
        count_rows(COPIES)  # as the preparing of a mass mail does
        return message

    def size_of_a_mail(self) -> int:
        """Bytes of one copy on the wire, tracked, as the dispatcher writes it."""
        from relance.mail.catalogue import values_for
        from relance.mail.contents import compiled
        from relance.mail.outbound.envelope import Envelope
        from relance.mail.tracking.stamp import TrackMode

        message = self.draft(1)
        text = compiled(self.content, list_headers=True, footer=True)
        recipient = message.recipients.get()
        envelope = Envelope(
            sender=(self.boss.name, self.boss.email),
            to=((recipient.name, recipient.email),),
            message_id=f"<{'x' * 40}@helionne.example>",
            date=NOW,
            recipient_id=recipient.pk,
            content_id=self.content.pk,
            mode=TrackMode.FULL,
            unsubscribe_mailto=f"unsubscribe+{'x' * 39}@bounces.helionne.example",
        )
        return len(text.render(values_for([recipient.pk])[recipient.pk], envelope))

    def crowd(self, people: int) -> Message:
        """The same to as many addresses as one likes, of the people that there are."""
        from django.db import connection

        from relance.mail import actions
        from relance.people.models import Person

        message = self.draft(0)
        with connection.cursor() as cursor:
            cursor.execute(CROWD, [message.pk, message.created_at, people, Person.objects.count()])
            cursor.execute("VACUUM ANALYZE mail_recipient")
        actions.note_recipients(message, total=people, refused=0)
        return message


def _people(many: int) -> User:
    """An organisation, its administrator, and so many leads of companies, each with one good address."""
    from relance.people.models import Account, Address, Person
    from relance.team.actions import FirstStart, set_up

    rng = Random(7)
    start = FirstStart(
        organisation="Hélionne", name="Camille Aubry", email="camille@helionne.example", password="a long enough word"
    )
    boss = set_up(start, now=NOW)
    when = {"created_at": NOW, "updated_at": NOW}
    accounts = Account.objects.bulk_create(
        Account(name=name, name_folded=name.lower(), **when)
        for name in (names.company(rng) for _ in range(many // 40 + 1))
    )
    people = Person.objects.bulk_create((_person(rng, number, accounts) for number in range(many)), batch_size=2000)
    Address.objects.bulk_create(
        (Address(person=person, email=person.primary_email, normal=person.primary_email) for person in people),
        batch_size=2000,
    )
    return boss


def _person(rng: Random, number: int, accounts: list[Account]) -> Person:
    from relance.people.models import Person

    first, last, account = names.pick(rng, names.FIRST), names.last_name(rng), rng.choice(accounts)
    return Person(
        kind="lead",
        first_name=first,
        last_name=last,
        name=f"{first} {last}",
        name_folded=f"{first} {last}".lower(),
        job_title=names.pick(rng, names.JOBS),
        company=account.name,
        city=names.pick(rng, names.TOWNS),
        phone=f"02 {rng.randrange(10**8):08d}",
        account=account,
        primary_email=f"person{number}@client{number % 997}.example",
        created_at=NOW,
        updated_at=NOW,
    )


def _addressees() -> Iterator[Addressee]:
    from relance.mail.actions import Addressee
    from relance.people.models import Address

    rows = Address.objects.order_by("id").values_list("email", "person__name", "person")
    for email, name, person in rows.iterator():
        yield Addressee(email=email, normal=email, name=name, person_id=person)
