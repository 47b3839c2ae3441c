"""What is known of leased recipients before their copies may leave: rows of `statements.MESSAGES` and `COPIES`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import NamedTuple

from relance.mail.outbound.gate import Consent, Facts, Policy, Refuse, TrackingFacts, effective_mode, gate
from relance.mail.outbound.headers import Mailbox
from relance.mail.outbound.placeholders import Value
from relance.mail.outbound.recipients import AddressState, MailKind, Refusal, Scope, Suppression
from relance.mail.outbound.render import Compiled
from relance.mail.tracking.stamp import TrackMode

BECAUSE = {"bounce": Refusal.BOUNCED, "complaint": Refusal.COMPLAINED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """The mailbox through which copies leave, as far as they show it."""

    id: int
    address: str
    bounce_domain: str
    hears_back: bool

    @property
    def domain(self) -> str:
        """Where its signed addresses are heard."""
        return self.bounce_domain or self.address.rpartition("@")[2]


@dataclass(frozen=True, kw_only=True)
class Mail:
    """What the copies of one message have in common: one row of `statements.MESSAGES`."""

    id: int
    kind: str
    state: str
    send_key: str
    priority: int
    content_id: int
    deliver_at: datetime
    opt_out_link: bool
    from_choice: str
    reply_choice: str
    wanted: bool
    track_opens: bool
    tracking: str
    in_reply_to: str
    references: str
    shown_to: list[list[str]] | None
    shown_cc: list[list[str]] | None
    sender_name: str
    sender_email: str
    sender_active: bool
    house_name: str
    house_email: str
    house_tracking: str
    retry_hours: int
    _modes: dict[str, TrackMode] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def is_automatic(self) -> bool:
        """A program writes it on a person's behalf: the headers of lists belong on it (UNSUB-04)."""
        return self.kind in (MailKind.MASS, MailKind.SEQUENCE)

    @property
    def is_notification(self) -> bool:
        """Relance itself writes it to a colleague (R16)."""
        return self.kind == MailKind.NOTIFICATION

    @cached_property
    def thread(self) -> tuple[str, ...]:
        """The mails that it goes on from, the nearest last."""
        return tuple(self.references.split())

    @cached_property
    def to(self) -> tuple[Mailbox, ...]:
        """Who stands in To, if not each recipient alone."""
        return tuple((name, address) for name, address in self.shown_to or ())

    @cached_property
    def cc(self) -> tuple[Mailbox, ...]:
        """Who stands in Cc."""
        return tuple((name, address) for name, address in self.shown_cc or ())

    @property
    def text_key(self) -> tuple[int, bool, bool]:
        """Which text it has, and with which switches."""
        return self.content_id, self.is_automatic, self.opt_out_link

    def mode(self, consent: str) -> TrackMode:
        """How a copy is followed (ENG-01); the same for all with this consent."""
        if consent not in self._modes:
            policy = Policy(self.tracking or self.house_tracking)
            facts = TrackingFacts(
                wanted=self.wanted, policy=policy, opens_allowed=self.track_opens, consent=Consent(consent)
            )
            self._modes[consent] = effective_mode(facts)
        return self._modes[consent]

    def shown_as(self, choice: str, due: Due, sender: Sender) -> Mailbox:
        """The name and address of a choice of From or Reply-To (MASS-02)."""
        if choice == "organisation":
            return self.house_name, self.house_email or sender.address
        if choice == "owner" and due.owner_email:
            return due.owner_name or "", due.owner_email
        return self.sender_name, self.sender_email


class Due(NamedTuple):
    """One leased recipient: the first columns of `statements.COPIES`, with its message and the values of its fields.

    `begins` is when it was to leave, in seconds since 1970: the date of the mail, the same at every attempt. `is_sore`
    tells that its address has soft bounces that a delivery heals. `place` is where it stands in its lease (`token`).
    """

    id: int
    message_id: int
    email: str
    normal: str
    name: str
    has_person: bool
    attempts: int
    begins: int
    owner_name: str | None
    owner_email: str | None
    consent: str
    address_state: str | None
    is_sore: bool
    suppressions: list[str] | None
    mail: Mail
    text: Compiled
    token: str
    place: int
    values: Mapping[str, Value]

    @property
    def begins_at(self) -> datetime:
        """`begins` as a moment."""
        return moment(self.begins)

    def refusal(self, now: datetime) -> Refusal | None:
        """Why it must not go, if so (D19)."""
        if self.address_state is None and self.suppressions is None:
            return _refusal_of_mail(self.mail.kind, self.mail.state, self.mail.sender_active, self.has_person)
        verdict = gate(self.facts(), now=now)
        return verdict.reason if isinstance(verdict, Refuse) else None

    def facts(self) -> Facts:
        """For the gate."""
        mail = self.mail
        return _facts(mail.kind, mail.state, mail.sender_active, self.has_person, self.address_state, self.suppressions)


COLUMNS = Due._fields.index("mail")
"""So many columns of `statements.COPIES` come before the values of the fields."""


@lru_cache(maxsize=256)
def moment(seconds: int) -> datetime:
    """A moment from its seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


@lru_cache(maxsize=64)
def _refusal_of_mail(kind: str, state: str, sender_active: bool, has_person: bool) -> Refusal | None:
    """The gate's word on a copy whose address is in order: the same for most of a message."""
    facts = _facts(kind, state, sender_active, has_person, None, None)
    verdict = gate(facts, now=moment(0))  # no such copy has a deadline
    return verdict.reason if isinstance(verdict, Refuse) else None


def _facts(
    kind: str, state: str, sender_active: bool, has_person: bool, address: str | None, suppressions: list[str] | None
) -> Facts:
    return Facts(
        kind=MailKind(kind),
        address_state=AddressState(address or "valid"),
        suppressions=tuple(_suppression(line) for line in suppressions or ()),
        stopped=state == "stopped",
        sender_active=sender_active,
        person_exists=has_person or kind in (MailKind.PERSONAL, MailKind.NOTIFICATION),
    )


def _suppression(line: str) -> Suppression:
    scope, _, route = line.partition(" ")
    return Suppression(scope=Scope(scope), reason=BECAUSE.get(route))
