"""Draft, edit, copy and delete a mass mail (MASS-01, MASS-02, MASS-06)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from relance.campaigns import rules
from relance.campaigns.holding import (
    hold,
    may_delete,
    one_at_a_time,
    require_creator,
    require_right,
    require_room,
    row_of,
)
from relance.campaigns.models import MassMail, Trigger
from relance.lib.refusal import Refused
from relance.mail.models import Mailbox, Template
from relance.mail.models.template import SenderChoice
from relance.records import changes
from relance.records.models import Change
from relance.team import policy
from relance.team.models import Module, User
from relance.team.workspace import organisation

FIELDS = (
    "name", "module", "audience", "criteria", "excluded", "template", "mailbox", "from_choice", "reply_choice", "track",
)  # fmt: skip
SENDERS = ("from_choice", "reply_choice")
WHOM = frozenset({"module", "audience", "criteria"})
State = MassMail.State


class StillSending(Refused):
    """It has to be stopped before it can be deleted."""


class FollowsTheFirst(Refused):
    """A follow-up has no recipients of its own choosing."""


@dataclass(frozen=True, kw_only=True)
class MassMailDraft:
    """What is to be changed in a mass mail: the values named here (see FIELDS), the rest stays.

    An empty `from_choice` or `reply_choice` leaves it to the template, else to the sender's own address.
    """

    values: Mapping[str, object] = field(default_factory=dict)


@transaction.atomic
def draft_mass_mail(draft: MassMailDraft, *, by: User, now: datetime) -> MassMail:
    """A new mass mail, not yet sent. Raises Forbidden."""
    require_right(by)
    mass_mail = MassMail(creator=by, created_at=now, updated_at=now)
    _fill(mass_mail, draft, by)
    mass_mail.save()
    return mass_mail


@transaction.atomic
def edit_mass_mail(mass_mail: MassMail, draft: MassMailDraft, *, by: User, now: datetime) -> MassMail:
    """Change what the draft names; so near to its hour, this stops it (MASS-06).

    Raises Forbidden, AlreadyLaunched, and HourFull where its hour is full in the module that it changes to.
    """
    require_creator(mass_mail, by)
    known = one_at_a_time() if "module" in draft.values else None
    mass_mail = hold(mass_mail)
    module = mass_mail.module
    if mass_mail.parent_id is not None and WHOM & draft.values.keys():
        raise FollowsTheFirst(_("A follow-up goes to those of the first mail. Say which of them on its own page."))
    _stop_if_frozen(mass_mail, now)
    _fill(mass_mail, draft, by)
    if known and mass_mail.module != module and mass_mail.state == State.SCHEDULED and mass_mail.scheduled_at:
        require_room(mass_mail, mass_mail.scheduled_at, known)
    mass_mail.updated_at = now
    mass_mail.save()
    mass_mail.follow_ups.filter(message=None).exclude(module=mass_mail.module).update(module=mass_mail.module)
    return mass_mail


def touched(mass_mail: MassMail, *, by: User, now: datetime) -> MassMail:
    """The row of a mail of which a part is being changed, with what an edit brings (MASS-06); within a transaction.

    Raises Forbidden, AlreadyLaunched.
    """
    require_creator(mass_mail, by)
    mass_mail = hold(mass_mail)
    _stop_if_frozen(mass_mail, now)
    mass_mail.updated_at = now
    mass_mail.save(update_fields=["state", "state_why", "updated_at"])
    return mass_mail


@transaction.atomic
def open_for_edit(mass_mail: MassMail, *, by: User, now: datetime) -> bool:
    """Begin to edit: in its last minutes that alone stops it, so that no old text leaves (ZMM-30). True if it did."""
    require_creator(mass_mail, by)
    mass_mail = hold(mass_mail)
    stopped = _stop_if_frozen(mass_mail, now)
    mass_mail.save(update_fields=["state", "state_why"])
    return stopped


def _fill(mass_mail: MassMail, draft: MassMailDraft, by: User) -> None:
    before = mass_mail.template_id
    for name in FIELDS:
        if name in draft.values:
            setattr(mass_mail, name, draft.values[name])
    _take_senders(mass_mail, draft, is_new=mass_mail.template_id != before)
    template, mailbox = mass_mail.template, mass_mail.mailbox
    policy.require(template is None or may_use(template, by))
    policy.require(mailbox is None or mailbox.kind == Mailbox.Kind.SHARED or mailbox.user_id == by.pk)


def _take_senders(mass_mail: MassMail, draft: MassMailDraft, *, is_new: bool) -> None:
    """Whose addresses stand there, where nothing else was said: those of a new template, if it has any (ZMM-05)."""
    for name in SENDERS:
        preset = getattr(mass_mail.template, name) if mass_mail.template else ""
        if preset and is_new and name not in draft.values:
            setattr(mass_mail, name, preset)
        elif not getattr(mass_mail, name):  # left to the template in so many words
            setattr(mass_mail, name, preset or SenderChoice.OWN)


def may_use(template: Template, user: User) -> bool:
    return template.shared or template.owner_id == user.pk or user.is_administrator


def _stop_if_frozen(mass_mail: MassMail, now: datetime) -> bool:
    if mass_mail.state != State.SCHEDULED or mass_mail.scheduled_at is None:
        return False
    if not rules.is_frozen(mass_mail.scheduled_at, now=now, minutes=organisation().freeze_minutes):
        return False
    mass_mail.state, mass_mail.state_why = State.STOPPED, "edited_late"
    return True


@transaction.atomic
def delete_mass_mail(mass_mail: MassMail, *, by: User, now: datetime) -> None:
    """Take it off the pages; what was sent stays in each person's history. Raises Forbidden, StillSending."""
    policy.require(may_delete(mass_mail, by))
    mass_mail = row_of(mass_mail)
    if not rules.may_delete_now(mass_mail.status):
        raise StillSending(_("It is being sent. Stop it first, then delete it."))
    arms = MassMail.objects.filter(arm__contest__mass_mail=mass_mail, deleted_at=None).select_related("message")
    if not all(rules.may_delete_now(arm.status) for arm in arms):
        raise StillSending(_("Its test is being sent. Stop it first, then delete it."))
    follow_ups = MassMail.objects.filter(parent=mass_mail, deleted_at=None).select_related("message")
    if not all(rules.may_delete_now(follow_up.status) for follow_up in follow_ups):
        raise StillSending(_("A follow-up of it is being sent. Stop that first, then delete it."))
    whole = MassMail.objects.filter(pk=mass_mail.pk) | MassMail.objects.filter(parent=mass_mail)
    if whole.filter(deleted_at=None).update(deleted_at=now):
        changes.note(Module.MASS_MAIL, mass_mail, Change.Act.DELETED, {}, by=by, now=now)


