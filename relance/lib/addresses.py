"""E-mail addresses: reading, comparing and showing them, without a database (REC-08, CAMP-03, QUALITY D21).

    >>> read("  <Marie.Curie@Exemple.FR>. ").address.normal
    'marie.curie@exemple.fr'
    >>> read("marie at exemple.fr").problem
    <Problem.NO_AT_SIGN: 'no_at_sign'>
    >>> split_cell("a@exemple.fr; b@exemple.fr").primary.normal
    'a@exemple.fr'

An address is kept as it was written for the wire; its *normal* form is only for comparing. Plus-tags and dots
are kept: ``a+b@x`` and ``a@x`` are two addresses (SPEC section 12, CAMP-03).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import idna

LONGEST_LOCAL = 64  # octets, RFC 5321 section 4.5.3.1.1
LONGEST_ADDRESS = 254  # octets, RFC 5321 section 4.5.3.1.3 less the angle brackets

# Where a colleague's answer cannot be told from a stranger's by the domain.
PUBLIC_DOMAINS = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.fr", "live.com", "live.fr", "msn.com",
    "yahoo.com", "yahoo.fr", "ymail.com", "icloud.com", "me.com", "mac.com", "aol.com", "gmx.com", "gmx.de",
    "gmx.net", "web.de", "t-online.de", "freenet.de", "orange.fr", "wanadoo.fr", "free.fr", "sfr.fr",
    "laposte.net", "bbox.fr", "neuf.fr", "proton.me", "protonmail.com", "pm.me", "mail.ru", "yandex.ru",
    "libero.it", "virgilio.it", "tin.it", "ziggo.nl", "kpnmail.nl", "telenet.be", "skynet.be", "bluewin.ch",
    "sapo.pt", "terra.es", "telefonica.net", "qq.com", "163.com", "zoho.com", "fastmail.com", "mail.com",
})  # fmt: skip


class Problem(StrEnum):
    """Why a text is not an address we can write to."""

    EMPTY = "empty"
    NO_AT_SIGN = "no_at_sign"
    TWO_AT_SIGNS = "two_at_signs"
    SPACE = "space"
    CONTROL_CHARACTER = "control_character"
    NO_LOCAL_PART = "no_local_part"
    BAD_LOCAL_PART = "bad_local_part"
    EIGHT_BIT_LOCAL_PART = "eight_bit_local_part"  # needs SMTPUTF8 (RFC 6531) all the way: not promised
    NO_DOMAIN = "no_domain"
    BAD_DOMAIN = "bad_domain"
    TOO_LONG = "too_long"


class Note(StrEnum):
    """What was put right while reading; shown in the import preview."""

    FULL_STOP_DROPPED = "full_stop_dropped"
    BRACKETS_DROPPED = "brackets_dropped"
    SEVERAL_ADDRESSES = "several_addresses"
    REPEATED_ADDRESS = "repeated_address"


class InvalidAddress(ValueError):
    """The text is no usable address; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """One address: ``as_written`` for the wire (its domain in ASCII), ``normal`` for comparing."""

    as_written: str
    normal: str
    domain: str

    def __str__(self) -> str:
        return self.as_written


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What became of a text: an address or a problem, and what was put right."""

    address: Address | None = None
    problem: Problem | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """The addresses of one imported cell: the first usable one is the primary (REC-08)."""

    readings: tuple[Reading, ...]
    notes: tuple[Note, ...] = ()

    @property
    def addresses(self) -> tuple[Address, ...]:
        return tuple(reading.address for reading in self.readings if reading.address)

    @property
    def primary(self) -> Address | None:
        return self.addresses[0] if self.addresses else None

    @property
    def others(self) -> tuple[Address, ...]:
        return self.addresses[1:]


def read(text: str) -> Reading:
    """Reads one address; never raises."""
    bare, notes = _unwrap(text)
    try:
        return Reading(address=_address(bare), notes=notes)
    except InvalidAddress as refused:
        return Reading(problem=refused.problem, notes=notes)


def parse(text: str) -> Address:
    """Reads one address. Raises InvalidAddress."""
    reading = read(text)
    if reading.address is None:
        raise InvalidAddress(reading.problem or Problem.EMPTY)
    return reading.address


@lru_cache(maxsize=20_000)
def normal(text: str) -> str | None:
    """The form in which addresses are compared, or None when the text is no address."""
    reading = read(text)
    return reading.address.normal if reading.address else None


def split_cell(text: str) -> Cell:
    """Splits a cell at commas, semicolons and spaces; the first address is the primary (REC-08)."""
    pieces = [piece for piece in _SEPARATORS.split(_trim(text)) if piece]
    if "@" not in text or any("@" not in piece for piece in pieces):
        pieces = [piece for piece in pieces if "@" in piece] or [text]
    readings, repeated = _without_repeats([read(piece) for piece in pieces])
    notes = [note for reading in readings for note in reading.notes]
    notes += [Note.SEVERAL_ADDRESSES] * (len(readings) > 1) + [Note.REPEATED_ADDRESS] * repeated
    return Cell(readings=tuple(readings), notes=tuple(dict.fromkeys(notes)))


def header(name: str, address: str) -> str:
    """``Marie Curie <marie@exemple.fr>`` on one line: no name brings in a header of its own (D23)."""
    shown = one_line(name)
    wire = one_line(address).replace(" ", "")
    if not shown:
        return wire
    if _NEEDS_QUOTES.search(shown):
        shown = '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{shown} <{wire}>"


def one_line(text: str) -> str:
    """The text without control characters or line separators, runs of white space made one space."""
    return " ".join((text if text.isprintable() else _CONTROL.sub(" ", text)).split())


_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"))
_SEPARATORS = re.compile(r"[,;\s]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NEEDS_QUOTES = re.compile(r'[()<>@,;:\\".\[\]]')
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_QUOTED = re.compile(r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"')
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def _trim(text: str) -> str:
    return text.strip() if text.isascii() else unicodedata.normalize("NFKC", text).translate(_INVISIBLE).strip()


def _unwrap(text: str) -> tuple[str, tuple[Note, ...]]:
    """Takes off what people paste around an address: ``mailto:``, brackets, a name, a trailing full stop."""
    bare, notes = _trim(text), []
    if bare.endswith("."):
        bare = bare.rstrip(". ")
        notes.append(Note.FULL_STOP_DROPPED)
    if bare.endswith(">") and "<" in bare:
        bare = bare[bare.rindex("<") + 1 : -1].strip()
        notes.append(Note.BRACKETS_DROPPED)
    if bare[:7].lower() == "mailto:":
        bare = bare[7:].split("?", 1)[0]
    if bare.endswith("."):
        bare = bare.rstrip(".")
        notes.append(Note.FULL_STOP_DROPPED)
    return bare, tuple(dict.fromkeys(notes))


def _address(bare: str) -> Address:
    _refuse_bad_characters(bare)
    local, at, domain = bare.rpartition("@")
    if not at:
        raise InvalidAddress(Problem.NO_AT_SIGN)
    _refuse_bad_local(local)
    ascii_domain = _ascii_domain(domain)
    written = f"{local}@{ascii_domain}"
    if len(written) > LONGEST_ADDRESS:
        raise InvalidAddress(Problem.TOO_LONG)
    return Address(as_written=written, normal=written.lower(), domain=ascii_domain)


def _refuse_bad_characters(bare: str) -> None:
    if not bare:
        raise InvalidAddress(Problem.EMPTY)
    if _CONTROL.search(bare):
        raise InvalidAddress(Problem.CONTROL_CHARACTER)
    if not bare.startswith('"') and re.search(r"\s", bare):
        raise InvalidAddress(Problem.SPACE if "@" in bare else Problem.NO_AT_SIGN)


def _refuse_bad_local(local: str) -> None:
    if not local:
        raise InvalidAddress(Problem.NO_LOCAL_PART)
    if not local.isascii():
        raise InvalidAddress(Problem.EIGHT_BIT_LOCAL_PART)
    if len(local) > LONGEST_LOCAL:
        raise InvalidAddress(Problem.TOO_LONG)
    if _ATOMS.fullmatch(local) or _QUOTED.fullmatch(local):
        return
    raise InvalidAddress(Problem.TWO_AT_SIGNS if "@" in local else Problem.BAD_LOCAL_PART)


def _ascii_domain(domain: str) -> str:
    """The domain in lower-case ASCII (IDNA 2008 mapped by UTS 46); address literals are refused."""
    if not domain:
        raise InvalidAddress(Problem.NO_DOMAIN)
    try:
        encoded = domain.lower() if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise InvalidAddress(Problem.BAD_DOMAIN) from None
    labels = encoded.split(".")
    if len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdigit():
        raise InvalidAddress(Problem.BAD_DOMAIN)
    return encoded


def _without_repeats(readings: list[Reading]) -> tuple[list[Reading], int]:
    kept: dict[str, Reading] = {}
    for place, reading in enumerate(readings):
        kept.setdefault(reading.address.normal if reading.address else f"problem {place}", reading)
    return list(kept.values()), int(len(kept) < len(readings))
