"""What is known of a leased recipient before its copy may leave: one row of `statements.FACTS` *(pure)*."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from relance.mail.outbound.copy import Lease
from relance.mail.outbound.gate import Consent, Facts, Policy, TrackingFacts
from relance.mail.outbound.headers import Mailbox
from relance.mail.outbound.recipients import AddressState, MailKind, Refusal, Scope, Suppression

BECAUSE = {"bounce": Refusal.BOUNCED, "complaint": Refusal.COMPLAINED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """The mailbox through which copies leave, as far as they show it."""

    id: int
    address: str
    bounce_domain: str
    hears_back: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """One leased recipient with its message, its senders and what is known of its address."""

    id: int
    message_id: int
    lease_token: UUID
    email: str
    normal: str
    name: str
    person_id: int | None
    attempts: int
    queued_at: datetime
    kind: str
    message_state: str
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
    sender_name: str
    sender_email: str
    sender_active: bool
    owner_name: str | None
    owner_email: str | None
    house_name: str
    house_email: str
    house_tracking: str
    retry_hours: int
    consent: str
    address_state: str | None
    suppressions: list[str] | None

    @property
    def lease(self) -> Lease:
        """Under which it may be written."""
        return Lease(id=self.id, token=self.lease_token)

    @property
    def begins_at(self) -> datetime:
        """When it was to leave: the date of the mail, the same at every attempt."""
        return max(self.queued_at, self.deliver_at)

    @property
    def is_automatic(self) -> bool:
        """A program writes it on a person's behalf: the headers of lists belong on it (UNSUB-04)."""
        return self.kind != MailKind.PERSONAL

    def facts(self) -> Facts:
        """For the gate."""
        return Facts(
            kind=MailKind(self.kind),
            address_state=AddressState(self.address_state or "valid"),
            suppressions=tuple(_suppression(line) for line in self.suppressions or ()),
            stopped=self.message_state == "stopped",
            sender_active=self.sender_active,
            person_exists=self.person_id is not None or not self.is_automatic,
        )

    def tracking_facts(self) -> TrackingFacts:
        """For the effective mode (ENG-01)."""
        return TrackingFacts(
            wanted=self.wanted,
            policy=Policy(self.tracking or self.house_tracking),
            opens_allowed=self.track_opens,
            consent=Consent(self.consent),
        )

    def shown_as(self, choice: str, sender: Sender) -> Mailbox:
        """The name and address of a choice of From or Reply-To (MASS-02)."""
        if choice == "organisation":
            return self.house_name, self.house_email or sender.address
        if choice == "owner" and self.owner_email:
            return self.owner_name or "", self.owner_email
        return self.sender_name, self.sender_email


def _suppression(line: str) -> Suppression:
    scope, _, route = line.partition(" ")
    return Suppression(scope=Scope(scope), reason=BECAUSE.get(route))
