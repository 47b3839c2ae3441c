"""What mail tells of people: the last mail of each row of a list, a person's mails with what came of them (REC-07)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from relance.lib import prepared
from relance.mail import contents
from relance.mail.models import Interaction, Recipient
from relance.people.models import People

State = Recipient.State
KEPT_BACK = (State.REFUSED.value, State.CANCELLED.value)


@dataclass(slots=True, eq=False)  # not frozen: fifty of them stand on a page that must be fast (L1)
class LastMail:
    """Of a Recipient, what a row of a list shows."""

    person_id: int
    state: str
    track: str
    queued_at: datetime
    next_attempt_at: datetime | None
    sent_at: datetime | None
    first_opened_at: datetime | None
    first_clicked_at: datetime | None
    replied_at: datetime | None
    bounced_at: datetime | None
    machine_hits: int


# Written out: a list page spends more on composing such a query than the database on answering it (L1).
LAST = f"""
SELECT DISTINCT ON (person_id) {", ".join(field.name for field in fields(LastMail))},
    sum(opens) OVER (PARTITION BY person_id) AS all_opens, max(last_opened_at) OVER (PARTITION BY person_id) AS latest
FROM mail_recipient
WHERE person_id = ANY(%s::bigint[]) AND state <> ALL(%s)
ORDER BY person_id, id DESC
"""


class Glimpse(NamedTuple):
    """What a row of a list shows of a person's mail."""

    last: LastMail
    opens: int
    last_opened_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Figures:
    """How many mails a person got, and what she did with them."""

    sent: int
    opened: int
    clicked: int
    replied: int


@dataclass(frozen=True, kw_only=True)
class Told:
    """One mail to a person, and everything that came of it, oldest first."""

    copy: Recipient
    subject: str
    hits: tuple[Interaction, ...]


def glimpses(person_ids: Collection[int]) -> dict[int, Glimpse]:
    """The last mail of each of these people, and all openings; those never written to are left out. One query."""
    if not person_ids:
        return {}
    with prepared.cursor() as cursor:
        cursor.execute(LAST, [prepared.array(person_ids), prepared.array(KEPT_BACK)])
        last = cursor.fetchall()
    return {copy[0]: Glimpse(LastMail(*copy), opens, latest) for *copy, opens, latest in last}


def figures(people: People) -> Figures:
    """The mails of some people, counted by copies."""
    return figures_of(Recipient.objects.filter(person__in=people))


def figures_of(copies: QuerySet[Recipient]) -> Figures:
    """The same of some copies."""
    counted: Mapping[str, int] = copies.aggregate(
        sent=Count("id", filter=Q(sent_at__isnull=False)),
        opened=Count("id", filter=Q(first_opened_at__isnull=False)),
        clicked=Count("id", filter=Q(first_clicked_at__isnull=False)),
        replied=Count("id", filter=Q(replied_at__isnull=False)),
    )
    return Figures(**counted)


def last_to(person_id: int) -> Recipient | None:
    """The last mail to somebody; None if there was none."""
    return Recipient.objects.filter(person=person_id).order_by("-id").first()


def told_of(copies_of: QuerySet[Recipient]) -> list[Told]:
    """These mails, in their order, with all that came of each."""
    near = copies_of.select_related("message__content", "message__sender", "message__mass_mail", "person")
    copies = list(near)
    if not copies:
        return []
    hits: dict[int | None, list[Interaction]] = {}
    for hit in Interaction.objects.filter(recipient__in=copies).order_by("at", "id"):
        hits.setdefault(hit.recipient_id, []).append(hit)
    subjects = contents.subjects_of(copies)
    return [Told(copy=copy, subject=subjects[copy.pk], hits=tuple(hits.get(copy.pk, ()))) for copy in copies]
