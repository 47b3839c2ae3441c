"""Rows become drafts with clean values and notes, or are rejected with a reason."""

from __future__ import annotations

import pytest

from relance.records.imports.fields import ImportField, Kind
from relance.records.imports.limits import Limits
from relance.records.imports.names import split_name
from relance.records.imports.reading import Row
from relance.records.imports.rows import Draft, Reader, Rejection

pytestmark = pytest.mark.shows("REC-08")

FIELDS = [
    ImportField(key="first_name", label="First name"),
    ImportField(key="last_name", label="Last name", max_length=20),
    ImportField(key="full_name", label="Whole name", kind=Kind.FULL_NAME, max_length=20),
    ImportField(key="email", label="E-mail", kind=Kind.EMAIL, many=True),
    ImportField(key="phone", label="Phone", kind=Kind.PHONE),
    ImportField(key="language", label="Language", kind=Kind.LANGUAGE),
    ImportField(key="time_zone", label="Time zone", kind=Kind.ZONE),
    ImportField(key="opted_out", label="Opted out", kind=Kind.YES_NO),
    ImportField(key="note", label="Note", kind=Kind.LONG_TEXT, many=True),
    ImportField(key="stage", label="Stage", kind=Kind.CHOICE, choices={"gagne": "won"}),
    ImportField(key="amount", label="Amount", kind=Kind.NUMBER),
    ImportField(key="since", label="Since", kind=Kind.DATE),
]


def read(mapping: str, *cells: str, limits: Limits = Limits()) -> Draft | Rejection:  # noqa: B008
    reader = Reader(mapping.split(), FIELDS, naming=("first_name", "last_name"), limits=limits)
    return reader.read(Row(number=7, cells=cells))


def reasons(draft: Draft | Rejection) -> list[str]:
    assert isinstance(draft, Draft)
    return [note.reason for note in draft.notes]


@pytest.mark.parametrize(
    "cell", ["a@exemple.fr, b@exemple.fr", "a@exemple.fr;b@exemple.fr", "a@exemple.fr b@exemple.fr"]
)
def test_a_cell_with_two_addresses_is_split_and_the_first_is_the_primary(cell):
    draft = read("email", cell)

    assert [address.normal for address in draft.addresses] == ["a@exemple.fr", "b@exemple.fr"]
    assert reasons(draft) == ["several_addresses"]


def test_a_trailing_full_stop_is_dropped_with_a_note():
    draft = read("email", "Marie@Exemple.fr.")

    assert (draft.addresses[0].as_written, draft.addresses[0].normal) == (
        "Marie@exemple.fr",
        "marie@exemple.fr",
    )
    assert reasons(draft) == ["full_stop_dropped"]


def test_two_address_columns_make_one_person_with_two_addresses():
    draft = read("email email", "a@exemple.fr", "A@exemple.fr; b@exemple.fr")

    assert [address.normal for address in draft.addresses] == ["a@exemple.fr", "b@exemple.fr"]


def test_a_bad_address_alone_rejects_the_row_and_says_which():
    rejection = read("last_name email", "Dupont", "dupont.exemple.fr")

    assert isinstance(rejection, Rejection)
    assert (rejection.number, rejection.reason) == (7, "bad_address")
    assert rejection.data == {"address": "dupont.exemple.fr", "problem": "no_at_sign"}
    assert rejection.cells == ("Dupont", "dupont.exemple.fr")


def test_a_bad_address_beside_a_good_one_is_left_out_with_a_note():
    draft = read("email email", "a@exemple.fr", "rien")

    assert len(draft.addresses) == 1
    assert reasons(draft) == ["address_left_out"]


def test_a_person_without_address_needs_a_name():
    assert isinstance(read("last_name email", "Dupont", ""), Draft)
    assert read("phone email", "06 12 34 56 78", "").reason == "nothing_to_name"


def test_a_row_wider_than_the_header_is_rejected_for_its_values_may_have_shifted():
    assert read("last_name email", "Dupont", "a@exemple.fr", "", " ").number == 7
    assert read("last_name email", "Dupont", "12", "5", "a@exemple.fr").reason == "too_many_cells"


def test_a_short_row_is_taken_as_it_is():
    assert read("last_name email phone", "Dupont", "a@exemple.fr").values == {"last_name": "Dupont"}


def test_a_huge_cell_rejects_its_row_only():
    assert read("last_name", "x" * 101, limits=Limits(cell_chars=100)).reason == "cell_too_long"


def test_a_value_too_long_for_its_field_is_cut_with_a_note():
    draft = read("last_name", "x" * 30)

    assert draft.values["last_name"] == "x" * 20
    assert reasons(draft) == ["cut"]


@pytest.mark.shows("X13")
def test_the_apostrophe_of_an_export_is_taken_off_again():
    draft = read("last_name phone", "'=1+1", "'+33 6 12 34 56 78")

    assert draft.values == {"last_name": "=1+1", "phone": "+33 6 12 34 56 78"}


def test_control_characters_and_line_breaks_never_enter_a_name():
    draft = read("last_name note", "Du\x07pont\r\nBcc: x", "ligne 1\nligne\x00 2")

    assert draft.values["last_name"] == "Du pont Bcc: x"
    assert draft.values["note"].splitlines() == ["ligne 1", "ligne 2"]


def test_several_notes_are_put_under_each_other():
    assert read("last_name note note", "D", "un", "deux").values["note"] == "un\ndeux"


def test_a_value_that_cannot_be_understood_is_left_out_with_a_note():
    draft = read("last_name phone language time_zone opted_out", "D", "aucun", "klingon?", "Paris", "peut-être")

    assert draft.values == {"last_name": "D"}
    assert reasons(draft) == ["value_left_out"] * 4


@pytest.mark.parametrize(
    ("key", "cell", "value"),
    [
        ("language", "Français", "fr"),
        ("language", "en_GB", "en"),
        ("time_zone", "Europe/Paris", "Europe/Paris"),
        ("opted_out", "Oui", "yes"),
        ("opted_out", "0", "no"),
        ("stage", "Gagné", "won"),
        ("amount", "1 284,50 €", "1284.50"),
        ("amount", "1,284.50", "1284.50"),
        ("amount", "12.5", "12.5"),
        ("amount", "1,234,567", "1234567"),
        ("since", "31/12/2025", "2025-12-31"),
        ("since", "2025-12-31", "2025-12-31"),
    ],
)
def test_values_of_each_kind_are_understood(key, cell, value):
    assert read(f"last_name {key}", "D", cell).values[key] == value


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Ada Lovelace", "Ada", "Lovelace"),
        ("Lefèvre, Hélène", "Hélène", "Lefèvre"),
        ("M. Jean-Paul DE LA TOUR", "Jean-Paul", "DE LA TOUR"),
        ("DUPONT Jean", "Jean", "DUPONT"),
        ("Mme Le Goff", "Le", "Goff"),
        ("Cher", "", "Cher"),
    ],
)
def test_a_whole_name_is_split(name, first, last):
    assert split_name(name) == (first, last)
