"""What mails written with each template brought: the answers of people like this one, in the last year (TPL-05)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Q

from relance.mail.models import Message, Recipient, Template
from relance.mail.recommending import Rated, Record, beside, recommended
from relance.people.models import Person

SINCE = timedelta(days=365)
TOLD = (Message.Kind.PERSONAL, Message.Kind.SEQUENCE)


def proposed(templates: Iterable[Template], *, to: Person | None, now: datetime) -> tuple[Template, Rated] | None:
    """The one of these that brought most answers, where chance does not explain it; None: not enough data."""
    named = {each.pk: each for each in templates}
    best = recommended(records(named, to=to, now=now))
    return (named[best.key], best) if best else None


def compared(template: Template, among: Iterable[Template], *, now: datetime) -> list[tuple[Template, Rated]]:
    """Its answers beside those of the best others; nothing before its first mail."""
    named = {template.pk: template, **{each.pk: each for each in among}}
    found = [(named[each.key], each) for each in beside(records(named, to=None, now=now), template.pk)]
    return found if found[0][1].seen else []


def records(template_ids: Collection[int], *, to: Person | None, now: datetime) -> list[Record]:
    """Mails that arrived and those that were answered, for each template; to leads alone, or to contacts alone.

    Answers are seen whether a mail is followed or not, so nobody is left out for want of consent.
    """
    rows = Recipient.objects.filter(
        message__content__template__in=template_ids, message__kind__in=TOLD, sent_at__gt=now - SINCE, bounced_at=None
    ).exclude(message__send_key__startswith="test:")
    if to is not None:
        rows = rows.filter(person__kind=to.kind)
    counted = rows.values_list("message__content__template").annotate(
        seen=Count("id"), worked=Count("id", filter=Q(replied_at__isnull=False))
    )
    found = {key: (seen, worked) for key, seen, worked in counted.order_by()}
    return [
        Record(key=key, seen=found.get(key, (0, 0))[0], worked=found.get(key, (0, 0))[1])
        for key in sorted(template_ids)
    ]
