"""What a column may become: the fields that a module offers to an import. *(pure)*"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relance.records.fields import Field


class Kind(StrEnum):
    """How a cell is read."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    FULL_NAME = "full_name"  # split into first_name and last_name
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    LANGUAGE = "language"
    ZONE = "zone"
    YES_NO = "yes_no"
    COLLEAGUE = "colleague"
    CHOICE = "choice"
    NUMBER = "number"
    DATE = "date"
    LINK = "link"  # to a record: found by its number, its address or its name (see `linking`)
    TYPED = "typed"  # by the type of a module's field: `read` says how


@dataclass(frozen=True, kw_only=True)
class ImportField:
    """One field: `names` are header names that mean it, folded; `many` lets several columns feed it.

    `label` is shown as `str` makes it. `choices` maps each folded word to the value stored (Kind.CHOICE). `read` gives
    a cell as it is stored and raises ValueError for one that does not fit (Kind.TYPED). Rows without a `required`
    value are rejected. `link` is the module's field that leads to other records (Kind.LINK).
    """

    key: str
    label: object
    kind: Kind = Kind.TEXT
    names: tuple[str, ...] = ()
    max_length: int = 0
    many: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    read: Callable[[str], str] | None = None
    required: bool = False
    link: Field | None = None


# Header names in French and English, folded, with punctuation as spaces; as exported by Outlook, Google
# Contacts and the usual CRMs. A field finds its own by its key.
_HEADER_NAMES = {
    "first_name": "prenom, first name, firstname, given name, forename, prenom du contact",
    "last_name": "nom, nom de famille, last name, lastname, surname, family name, nom du contact",
    "full_name": """nom complet, nom et prenom, prenom et nom, nom prenom, prenom nom, full name, fullname,
        name, display name, contact, contact name""",
    "email": """email, e mail, mail, courriel, mel, adresse e mail, adresse email, adresse mail,
        email address, e mail address, adresse electronique, courrier electronique, primary email""",
    "phone": """telephone, tel, phone, phone number, business phone, work phone, fixe, telephone fixe,
        numero de telephone, telephone bureau, ligne directe""",
    "mobile": """mobile, portable, tel portable, telephone portable, telephone mobile, mobile phone, gsm,
        cell, cell phone""",
    "job_title": "fonction, poste, titre, intitule du poste, job title, title, position, role, metier",
    "company": """societe, entreprise, raison sociale, compte, nom du compte, nom de la societe,
        organisation, nom de l entreprise, etablissement, company, company name, account, account name,
        organization, organization name, organisation name, employeur, client""",
    "website": "site, site web, site internet, website, web site, web, url, web page, page web",
    "street": """adresse, rue, adresse postale, voie, street, address, street address, address line 1,
        business street, adresse 1""",
    "postcode": "code postal, cp, postcode, post code, zip, zip code, postal code, business postal code",
    "city": "ville, commune, localite, city, town, business city",
    "country": "pays, country, country region, business country, business country region, pays region",
    "language": "langue, language, lang, locale, langue preferee, preferred language",
    "time_zone": "fuseau, fuseau horaire, time zone, timezone, tz",
    "source": "source, origine, provenance, lead source, canal, origine du prospect, source du prospect",
    "owner": """proprietaire, commercial, responsable, charge de compte, vendeur, owner, sales rep,
        account manager, assigned to, assigne a, e mail du proprietaire, owner email, suivi par""",
    "note": """note, notes, commentaire, commentaires, remarque, remarques, observations, description,
        comment, comments""",
    "tracking_consent": """consentement au suivi, suivi accepte, tracking consent, accepte le suivi,
        consent to tracking""",
    "opted_out": """desinscrit, desabonne, opt out, optout, email opt out, unsubscribed, ne pas contacter,
        do not email, desinscription, opted out, do not contact""",
}
HEADER_NAMES: Mapping[str, tuple[str, ...]] = {
    key: tuple(" ".join(name.split()) for name in names.split(",")) for key, names in _HEADER_NAMES.items()
}

# Words that decide when a longer header holds them, most telling first.
_TELLING_WORDS = {
    "owner": "proprietaire, owner, commercial",
    "opted_out": "desinscrit, unsubscribed, opt out",
    "company": "societe, entreprise, company, organisation",
    "email": "courriel, email, e mail, mail",
    "mobile": "portable, mobile",
    "phone": "telephone, phone, tel",
    "first_name": "prenom, first name",
    "last_name": "last name",
    "job_title": "fonction, job title",
    "postcode": "code postal",
    "city": "ville, city",
    "country": "pays, country",
    "language": "langue",
    "note": "commentaire",
}
TELLING_WORDS: tuple[tuple[str, str], ...] = tuple(
    (word, key) for key, words in _TELLING_WORDS.items() for word in words.split(", ")
)
