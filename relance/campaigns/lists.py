"""Make, fill and empty target lists (CAMP-02): by hand, from a search, from another list, from written addresses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from relance.campaigns import responding
from relance.campaigns.models import ListMember, MassMail, TargetList
from relance.campaigns.sources import Sql, compiled
from relance.deals.models import Deal
from relance.lib import addresses
from relance.lib.refusal import Refused
from relance.people import actions as people_actions
from relance.people.models import Address, Person
from relance.people.suppression import Wish, lift
from relance.records import selection as selections
from relance.records.registry import Rows
from relance.records.selection import Selection
from relance.team import policy
from relance.team.models import Module, User

LONGEST = 160
MOST_ADDRESSES = 20_000
COLUMNS: Mapping[str, str] = {
    Module.LEAD: "person_id", Module.CONTACT: "person_id", Module.ACCOUNT: "account_id",
}  # fmt: skip
ADD = """
INSERT INTO campaigns_listmember (target_list_id, {column}, email, normal, added_at)
SELECT %s, one.id, '', '', %s FROM ({chosen}) AS one (id) WHERE one.id IS NOT NULL ORDER BY one.id
ON CONFLICT DO NOTHING
"""
COPY = """
INSERT INTO campaigns_listmember
  (target_list_id, person_id, account_id, colleague_id, record_id, email, normal, opted_out_at, added_at)
SELECT %s, person_id, account_id, colleague_id, record_id, email, normal, NULL, %s
FROM campaigns_listmember WHERE target_list_id = %s AND opted_out_at IS NULL ORDER BY id
ON CONFLICT DO NOTHING
"""
# Whoever left a list and is put on it again has still left it: the ledger knows (UNSUB-05).
STILL_OUT = """
UPDATE campaigns_listmember m SET opted_out_at = s.at
FROM people_suppression s
WHERE m.target_list_id = %s AND m.opted_out_at IS NULL
  AND s.scope = 'list' AND s.list_id = m.target_list_id AND s.lifted_at IS NULL
  AND (s.normal = m.normal
    OR EXISTS (SELECT 1 FROM people_address a WHERE a.normal = s.normal
               AND (a.person_id = m.person_id OR a.account_id = m.account_id))
    OR EXISTS (SELECT 1 FROM team_user u WHERE u.id = m.colleague_id AND lower(u.email) = s.normal)
    OR EXISTS (SELECT 1 FROM records_record q WHERE q.id = m.record_id AND q.normal = s.normal))
"""


class BadList(Refused):
    """A list without a name, or one that cannot be filled so."""


class ListInUse(Refused):
    """A mail that has not left yet goes to the list, or keeps it out."""


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What came of filling a list; `unread` are texts that are no addresses."""

    added: int
    already: int = 0
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Size:
    """How many are on a list, by what they are, and how many of them have left it."""

    people: int
    accounts: int
    colleagues: int
    records: int
    addresses: int
    opted_out: int

    @property
    def total(self) -> int:
        """Everybody on it."""
        return self.people + self.accounts + self.colleagues + self.records + self.addresses


def may_change(target_list: TargetList, user: User) -> bool:
    """Its owner, and those whose role changes mass mails that far."""
    return user.may_send_mass_mail and (
        target_list.owner_id == user.pk or policy.allows(user, Module.MASS_MAIL, "edit", target_list, owner="owner")
    )


def _require(target_list: TargetList, user: User) -> None:
    policy.require(may_change(target_list, user), _("Only those who may change this list can do this."))


@transaction.atomic
def make(name: str, *, note: str = "", by: User, now: datetime) -> TargetList:
    """A new, empty list. Raises Forbidden, BadList."""
    policy.require(by.may_send_mass_mail)
    return TargetList.objects.create(name=_name(name), note=note, owner=by, created_at=now, updated_at=now)


@transaction.atomic
def rename(target_list: TargetList, name: str, *, note: str | None = None, by: User, now: datetime) -> TargetList:
    """Call it something else. Raises Forbidden, BadList."""
    _require(target_list, by)
    target_list.name, target_list.updated_at = _name(name), now
    if note is not None:
        target_list.note = note
    target_list.save()
    return target_list


def _name(name: str) -> str:
    told = " ".join(name.split())[:LONGEST]
    if not told:
        raise BadList(_("Give the list a name."))
    return told


