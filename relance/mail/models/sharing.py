"""Whose mail a colleague may read: the sharing of the mailbox AND the records that her role shows (INBOX-09, X9)."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from relance.mail.models.mailbox import Mailbox
from relance.people.models import Person
from relance.records import definitions, registry
from relance.team import policy
from relance.team.models import Module, User

PARENTS = (Module.ACCOUNT, Module.LEAD, Module.CONTACT, Module.DEAL, Module.CASE)


def mailboxes_read_by(user: User) -> QuerySet[Mailbox]:
    """The mailboxes whose mail a colleague may read: her own, and those shared with her.

    A mailbox without an owner that is shared with nobody is read by administrators. Nobody reads another's private one.
    """
    if not user.is_active:
        return Mailbox.objects.none()
    shared = Q(sharing=Mailbox.Sharing.EVERYONE)
    if user.team_id is not None:
        shared |= Q(sharing=Mailbox.Sharing.TEAM, user__team_id=user.team_id)
    if user.is_administrator:
        shared |= Q(user=None)
    return Mailbox.objects.filter(Q(user=user) | shared).order_by("id")


def readable(user: User) -> Q:
    """The condition that keeps the received mail which a colleague may read."""
    boxes = definitions.meanwhile(
        ("mailboxes read by", user.pk), lambda: list(mailboxes_read_by(user).only("id", "user_id", "never_stored"))
    )
    own = [box.pk for box in boxes if box.user_id == user.pk]
    others = [box.pk for box in boxes if box.user_id != user.pk]
    where = Q(mailbox_id__in=own)
    if others:
        where |= Q(mailbox_id__in=others) & _of_seen_records(user)
    for box in boxes:
        if box.never_stored:
            where &= ~_excluded(box)
    return where


def _excluded(box: Mailbox) -> Q:
    """Mail stored before its sender was excluded."""
    excluded = Q(pk__in=[])
    for word in box.never_stored.split():
        excluded |= Q(from_normal=word) if "@" in word else Q(from_normal__endswith=f"@{word}")
    return Q(mailbox_id=box.pk) & excluded


def _of_seen_records(user: User) -> Q:
    """Of a mailbox of somebody else, only what is about nobody whom the role hides."""
    where = Q()
    if any(policy.level(user, module, "read") != policy.ALL for module in (Module.LEAD, Module.CONTACT)):
        where &= Q(person=None) | Q(person__in=Person.objects.visible_to(user).order_by().values("pk"))
    for module in PARENTS:
        if policy.level(user, module, "read") != policy.ALL:
            seen = registry.module(module).visible(user).order_by().values("pk")
            where &= ~Q(parent_module=module) | Q(parent_id__in=seen)
    return where
