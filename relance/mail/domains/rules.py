"""Judge what a domain publishes: pure rules over an `ask` that knows the records (RFC 7208, 6376, 7489, 5321, 7505)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from relance.mail.domains import spf
from relance.mail.transport.names import Ask, Said

LEAST_BITS, GOOD_BITS = 1024, 2048


class Part(StrEnum):
    """What is looked at."""

    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"
    MX = "mx"
    ADDRESS = "address"


class Level(StrEnum):
    """Right, could be better, wrong, or not known."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    UNKNOWN = "unknown"


LEVELS: Mapping[str, Level] = {
    "spf_right": Level.OK, "spf_missing": Level.BAD, "spf_several": Level.BAD, "spf_unreadable": Level.BAD,
    "spf_anybody": Level.BAD, "spf_open_inclusion": Level.BAD, "spf_too_many": Level.BAD,
    "spf_broken_inclusion": Level.BAD,
    "spf_relay_unnamed": Level.WARN, "spf_open_end": Level.WARN, "spf_not_aligned": Level.WARN,
    "dkim_right": Level.OK, "dkim_missing": Level.BAD, "dkim_withdrawn": Level.BAD, "dkim_unreadable": Level.BAD,
    "dkim_weak": Level.BAD, "dkim_short": Level.WARN, "dkim_unnamed": Level.UNKNOWN,
    "dmarc_right": Level.OK, "dmarc_missing": Level.BAD, "dmarc_several": Level.BAD, "dmarc_unreadable": Level.BAD,
    "dmarc_none": Level.WARN,
    "mx_right": Level.OK, "mx_missing": Level.BAD, "mx_refuses": Level.BAD,
    "address_right": Level.OK, "address_missing": Level.BAD,
    "silent": Level.UNKNOWN,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Record:
    """A record to publish: its name, its kind, its value."""

    name: str
    kind: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was found. `facts` fill its sentence; `publish` is what mends it, if that can be known."""

    part: Part
    code: str
    facts: Mapping[str, str | int] = field(default_factory=dict)
    publish: Record | None = None

    @property
    def level(self) -> Level:
        """How serious it is."""
        return LEVELS.get(self.code, Level.UNKNOWN)

    def as_kept(self) -> dict[str, object]:
        """As it lies in the database."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Course:
    """Which parts of a domain were right when last known, and which of them are wrong since, untold."""

    right: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()


def turned(before: Course, findings: Iterable[Finding]) -> Course:
    """How it stands after another look. Silence changes nothing; what was never right does not break."""
    levels: dict[str, set[Level]] = {}
    for each in findings:
        levels.setdefault(each.part.value, set()).add(each.level)
    wrong = {part for part, found in levels.items() if Level.BAD in found}
    good = {part for part, found in levels.items() if found <= {Level.OK, Level.WARN}}
    return Course(right=(before.right | good) - wrong, broken=(before.broken | (before.right & wrong)) - good)


@dataclass(frozen=True, kw_only=True)
class Use:
    """What a domain is used for. `reports_to`: the address that may receive the reports of DMARC.

    `is_from`: it stands in From. `relays`: the servers that send with it in the envelope; bounces return to it.
    `returns_to`: for a domain in From, the other domains to which bounces of its mail return.
    `receives_at`: this machine, where it reads the bounces from a Maildir.
    """

    domain: str
    is_from: bool = False
    is_tracking: bool = False
    relays: tuple[str, ...] = ()
    returns_to: tuple[str, ...] = ()
    receives_at: str = ""
    reports_to: str = ""
    selector: str = ""

    @property
    def is_envelope(self) -> bool:
        """Whether bounces return to it."""
        return bool(self.relays)


def judge(use: Use, ask: Ask) -> tuple[Finding, ...]:
    """Everything worth a word about a domain, what receivers look at first. *(pure)*"""
    found: list[Finding] = []
    if use.is_envelope:
        found += _spf(use, ask)
    if use.is_from:
        found += [_dkim(use, ask), _dmarc(use, ask), *_alignment(use)]
    if use.is_from or use.is_envelope:
        found.append(_mx(use, ask))
    if use.is_tracking:
        found.append(_address(use, ask))
    return tuple(found)


def _silent(part: Part, name: str) -> Finding:
    return Finding(part=part, code="silent", facts={"name": name})


def _spf(use: Use, ask: Ask) -> Iterator[Finding]:
    found = ask(use.domain, "TXT")
    if found.said is Said.SILENT:
        yield _silent(Part.SPF, use.domain)
        return
    records = spf.records_of(found)
    if len(records) != 1:
        code = "spf_several" if records else "spf_missing"
        yield _spf_finding(use, code, records, use.relays, count=len(records), relay=use.relays[0])
        return
    yield from _one_spf(use, records[0], ask)


def _one_spf(use: Use, record: str, ask: Ask) -> Iterator[Finding]:
    reading = spf.read(record, use.domain, ask)
    told: dict[str, str | int] = {"record": record}
    faults = list(_spf_faults(reading))
    for code, facts in faults:
        mends = code in ("spf_anybody", "spf_open_end")
        yield _spf_finding(use, code, (record,) if mends else (), (), **told, **facts)
    if any(LEVELS[code] is Level.BAD for code, _facts in faults):
        return
    unnamed = False
    for relay in use.relays:
        match spf.allows(reading, relay, ask):
            case False:
                unnamed = True
                yield _spf_finding(use, "spf_relay_unnamed", (record,), (relay,), relay=relay, **told)
            case None:
                unnamed = True
                yield _silent(Part.SPF, relay)
    if not faults and not unnamed:
        yield _spf_finding(use, "spf_right", (), (), **told)


def _spf_faults(reading: spf.Reading) -> Iterator[tuple[str, dict[str, str | int]]]:
    if reading.unreadable:
        yield "spf_unreadable", {"word": reading.unreadable[:100]}
    elif reading.anybody:
        yield "spf_anybody" if reading.anybody == reading.domain else "spf_open_inclusion", {"name": reading.anybody}
    elif reading.questions > spf.MOST_QUESTIONS:
        yield "spf_too_many", {"count": reading.questions}
    elif reading.missing:
        yield "spf_broken_inclusion", {"name": reading.missing}
    elif reading.ends in ("", "?") and not reading.silent:
        yield "spf_open_end", {}


def _spf_finding(use: Use, code: str, records: tuple[str, ...], relays: tuple[str, ...], **facts: str | int) -> Finding:
    """With the record that mends it, if there is one to begin with or a relay to name."""
    value = ""
    if records or relays:
        value = spf.mended(records)
        for relay in relays:
            value = spf.mended([value], relay=relay)
    publish = Record(name=use.domain, kind="TXT", value=value) if value else None
    return Finding(part=Part.SPF, code=code, facts={"domain": use.domain, **facts}, publish=publish)


def _tags(record: str) -> dict[str, str]:
    """The `tag=value;` of DKIM and DMARC records, the first of each."""
    told: dict[str, str] = {}
    for piece in record.split(";"):
        name, equals, value = piece.partition("=")
        if equals:
            told.setdefault(name.strip().lower(), "".join(value.split()))
    return told


def _dkim(use: Use, ask: Ask) -> Finding:
    if not use.selector:
        return Finding(part=Part.DKIM, code="dkim_unnamed", facts={"domain": use.domain})
    name = f"{use.selector}._domainkey.{use.domain}"
    found = ask(name, "TXT")
    if found.said is Said.SILENT:
        return _silent(Part.DKIM, name)
    keys = [tags for tags in map(_tags, found.values) if "p" in tags]
    facts: dict[str, str | int] = {"domain": use.domain, "name": name}
    if not keys:
        return Finding(part=Part.DKIM, code="dkim_missing", facts=facts)
    if not keys[0]["p"]:
        return Finding(part=Part.DKIM, code="dkim_withdrawn", facts=facts)
    if keys[0].get("k", "rsa").lower() != "rsa":
        return Finding(part=Part.DKIM, code="dkim_right", facts=facts)
    bits = _bits(keys[0]["p"])
    code = "dkim_weak" if bits < LEAST_BITS else "dkim_short" if bits < GOOD_BITS else "dkim_right"
    return Finding(part=Part.DKIM, code=code if bits else "dkim_unreadable", facts={**facts, "bits": bits})


def _bits(key: str) -> int:
    """How long an RSA key is; 0 if it is none."""
    try:
        read = load_der_public_key(base64.b64decode(key, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        return 0
    return read.key_size if isinstance(read, RSAPublicKey) else 0


def _dmarc(use: Use, ask: Ask) -> Finding:
    """Of the domain itself, else of the nearest one above it that has a policy."""
    labels = use.domain.split(".")
    above = [".".join(labels[n:]) for n in range(max(1, len(labels) - 1))]
    for domain in above:
        name = f"_dmarc.{domain}"
        found = ask(name, "TXT")
        if found.said is Said.SILENT:
            return _silent(Part.DMARC, name)
        records = [each for each in found.values if each.replace(" ", "").lower().startswith("v=dmarc1")]
        if records:
            return _one_dmarc(use, name, records)
    wanted = Record(name=f"_dmarc.{use.domain}", kind="TXT", value=f"v=DMARC1; p=none; rua=mailto:{use.reports_to}")
    return Finding(part=Part.DMARC, code="dmarc_missing", facts={"domain": use.domain}, publish=wanted)


def _one_dmarc(use: Use, name: str, records: list[str]) -> Finding:
    facts: dict[str, str | int] = {"domain": use.domain, "name": name, "count": len(records), "record": records[0]}
    if len(records) > 1:
        return Finding(part=Part.DMARC, code="dmarc_several", facts=facts)
    tags = _tags(records[0])
    above = name != f"_dmarc.{use.domain}"
    policy = (tags.get("sp", tags.get("p", "")) if above else tags.get("p", "")).lower()
    if policy not in ("none", "quarantine", "reject"):
        return Finding(part=Part.DMARC, code="dmarc_unreadable", facts=facts)
    if policy == "none":
        rest = [f"{tag}={value}" for tag, value in tags.items() if tag not in ("v", "p", "sp")]
        value = "; ".join(["v=DMARC1", "p=quarantine", *rest])
        publish = Record(name=f"_dmarc.{use.domain}", kind="TXT", value=value)
        return Finding(part=Part.DMARC, code="dmarc_none", facts=facts, publish=publish)
    return Finding(part=Part.DMARC, code="dmarc_right", facts={**facts, "policy": policy})


def _alignment(use: Use) -> Iterator[Finding]:
    """A domain of bounces of another house leaves DMARC to DKIM alone (RFC 7489, 3.1.2)."""
    for other in use.returns_to:
        if spf.house_of(other) != spf.house_of(use.domain):
            yield Finding(part=Part.DMARC, code="spf_not_aligned", facts={"domain": use.domain, "other": other})


def _mx(use: Use, ask: Ask) -> Finding:
    found = ask(use.domain, "MX")
    facts: dict[str, str | int] = {"domain": use.domain}
    if found.said is Said.SILENT:
        return _silent(Part.MX, use.domain)
    if found.values == (".",) or found.values == ("",):
        return Finding(part=Part.MX, code="mx_refuses", facts=facts)
    if found.values:
        return Finding(part=Part.MX, code="mx_right", facts={**facts, "host": found.values[0]})
    publish = Record(name=use.domain, kind="MX", value=f"10 {use.receives_at}.") if use.receives_at else None
    return Finding(part=Part.MX, code="mx_missing", facts=facts, publish=publish)


def _address(use: Use, ask: Ask) -> Finding:
    told, silent = spf.addresses_of(use.domain, ask)
    if told:
        return Finding(part=Part.ADDRESS, code="address_right", facts={"domain": use.domain})
    if silent:
        return _silent(Part.ADDRESS, use.domain)
    return Finding(part=Part.ADDRESS, code="address_missing", facts={"domain": use.domain})
