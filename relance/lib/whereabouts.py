"""In which time zone somebody is, and how we know: the zone written down, the company, the country, the phone. *(pure)*

whereabouts(Known(phone="+33 6 12 34 56 78"), sender="America/New_York")   # Found("Europe/Paris", Source.PHONE)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale

from relance.lib import zones
from relance.lib.fold import fold

MAIN = {
    "AR": "America/Argentina/Buenos_Aires", "AU": "Australia/Sydney", "BR": "America/Sao_Paulo",
    "CA": "America/Toronto", "CD": "Africa/Kinshasa", "CL": "America/Santiago", "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia", "DE": "Europe/Berlin", "EC": "America/Guayaquil", "ES": "Europe/Madrid",
    "ID": "Asia/Jakarta", "KZ": "Asia/Almaty", "MN": "Asia/Ulaanbaatar", "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur", "NZ": "Pacific/Auckland", "PT": "Europe/Lisbon", "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv", "US": "America/New_York", "UZ": "Asia/Tashkent",
}  # fmt: skip
"""Of countries that have several zones, the one where most business is done."""

PREFIXES = (
    "1US 7RU 20EG 27ZA 30GR 31NL 32BE 33FR 34ES 36HU 39IT 40RO 41CH 43AT 44GB 45DK 46SE 47NO 48PL 49DE 51PE 52MX 54AR "
    "55BR 56CL 57CO 58VE 60MY 61AU 62ID 63PH 64NZ 65SG 66TH 81JP 82KR 84VN 86CN 90TR 91IN 92PK 94LK 98IR 212MA 213DZ "
    "216TN 221SN 223ML 225CI 226BF 227NE 228TG 229BJ 230MU 233GH 234NG 237CM 241GA 242CG 243CD 250RW 254KE 255TZ "
    "261MG 262RE 351PT 352LU 353IE 354IS 355AL 356MT 357CY 358FI 359BG 370LT 371LV 372EE 373MD 374AM 375BY 376AD "
    "377MC 380UA 381RS 382ME 385HR 386SI 387BA 389MK 420CZ 421SK 423LI 508PM 590GP 594GF 596MQ 687NC 689PF 852HK "
    "886TW 961LB 962JO 965KW 966SA 971AE 972IL 974QA 994AZ 995GE"
)
LONGEST_PREFIX = 3
NAMES_IN = ("en", "fr", "de", "es", "it", "nl", "pt")
ALSO = {"uk": "GB", "usa": "US", "england": "GB", "angleterre": "GB", "royaume uni": "GB"}


class Source(StrEnum):
    """What told the zone, the surest first."""

    FIELD = "field"
    ACCOUNT = "account"
    COUNTRY = "country"
    PHONE = "phone"
    SENDER = "sender"


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of where somebody is; the country as a name in one of several languages, or its two letters."""

    time_zone: str = ""
    account_zone: str = ""
    country: str = ""
    account_country: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Found:
    """A zone, and what told it."""

    name: str
    source: Source

    @property
    def zone(self) -> ZoneInfo:
        """The zone itself."""
        return zones.zone(self.name)


def whereabouts(known: Known, *, sender: str) -> Found:
    """The zone of the contact's own field, else of the company, the country, the phone; else that of the sender."""
    if known.time_zone in available():
        return Found(known.time_zone, Source.FIELD)
    if known.account_zone in available():
        return Found(known.account_zone, Source.ACCOUNT)
    for source, country in (
        (Source.COUNTRY, country_of(known.country)),
        (Source.ACCOUNT, country_of(known.account_country)),
        (Source.PHONE, country_of_phone(known.phone)),
    ):
        if name := zone_of_country(country):
            return Found(name, source)
    return Found(sender, Source.SENDER)


def country_of(told: str) -> str:
    """The two letters of a country, or nothing."""
    bare = told.strip()
    if len(bare) == 2 and bare.upper() in first_zones():
        return bare.upper()
    return country_names().get(fold(bare), "")


def country_of_phone(phone: str) -> str:
    """The country of an international number: +33 or 0033."""
    digits = "".join(sign for sign in phone if sign.isdigit())
    if not phone.strip().startswith("+"):
        if not digits.startswith("00"):
            return ""
        digits = digits[2:]
    known = prefixes()
    return next((known[digits[:n]] for n in range(LONGEST_PREFIX, 0, -1) if digits[:n] in known), "")


def zone_of_country(country: str) -> str:
    """Its zone, or the main one of several; nothing for no country."""
    return MAIN.get(country) or first_zones().get(country, "")


@cache
def available() -> frozenset[str]:
    """The names of all zones."""
    return frozenset(available_timezones())


@cache
def prefixes() -> dict[str, str]:
    """Countries by the beginning of their telephone numbers."""
    return {each[:-2]: each[-2:] for each in PREFIXES.split()}


@cache
def first_zones() -> dict[str, str]:
    """The first zone of every country, from the time zone database."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    found: dict[str, str] = {}
    for line in table.splitlines():
        if not line.startswith("#"):
            country, _place, name = line.split("\t")[:3]
            found.setdefault(country, name)
    return found


@cache
def country_names() -> dict[str, str]:
    """Countries by their names in several languages, folded."""
    known = first_zones()
    names = {fold(name): code for name, code in ALSO.items()}
    for language in NAMES_IN:
        for code, name in Locale(language).territories.items():
            if code in known:
                names.setdefault(fold(name), code)
    return names
