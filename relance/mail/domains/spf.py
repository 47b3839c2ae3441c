"""Read an SPF record as its receivers do (RFC 7208): whom it allows, how it ends, and how many questions it costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from relance.mail.transport.names import Ask, Records, Said

MOST_QUESTIONS = 10
"""RFC 7208, 4.6.4: a receiver that needs more gives up, and the record counts for nothing."""
DEEPEST = 20
ASKING = ("include", "a", "mx", "ptr", "exists")
PLAIN = ("all", "ip4", "ip6")
WRITTEN_BY = {
    "google.com": "_spf.google.com", "gmail.com": "_spf.google.com", "googlemail.com": "_spf.google.com",
    "office365.com": "spf.protection.outlook.com", "outlook.com": "spf.protection.outlook.com",
    "amazonaws.com": "amazonses.com", "brevo.com": "spf.brevo.com", "sendinblue.com": "spf.brevo.com",
    "mailjet.com": "spf.mailjet.com", "mailgun.org": "mailgun.org", "sendgrid.net": "sendgrid.net",
    "postmarkapp.com": "spf.mtasv.net", "ovh.net": "mx.ovh.com", "gandi.net": "_mailcust.gandi.net",
    "infomaniak.com": "spf.infomaniak.ch", "zoho.com": "zohomail.com", "zoho.eu": "zohomail.eu",
}  # fmt: skip
"""What the better known relays ask their clients to include, from their own guides, by the domain of the relay."""


@dataclass(kw_only=True)
class Reading:
    """What one record says, its inclusions read too. `anybody`: whose record lets everybody send."""

    domain: str
    questions: int = 0
    ends: str = ""
    anybody: str = ""
    unreadable: str = ""
    missing: str = ""
    silent: bool = False
    included: set[str] = field(default_factory=set)
    networks: list[IPv4Network | IPv6Network] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)


def records_of(found: Records) -> tuple[str, ...]:
    """Which of the texts of a name are SPF records."""
    return tuple(each for each in found.values if each.lower() == "v=spf1" or each.lower().startswith("v=spf1 "))


def read(record: str, domain: str, ask: Ask) -> Reading:
    """Follow a record through all that it includes. Without a database; `ask` alone knows the world. *(pure)*"""
    reading = Reading(domain=domain.lower())
    _read(record, reading.domain, ask, reading, depth=0)
    return reading


def _read(record: str, domain: str, ask: Ask, reading: Reading, *, depth: int) -> None:
    reading.included.add(domain)
    redirect = ""
    for term in record.split()[1:]:
        name, equals, value = term.partition("=")
        if equals and ":" not in name and "/" not in name:
            redirect = value if name.lower() == "redirect" else redirect
            continue
        sign, mechanism = (term[0], term[1:]) if term[0] in "+-~?" else ("+", term)
        _mechanism(sign, mechanism, domain, ask, reading, depth=depth)
        if mechanism.lower() == "all":
            reading.ends = reading.ends if depth else sign
            reading.anybody = reading.anybody or (domain if sign == "+" else "")
            return
    if redirect:
        _follow(redirect, ask, reading, depth=depth, redirects=depth == 0)


def _mechanism(sign: str, told: str, domain: str, ask: Ask, reading: Reading, *, depth: int) -> None:
    head, colon, value = told.partition(":")
    kind = head.partition("/")[0].lower()
    if kind not in ASKING + PLAIN or (colon and not value):
        reading.unreadable = reading.unreadable or told
        return
    if kind in ("ip4", "ip6"):
        _network(value, sign, reading)
    if kind in ASKING:
        reading.questions += 1
    if kind == "include":
        _follow(value, ask, reading, depth=depth, redirects=False, counted=True)
    elif kind in ("a", "mx") and sign == "+":
        _host(kind, (value or domain).partition("/")[0], ask, reading)


def _network(value: str, sign: str, reading: Reading) -> None:
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        reading.unreadable = reading.unreadable or value or "ip"
        return
    if sign == "+":
        reading.networks.append(network)


def _host(kind: str, name: str, ask: Ask, reading: Reading) -> None:
    if "%" in name:
        return
    if kind == "a":
        reading.hosts.add(name.lower())
        return
    found = ask(name, "MX")
    reading.silent = reading.silent or found.said is Said.SILENT
    reading.hosts |= set(found.values)


def _follow(name: str, ask: Ask, reading: Reading, *, depth: int, redirects: bool, counted: bool = False) -> None:
    name = name.lower().rstrip(".")
    reading.questions += 0 if counted else 1
    if "%" in name or name in reading.included or depth >= DEEPEST or reading.questions > 3 * MOST_QUESTIONS:
        return
    found = ask(name, "TXT")
    if found.said is Said.SILENT:
        reading.silent = True
        return
    records = records_of(found)
    if len(records) != 1:
        reading.missing = reading.missing or name
        return
    _read(records[0], name, ask, reading, depth=depth if redirects else depth + 1)


def allows(reading: Reading, relay: str, ask: Ask) -> bool | None:
    """Whether a relay may send by this record; None when the name servers did not say. *(pure)*

    A relay may send from addresses other than that of its name, so what its house publishes counts as well.
    """
    relay = relay.lower().rstrip(".")
    own, its = house_of(reading.domain), house_of(relay)
    houses = {house_of(each) for each in reading.included} - {own}
    if relay in reading.hosts or inclusion_of(relay) in reading.included or its in houses:
        return True
    here, silent = addresses_of(relay, ask)
    if any(each in network for each in here for network in reading.networks):
        return True
    for host in sorted(reading.hosts)[:MOST_QUESTIONS]:
        theirs, was_silent = addresses_of(host, ask)
        if here & theirs:
            return True
        silent = silent or was_silent
    return None if silent or reading.silent else False


def addresses_of(host: str, ask: Ask) -> tuple[set[IPv4Address | IPv6Address], bool]:
    """The addresses of a host, and whether the name servers were silent."""
    try:
        return {ip_address(host)}, False
    except ValueError:
        found = ask(host, "A"), ask(host, "AAAA")
    told = {ip_address(each) for answer in found for each in answer.values}
    return told, any(answer.said is Said.SILENT for answer in found)


def house_of(name: str) -> str:
    """The part of a name that one owner holds: its last two labels, three under such as co.uk."""
    labels = name.lower().rstrip(".").split(".")
    country = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3 if country else -2 :])


def inclusion_of(relay: str) -> str:
    """What the house of a well-known relay asks its clients to include; empty for others."""
    return WRITTEN_BY.get(house_of(relay.lower()), "")


def term_for(relay: str) -> str:
    """The words that allow a relay in a record."""
    known = inclusion_of(relay)
    if known:
        return f"include:{known}"
    try:
        return f"ip{ip_address(relay).version}:{relay}"
    except ValueError:
        return f"a:{relay}"


def mended(records: Iterable[str], *, relay: str = "") -> str:
    """One record out of these, its terms once each, the relay allowed, ending in `~all` unless in `-all`. *(pure)*"""
    terms: list[str] = []
    ends = ""
    for record in records:
        for term in record.split()[1:]:
            if term.lower().lstrip("+-~?") == "all":
                ends = ends or term
            elif term not in terms:
                terms.append(term)
    if relay and term_for(relay) not in terms:
        at = next((n for n, term in enumerate(terms) if term.lower().startswith("redirect=")), len(terms))
        terms.insert(at, term_for(relay))
    if not any(term.lower().startswith("redirect=") for term in terms):
        terms.append(ends if ends in ("-all", "~all") else "~all")
    return " ".join(["v=spf1", *terms])
