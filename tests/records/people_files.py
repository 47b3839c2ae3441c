"""Files of people as customers send them: made from a seed, with the counts that an import must find."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass

import openpyxl

FIRST = [
    "Élise", "Hélène", "Chloé", "Inès", "Zoé", "Anaïs", "François", "Jérôme", "Loïc", "Gaël", "Rémi",
    "Théo", "Marie-Claude", "Jean-Paul", "Nadia", "Karim", "Ada", "Grace", "Oliver", "Harry",
    "Charlotte", "Emily", "George", "Isla", "Siobhán", "Noël",
]  # fmt: skip
LAST = [
    "Lefèvre", "Dupont", "Moreau", "Brûlé", "Gonçalves", "Le~Goff", "de~La~Tour", "Müller", "O'Brien",
    "Fournier", "Ménard", "Garçon", "Châtelain", "Smith", "Jones", "Taylor", "Williams", "Brown",
    "Davies", "Evans", "Walker", "Wright", "D'Arcy", "Œuvrard",
]  # fmt: skip
COMPANIES = [
    "Boulangerie Brûlé", "Ateliers du Léman", "Cabinet Ménard & fils", "Dépôt Carquefou",
    "Menuiserie Le Goff", "L'Œuvre vive", "Northwind Ltd", "Fabrikam", "Contoso plc", "Tailspin Toys",
    "Smith & Sons", "Wide World Importers",
]  # fmt: skip
TITLES = ("Directrice générale", "Acheteur", "Responsable achats", "Buyer", "Managing director", "Gérant", "")
CITIES = (
    ("Nantes", "France"),
    ("Angers", "France"),
    ("Genève", "Suisse"),
    ("Leeds", "United Kingdom"),
    ("Cork", "Ireland"),
)
NOTES = (
    "",
    "",
    "",
    "Rappeler après 14 h ; ne pas insister",
    'Dit "le chef"',
    "Vu au salon,\nstand 12",
    "Prefers e-mail",
)
HEADERS = {
    "fr": (
        "Prénom",
        "Nom",
        "Adresse e-mail",
        "Téléphone",
        "Société",
        "Fonction",
        "Ville",
        "Pays",
        "Commentaires",
    ),
    "en": ("First name", "Last name", "Email", "Phone", "Company", "Job title", "City", "Country", "Notes"),
}
BAD_ADDRESSES = (
    "pas d'adresse",
    "nom.exemple.fr",
    "deux@@exemple.fr",
    "@exemple.fr",
    "qui@",
    "sans domaine@exemple",
)


@dataclass(frozen=True, kw_only=True)
class PeopleFile:
    """A table and what an import of it into an empty workspace must count, with duplicates skipped."""

    header: tuple[str, ...]
    rows: list[list[str]]
    created: int
    duplicates: int
    rejected: int
    two_addresses: int
    full_stops: int
    companies: int

    def text(self, *, encoding: str = "utf-8", delimiter: str = ",", newline: str = "\r\n") -> bytes:
        """As a text file; `utf-8-sig` and `utf-16` write a BOM."""
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter, lineterminator=newline).writerows([self.header, *self.rows])
        return out.getvalue().encode(encoding)

    def workbook(self) -> bytes:
        """As an XLSX file."""
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("Contacts")
        for row in [self.header, *self.rows]:
            sheet.append(row)
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()


def people_file(count: int = 10_000, *, seed: int = 8, language: str = "fr") -> PeopleFile:
    """About 3 in 100 rows repeat an earlier address, 2 in 100 hold a bad one; always the same for a seed."""
    chance = random.Random(seed)
    rows: list[list[str]] = []
    duplicates = rejected = two = stops = 0
    known: list[str] = []
    companies: set[str] = set()
    for number in range(count):
        fate = chance.random()
        address = f"{_plain(chance.choice(FIRST))}.{_plain(chance.choice(LAST))}.{number}@exemple{number % 97}.fr"
        if fate < 0.03 and known:
            duplicates, cell = duplicates + 1, chance.choice(known).swapcase()
        elif fate < 0.05:
            rejected, cell = rejected + 1, chance.choice(BAD_ADDRESSES)
        else:
            known.append(address)
            cell = address
            if fate < 0.07:
                two, cell = two + 1, f"{address}{chance.choice([', ', ';', ' '])}perso{number}@maison.fr"
            elif fate < 0.08:
                stops, cell = stops + 1, f"{address}."
        row = _row(chance, number, cell)
        rows.append(row)
        if cell not in BAD_ADDRESSES and "@" in cell:
            companies.add(row[4].casefold())
    return PeopleFile(
        header=HEADERS[language],
        rows=rows,
        created=count - duplicates - rejected,
        duplicates=duplicates,
        rejected=rejected,
        two_addresses=two,
        full_stops=stops,
        companies=len(companies),
    )


def _row(chance: random.Random, number: int, address: str) -> list[str]:
    city, country = chance.choice(CITIES)
    company = chance.choice(COMPANIES)
    return [
        chance.choice(FIRST),
        chance.choice(LAST).replace("~", " "),
        address,
        f"+33 6 {number % 100:02d} {number // 100 % 100:02d} 00 {chance.randrange(100):02d}",
        company.upper() if chance.random() < 0.1 else company,
        chance.choice(TITLES),
        city,
        country,
        chance.choice(NOTES),
    ]


def _plain(name: str) -> str:
    """A local part: ASCII letters of the name."""
    table = str.maketrans("ÉéèëïçôûüñáœŒ", "EeeeicouunaoO")
    return "".join(letter for letter in name.translate(table) if letter.isascii() and letter.isalpha()).lower()
