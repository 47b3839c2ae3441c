"""Sent mail to test the way back with: people, a content with links, a message, its recipients."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings

from relance.lib import keys
from relance.mail.models import Content, Mailbox, Message, Recipient
from relance.people.models import Address, Person
from relance.team.actions import add_user
from relance.team.models import User

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
KEY = keys.derive(settings.SECRET, "tokens")
LINKS = [
    {"number": 1, "url": "https://helionne.example/devis", "label": "Le devis"},
    {"number": 2, "url": "https://helionne.example/é?a=1&b=2#c", "label": "L’étude"},
    {"number": 3, "url": "https://helionne.example/contact", "label": "Contact"},
]


def seller() -> User:
    return User.objects.filter(email="claire@helionne.example").first() or add_user(
        email="claire@helionne.example", name="Claire", role="salesperson"
    )


def person(number: int = 1, **fields) -> Person:
    email = f"eve{number}@rouviere.example"
    made = Person.objects.create(
        kind="lead", name=f"Ève {number}", name_folded=f"eve {number}", primary_email=email,
        created_at=NOW, updated_at=NOW, **fields,
    )  # fmt: skip
    Address.objects.create(person=made, email=email, normal=email)
    return made


def message(key: str = "mass:1", **fields) -> Message:
    mailbox = Mailbox.objects.first() or Mailbox.objects.create(
        name="Équipe", address="equipe@helionne.example", host="127.0.0.1"
    )
    content = Content.objects.create(subject="Votre étude", language=fields.pop("language", "fr"), links=LINKS)
    return Message.objects.create(
        kind="mass", send_key=key, state="sending", content=content, mailbox=mailbox, sender=seller(),
        deliver_at=NOW, created_at=NOW, **fields,
    )  # fmt: skip


def recipient(
    of: Message, to: Person | None = None, *, state: str = "sent", track: str = "full", **fields
) -> Recipient:
    """One that the relay took; the counters of the message follow as the engine would write them."""
    to = to or person(Person.objects.count() + 1)
    made = Recipient.objects.create(
        message=of, person=to, email=to.primary_email, normal=to.primary_email, name=to.name, state=state, track=track,
        queued_at=NOW, sent_at=fields.pop("sent_at", NOW) if state == "sent" else None, **fields,
    )  # fmt: skip
    if state == "sent":
        of.sent += 1
        of.untracked_opens += track != "full"
        of.untracked_clicks += track not in ("full", "clicks")
        of.save()
    return made
