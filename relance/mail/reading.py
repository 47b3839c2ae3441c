"""What a colleague does with received mail: read, star, archive, trash, delete for good, say what it belongs to.

In a mailbox of her own the server hears of it (`inbound.changes`); in a shared one each colleague has a state of her
own (`Reading`), so that one who reads does not tick it off for the others (INBOX-03, INBOX-08).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from relance.lib.refusal import Refused
from relance.mail.inbound import changes
from relance.mail.inbound.changes import Flag
from relance.mail.inbound.whose import HAND
from relance.mail.models import Folder, Location, Reading, Received, ShownImages
from relance.mail.models.received import Mails
from relance.mail.models.sharing import PARENTS
from relance.people.models import Person
from relance.records import registry
from relance.team import policy
from relance.team.models import Module, User

PLACES = (Reading.Place.INBOX, Reading.Place.ARCHIVE, Reading.Place.TRASH)
AT_ONCE = 500


class NotAParent(Refused):
    """What a mail cannot belong to."""


def may_change(mail: Received, user: User) -> bool:
    """Whether a colleague may say what a mail belongs to: in her own mailbox always, else who may change contacts."""
    return mail.mailbox.user_id == user.pk or policy.level(user, Module.CONTACT, "edit") > policy.NONE


@transaction.atomic
def mark_read(ids: Iterable[int], *, on: bool, by: User, now: datetime) -> int:
    """Mark mails as read, or as unread again; how many."""
    return _mark(ids, Flag.SEEN, "is_read", on=on, by=by, now=now)


@transaction.atomic
def star(ids: Iterable[int], *, on: bool, by: User, now: datetime) -> int:
    """Give mails a star, or take it away."""
    return _mark(ids, Flag.FLAGGED, "is_starred", on=on, by=by, now=now)


def _mark(ids: Iterable[int], flag: Flag, column: str, *, on: bool, by: User, now: datetime) -> int:
    rows = _mine(ids, by)
    own = Location.objects.filter(received__in=rows.filter(mailbox__user=by).values("pk"))
    changes.mark(own, flag=flag, on=on, now=now)
    others = rows.exclude(Exists(Location.objects.filter(received=OuterRef("pk"))), mailbox__user=by)
    _remember(others, by, {column: on})
    return rows.count()


@transaction.atomic
def put(ids: Iterable[int], *, place: str, by: User, now: datetime) -> int:
    """Put mails into the inbox, the archive or the trash: on the server where the mailbox is one's own; how many."""
    rows = _mine(ids, by)
    elsewhere: list[int] = []
    for mail in rows.select_related("mailbox").defer("raw"):
        folder = _folder(mail, place) if mail.mailbox.user_id == by.pk else None
        if folder is None:
            elsewhere.append(mail.pk)
            continue
        changes.move(Location.objects.filter(received=mail), to=folder, now=now)
        Reading.objects.filter(received=mail, user=by).update(place="")
    _remember(Received.objects.filter(pk__in=elsewhere), by, {"place": place})
    return rows.count()


def _folder(mail: Received, place: str) -> Folder | None:
    if not mail.locations.exists():
        return None
    return Folder.objects.filter(mailbox=mail.mailbox_id, role=place).order_by("id").first()


def _mine(ids: Iterable[int], user: User) -> Mails:
    wanted = list(ids)[:AT_ONCE]
    seen = Received.objects.visible_to(user).filter(pk__in=wanted)
    return Received.objects.filter(pk__in=list(seen.values_list("pk", flat=True)))


def _remember(mails: Mails, user: User, what: Mapping[str, object]) -> None:
    rows = [Reading(received_id=id, user=user, **what) for id in mails.values_list("pk", flat=True)]
    Reading.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["received", "user"], update_fields=list(what)
    )


def others_reading(mail: Received, user: User) -> int:
    """How many other colleagues would lose a mail that is deleted for good."""
    copies = _copies(mail)
    ids = list(copies.values_list("pk", flat=True))
    others = User.objects.filter(is_active=True).exclude(pk=user.pk).select_related("role")
    return sum(Received.objects.visible_to(other).filter(pk__in=ids).exists() for other in others)


