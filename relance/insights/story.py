"""What mail tells in a history: each mail to somebody, and each thing somebody did with one (REC-07, ENG-08)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from relance.insights.history import told_of
from relance.mail import belonging
from relance.mail.models import Interaction, Recipient
from relance.people.models import People, Person
from relance.records.history import Entry, Group, Place, Source, Subject, register

MAIL, ELSEWHERE, ENGAGEMENT, MACHINE = "mail", "mail_elsewhere", "engagement", "machine"
WITH = ("recipient__message__content", "recipient__message__mass_mail", "recipient__person")


def tell() -> None:
    """Add the sources."""
    register(
        Source(kind=MAIL, group=Group.MAIL, read=mails),
        Source(kind=ELSEWHERE, group=Group.MAIL, read=mails_elsewhere),
        Source(kind=ENGAGEMENT, group=Group.ENGAGEMENT, read=engagement),
        Source(kind=MACHINE, group=Group.ENGAGEMENT, read=machines, apart=True),
    )


def people_of(subject: Subject) -> People | None:
    """The people whose mail belongs to a record: herself, or those of a company whom the reader may see."""
    if subject.is_person:
        return Person.objects.filter(pk=subject.id)
    if subject.module == "account":
        return Person.objects.visible_to(subject.user).filter(account=subject.id)
    return None


def mails(subject: Subject, after: Place | None, limit: int) -> Sequence[Entry]:
    """Each mail by when it left, or was to leave. `fact` is a `relance.insights.history.Told`."""
    people = people_of(subject)
    if people is None:
        return []
    return _told(Recipient.objects.filter(person__in=people), MAIL, after, limit)


def mails_elsewhere(subject: Subject, after: Place | None, limit: int) -> Sequence[Entry]:
    """On an account: each mail about something of it that went to none of its people (ESPI-11). `fact`: as `mails`."""
    people, messages = people_of(subject), belonging.elsewhere(subject)
    if people is None or messages is None:
        return []
    rows = Recipient.objects.filter(message__in=messages.values("pk"))
    return _told(rows.exclude(person__in=people.order_by().values("pk")), ELSEWHERE, after, limit)


def _told(rows: QuerySet[Recipient], kind: str, after: Place | None, limit: int) -> Sequence[Entry]:
    rows = rows.alias(moment=Coalesce("sent_at", "queued_at"))
    if after is not None:
        rows = rows.filter(after.after(kind, "moment"))
    told = told_of(rows.order_by("-moment", "-id")[:limit])
    return [Entry(at=one.copy.sent_at or one.copy.queued_at, kind=kind, id=one.copy.pk, fact=one) for one in told]


def engagement(subject: Subject, after: Place | None, limit: int) -> Sequence[Entry]:
    """What people did with mails, and what came back. `fact` is an Interaction with its copy."""
    return _hits(subject, after, limit, ENGAGEMENT, ~Q(verdict=Interaction.Verdict.MACHINE))


def machines(subject: Subject, after: Place | None, limit: int) -> Sequence[Entry]:
    """What machines did with mails: never counted, and shown apart. `fact` is an Interaction with its copy."""
    return _hits(subject, after, limit, MACHINE, Q(verdict=Interaction.Verdict.MACHINE))


def _hits(subject: Subject, after: Place | None, limit: int, kind: str, which: Q) -> Sequence[Entry]:
    people = people_of(subject)
    if people is None:
        return []
    copies = Recipient.objects.filter(person__in=people).order_by().values("pk")
    rows = Interaction.objects.filter(which, recipient__in=copies)
    if after is not None:
        rows = rows.filter(after.after(kind, "at"))
    near = rows.select_related(*WITH).order_by("-at", "-id")[:limit]
    return [Entry(at=hit.at, kind=kind, id=hit.pk, fact=hit) for hit in near]
