"""Whose mail it is, and what it belongs to (INBOX-04): the first rule that knows an answer gives it. *(pure)*

| asked in this order | belongs to |
| --- | --- |
| what a colleague chose by hand | that, always (INBOX-05) |
| References: the nearest mail of the thread that has a parent, if the sender takes part in it | its parent |
| the mail of ours that it answers | the person it was written to |
| From | the contact, lead or company of that address |
| Reply-To | the same |
| To, then Cc | the same, the first that is known |

Addresses of users and mailboxes, and all of our own domains, are never clients. A stranger who copies a Message-ID into
his mail inherits nothing (R4, R11): a thread's parent counts only for those who take part in the thread, or write from
the same company's domain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from relance.lib.addresses import PUBLIC_DOMAINS

HAND = "hand"
ORDER = {"contact": 0, "lead": 1, "account": 2}  # of several records with one address


@dataclass(frozen=True, kw_only=True, slots=True)
class Parent:
    """A record by its module and id."""

    module: str
    id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Ours:
    """Who we are: never taken for clients."""

    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()

    def are(self, normal: str) -> bool:
        """Whether this address is one of ours."""
        domain = normal.rpartition("@")[2]
        return normal in self.addresses or (domain in self.domains and domain not in PUBLIC_DOMAINS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """A mail of the thread: what it belongs to, and who takes part in it."""

    parent: Parent
    people: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What is known of a mail. `earlier`: what it refers to, the nearest first; `answered`: whom ours was for."""

    sender: str = ""
    reply_to: Sequence[str] = ()
    to: Sequence[str] = ()
    cc: Sequence[str] = ()
    earlier: Sequence[Earlier] = ()
    answered: Parent | None = None
    holders: Mapping[str, Sequence[Parent]] = field(default_factory=dict)
    ours: Ours = Ours()


@dataclass(frozen=True, kw_only=True, slots=True)
class Whose:
    """The person it comes from or goes to (an id), what it belongs to, and the rule that said so."""

    person: int | None = None
    parent: Parent | None = None
    how: str = ""


def whose(facts: Facts) -> Whose:
    """Whose mail it is."""
    party = _party(facts)
    if party is None and facts.answered is not None:
        party = facts.answered
    person = party.id if party is not None and party.module in ("lead", "contact") else None
    for how, parent in (
        ("references", _of_thread(facts)),
        ("replied", facts.answered),
        ("from", _known(facts, [facts.sender])),
        ("reply_to", _known(facts, facts.reply_to)),
        ("to", _known(facts, facts.to)),
        ("cc", _known(facts, facts.cc)),
    ):
        if parent is not None:
            return Whose(person=person, parent=parent, how=how)
    return Whose(person=person)


def _party(facts: Facts) -> Parent | None:
    """The one on the other side."""
    for addresses in ([facts.sender], facts.reply_to, facts.to, facts.cc):
        if found := _known(facts, addresses):
            return found
    return None


def _known(facts: Facts, addresses: Sequence[str]) -> Parent | None:
    """The first of these addresses that belongs to a record; of several records, a contact before a lead."""
    for normal in addresses:
        if normal and not facts.ours.are(normal) and (holders := facts.holders.get(normal)):
            return min(holders, key=lambda holder: (ORDER.get(holder.module, 9), holder.id))
    return None


def _of_thread(facts: Facts) -> Parent | None:
    for earlier in facts.earlier:
        if takes_part(facts.sender, earlier.people, facts.ours):
            return earlier.parent
    return None


def takes_part(sender: str, people: frozenset[str], ours: Ours) -> bool:
    """Whether somebody is one of these, one of us, or of the company of one of these."""
    domain = sender.rpartition("@")[2]
    if not sender:
        return False
    if sender in people or ours.are(sender):
        return True
    return domain not in PUBLIC_DOMAINS and any(other.endswith(f"@{domain}") for other in people)
