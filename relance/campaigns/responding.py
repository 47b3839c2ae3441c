"""Auto-responders: make and switch them, note who is to be answered, answer (MASS-10)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.db import connection, transaction
from django.utils.translation import gettext as _

from relance.campaigns import following
from relance.campaigns.drafts import MassMailDraft, draft_mass_mail, may_use
from relance.campaigns.models import MassMail, Responder, ResponderDue
from relance.campaigns.taking_turns import take_turns
from relance.events import ImportFinished, RecordCreated
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail.models import Mailbox
from relance.mail.models.template import SenderChoice
from relance.people.models import Person
from relance.records.models import Change
from relance.team import policy
from relance.team.models import Module, User

FIELDS = ("name", "event", "kind", "target_list", "template", "mailbox", "from_choice")
MAIL = ("template", "mailbox", "from_choice")
AT_ONCE = 2_000
Event = Responder.Event
# Whoever came before the responder was switched on is not answered.
ACTIVE = """
FROM campaigns_responder r JOIN {who}
WHERE r.active_since IS NOT NULL AND r.deleted_at IS NULL AND r.event = %s AND {when}
  AND (r.kind = '' OR r.kind = p.kind)
ON CONFLICT DO NOTHING
"""
INSERT = "INSERT INTO campaigns_responderdue (responder_id, person_id, due_at) SELECT r.id, p.id, %s "
JOINED = INSERT + ACTIVE.format(
    who="campaigns_listmember m ON m.target_list_id = r.target_list_id JOIN people_person p ON p.id = m.person_id",
    when="r.target_list_id = %s AND m.added_at >= r.active_since AND m.added_at >= %s AND m.opted_out_at IS NULL",
)
IMPORTED = INSERT + ACTIVE.format(
    who="people_person p ON p.import_id = ANY(%s)", when="p.created_at >= r.active_since"
).replace("r.event = %s", "r.event = 'import'")
CAME = INSERT + ACTIVE.format(who="people_person p ON p.id = ANY(%s)", when="p.created_at >= r.active_since").replace(
    "r.event = %s", "r.event = 'form'"
)


class BadResponder(Refused):
    """An auto-responder that may not be."""


@dataclass(frozen=True, kw_only=True)
class ResponderDraft:
    """What is to be changed in an auto-responder: the values named here (see FIELDS), the rest stays."""

    values: Mapping[str, object] = field(default_factory=dict)


def may_change(responder: Responder, user: User) -> bool:
    """Its creator, in whose name it writes (MASS-07)."""
    return user.may_send_mass_mail and responder.creator_id == user.pk


def _require(responder: Responder, user: User) -> None:
    told = _("Only %(name)s, who made it, may do this.") % {"name": responder.creator.name}
    policy.require(may_change(responder, user), told)


@transaction.atomic
def save(responder: Responder | None, draft: ResponderDraft, *, by: User, now: datetime) -> Responder:
    """Make or change an auto-responder; another text begins a mail of its own. Raises Forbidden, BadResponder."""
    if responder is None:
        policy.require(by.may_send_mass_mail)
        responder = Responder(creator=by, created_at=now)
    else:
        _require(responder, by)
    before = [getattr(responder, f"{name}_id" if name != "from_choice" else name) for name in MAIL]
    for name in FIELDS:
        if name in draft.values:
            setattr(responder, name, draft.values[name])
    _require_sense(responder, by)
    responder.updated_at = now
    responder.save()
    after = [getattr(responder, f"{name}_id" if name != "from_choice" else name) for name in MAIL]
    if before != after or not responder.mails.exists():
        _begin_mail(responder, by=by, now=now)
    return responder


def _require_sense(responder: Responder, by: User) -> None:
    responder.name = " ".join(responder.name.split())[:160]
    if not responder.name:
        raise BadResponder(_("Give the auto-responder a name."))
    if responder.event not in Event.values or responder.kind not in ("", *Person.Kind.values):
        raise BadResponder(_("An auto-responder answers to an import, a form or a target list."))
    if responder.from_choice not in SenderChoice.values:
        raise BadResponder(_("Choose whose address stands there."))
    if responder.event == Event.LIST and responder.target_list is None:
        raise BadResponder(_("Choose the target list that is joined."))
    if responder.event != Event.LIST:
        responder.target_list = None
    if responder.template_id is None:
        raise BadResponder(_("Choose a template."))
    policy.require(may_use(responder.template, by))
    box = responder.mailbox
    policy.require(box is None or box.kind == Mailbox.Kind.SHARED or box.user_id == by.pk)


def _begin_mail(responder: Responder, *, by: User, now: datetime) -> None:
    values = {name: getattr(responder, name) for name in ("name", *MAIL)}
    values |= {"module": str(responder.kind or Module.CONTACT), "reply_choice": responder.from_choice}
    mail = draft_mass_mail(MassMailDraft(values=values), by=by, now=now)
    mail.responder, mail.state = responder, MassMail.State.SCHEDULED
    mail.save()


@transaction.atomic
def switch(responder: Responder, *, on: bool, by: User, now: datetime) -> Responder:
    """Let it answer from now on, or no more; whoever was still waiting is not answered. Raises Forbidden."""
    _require(responder, by)
    if on and responder.active_since is None:
        responder.active_since = now
    elif not on:
        responder.active_since = None
        responder.due.filter(done_at=None).update(done_at=now)
    responder.save(update_fields=["active_since"])
    return responder


@transaction.atomic
def delete(responder: Responder, *, by: User, now: datetime) -> None:
    """Take it off the pages; what it sent stays in each person's history. Raises Forbidden."""
    switch(responder, on=False, by=by, now=now)
    Responder.objects.filter(pk=responder.pk).update(deleted_at=now)


