"""Who gets a mail that is being written: addresses as typed, who they are, their wishes, how they are followed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from relance.lib import addresses
from relance.lib.addresses import one_line
from relance.mail.models import SavedDraft
from relance.mail.outbound.gate import (
    Consent,
    Facts,
    Policy,
    TrackingFacts,
    Warn,
    WhyMode,
    effective_mode,
    gate,
    why,
)
from relance.mail.outbound.headers import Mailbox as Shown
from relance.mail.outbound.recipients import AddressState, MailKind, Refusal, Scope
from relance.mail.outbound.recipients import Suppression as Wish
from relance.mail.tracking.stamp import TrackMode
from relance.people.actions import standing
from relance.people.models import Address, Person, Suppression
from relance.team.models import Organisation, User
from relance.team.workspace import organisation

FIELDS = ("to", "cc", "bcc")
MOST = 50
"""A personal mail goes to so many at most; more is a mass mail."""
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)  # a personal mail has no deadline
BECAUSE = {"bounce": Refusal.BOUNCED, "complaint": Refusal.COMPLAINED}
# One address: up to a comma, semicolon or line end that is not between quotes.
_PIECE = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^",;\n\r])+')
_NAMED = re.compile(r'\s*"?(?P<name>[^"<>]*?)"?\s*<(?P<address>[^<>]*)>\s*')


@dataclass(frozen=True, kw_only=True)
class Typed:
    """One address as it was typed; without `normal` it is none, and `problem` says so."""

    field: str
    name: str
    email: str
    normal: str | None
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """One who would get the mail: who it is, what speaks against it, how it would be followed and what decides that."""

    typed: Typed
    person: Person | None
    is_visible: bool
    warnings: tuple[Refusal, ...]
    lines: tuple[Suppression, ...]
    mode: TrackMode
    why: WhyMode
    consent: Consent

    @property
    def shown(self) -> Shown:
        """As headers show it."""
        return self.name, self.typed.email

    @property
    def name(self) -> str:
        """As typed, else as the person is called."""
        return self.typed.name or (self.person.name if self.person and self.is_visible else "")

    @property
    def is_followed(self) -> bool:
        """Whether anything of it would be known by name."""
        return self.mode in (TrackMode.FULL, TrackMode.CLICKS)


def read(field: str, text: str) -> Iterator[Typed]:
    """The addresses in one line, in their order."""
    for piece in _PIECE.findall(text):
        if not piece.strip():
            continue
        named = _NAMED.fullmatch(piece)
        name, written = (one_line(named["name"]), named["address"]) if named else ("", piece)
        reading = addresses.read(written)
        if reading.address is None:
            said = _("%(text)s is not an address.") % {"text": one_line(piece)[:80]}
            yield Typed(field=field, name=name[:120], email=one_line(written), normal=None, problem=said)
        else:
            address = reading.address
            yield Typed(field=field, name=name[:120], email=address.as_written, normal=address.normal)


def typed_of(draft: SavedDraft) -> list[Typed]:
    """Everybody of a mail, each address once: in To before Cc before Bcc."""
    found: dict[str, Typed] = {}
    for field in FIELDS:
        for typed in read(field, getattr(draft, field)):
            found.setdefault(typed.normal or f"{field} {typed.email}", typed)
    return list(found.values())


def recipients(draft: SavedDraft, *, by: User) -> list[Recipient]:
    """Those who would get it, as things stand now."""
    typed = [each for each in typed_of(draft) if each.normal]
    normals = [each.normal for each in typed if each.normal]
    known, house = organisation(), standing(normals)
    held = _addresses(normals)
    visible = set(Person.objects.visible_to(by).filter(addresses__normal__in=normals).values_list("pk", flat=True))
    return [_recipient(each, draft, held.get(each.normal or "", []), house, visible, known) for each in typed]


def _addresses(normals: Iterable[str]) -> dict[str, list[Address]]:
    found: dict[str, list[Address]] = {}
    rows = Address.objects.filter(normal__in=list(normals)).select_related("person__account")
    for row in rows.order_by("position", "id"):
        found.setdefault(row.normal, []).append(row)
    return found


def _recipient(
    typed: Typed,
    draft: SavedDraft,
    rows: list[Address],
    standing: dict[str, list[Suppression]],
    visible: set[int],
    house: Organisation,
) -> Recipient:
    people = [row.person for row in rows if row.person is not None]
    person = _of(people, draft, visible)
    lines = tuple(standing.get(typed.normal or "", ()))
    denied = any(each.tracking_consent == Person.Consent.DENIED for each in people)
    consent = Consent(person.tracking_consent) if person else Consent.DENIED if denied else Consent.UNKNOWN
    facts = TrackingFacts(
        wanted=draft.track, policy=Policy(house.tracking), opens_allowed=house.track_opens, consent=consent
    )
    return Recipient(
        typed=typed,
        person=person,
        is_visible=person is not None and person.pk in visible,
        warnings=_warnings(rows, lines),
        lines=lines,
        mode=effective_mode(facts),
        why=why(facts),
        consent=consent,
    )


def _of(people: list[Person], draft: SavedDraft, visible: set[int]) -> Person | None:
    """Whose mail it is where several share an address: the one it was begun for, then one that its author sees."""
    ranked = sorted(people, key=lambda each: (each.pk != draft.person_id, each.pk not in visible, each.pk))
    return next(iter(ranked), None)


def _warnings(rows: list[Address], lines: tuple[Suppression, ...]) -> tuple[Refusal, ...]:
    """What the gate would say of any other mail; a personal one it only warns about (UNSUB-02)."""
    states = {row.state for row in rows}
    state = next((each for each in ("bounced", "invalid") if each in states), "valid")
    wishes = tuple(Wish(scope=Scope(line.scope), reason=BECAUSE.get(line.route)) for line in lines)
    facts = Facts(kind=MailKind.PERSONAL, address_state=AddressState(state), suppressions=wishes)
    said = gate(facts, now=_NEVER)
    return said.reasons if isinstance(said, Warn) else ()
