"""Columns find their fields by the names that French and English tools give them, and by what they hold."""

from __future__ import annotations

import pytest

from relance.records.imports.fields import ImportField, Kind
from relance.records.imports.mapping import guess

pytestmark = pytest.mark.shows("REC-08")

KINDS = {
    "email": Kind.EMAIL, "phone": Kind.PHONE, "mobile": Kind.PHONE, "website": Kind.URL,
    "full_name": Kind.FULL_NAME,
    "note": Kind.LONG_TEXT, "opted_out": Kind.YES_NO, "owner": Kind.COLLEAGUE,
}  # fmt: skip
KEYS = (
    "first_name last_name full_name email phone mobile job_title company website street postcode city "
    "country language time_zone source owner note tracking_consent opted_out"
)
FIELDS = [
    ImportField(key=key, label=key, kind=KINDS.get(key, Kind.TEXT), many=key in ("email", "note"))
    for key in KEYS.split(" ")
]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Prénom;Nom;Adresse e-mail;Téléphone;Société", "first_name last_name email phone company"),
        ("PRENOM;NOM;MAIL;TEL;ENTREPRISE", "first_name last_name email phone company"),
        ("First Name;Last Name;Email;Mobile Phone;Job Title", "first_name last_name email mobile job_title"),
        ("first_name;last_name;email;company_name;zip_code", "first_name last_name email company postcode"),
        ("Given Name;Family Name;E-mail 1 - Value;Phone 1 - Value", "first_name last_name email phone"),
        ("Prénom;Name;E-mail", "first_name last_name email"),
        ("Nom complet;Courriel;Fonction;Ville;Pays", "full_name email job_title city country"),
        ("Full name;Email;Email 2;Opt-out", "full_name email email opted_out"),
        ("Nom de la société;Site web;Code postal", "company website postcode"),
        ("E-mail du propriétaire;Fuseau horaire;Langue", "owner time_zone language"),
        ("Email;Courriel pro;Remarques;Commentaire interne", "email email note note"),
        ("Désinscrit;Consentement au suivi;Origine du prospect", "opted_out tracking_consent source"),
        ("Couleur;Pointure;E-mail", "- - email"),
    ],
)
def test_names_of_french_and_english_tools_are_known(header, expected):
    found = guess(header.split(";"), [], FIELDS)

    assert " ".join(key or "-" for key in found) == expected


def test_contents_tell_what_a_nameless_column_is():
    rows = [["Ada", "ada@exemple.fr", "+33 6 12 34 56 78", "www.exemple.fr"]] * 5

    assert guess(["A", "B", "C", "D"], rows, FIELDS) == ("", "email", "phone", "website")


def test_contents_overrule_a_misleading_name():
    rows = [["2026-01-02", "* Work", "ada@exemple.fr"]] * 5

    assert guess(["Mail envoyé", "E-mail 1 - Type", "E-mail 1 - Value"], rows, FIELDS) == ("", "", "email")


def test_a_lone_name_column_with_two_words_is_the_whole_name():
    assert guess(["Nom"], [["Ada Lovelace"], ["Grace Hopper"]], FIELDS) == ("full_name",)
    assert guess(["Nom"], [["Lovelace"], ["Hopper"]], FIELDS) == ("last_name",)


def test_a_field_takes_one_column_and_the_second_is_left_out():
    assert guess(["Ville", "City", "Email", "Mail"], [], FIELDS) == ("city", "", "email", "email")


def test_a_field_of_a_custom_module_is_found_by_its_own_label():
    fields = [ImportField(key="f_7", label="Numéro de série", names=("serial",))]

    assert guess(["NUMERO DE SERIE"], [], fields) == ("f_7",)
    assert guess(["Serial"], [], fields) == ("f_7",)
