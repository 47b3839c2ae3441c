"""A mass mail that has left: people, their copies and the tokens in them, a hundred thousand within seconds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from django.conf import settings
from django.db import connection

from relance.lib import keys, tokens
from relance.lib.tokens import Kind
from relance.mail.models import Content, Mailbox, Message
from relance.people.models import Person
from relance.team.actions import FirstStart, set_up
from relance.team.models import User

SENT_AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LINKS = [{"number": number, "url": f"https://helionne.example/{number}", "label": ""} for number in range(1, 6)]
COPIES = """
INSERT INTO mail_recipient (message_id, person_id, email, normal, name, state, track, attempts, queued_at, sent_at)
SELECT %s, id, primary_email, primary_email, name, 'sent', 'full', 1, %s, %s FROM people_person
"""


def boss() -> User:
    """The first colleague of an empty installation."""
    start = FirstStart(
        organisation="Hélionne", name="Camille Aubry", email="camille@helionne.example", password="a long enough word"
    )
    return set_up(start, now=SENT_AT)


def people(count: int) -> None:
    """So many contacts, all alike but for their number: one made by the product, the others copied from it."""
    Person.objects.create(
        kind="contact", name="Ève", name_folded="eve", search="eve", primary_email="eve@rouviere.example",
        created_at=SENT_AT, updated_at=SENT_AT,
    )  # fmt: skip
    own = {"name": "'Ève ' || n", "primary_email": "'eve' || n || '@rouviere.example'"}
    names = [str(field.column) for field in Person._meta.concrete_fields if not field.primary_key]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO people_person ({', '.join(names)}) SELECT {', '.join(own.get(name, name) for name in names)} "
            "FROM people_person, generate_series(2, %s) AS n",
            [count],
        )


def mailbox() -> Mailbox:
    """The mailbox that everything leaves by."""
    return Mailbox.objects.get_or_create(name="Relay", address="camille@helionne.example", host="localhost")[0]


def mass_mail(sender: User, key: str = "mass:1") -> Message:
    """A mail that everybody has got."""
    content = Content.objects.create(subject="Your study", html="<p>Hello</p>", links=LINKS)
    message = Message.objects.create(
        kind="mass", send_key=key, state="done", content=content, mailbox=mailbox(), sender=sender,
        deliver_at=SENT_AT, created_at=SENT_AT, started_at=SENT_AT,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(COPIES, [message.pk, SENT_AT, SENT_AT + timedelta(seconds=30)])
        Message.objects.filter(pk=message.pk).update(total=cursor.rowcount, sent=cursor.rowcount)
    return message


def write_openings(message: Message, to: Path, *, turn: int) -> int:
    """One opening of each copy in any order, as `path<TAB>visitor` lines; visitors differ from turn to turn."""
    key = keys.derive(settings.SECRET, "tokens")
    recipients = list(message.recipients.values_list("pk", flat=True))
    Random(turn).shuffle(recipients)
    to.write_text("".join(_lines(key, recipients, turn)))
    return len(recipients)


def _lines(key: bytes, recipients: list[int], turn: int) -> Iterator[str]:
    pixel = tokens.sheet(key, ((Kind.OPEN, 0),))
    for place, id in enumerate(recipients):
        visitor = f"{20 + turn % 200}.{place // 250 % 250}.{place % 250}.7"
        yield f"/o/{pixel(id)[0].decode()}.gif\t{visitor}\n"
