"""The domains by which mail is sent, and what they publish."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Router, Schema
from pydantic import Field

from relance.api.key import Caller
from relance.api.reading import Wanted
from relance.lib import clock
from relance.mail.domains import checking, words
from relance.mail.domains.rules import Finding
from relance.team.policy import require

router = Router(tags=["Mailboxes"])
Level = Literal["ok", "warn", "bad", "unknown"]


class DomainRecordOut(Schema):
    """A record to publish."""

    name: str
    kind: str
    value: str


class DomainFindingOut(Schema):
    """One thing that was found, in one sentence. `unknown`: the name servers did not answer, or nothing was named."""

    part: Literal["spf", "dkim", "dmarc", "mx", "address"]
    code: str
    level: Level
    sentence: str
    publish: DomainRecordOut | None


class SendingDomainOut(Schema):
    """A domain, and what the last look found; `checked_at` is null before the first."""

    domain: str
    selector: str
    level: Level
    checked_at: datetime | None
    findings: list[DomainFindingOut]


class SendingDomainChange(Wanted):
    """What to change."""

    selector: str = Field(max_length=63, description="The DKIM selector of the relay; an empty text forgets it.")


def show(known: checking.Known) -> SendingDomainOut:
    """A domain as the API tells."""
    return SendingDomainOut(
        domain=known.domain,
        selector=known.selector,
        level=known.worst.value,
        checked_at=known.checked_at,
        findings=[_finding(each) for each in known.findings],
    )


def _finding(found: Finding) -> DomainFindingOut:
    record = found.publish
    return DomainFindingOut(
        part=found.part.value,
        code=found.code,
        level=found.level.value,
        sentence=words.sentence(found),
        publish=DomainRecordOut(name=record.name, kind=record.kind, value=record.value) if record else None,
    )


@router.get("", response=list[SendingDomainOut], summary="Sending domains")
def index(request: Caller) -> list[SendingDomainOut]:
    """The domains of the mailboxes, of their bounces, and of links, by name. Administrators only."""
    require(request.user.is_administrator)
    return [show(each) for each in checking.known()]


@router.post("/check", response=list[SendingDomainOut], summary="Check the sending domains")
def check(request: Caller) -> list[SendingDomainOut]:
    """Ask the name servers about every domain, within seconds, and keep what they say. Administrators only."""
    return [show(each) for each in checking.check(by=request.user, now=clock.now())]


@router.patch("/{domain}", response=SendingDomainOut, summary="Name the DKIM selector of a domain")
def change(request: Caller, domain: str, wanted: SendingDomainChange) -> SendingDomainOut:
    """Name the selector by which the relay signs. Administrators only."""
    return show(checking.name_selector(domain, wanted.selector, by=request.user))
