"""What the demo says in the language of whoever starts it *(pure)*; mails to its people stay in theirs (ADM-06)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Contract:
    """The story that the demo opens with."""

    signature: str
    deal: str
    job: str
    subject: str
    html: str


@dataclass(frozen=True, kw_only=True)
class Words:
    """What its makers write by themselves: names of deals, lists, reports, and why people said no."""

    language: str
    mailbox: str
    job: str
    said_no: str
    said_yes: str
    web_form: str
    sources: Mapping[str, str]
    folders: Mapping[str, str]
    places: tuple[str, ...]
    peak: str
    reasons: tuple[str, ...]
    fair: str
    left_alone: str
    campaign: str
    link: str
    leads_by_city: str
    deals_by_month: str
    welcome: str
    french_sequence: str
    english_sequence: str
    contract: Contract


ENGLISH = Words(
    language="en",
    mailbox="Hélionne, demo world",
    job="Sales manager",
    said_no="I do not want to be followed.",
    said_yes="You may see when I read your mail.",
    web_form="web form",
    sources={
        "fair": "Trade fair", "form": "Web form", "referral": "Referral", "file": "Old file", "partner": "Partner",
    },
    folders={"mass": "Mass mails", "first": "Prospecting", "deals": "Deals"},
    places=(
        "Roof", "Car park", "Cold store", "Hall 2", "Workshop", "Canteen", "Depot", "Offices", "Greenhouse", "Mill",
        "Warehouse", "Loading bay", "Cellar", "Drying shed", "Sawmill", "School", "Town hall", "Sports hall",
    ),
    peak="kWp",
    reasons=("Too dear", "Chose another supplier", "The roof is too weak", "Put off to next year"),
    fair="Energy fair",
    left_alone="Not to be written to",
    campaign="The roofs next door",
    link="What the neighbours produce",
    leads_by_city="Leads by city",
    deals_by_month="Deals by month",
    welcome="Welcome after the fair",
    french_sequence="Roofs of the West",
    english_sequence="After the trade fair",
    contract=Contract(
        signature="Signature of the contract",
        deal="Roof of the dairy, 184 kWp",
        job="Managing director",
        subject="Your contract, 184 kWp",
        html=(
            "<p>Dear Nadia,</p><p>As agreed this morning, here is the contract for the roof of the dairy: "
            '<a href="https://helionne.example/contract/184">read and sign the contract</a>.</p>'
            "<p>To keep the scaffolding of January, we need your signature before noon tomorrow.</p>"
        ),
    ),
)  # fmt: skip
FRENCH = Words(
    language="fr",
    mailbox="Hélionne, monde de démonstration",
    job="Directrice commerciale",
    said_no="Je ne veux pas être suivie.",
    said_yes="Vous pouvez voir quand je lis vos mails.",
    web_form="formulaire du site",
    sources={
        "fair": "Salon", "form": "Formulaire", "referral": "Recommandation", "file": "Ancien fichier",
        "partner": "Partenaire",
    },
    folders={"mass": "Envois groupés", "first": "Prospection", "deals": "Affaires"},
    places=(
        "Toiture", "Parking", "Chambre froide", "Halle 2", "Atelier", "Cantine", "Dépôt", "Bureaux", "Serre", "Moulin",
        "Entrepôt", "Quai de chargement", "Chai", "Séchoir", "Scierie", "École", "Mairie", "Salle de sport",
    ),
    peak="kWc",
    reasons=("Trop cher", "A choisi un autre installateur", "Charpente trop faible", "Remis à l’an prochain"),
    fair="Salon de l’énergie",
    left_alone="Ne pas écrire",
    campaign="Toitures voisines",
    link="Chiffres des voisins",
    leads_by_city="Prospects par ville",
    deals_by_month="Affaires par mois",
    welcome="Bienvenue au salon",
    french_sequence="Toitures de l’Ouest",
    english_sequence="Après le salon (en anglais)",
    contract=Contract(
        signature="Signature du contrat",
        deal="Toiture de la laiterie, 184 kWc",
        job="Directrice générale",
        subject="Votre contrat, 184 kWc",
        html=(
            "<p>Bonjour Nadia,</p><p>Comme convenu ce matin, voici le contrat de la toiture de la laiterie : "
            '<a href="https://helionne.example/contrat/184">lire et signer le contrat</a>.</p>'
            "<p>Pour garder l’échafaudage de janvier, il nous faut votre signature demain avant midi.</p>"
        ),
    ),
)  # fmt: skip
BY_LANGUAGE = {words.language: words for words in (ENGLISH, FRENCH)}


def spoken(environment: Mapping[str, str] = os.environ) -> str:
    """The language of the machine, as GNU gettext finds it, if the demo speaks it; else English."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            language = value.split(":")[0].replace("-", "_").split("_")[0].split(".")[0].lower()
            return language if language in BY_LANGUAGE else ENGLISH.language
    return ENGLISH.language
