"""The rows that a mass mail goes to: chosen in a list, or followed up (MASS-01, MASS-05)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from relance.campaigns.buckets import BUCKETS, DELIVERED
from relance.campaigns.models import DealCopy, MassMail, RecordCopy
from relance.campaigns.sources import source_of
from relance.mail.models import Recipient
from relance.records import criteria, registry
from relance.records import selection as selections
from relance.records.criteria import BadCriteria
from relance.records.registry import Asking, Rows
from relance.records.selection import Selection

NOT_REPLIED = DELIVERED & ~BUCKETS["replied"].where


def selection_of(mass_mail: MassMail) -> Selection:
    """The choice of people that was saved with the mail."""
    return Selection.of(mass_mail.module, mass_mail.audience, mass_mail.criteria)


def rows(mass_mail: MassMail, *, now: datetime, only: Collection[int] | None = None) -> Rows:
    """The rows of its module that the mail's creator may see; `only`: of these recipients of the first mail."""
    if mass_mail.parent is None:
        return selections.rows(selection_of(mass_mail), user=mass_mail.creator, now=now)
    return _left(mass_mail, _followed(mass_mail, only), now)


def copies(mass_mail: MassMail, only: Collection[int] | None) -> QuerySet[Recipient]:
    """The copies of the first mail whose readers get the follow-up."""
    assert mass_mail.parent is not None
    where = NOT_REPLIED if mass_mail.follow == "not_replied" else BUCKETS[BUCKET[mass_mail.follow]].where
    found = Recipient.objects.filter(where, message=mass_mail.parent.message)
    return found if only is None else found.filter(pk__in=only)


BUCKET = {each: each for each in ("opened", "not_opened", "clicked", "not_clicked")} | {"received": "delivered"}


def _followed(mass_mail: MassMail, only: Collection[int] | None) -> Rows:
    visible = registry.module(mass_mail.module).visible(mass_mail.creator)
    if mass_mail.parent is None or mass_mail.parent.message_id is None:
        return visible.none()
    found = copies(mass_mail, only)
    match source_of(mass_mail.module).about:
        case "Deal":
            return visible.filter(pk__in=DealCopy.objects.filter(recipient__in=found).values("deal_id"))
        case "Record":
            return visible.filter(pk__in=RecordCopy.objects.filter(recipient__in=found).values("record_id"))
        case _:
            return visible.filter(pk__in=found.exclude(person=None).values("person_id"))


def _left(mass_mail: MassMail, found: Rows, now: datetime) -> Rows:
    """Without those whom the criteria leave out, as they are now; criteria that say nothing leave out everybody."""
    if not mass_mail.leave_out:
        return found
    asking = Asking(user=mass_mail.creator, now=now)
    try:
        met = criteria.condition(criteria.read_text(mass_mail.leave_out), module=mass_mail.module, asking=asking)
    except BadCriteria:
        return found.none()
    visible = registry.module(mass_mail.module).visible(mass_mail.creator)
    return found.exclude(pk__in=visible.filter(met).values("pk"))