def joined(list_id: int, *, since: datetime, now: datetime) -> None:
    """People have come on a list since a moment: its auto-responders are to answer them."""
    with connection.cursor() as cursor:
        cursor.execute(JOINED, [now, Event.LIST, list_id, since])


def imported(batch: Sequence[ImportFinished]) -> None:
    """People were brought in by a file. A reaction, safe to run twice."""
    with connection.cursor() as cursor:
        cursor.execute(IMPORTED, [clock.now(), [event.import_id for event in batch]])


def came(batch: Sequence[RecordCreated]) -> None:
    """People were added; those through a web form or the API came by a form. A reaction, safe to run twice."""
    ids = [event.person_id for event in batch]
    added = Change.objects.filter(record_id__in=ids, act=Change.Act.ADDED, way__in=(Change.Way.API, Change.Way.FORM))
    wanted = list(added.filter(module__in=Person.Kind.values).values_list("record_id", flat=True))
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(CAME, [clock.now(), wanted])


def ask(responder: Responder, person_id: int, *, now: datetime) -> None:
    """Whoever filled in a form that names this auto-responder is to be answered, once ever, while it is on."""
    if responder.active_since is not None and responder.deleted_at is None:
        ResponderDue.objects.get_or_create(responder=responder, person_id=person_id, defaults={"due_at": now})


def send_due(now: datetime) -> None:
    """Answer those who are due."""

    take_turns(partial(_send_some, now=now), what="auto-responder")


@transaction.atomic
def _send_some(failed: Collection[int], begun: list[int], *, now: datetime) -> bool:
    due = ResponderDue.objects.filter(done_at=None, due_at__lte=now)
    waiting = Responder.objects.filter(pk__in=due.values("responder_id"), active_since__isnull=False, deleted_at=None)
    waiting = waiting.exclude(pk__in=failed)
    responder = waiting.select_for_update(skip_locked=True, of=("self",)).order_by("id").first()
    if responder is None:
        return False
    begun.append(responder.pk)
    rows = list(due.filter(responder=responder).order_by("due_at", "id")[:AT_ONCE].select_for_update())
    ResponderDue.objects.filter(pk__in=[row.pk for row in rows]).update(done_at=now)
    mail = responder.mails.select_related("creator__role", "message", "template", "mailbox").order_by("-pk").first()
    if mail is None:
        return True
    following.deliver(mail, [row.person_id for row in rows], oldest=rows[0].due_at, now=now)
    return True