@transaction.atomic
def delete(target_list: TargetList, *, by: User, now: datetime) -> None:
    """Take it off the pages. Raises Forbidden, ListInUse."""
    _require(target_list, by)
    waiting = MassMail.objects.filter(message=None, deleted_at=None).exclude(state=MassMail.State.LAUNCHED)
    using = waiting.filter(Q(excluded__contains=[target_list.pk]) | Q(criteria__lists__contains=[target_list.pk]))
    count = using.count()
    if count:
        said = ngettext(
            "%(count)d mass mail that has not left yet uses this list. Change that first.",
            "%(count)d mass mails that have not left yet use this list. Change those first.", count,
        )  # fmt: skip
        raise ListInUse(said % {"count": count})
    TargetList.objects.filter(pk=target_list.pk).update(deleted_at=now)


@transaction.atomic
def fill(target_list: TargetList, chosen: Selection, *, by: User, now: datetime) -> Filled:
    """Add the chosen rows of a module that the colleague sees; of deals their primary contacts.

    Raises Forbidden, UnknownModule.
    """
    _require(target_list, by)
    rows = selections.rows(chosen, user=by, now=now)
    column = COLUMNS.get(chosen.module, "record_id")
    if chosen.module == Module.DEAL:
        contacts = Deal.objects.filter(pk__in=rows.order_by().values("pk")).exclude(contact=None)
        rows = Person.objects.visible_to(by).filter(pk__in=contacts.values("contact"))
        column = "person_id"
    elif chosen.module in Module.values and chosen.module not in COLUMNS:
        raise BadList(_("These records are nobody’s: a list holds people, accounts, and records with an address."))
    return _fill(target_list, column, compiled(rows.order_by().values_list("pk").distinct()), now=now)


def _fill(target_list: TargetList, column: str, chosen: Sql, *, now: datetime) -> Filled:
    sql, parameters = chosen
    if sql == "NULL":
        return Filled(added=0)
    with connection.cursor() as cursor:
        cursor.execute(ADD.format(column=column, chosen=sql), [target_list.pk, now, *parameters])
        added = cursor.rowcount
        cursor.execute(f"SELECT count(*) FROM ({sql}) AS one", parameters)
        whole = int(cursor.fetchone()[0])
    _touch(target_list, now)
    return Filled(added=added, already=whole - added)


def fill_people(target_list: TargetList, people: Rows, *, now: datetime) -> Filled:
    """Add these people, whom the caller has made sure the colleague may see."""
    return _fill(target_list, "person_id", compiled(people.order_by().values_list("pk").distinct()), now=now)


@transaction.atomic
def add_colleagues(target_list: TargetList, ids: Collection[int], *, by: User, now: datetime) -> Filled:
    """Add users of Relance. Raises Forbidden."""
    _require(target_list, by)
    rows = User.objects.filter(pk__in=ids, is_active=True)
    return _fill(target_list, "colleague_id", compiled(rows.order_by().values_list("pk")), now=now)


@transaction.atomic
def copy_from(target_list: TargetList, other: TargetList, *, by: User, now: datetime) -> Filled:
    """Add those of another list who have not left it. Raises Forbidden."""
    _require(target_list, by)
    with connection.cursor() as cursor:
        cursor.execute(COPY, [target_list.pk, now, other.pk])
        added = cursor.rowcount
    _touch(target_list, now)
    return Filled(added=added, already=other.members.filter(opted_out_at=None).count() - added)


@transaction.atomic
def add_addresses(target_list: TargetList, text: str, *, by: User, now: datetime) -> Filled:
    """Add whoever holds the addresses of a text or a file, as far as the colleague sees them; else the bare address.

    Raises Forbidden, BadList.
    """
    _require(target_list, by)
    read, unread = _addresses(text)
    if len(read) > MOST_ADDRESSES:
        raise BadList(_("At most %(count)d addresses at once. Import a longer file.") % {"count": MOST_ADDRESSES})
    visible = Person.objects.visible_to(by)
    held = Address.objects.filter(normal__in=list(read), person__in=visible.order_by().values("pk"))
    known = dict(held.values_list("normal", "person_id"))
    people = _fill(
        target_list, "person_id",
        compiled(visible.filter(pk__in=set(known.values())).order_by().values_list("pk")), now=now,
    )  # fmt: skip
    bare = [
        ListMember(target_list=target_list, email=email, normal=normal, added_at=now)
        for normal, email in read.items()
        if normal not in known
    ]
    before = target_list.members.count()
    ListMember.objects.bulk_create(bare, ignore_conflicts=True, batch_size=2000)
    added = target_list.members.count() - before
    _touch(target_list, now)
    return Filled(
        added=people.added + added, already=people.already + len(bare) - added, unread=tuple(unread[:20])
    )  # fmt: skip


