"""The people and companies of the demo, made up from lists *(pure)*: the same ones in every demo."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from relance.lib.fold import fold

FIRST_FR = (
    "Camille", "Élise", "Léa", "Inès", "Gaëlle", "Béatrice", "Sophie", "Claire", "Nadia", "Manon", "Zoé", "Aurélie",
    "Antoine", "Olivier", "Étienne", "Romain", "Tanguy", "Hugo", "Loïc", "François", "Benoît", "Mathéo", "Rémi", "Noël",
)  # fmt: skip
LAST_FR = (
    "Guillou", "Pasquier", "Mercadier", "Mével", "Brossard", "Vallon", "Morvan", "Moal", "Dumoulin", "Lefèvre",
    "Le Goff", "Hervé", "Benali", "Delattre", "Château", "Béranger", "Quéméner", "Rousseau", "Garnier", "Noirot",
)  # fmt: skip
FIRST_EN = (
    "Priya", "Rohan", "Emily", "Jack", "Dirk", "Anke", "Sofie", "Tom", "Nils", "Jana", "Alice", "George", "Harriet",
    "Oscar", "Freya", "Lewis", "Mia", "Stefan", "Ingrid", "Owen",
)  # fmt: skip
LAST_EN = (
    "Raman", "Patel", "Ward", "Turner", "Vermeulen", "De Smet", "Claes", "Peeters", "Oster", "Brandt", "Lindqvist",
    "Hughes", "Bennett", "Marsh", "Keller", "Novak", "Doyle", "Fraser",
)  # fmt: skip
COMPANY_FR = (
    "Bretagne Frigo", "Moulins Guérin", "Coopérative d’Argoat", "Imprimerie Sarrazin", "Chantiers Morvan",
    "Port de Brest", "Fonderie Dumoulin", "Conserverie du Golfe", "Laiterie des Abers", "Menuiserie Cosquer",
    "Groupe Mercadier", "Ville de Port-Lannec", "Biscuiterie Kerlann", "Transports Hervé", "Serres de l’Odet",
    "Brasserie du Trégor", "Scierie Béranger", "Logistique Atlantique", "Pépinières Le Goff", "Papeterie de l’Erdre",
)  # fmt: skip
COMPANY_EN = (
    "Ashgrove Foods", "Vermeulen Bouw", "Nordvik Retail", "Ostrya Immobilier", "Kessler Logistik", "Marsh & Doyle",
    "Fraser Cold Stores", "Lindqvist Timber", "Bennett Mills", "Harbour Packaging", "Keller Maschinen", "Novak Glass",
)  # fmt: skip
CITY_FR = ("Nantes", "Rennes", "Brest", "Lorient", "Guingamp", "Carquefou", "Ancenis", "Rezé", "Cholet", "Quimper")
CITY_EN = (("Leeds", "United Kingdom"), ("Gent", "Belgium"), ("Stockholm", "Sweden"), ("Freiburg", "Germany"))
JOBS_FR = ("Directrice générale", "Responsable énergie", "Acheteur", "Directeur technique", "Comptable", "Gérant")
JOBS_EN = ("Managing director", "Energy manager", "Purchasing", "Head of operations", "Finance", "Site manager")
SOURCES = ("fair", "form", "referral", "file", "partner")  # keys of demo_words.Words.sources


@dataclass(frozen=True, kw_only=True)
class Company:
    """A made-up company."""

    name: str
    city: str
    country: str
    is_french: bool

    @property
    def domain(self) -> str:
        """Its domain, which can reach nobody (RFC 2606)."""
        words = "".join(letter if letter.isalnum() else "-" for letter in fold(self.name))
        ending = ".fr.example" if self.is_french else ".example"
        return "-".join(part for part in words.split("-") if part) + ending


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A made-up person."""

    first: str
    last: str
    job: str
    company: Company
    email: str
    source: str
    is_lead: bool


def companies() -> list[Company]:
    """All companies of the demo."""
    dice = random.Random("companies")
    french = [Company(name=name, city=dice.choice(CITY_FR), country="France", is_french=True) for name in COMPANY_FR]
    others = [
        Company(name=name, city=city, country=country, is_french=False)
        for name in COMPANY_EN
        for city, country in [dice.choice(CITY_EN)]
    ]
    return french + others


def actors(count: int) -> Iterator[Actor]:
    """That many people, each with an address of his own."""
    dice, houses = random.Random("people"), companies()
    seen: set[str] = set()
    while len(seen) < count:
        company = dice.choice(houses)
        first = dice.choice(FIRST_FR if company.is_french else FIRST_EN)
        last = dice.choice(LAST_FR if company.is_french else LAST_EN)
        email = f"{_local(first)}.{_local(last)}@{company.domain}"
        if email in seen:
            continue
        seen.add(email)
        yield Actor(
            first=first, last=last, company=company, email=email, source=dice.choice(SOURCES),
            job=dice.choice(JOBS_FR if company.is_french else JOBS_EN), is_lead=dice.random() < 0.45,
        )  # fmt: skip


def _local(name: str) -> str:
    return "".join(letter for letter in fold(name) if letter.isalnum())
