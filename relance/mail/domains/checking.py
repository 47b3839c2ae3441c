"""Look at the domains that one's mailboxes send by, and keep what was found (ADM-03)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from relance.lib.refusal import Refused
from relance.mail.domains.rules import Course, Finding, Level, Part, Record, Use, judge, turned
from relance.mail.models import Mailbox, SendingDomain
from relance.mail.transport.names import Ask, Names
from relance.team.models import User
from relance.team.policy import require

RESERVED = frozenset({"example", "test", "invalid", "localhost"})
"""Names that nobody can publish anything for (RFC 2606, 2), as those of the demo: only a person has them looked at."""
DAILY, AGAIN = timedelta(days=1), timedelta(hours=1)
SELECTOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")


class BadSelector(Refused):
    """A selector that no name can have (RFC 6376, 3.1)."""


class NoSuchDomain(Refused):
    """No mailbox sends by it."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """A domain that is in use, and what is known of it; without `pk` and `checked_at` before the first look."""

    pk: int | None
    domain: str
    selector: str
    is_from: bool
    checked_at: datetime | None
    findings: tuple[Finding, ...]

    @property
    def worst(self) -> Level:
        """How it stands in all."""
        levels = {each.level for each in self.findings}
        order = (Level.BAD, Level.WARN, Level.UNKNOWN)
        return next((level for level in order if level in levels), Level.OK if levels else Level.UNKNOWN)


def known() -> list[Known]:
    """Every domain in use, by name, with what the last look found."""
    return _in_use(SendingDomain.objects.all())


def lacking() -> list[Known]:
    """Those in use that lack something, as the last look found; one question to the database while none does."""
    rows = list(SendingDomain.objects.exclude(checked_at=None))
    if not any(each.level is Level.BAD for row in rows for each in _read(row.findings)):
        return []
    return [each for each in _in_use(rows) if each.worst is Level.BAD]


def _in_use(rows: Iterable[SendingDomain]) -> list[Known]:
    named = {row.domain: row for row in rows}
    return [_known(use, named.get(use.domain)) for use in uses(_mailboxes(), named)]


def _known(use: Use, row: SendingDomain | None) -> Known:
    return Known(
        pk=row.pk if row else None,
        domain=use.domain,
        selector=row.selector if row else "",
        is_from=use.is_from,
        checked_at=row.checked_at if row else None,
        findings=tuple(_read(row.findings)) if row else (),
    )


def _read(kept: Iterable[Mapping[str, object]]) -> Iterator[Finding]:
    for each in kept:
        part, publish, facts = str(each["part"]), each.get("publish"), each.get("facts")
        yield Finding(
            part=Part(part),
            code=str(each["code"]),
            facts=facts if isinstance(facts, dict) else {},
            publish=Record(**publish) if isinstance(publish, dict) else None,
        )


def _mailboxes() -> list[Mailbox]:
    return list(Mailbox.objects.filter(is_active=True).exclude(host="").order_by("id"))


def uses(mailboxes: Iterable[Mailbox], rows: Mapping[str, SendingDomain]) -> list[Use]:
    """What each domain is used for: in From, for bounces, for links and images. *(pure)*"""
    boxes = list(mailboxes)
    senders = {_domain(box.address): box for box in reversed(boxes)}
    found = {each for each in [*senders, *(box.envelope_domain.lower() for box in boxes)] if each}
    tracker = _tracker() if boxes else ""
    return [
        Use(
            domain=domain,
            is_from=domain in senders,
            is_tracking=domain == tracker,
            relays=_unique(box.host.lower() for box in boxes if box.envelope_domain.lower() == domain),
            returns_to=_unique(box.envelope_domain.lower() for box in boxes if _domain(box.address) == domain),
            receives_at=_here() if any(box.maildir and box.bounce_domain.lower() == domain for box in boxes) else "",
            reports_to=senders[domain].address if domain in senders else "",
            selector=rows[domain].selector if domain in rows else "",
        )
        for domain in sorted(found | ({tracker} if tracker else set()))
    ]


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in values if each))


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _tracker() -> str:
    return _public(urlsplit(settings.RELANCE_EDGE_URL).hostname or "")


def _here() -> str:
    return _public(urlsplit(settings.RELANCE_URL).hostname or "")


def _public(host: str) -> str:
    """A host that has a name in the world; empty for an address or this machine alone."""
    try:
        ip_address(host)
    except ValueError:
        return host.lower() if "." in host else ""
    return ""


def check(*, by: User, now: datetime, ask: Ask | None = None) -> list[Known]:
    """Ask the name servers about every domain in use, keep what they said, and give it back. Raises Forbidden."""
    require(by.is_administrator)
    look(now=now, ask=ask)
    return known()


def is_due(*, now: datetime) -> bool:
    """Whether a domain in use was not looked at for a day; or for an hour, where the name servers were silent."""
    return any(
        each.checked_at is None or each.checked_at <= now - (AGAIN if _is_unheard(each) else DAILY)
        for each in known()
        if not _is_reserved(each.domain)
    )


def _is_reserved(domain: str) -> bool:
    return domain.rpartition(".")[2] in RESERVED


def _is_unheard(domain: Known) -> bool:
    return any(each.code == "silent" for each in domain.findings)


def look(*, now: datetime, ask: Ask | None = None, by_itself: bool = False) -> None:
    """Ask the name servers about every domain in use, and keep what they said and what has become of each part.

    A look that nobody asked for leaves reserved names alone.
    """
    rows = {row.domain: row for row in SendingDomain.objects.all()}
    names = ask or Names()
    wanted = [use for use in uses(_mailboxes(), rows) if not (by_itself and _is_reserved(use.domain))]
    found = [(use, judge(use, names)) for use in wanted]
    _keep(found, now)


@transaction.atomic
def _keep(found: Iterable[tuple[Use, tuple[Finding, ...]]], now: datetime) -> None:
    for use, findings in found:
        row, _made = SendingDomain.objects.select_for_update().get_or_create(domain=use.domain)
        course = turned(Course(right=frozenset(row.right), broken=frozenset(row.broken)), findings)
        row.right, row.broken = sorted(course.right), sorted(course.broken)
        row.findings, row.checked_at = [each.as_kept() for each in findings], now
        row.save(update_fields=["right", "broken", "findings", "checked_at"])


def broken() -> list[tuple[str, tuple[Finding, ...]]]:
    """The domains in use that were right and are wrong now, each told of by this call alone, with what is wrong.

    For whoever tells of it, in a transaction.
    """
    rows = list(SendingDomain.objects.select_for_update().exclude(broken=[]).order_by("domain"))
    in_use = {each.domain: each for each in known()} if rows else {}
    told = []
    for row in rows:
        wrong = tuple(each for each in _read(row.findings) if each.part in row.broken and each.level is Level.BAD)
        row.broken = []
        row.save(update_fields=["broken"])
        if row.domain in in_use and wrong:
            told.append((row.domain, wrong))
    return told


@transaction.atomic
def name_selector(domain: str, selector: str, *, by: User) -> Known:
    """Say by which selector the relay seals the mail of a domain; an empty text forgets it.

    What was found of another selector is forgotten. Raises Forbidden, BadSelector, NoSuchDomain.
    """
    require(by.is_administrator)
    selector = selector.strip()
    if selector and not SELECTOR.fullmatch(selector):
        raise BadSelector(_("A selector has letters, digits, dots and hyphens only, like “s1” or “mail2026”."))
    if not any(each.domain == domain and each.is_from for each in known()):
        raise NoSuchDomain(_("No mailbox has this domain in its address."))
    row, _made = SendingDomain.objects.select_for_update().get_or_create(domain=domain)
    if row.selector != selector:
        row.findings = [each for each in row.findings if each["part"] != Part.DKIM]
        row.right, row.broken = ([part for part in parts if part != Part.DKIM] for parts in (row.right, row.broken))
        row.selector = selector
        row.save(update_fields=["selector", "findings", "right", "broken"])
    return next(each for each in known() if each.domain == domain)
