"""What is known of the addresses of people: their state, and whether they asked not to be written to (UNSUB-02)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import connection

from relance.lib import prepared
from relance.people.actions import standing
from relance.people.models import Account, Address, Person, Suppression

NOT_A_WISH = Suppression.Scope.INVALID
# Written out, as in relance.insights.history: every list page asks it.
SHOWN = [
    field.attname
    for field in Address._meta.concrete_fields  # in their order, as Address.from_db takes them
    if field.attname in ("id", "person_id", "position", "email", "normal", "state", "state_why", "state_at")
]
BARRED = f"""
SELECT * FROM (
    SELECT {", ".join(SHOWN)},
        EXISTS (SELECT FROM people_suppression WHERE normal = known.normal AND lifted_at IS NULL) AS listed
    FROM people_address AS known
    WHERE person_id = ANY(%s::bigint[])
) AS addresses
WHERE state <> 'valid' OR listed
ORDER BY person_id, position
"""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What a row of a list shows: the first wish that stands, and whether the primary address is dead."""

    wish: Suppression | None
    dead: Address | None


NOTHING = Reach(wish=None, dead=None)


@dataclass(frozen=True, kw_only=True)
class KnownAddress:
    """An address of a record with the lines of the ledger that stand for it."""

    address: Address
    lines: tuple[Suppression, ...]

    @property
    def wishes(self) -> tuple[Suppression, ...]:
        """The lines that tell a wish."""
        return tuple(line for line in self.lines if line.scope != NOT_A_WISH)


def wish_of(lines: Iterable[Suppression]) -> Suppression | None:
    """The first of these lines that tells a wish, not a dead address."""
    return next((line for line in lines if line.scope != NOT_A_WISH), None)


def reach_of(person_ids: Collection[int]) -> dict[int, Reach]:
    """By person, for those who cannot simply be written to. One query where all can, else two."""
    barred = _barred(person_ids) if person_ids else []
    addresses = [address for address, _listed in barred]
    listed = [address.normal for address, listed in barred if listed]
    standing_lines = standing(listed) if listed else {}
    found: dict[int, Reach] = {}
    for address in addresses:
        assert address.person_id is not None
        before = found.get(address.person_id, NOTHING)
        wish = wish_of(standing_lines.get(address.normal, ()))
        dead = address if address.position == 0 and address.state != Address.State.VALID else None
        found[address.person_id] = Reach(wish=before.wish or wish, dead=before.dead or dead)
    return found


def _barred(person_ids: Collection[int]) -> list[tuple[Address, bool]]:
    """The addresses that cannot simply be written to, and whether the ledger names them."""
    with prepared.cursor() as cursor:
        cursor.execute(BARRED, [prepared.array(person_ids)])
        return [(Address.from_db(connection.alias, SHOWN, row[:-1]), row[-1]) for row in cursor.fetchall()]


def addresses_of(holder: Person | Account) -> list[KnownAddress]:
    """All addresses of a record, the primary one first. Two queries."""
    addresses = list(holder.addresses.all())
    lines = standing(address.normal for address in addresses)
    return [KnownAddress(address=address, lines=tuple(lines.get(address.normal, ()))) for address in addresses]


def same_address(normals: Collection[str], *, besides: int | None = None) -> list[Address]:
    """Who else has one of these addresses: what a new record would double."""
    held = Address.objects.filter(normal__in=normals).select_related("person", "account")
    return list(held.exclude(person_id=besides) if besides else held)
