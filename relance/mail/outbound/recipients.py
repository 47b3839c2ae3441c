"""Who gets a mail, who is left out, and why (MASS-01, CAMP-03, ZMM-04). *(pure)*

    for decision in decide(candidates, kind=MailKind.MASS, exclusion=exclusion):
        if decision.accepted: ...            # write to decision.address
        else: ...                            # decision.refusal says why; keep it to the screen and the statistics

Only the primary address is written to. An exclusion matches any address of either record. The reasons are tested in
one order: no address, invalid, excluded, opted out, bounced, duplicate. Works as a stream: of those already met only
the addresses are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum


class Refusal(StrEnum):
    """Why somebody is not written to. The values are stored: they never change."""

    NO_ADDRESS = "no_address"
    INVALID = "invalid"
    EXCLUDED = "excluded"
    OPTED_OUT = "opted_out"
    BOUNCED = "bounced"
    DUPLICATE = "duplicate"
    # found only at delivery:
    COMPLAINED = "complained"
    PAUSED = "paused"
    STOPPED = "stopped"
    MAILBOX_BROKEN = "mailbox_broken"
    SENDER_LEFT = "sender_left"
    TOO_LATE = "too_late"
    ERASED = "erased"


class MailKind(StrEnum):
    """What sort of mail it is: a person wrote it, a program did on her behalf, or it is a notice to a user."""

    PERSONAL = "personal"
    SEQUENCE = "sequence"
    MASS = "mass"
    AUTO_RESPONSE = "auto_response"
    NOTIFICATION = "notification"


class Scope(StrEnum):
    """How much an entry of the suppression ledger forbids (UNSUB-02, UNSUB-05)."""

    EVERYTHING = "everything"
    MARKETING = "marketing"  # mass mails, automatic answers and sequences
    SEQUENCES = "sequences"
    LIST = "list"
    INVALID = "invalid"


class AddressState(StrEnum):
    """What is known of an address (REC-02)."""

    VALID = "valid"
    INVALID = "invalid"
    BOUNCED = "bounced"
    OPTED_OUT = "opted_out"


@dataclass(frozen=True, kw_only=True, slots=True)
class Suppression:
    """One entry of the ledger in force for an address; ``reason`` only where the scope does not tell it."""

    scope: Scope
    list_id: int | None = None
    reason: Refusal | None = None

    @property
    def refusal(self) -> Refusal:
        """Why it refuses: a complaint stays a complaint, an unusable address is no opt-out."""
        return self.reason or (Refusal.INVALID if self.scope is Scope.INVALID else Refusal.OPTED_OUT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """An address of a record, with what is known of it."""

    normal: str
    as_written: str
    state: AddressState = AddressState.VALID
    suppressions: tuple[Suppression, ...] = ()
    primary: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A person who was chosen; of the addresses the one marked primary counts, else the first."""

    person_id: int
    name: str
    addresses: tuple[Known, ...]

    @property
    def primary(self) -> Known | None:
        return next((known for known in self.addresses if known.primary), next(iter(self.addresses), None))


@dataclass(frozen=True, kw_only=True, slots=True)
class Exclusion:
    """Every address (normal form) of every excluded record, and the records themselves."""

    addresses: AbstractSet[str] = frozenset()
    person_ids: AbstractSet[int] = frozenset()

    def covers(self, candidate: Candidate) -> bool:
        """Whether the candidate, or whoever shares one of the addresses, is excluded."""
        return candidate.person_id in self.person_ids or any(
            known.normal in self.addresses for known in candidate.addresses
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What becomes of one candidate: an address to write to, or the reason why not."""

    candidate: Candidate
    address: Known | None
    refusal: Refusal | None = None

    @property
    def accepted(self) -> bool:
        return self.refusal is None


NOBODY = Exclusion()


def decide(
    candidates: Iterable[Candidate],
    *,
    kind: MailKind,
    exclusion: Exclusion = NOBODY,
    list_ids: AbstractSet[int] = frozenset(),
    already: Iterable[str] = (),
) -> Iterator[Decision]:
    """One decision for each candidate, in order. ``already`` are addresses (normal form) that have this mail."""
    written = set(already)
    for candidate in candidates:
        address = candidate.primary
        refusal = _refusal(candidate, address, kind, exclusion, list_ids)
        if address and not refusal:
            if address.normal in written:
                refusal = Refusal.DUPLICATE
            written.add(address.normal)
        yield Decision(candidate=candidate, address=address, refusal=refusal)


def blocks(suppressions: Iterable[Suppression], *, kind: MailKind, list_ids: AbstractSet[int]) -> Suppression | None:
    """The first entry that speaks against this kind of mail, through one of these lists."""
    return next((entry for entry in suppressions if _covers(entry, kind, list_ids)), None)


def _refusal(
    candidate: Candidate,
    address: Known | None,
    kind: MailKind,
    exclusion: Exclusion,
    list_ids: AbstractSet[int],
) -> Refusal | None:
    if address is None:
        return Refusal.NO_ADDRESS
    if address.state is AddressState.INVALID or _has(address, Scope.INVALID):
        return Refusal.INVALID
    if exclusion.covers(candidate):
        return Refusal.EXCLUDED
    if address.state is AddressState.OPTED_OUT and kind is not MailKind.NOTIFICATION:
        return Refusal.OPTED_OUT
    entry = blocks(address.suppressions, kind=kind, list_ids=list_ids)
    if entry:
        return entry.refusal
    return Refusal.BOUNCED if address.state is AddressState.BOUNCED else None


def _has(address: Known, scope: Scope) -> bool:
    return any(entry.scope is scope for entry in address.suppressions)


_AUTOMATIC = frozenset({MailKind.SEQUENCE, MailKind.MASS, MailKind.AUTO_RESPONSE})
_FORBIDDEN: dict[Scope, frozenset[MailKind]] = {
    Scope.EVERYTHING: _AUTOMATIC | {MailKind.PERSONAL},
    Scope.MARKETING: _AUTOMATIC | {MailKind.PERSONAL},  # a personal mail is only warned about: the gate sees to it
    Scope.SEQUENCES: frozenset({MailKind.SEQUENCE}),
    Scope.LIST: _AUTOMATIC,
    Scope.INVALID: _AUTOMATIC | {MailKind.PERSONAL},
}


def _covers(entry: Suppression, kind: MailKind, list_ids: AbstractSet[int]) -> bool:
    if kind not in _FORBIDDEN[entry.scope]:
        return False
    return entry.scope is not Scope.LIST or entry.list_id in list_ids
