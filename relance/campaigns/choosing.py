"""The rows that a mass mail goes to: chosen in a list, or followed up (MASS-01, MASS-05)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import F, QuerySet

from relance.campaigns.buckets import BUCKETS, DELIVERED
from relance.campaigns.models import DealCopy, ListMember, MassMail, MemberCopy, RecordCopy, TargetList
from relance.campaigns.sources import LIST, source_of
from relance.lib.criteria import Group
from relance.mail.models import Recipient
from relance.people.models import Person
from relance.records import criteria, registry
from relance.records import selection as selections
from relance.records.criteria import BadCriteria
from relance.records.registry import Asking, Rows
from relance.records.selection import Selection
from relance.team.models import User

NOT_REPLIED = DELIVERED & ~BUCKETS["replied"].where


def selection_of(mass_mail: MassMail) -> Selection:
    """The choice of people that was saved with the mail; of target lists `lists_of` tells."""
    if mass_mail.audience == MassMail.Audience.LISTS:
        return Selection(module=mass_mail.module)
    return Selection.of(mass_mail.module, mass_mail.audience, mass_mail.criteria)


def lists_of(mass_mail: MassMail) -> list[int]:
    """The target lists that it goes to."""
    told = mass_mail.criteria.get("lists") if mass_mail.audience == MassMail.Audience.LISTS else None
    return [int(pk) for pk in told] if isinstance(told, list) else []


def excluded_lists(mass_mail: MassMail) -> list[int]:
    """The target lists whose addresses it leaves out; a follow-up leaves out those of its first mail too."""
    mails = [mass_mail, *([mass_mail.parent] if mass_mail.parent else [])]
    return sorted({int(pk) for each in mails for pk in each.excluded})


def _members(lists: list[int], *, by: User) -> Rows:
    """Each member of these lists once; of one who is on several, the row of a list that he has not left."""
    rows = ListMember.objects.filter(target_list__in=TargetList.objects.visible_to(by).filter(pk__in=lists))
    if len(lists) < 2:
        return rows
    once = rows.order_by(*SAME, F("opted_out_at").asc(nulls_first=True), "id").distinct(*SAME)
    return ListMember.objects.filter(pk__in=once.values("pk"))


SAME = ("person_id", "account_id", "colleague_id", "record_id", "normal")


def rows(mass_mail: MassMail, *, now: datetime, only: Collection[int] | None = None) -> Rows:
    """The rows of its module that the mail's creator may see; `only`: of these recipients of the first mail,
    or these people of an auto-responder."""
    if mass_mail.responder_id is not None:
        return Person.objects.visible_to(mass_mail.creator).filter(pk__in=only or ())
    if mass_mail.parent is None and mass_mail.module == LIST:
        return _members(lists_of(mass_mail), by=mass_mail.creator)
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
    if mass_mail.module == LIST:
        visible: Rows = ListMember.objects.all()
    else:
        visible = registry.module(mass_mail.module).visible(mass_mail.creator)
    if mass_mail.parent is None or mass_mail.parent.message_id is None:
        return visible.none()
    found = copies(mass_mail, only)
    match source_of(mass_mail.module).about:
        case "Deal":
            return visible.filter(pk__in=DealCopy.objects.filter(recipient__in=found).values("deal_id"))
        case "Record":
            return visible.filter(pk__in=RecordCopy.objects.filter(recipient__in=found).values("record_id"))
        case "Member":
            return visible.filter(pk__in=MemberCopy.objects.filter(recipient__in=found).values("member_id"))
        case _:
            return visible.filter(pk__in=found.exclude(person=None).values("person_id"))


def _left(mass_mail: MassMail, found: Rows, now: datetime) -> Rows:
    """Without those whom the criteria leave out, as they are now; criteria that say nothing leave out everybody."""
    if not mass_mail.leave_out:
        return found
    asking = Asking(user=mass_mail.creator, now=now)
    try:
        tree = criteria.read_text(mass_mail.leave_out)
        if mass_mail.module != LIST:
            return found.exclude(pk__in=_met(tree, mass_mail.module, asking))
        for module in Person.Kind.values:
            found = found.exclude(person__in=_met(tree, module, asking))
    except BadCriteria:
        return found.none()
    return found


def _met(tree: Group, module: str, asking: Asking) -> Rows:
    """The keys of those who meet the criteria."""
    visible = registry.module(module).visible(asking.user)
    return visible.filter(criteria.condition(tree, module=module, asking=asking)).values("pk")