@transaction.atomic
def copy_mass_mail(mass_mail: MassMail, *, by: User, now: datetime) -> MassMail:
    """The same once more as a draft of one's own, with its follow-ups and what each sets off. Raises Forbidden."""
    if mass_mail.parent_id is not None:
        raise FollowsTheFirst(_("A follow-up is copied with its first mail only."))
    values = {name: getattr(mass_mail, name) for name in FIELDS}
    values["name"] = (_("%(name)s, copy") % {"name": mass_mail.name})[:160]
    copied = draft_mass_mail(MassMailDraft(values=values), by=by, now=now)
    _copy_triggers(mass_mail, copied)
    for follow_up in mass_mail.follow_ups.filter(deleted_at=None).select_related("template").order_by("id"):
        _copy_follow_up(follow_up, copied, by=by, now=now)
    return copied


def _copy_follow_up(follow_up: MassMail, first: MassMail, *, by: User, now: datetime) -> None:
    """A template that is not for this colleague stays behind; the check before the launch asks for another."""
    values = {name: getattr(follow_up, name) for name in FIELDS}
    if follow_up.template is not None and not may_use(follow_up.template, by):
        values["template"] = None
    copied = draft_mass_mail(MassMailDraft(values=values), by=by, now=now)
    copied.parent, copied.follow, copied.days = first, follow_up.follow, follow_up.days
    copied.leave_out = follow_up.leave_out
    copied.scheduled_at = follow_up.scheduled_at if follow_up.days is None else None
    copied.save()
    _copy_triggers(follow_up, copied)


def _copy_triggers(before: MassMail, after: MassMail) -> None:
    for one in before.triggers.all():
        Trigger.objects.create(
            mass_mail=after, event=one.event, updates=one.updates, tasks=one.tasks, calls=one.calls
        )  # fmt: skip