def _addresses(text: str) -> tuple[dict[str, str], list[str]]:
    """What a text holds, by its normal form; pieces with an @ that are no addresses are told apart."""
    read: dict[str, str] = {}
    unread: list[str] = []
    for piece in text.replace(",", " ").replace(";", " ").replace("\t", " ").split():
        if "@" not in piece:
            continue
        bare = piece.strip("\"'")
        reading = addresses.read(bare)
        if reading.address is None:
            unread.append(bare[:80])
        else:
            read.setdefault(reading.address.normal, str(reading.address))
    return read, unread


def _touch(target_list: TargetList, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(STILL_OUT, [target_list.pk])
    responding.joined(target_list.pk, since=now, now=now)
    TargetList.objects.filter(pk=target_list.pk).update(updated_at=now)


@transaction.atomic
def remove(target_list: TargetList, ids: Iterable[int], *, by: User, now: datetime) -> int:
    """Take members off; how many. What was sent to them stays. Raises Forbidden."""
    _require(target_list, by)
    gone, _each = target_list.members.filter(pk__in=list(ids)).delete()
    TargetList.objects.filter(pk=target_list.pk).update(updated_at=now)
    return gone


@transaction.atomic
def opt_out(target_list: TargetList, ids: Iterable[int], *, by: User, now: datetime) -> int:
    """Note that they do not want the mails of this list any more; other mail still reaches them. Raises Forbidden."""
    _require(target_list, by)
    rows = list(_rows(target_list, ids).filter(opted_out_at=None))
    for normal in {normal for row in rows if (normal := _address_of(row))}:
        wish = Wish(normal=normal, scope="list", list_id=target_list.pk, route="by_hand", at=now, by_id=by.pk)
        people_actions.opt_out(wish)
    return mark(ListMember.objects.filter(pk__in=[row.pk for row in rows]), left_at=now)


@transaction.atomic
def opt_in(target_list: TargetList, ids: Iterable[int], *, by: User, now: datetime) -> int:
    """They want the mails of this list again. Raises Forbidden."""
    _require(target_list, by)
    rows = list(_rows(target_list, ids).filter(opted_out_at__isnull=False))
    with connection.cursor() as cursor:
        for normal in {normal for row in rows if (normal := _address_of(row))}:
            lift(cursor, normal=normal, scope="list", list_id=target_list.pk, at=now, by_id=by.pk)
    return mark(ListMember.objects.filter(pk__in=[row.pk for row in rows]), left_at=None)


def mark(members: QuerySet[ListMember], *, left_at: datetime | None) -> int:
    """Show on the list what the ledger says: that these members have left it, or are back; how many."""
    return members.update(opted_out_at=left_at)


def _rows(target_list: TargetList, ids: Iterable[int]) -> QuerySet[ListMember]:
    return target_list.members.filter(pk__in=list(ids)).select_related("person", "account", "colleague", "record")


def _address_of(row: ListMember) -> str:
    """The address by which a member is written to, as compared."""
    if row.record is not None:
        return row.record.normal
    known = row.person or row.account
    told = known.primary_email if known is not None else row.colleague.email if row.colleague else row.email
    return addresses.normal(told) or ""


def size(target_list: TargetList) -> Size:
    """Who is on it, counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(person_id), count(account_id), count(colleague_id), count(record_id),"
            " count(nullif(normal, '')), count(opted_out_at) FROM campaigns_listmember WHERE target_list_id = %s",
            [target_list.pk],
        )
        people, accounts, colleagues, records, bare, out = cursor.fetchone()
    return Size(
        people=people, accounts=accounts, colleagues=colleagues, records=records, addresses=bare, opted_out=out
    )  # fmt: skip


def members(
    target_list: TargetList, *, user: User, after: int = 0, limit: int = 50, only_out: bool = False
) -> Sequence[ListMember]:
    """A page of the members whom the colleague may see, by their keys."""
    rows = target_list.members.filter(pk__gt=after).filter(
        Q(person=None) | Q(person__in=Person.objects.visible_to(user).order_by().values("pk"))
    )
    if only_out:
        rows = rows.filter(opted_out_at__isnull=False)
    return list(rows.select_related("person", "account", "colleague", "record").order_by("pk")[:limit])