@transaction.atomic
def delete_for_good(mail: Received, *, by: User, now: datetime) -> int:
    """Remove a mail from everywhere, for everyone; how many copies. Raises Forbidden (INBOX-08)."""
    policy.require(
        by.may_delete_mail, _("Your role does not allow deleting mail for everyone. Move it to the trash instead.")
    )
    copies = list(_copies(mail).only("id", "mailbox_id", "key"))
    for copy in copies:
        changes.delete_for_good(copy, now=now)
    return len(copies)


def _copies(mail: Received) -> Mails:
    """A mail and its twins in other mailboxes: the same sender, words and Message-ID, not merely the latter (R4)."""
    return Received.objects.filter(Q(same=mail.same) if mail.same else Q(pk=mail.pk))


@transaction.atomic
def set_parent(mail: Received, *, module: str, id: int | None, by: User) -> None:
    """Say by hand what a mail belongs to, or that it belongs to nothing; no rule changes it again (INBOX-05).

    What came in the same thread and belongs to nothing goes along. Raises Forbidden, NotAParent.
    """
    policy.require(may_change(mail, by))
    if id is not None and (module not in PARENTS or not registry.module(module).visible(by).filter(pk=id).exists()):
        raise NotAParent(_("The record that this mail should belong to is not there, or you may not see it."))
    chosen = {"parent_module": module if id is not None else "", "parent_id": id}
    Received.objects.filter(pk=mail.pk).update(**chosen, parent_how=HAND, parent_by=by)
    if id is not None and mail.thread_id:
        beside = Received.objects.visible_to(by).filter(thread=mail.thread_id, parent_id=None).exclude(parent_how=HAND)
        ids = list(beside.filter(mailbox=mail.mailbox_id).values_list("pk", flat=True))
        Received.objects.filter(pk__in=ids).update(**chosen, parent_how="references")


def parents_of(mails: Sequence[Received], user: User) -> dict[int, tuple[str, int, str]]:
    """What mails belong to, by their ids: module, id and name, as far as a colleague may see it."""
    wanted: dict[str, set[int]] = {}
    for mail in mails:
        if mail.parent_id is not None:
            wanted.setdefault(mail.parent_module, set()).add(mail.parent_id)
    names = _people(wanted, user)
    for module in wanted.keys() - set(Person.Kind.values):
        for row in registry.module(module).visible(user).filter(pk__in=wanted[module]):
            names[module, row.pk] = (module, row.pk, str(row))
    return {
        mail.pk: names[mail.parent_module, mail.parent_id]
        for mail in mails
        if mail.parent_id is not None and (mail.parent_module, mail.parent_id) in names
    }


def _people(wanted: Mapping[str, set[int]], user: User) -> dict[tuple[str, int], tuple[str, int, str]]:
    """Leads and contacts among what mails belong to, in one question: a lead may have become a contact since."""
    of = {(kind, id) for kind in Person.Kind.values for id in wanted.get(kind, ())}
    rows = Person.objects.visible_to(user).filter(pk__in={id for _kind, id in of}) if of else ()
    seen = {row.pk: (row.kind, row.pk, str(row)) for row in rows}
    return {(kind, id): seen[id] for kind, id in of if id in seen}


def shows_images(user: User, mail: Received) -> bool:
    """Whether this colleague wants the remote images of this sender always (X4)."""
    return bool(mail.from_normal) and ShownImages.objects.filter(user=user, normal=mail.from_normal).exists()


def always_show_images(mail: Received, *, on: bool, by: User) -> None:
    """Show the remote images of this sender from now on, or no longer."""
    if on and mail.from_normal:
        ShownImages.objects.get_or_create(user=by, normal=mail.from_normal)
    else:
        ShownImages.objects.filter(user=by, normal=mail.from_normal).delete()
