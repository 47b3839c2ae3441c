"""May this mail go now, and how may it be tracked? Asked when composing and again when delivering. *(pure)*

match gate(facts, now=now):
    case Go(): ...
    case Warn(reasons): ...      # a personal mail: say so first, then send (UNSUB-02)
    case Refuse(reason): ...     # never sent; the reason is kept

effective_mode(TrackingFacts(wanted=True, policy=Policy.CONSENT_REQUIRED, opens_allowed=True,
                             consent=Consent.UNKNOWN))           # TrackMode.NONE
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from relance.mail.outbound.recipients import AddressState, MailKind, Refusal, Suppression, blocks
from relance.mail.tracking.stamp import TrackMode

__all__ = [
    "Consent",
    "Facts",
    "Go",
    "Policy",
    "Refuse",
    "TrackMode",
    "TrackingFacts",
    "Warn",
    "WhyMode",
    "effective_mode",
    "gate",
    "why",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What is known at this moment of one copy and its address."""

    kind: MailKind
    address_state: AddressState = AddressState.VALID
    suppressions: tuple[Suppression, ...] = ()
    list_ids: AbstractSet[int] = frozenset()
    stopped: bool = False
    paused: bool = False
    mailbox_ok: bool = True
    sender_active: bool = True
    person_exists: bool = True
    deadline_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Go:
    """Nothing speaks against it."""


@dataclass(frozen=True, slots=True)
class Warn:
    """It may go, once its author has been told."""

    reasons: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Refuse:
    """It must not go."""

    reason: Refusal


def gate(facts: Facts, *, now: datetime) -> Go | Warn | Refuse:
    """The one rule: what the machinery forbids holds for every mail, what the addressee wishes only warns a person."""
    hindrance = next(_hindrances(facts, now), None)
    if hindrance:
        return Refuse(hindrance)
    wishes = tuple(dict.fromkeys(_wishes(facts)))
    if not wishes:
        return Go()
    return Warn(wishes) if facts.kind is MailKind.PERSONAL else Refuse(wishes[0])


def _hindrances(facts: Facts, now: datetime) -> Iterator[Refusal]:
    if not facts.person_exists:
        yield Refusal.ERASED
    if facts.stopped:
        yield Refusal.STOPPED
    if not facts.sender_active:
        yield Refusal.SENDER_LEFT
    if facts.paused:
        yield Refusal.PAUSED
    if not facts.mailbox_ok:
        yield Refusal.MAILBOX_BROKEN
    if facts.deadline_at and now > facts.deadline_at:
        yield Refusal.TOO_LATE


def _wishes(facts: Facts) -> Iterator[Refusal]:
    """In the order of CAMP-03: invalid, opted out, bounced."""
    if facts.kind is MailKind.NOTIFICATION:
        return
    if facts.address_state is AddressState.INVALID:
        yield Refusal.INVALID
    if facts.address_state is AddressState.OPTED_OUT:
        yield Refusal.OPTED_OUT
    entry = blocks(facts.suppressions, kind=facts.kind, list_ids=facts.list_ids)
    if entry:
        yield entry.refusal
    if facts.address_state is AddressState.BOUNCED:
        yield Refusal.BOUNCED


class Policy(StrEnum):
    """The organisation's rule on tracking, chosen at set-up (UNSUB-06)."""

    TRACK_BY_DEFAULT = "track_by_default"
    CONSENT_REQUIRED = "consent_required"
    AGGREGATE_ONLY = "aggregate_only"
    OFF = "off"


class Consent(StrEnum):
    """What the person said about being tracked."""

    UNKNOWN = "unknown"
    GRANTED = "granted"
    DENIED = "denied"


class WhyMode(StrEnum):
    """What decided the mode, for the composer to say."""

    TRACKED = "tracked"
    SWITCHED_OFF = "switched_off"  # for this mail
    POLICY_OFF = "policy_off"
    DENIED = "denied"
    NO_CONSENT_YET = "no_consent_yet"
    AGGREGATE_POLICY = "aggregate_policy"
    OPENS_OFF = "opens_off"  # tracked, save for its openings


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackingFacts:
    """The mail's switch, the organisation's policy and its switch for openings, the person's consent (ENG-01)."""

    wanted: bool
    policy: Policy
    opens_allowed: bool
    consent: Consent


def effective_mode(facts: TrackingFacts) -> TrackMode:
    """The mail's switch AND the organisation's policy AND the person's consent (ENG-01). Frozen when sent."""
    match why(facts):
        case WhyMode.TRACKED:
            return TrackMode.FULL
        case WhyMode.OPENS_OFF:
            return TrackMode.CLICKS
        case WhyMode.AGGREGATE_POLICY:
            return TrackMode.AGGREGATE if facts.opens_allowed else TrackMode.AGGREGATE_CLICKS
    return TrackMode.NONE


def why(facts: TrackingFacts) -> WhyMode:
    """What decides the mode. A refusal by the person outweighs every policy, totals without names included."""
    if not facts.wanted:
        return WhyMode.SWITCHED_OFF
    if facts.policy is Policy.OFF:
        return WhyMode.POLICY_OFF
    if facts.consent is Consent.DENIED:
        return WhyMode.DENIED
    if facts.policy is Policy.AGGREGATE_ONLY:
        return WhyMode.AGGREGATE_POLICY
    if facts.policy is Policy.CONSENT_REQUIRED and facts.consent is Consent.UNKNOWN:
        return WhyMode.NO_CONSENT_YET
    return WhyMode.TRACKED if facts.opens_allowed else WhyMode.OPENS_OFF
