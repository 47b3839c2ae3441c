"""Files of every kind are read, and say how they were understood."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from relance.records.imports.limits import USUAL, Limits, Unreadable
from relance.records.imports.reading import GUESS, Choices, open_table
from tests.records.people_files import people_file

pytestmark = pytest.mark.shows("REC-08")


def read(data: bytes, choices=GUESS, limits=USUAL):
    with open_table(data, choices, limits) as table:
        return table.shape, list(table.rows())


@pytest.mark.parametrize(
    ("encoding", "name", "reason"),
    [
        ("utf-8", "utf-8", "utf8"),
        ("utf-8-sig", "utf-8", "bom"),
        ("cp1252", "cp1252", "fallback"),
        ("utf-16", "utf-16-le", "bom"),
        ("utf-16-le", "utf-16-le", "zeros"),
        ("utf-16-be", "utf-16-be", "zeros"),
    ],
)
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_every_encoding_and_delimiter_gives_the_same_rows(encoding, name, reason, delimiter):
    made = people_file(300)

    shape, rows = read(made.text(encoding=encoding, delimiter=delimiter))

    assert (shape.encoding, shape.encoding_reason, shape.delimiter) == (name, reason, delimiter)
    assert shape.header == made.header
    assert [list(row.cells) for row in rows] == made.rows


@pytest.mark.slow
def test_an_accent_far_into_the_file_decides_the_encoding():
    data = b"nom;ville\n" + b"Dupont;Nantes\n" * 90_000 + "Lefèvre;Orléans\n".encode("cp1252")

    shape, rows = read(data)

    assert shape.encoding == "cp1252"
    assert rows[-1].cells == ("Lefèvre", "Orléans")


def test_one_broken_byte_does_not_spoil_a_utf_8_file():
    data = b"nom;ville\n" + "Lefèvre;Orléans\n".encode() * 20 + b"Mal\xe9;Nantes\n"

    shape, rows = read(data)

    assert (shape.encoding, shape.encoding_reason) == ("utf-8", "mostly")
    assert (rows[0].cells, rows[-1].cells[0]) == (("Lefèvre", "Orléans"), "Mal\ufffd")


def test_a_title_above_the_table_is_passed_over():
    shape, rows = read("Clients au 12/03/2026\n\nNom;Prénom;E-mail\nA;B;a@exemple.fr\nC;D;c@exemple.fr\n".encode())

    assert (shape.header, shape.starts_at) == (("Nom", "Prénom", "E-mail"), 3)
    assert [row.number for row in rows] == [4, 5]


def test_the_encoding_can_be_chosen_against_the_guess():
    shape, rows = read("Nom;Mail\nHélène;h@exemple.fr\n".encode("mac_roman"), Choices(encoding="mac_roman"))

    assert shape.encoding_reason == "chosen"
    assert rows[0].cells[0] == "Hélène"


def test_the_delimiter_is_found_among_decimal_commas_and_commas_in_quotes():
    data = 'Nom;CA;Adresse\nA;12,5;"1, rue X; bât. B"\nB;13,5;"2, rue Y"\nC;9,1;"3, rue Z"\n'.encode()

    shape, rows = read(data)

    assert shape.delimiter == ";"
    assert rows[0].cells == ("A", "12,5", "1, rue X; bât. B")


def test_the_sep_line_of_a_spreadsheet_is_obeyed_and_is_no_row():
    shape, rows = read(b"sep=|\r\nNom|Mail\r\nA,B|a@exemple.fr\r\n")

    assert (shape.delimiter, shape.header) == ("|", ("Nom", "Mail"))
    assert [(row.number, row.cells) for row in rows] == [(3, ("A,B", "a@exemple.fr"))]


def test_rows_carry_the_numbers_that_a_spreadsheet_shows():
    data = b'Nom,Mail\r\n\r\n"Le\nGoff",a@exemple.fr\r\n,\r\nB,b@exemple.fr\r\n'

    _, rows = read(data)

    assert [(row.number, row.cells[0]) for row in rows] == [(3, "Le\nGoff"), (5, "B")]


def test_a_file_without_header_names_its_columns_by_letters():
    shape, rows = read(b"Dupont,j@exemple.fr\r\nDurand,d@exemple.fr,06\r\n")

    assert (shape.has_header, shape.header) == (False, ("A", "B", "C"))
    assert len(rows) == 2


def test_one_column_of_addresses_is_a_table():
    shape, rows = read(b"a@exemple.fr\nb@exemple.fr\n")

    assert shape.width == 1
    assert [row.cells[0] for row in rows] == ["a@exemple.fr", "b@exemple.fr"]


def test_zero_characters_are_taken_out_and_counted():
    with open_table(b"Nom,Mail\nDu\0pont,a@exemple.fr\n") as table:
        rows = list(table.rows())

        assert (rows[0].cells[0], table.zeros) == ("Dupont", 1)


def test_rows_can_be_taken_up_again_after_a_row():
    with open_table(people_file(50).text()) as table:
        whole = list(table.rows())

        assert list(table.rows(after=whole[20].number)) == whole[21:]


def test_progress_follows_the_bytes():
    with open_table(people_file(3_000).text()) as table:
        rows = table.rows()
        next(rows)
        early = table.progress
        list(rows)

        assert early < 0.3
        assert table.progress == 1


def test_a_workbook_gives_the_rows_of_its_first_filled_sheet():
    made = people_file(200)

    shape, rows = read(made.workbook())

    assert (shape.kind, shape.sheets, shape.header) == ("workbook", ("Contacts",), made.header)
    assert [list(row.cells) for row in rows] == made.rows


def test_cells_of_a_workbook_become_what_a_person_would_type():
    book = openpyxl.Workbook()
    book.active.append(["Nom", "Tél", "Ok", "Taux"])
    book.active.append(["Élise", 33612345678, True, 12.5])

    _, rows = read(saved(book))

    assert rows[0].cells == ("Élise", "33612345678", "true", "12.5")


def test_a_sheet_can_be_chosen():
    book = openpyxl.Workbook()
    book.active.append(["Rien"])
    other = book.create_sheet("Clients")
    other.append(["Nom"])
    other.append(["Élise"])

    shape, rows = read(saved(book), Choices(sheet="Clients"))

    assert (shape.sheet, rows[0].cells) == ("Clients", ("Élise",))


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def workbook_with(sheet: bytes, shared: bytes = b"<sst/>") -> bytes:
    """A real workbook whose only sheet and shared texts are replaced."""
    book = openpyxl.Workbook()
    book.active.append(["a text"])
    with zipfile.ZipFile(io.BytesIO(saved(book))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = sheet
    parts["xl/sharedStrings.xml"] = shared
    return zipped(parts)


NAMESPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def sheet(cells: bytes) -> bytes:
    return b"<worksheet " + NAMESPACE + b"><sheetData>" + cells + b"</sheetData></worksheet>"


ONE = b"<c><v>1</v></c>"
SMALL = Limits(file_bytes=300_000, expanded_bytes=3_000_000, rows=500, columns=20, cells=5_000, line_chars=50_000)
OUTSIDE = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + sheet(b"<row r='1'><c r='A1'><v>&b;</v></c></row>")
BOMBS = {
    "empty file": (b"", "empty"),
    "only blank lines": (b"\n\n ; ;\n", "empty"),
    "too many bytes": (b"a;b\n" * 100_000, "too_large"),
    "a million columns": (b"," * 200_000, "line_too_long"),
    "too many columns": (",".join(f"c{n}" for n in range(50)).encode(), "too_many_columns"),
    "too many rows": (b"nom;mail\n" + b"a;b\n" * 600, "too_many_rows"),
    "a cell without end": (b'nom;mail\n"a;b\n' + b"x;y\n" * 50_000, "open_quote"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "not_a_table"),
    "a program": (bytes(range(256)) * 40 + b"\0\0\0" * 4_000, "not_a_table"),
    "a web page called .xls": (b"\n<html><table><tr><td>Nom</td></tr></table></html>", "web_page"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_workbook"),
    "a broken archive": (b"PK\x03\x04" + b"rubbish" * 50, "broken_workbook"),
    "another archive": (zipped({"letter.txt": b"hello"}), "not_a_table"),
    "a zip bomb": (workbook_with(sheet(b"<row>" + ONE + b"</row>" + b" " * 9_000_000)), "bomb"),
    "a far column": (workbook_with(sheet(b"<row r='1'><c r='XFD1'><v>1</v></c></row>")), "too_many_columns"),
    "a far row": (workbook_with(sheet(b"<row r='1048576'>" + ONE + b"</row>")), "too_many_rows"),
    "cells without places": (workbook_with(sheet(b"<row>" + ONE * 300 + b"</row>")), "too_many_columns"),
    "one long shared text in every cell": (
        workbook_with(
            sheet(b"".join(b"<row><c t='s'><v>0</v></c><c t='s'><v>0</v></c></row>" for _ in range(400))),
            b"<sst " + NAMESPACE + b"><si><t>" + b"x" * 30_000 + b"</t></si></sst>",
        ),
        "bomb",
    ),
    "entities": (workbook_with(LAUGHS), "broken_workbook"),
    "an outside entity": (
        workbook_with(OUTSIDE + sheet(b"<row>" + ONE + b"</row>")),
        "broken_workbook",
    ),
}  # fmt: skip


@pytest.mark.shows("X14")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_with_its_reason(name):
    data, reason = BOMBS[name]

    with pytest.raises(Unreadable) as refused:
        read(data, limits=SMALL)

    assert refused.value.reason == reason


@pytest.mark.shows("X14")
def test_formatted_but_empty_cells_far_below_do_no_harm():
    cells = b"<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='A1048576' s='1'/></row>"

    _, rows = read(workbook_with(sheet(cells)), Choices(has_header=False), SMALL)

    assert [row.cells for row in rows] == [("1",)]


@pytest.mark.shows("X14")
def test_a_workbook_that_lies_about_its_size_is_refused():
    data = bytearray(workbook_with(sheet(b"<row r='1'><c r='A1'><v>1</v></c></row>" + b" " * 9_000_000)))
    at = data.rindex(b"xl/worksheets/sheet1.xml") - 46 + 24  # its size in the central directory
    data[at : at + 4] = (100).to_bytes(4, "little")

    with pytest.raises(Unreadable) as refused:
        read(bytes(data), limits=SMALL)

    assert refused.value.reason in ("bomb", "broken_workbook")
