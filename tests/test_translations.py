"""The French is whole and well written, and the check that says so would notice if it were not."""

from __future__ import annotations

import shutil

import polib
import pytest

from tests import translations

pytestmark = pytest.mark.shows("ADM-02")

NARROW, FIXED = "\u202f", "\u00a0"
SMALL = """
msgid "%(count)s person"
msgid_plural "%(count)s people"
msgstr[0] "%(count)s personne"
msgstr[1] "%(count)s personnes"

msgid "Save"
msgstr "Enregistrer"
"""


@pytest.mark.slow
def test_every_sentence_of_the_program_is_there_in_french():
    if shutil.which("xgettext") is None:
        pytest.skip("GNU gettext is not here, so the sources were not compared")

    assert translations.problems() == []


def test_a_sentence_that_the_catalogue_lacks_and_one_too_many_are_told():
    kept = polib.pofile(SMALL)
    wanted = [polib.POEntry(msgid="%(count)s person"), polib.POEntry(msgid="Delete")]

    found = translations.differences(kept, wanted)

    assert found == ["not in the catalogue: 'Delete'", "no longer in the sources: 'Save'"]


def test_a_good_catalogue_has_no_complaints():
    assert [each for entry in polib.pofile(SMALL) for each in translations.complaints(entry)] == []


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (polib.POEntry(msgid="Save"), "not translated"),
        (polib.POEntry(msgid="Save", msgstr="Garder", flags=["fuzzy"]), "fuzzy"),
        (polib.POEntry(msgid="Save", msgstr="Garder", obsolete=True), "obsolete"),
        (polib.POEntry(msgid="%(n)s left", msgstr="%(m)s restent"), "not the fields"),
        (polib.POEntry(msgid="{host} answers", msgstr="Le serveur répond"), "not the fields"),
        (polib.POEntry(msgid="%(n)s a", msgid_plural="%(n)s b", msgstr_plural={0: "un", 1: "des"}), "not the fields"),
        (polib.POEntry(msgid="%(n)s a", msgid_plural="%(n)s b", msgstr_plural={0: "%(n)s"}), "two forms"),
    ],
)
def test_an_entry_that_is_not_whole_is_told(entry, told):
    assert any(each.startswith(told) for each in translations.complaints(entry))


def test_the_form_for_one_may_leave_its_number_out():
    entry = polib.POEntry(
        msgid="the last %(n)s day",
        msgid_plural="the last %(n)s days",
        msgstr_plural={0: "le dernier jour", 1: "les %(n)s derniers jours"},
    )

    assert list(translations.complaints(entry)) == []


@pytest.mark.parametrize(
    ("french", "told"),
    [
        ("L'adresse", "straight apostrophe"),
        ("Qui ?", "no thin no-break space before ; ! ?"),
        ("Qui?", "no thin no-break space before ; ! ?"),
        ("Reste : rien", "no no-break space before a colon"),
        ("Reste: rien", "no no-break space before a colon"),
        ("« Relance »", "no no-break space inside « »"),
        ("“Relance”", "English quotation mark"),
        ('"Relance"', "straight quotation mark"),
        ("Plus de 12 %%", "no thin no-break space before %"),
        ("Etat", "capital without its accent"),
        ("Et puis...", "three full stops"),
        ("Envoyer un e-mail", "word that we do not use"),
        ("Valider", "word that we do not use"),
        ("Est-ce ton mail", "not “vous”"),
        ("Un mail ", "space at an end, unlike the source"),
        ("<b>Un</b> mail", "not the tags of the source"),
    ],
)
def test_a_slip_of_writing_is_told(french, told):
    assert told in translations.slips("A mail", french)


@pytest.mark.parametrize(
    "french",
    [
        f"Qui{NARROW}?",
        f"Reste{FIXED}: rien",
        f"Parti à 09:00, «{FIXED}Relance{FIXED}»",
        f"Plus de 12{NARROW}%%",
        "État des lieux d’été",
    ],
)
def test_good_writing_is_let_be(french):
    assert list(translations.slips("A mail", french)) == []
