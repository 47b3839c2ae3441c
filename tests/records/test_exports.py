"""Exports open in a spreadsheet without running anything, and come back through an import as they were."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

from relance.people import actions as people
from relance.people.exports import header, lines
from relance.people.models import Person
from relance.people.suppression import Wish
from relance.records.exports import csv_pieces, safe, workbook
from relance.records.imports import actions, running
from relance.records.imports.reading import open_table
from relance.records.imports.rejects import as_csv
from relance.records.models import Import
from relance.team.actions import add_user
from relance.team.models import Grant, User
from relance.team.policy import Forbidden

pytestmark = pytest.mark.shows("REC-08")
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HOSTILE = ["=1+1", "+33 6 12", "-2", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "ok", "", "a=b", "'=x"]


@pytest.mark.shows("X13")
@pytest.mark.parametrize("cell", HOSTILE)
def test_no_cell_starts_like_a_formula(cell):
    text = "".join(csv_pieces(["a"], [[cell, "x"]]))
    book = workbook("T", ["a"], [[cell, "x"]])

    with open_table(text.encode()) as table, book, open_table(book.read()) as sheet:
        written = [*next(table.rows()).cells, *next(sheet.rows()).cells]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in written)


def test_a_workbook_takes_what_xml_cannot_hold():
    with (
        workbook("Nom: [x]/y", ["a"], [["\x00\x07bell\ud800", "é" * 40_000]]) as book,
        open_table(book.read()) as table,
    ):
        assert next(table.rows()).cells == ("bell", "é" * 32_767)


def test_a_large_export_comes_in_pieces():
    pieces = list(csv_pieces(["n"], ([str(n)] for n in range(1_200))))

    assert len(pieces) == 4
    assert len(list(csv.reader(io.StringIO("".join(pieces))))) == 1_201


@pytest.fixture
def claire():
    return add_user(email="claire@helionne.example", name="Claire", role="manager")


def add(by, *emails, kind="lead", **values):
    return people.add_person(kind, people.PersonDraft(values=values, emails=emails), by=by, now=NOW)


@pytest.mark.django_db
@pytest.mark.shows("X13")
def test_people_come_back_through_an_import_as_they_were(claire, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    known = {"first_name": "Ada", "last_name": "=HYPERLINK(1)", "phone": "+33 6 12 34 56 78", "note": "un\ndeux"}
    ada = add(claire, "ada@exemple.fr", "home@exemple.fr", city="Nantes", **known)
    people.opt_out(Wish(normal="home@exemple.fr", route="page", at=NOW))
    data = "".join(csv_pieces(header("lead"), lines("lead", Person.objects.all(), by=claire))).encode()
    ada.delete()

    row = actions.start(actions.Upload(name="x.csv", chunks=[data]), module="lead", by=claire, now=NOW)
    actions.check_now(row)
    actions.run(row, by=claire, now=NOW)
    running.run_now(row.pk, now=NOW)

    back = Person.objects.get()
    kept = ("first_name", "last_name", "phone", "note", "city", "primary_email", "owner_id")
    assert {name: getattr(back, name) for name in kept} == {name: getattr(ada, name) for name in kept}
    assert [address.normal for address in back.addresses.all()] == ["ada@exemple.fr", "home@exemple.fr"]
    assert Import.objects.get().rows.exclude(reason="several_addresses").count() == 0


@pytest.mark.django_db
@pytest.mark.shows("REC-03", "X8")
def test_an_export_needs_the_right_and_holds_only_what_one_may_see(claire):
    add(claire, "mine@exemple.fr")
    boss = add_user(email="boss@helionne.example", name="Boss", role="administrator")
    add(boss, "theirs@exemple.fr")
    Grant.objects.filter(role=claire.role).update(read=1)
    claire = User.objects.get(pk=claire.pk)

    assert [line[2] for line in lines("lead", Person.objects.all(), by=claire)] == ["mine@exemple.fr"]
    with pytest.raises(Forbidden):
        lines("lead", Person.objects.all(), by=add_user(email="z@helionne.example", name="Zoé", role="salesperson"))


@pytest.mark.django_db
def test_an_export_reads_a_thousand_people_in_few_queries(claire, django_assert_max_num_queries):
    for number in range(30):
        add(claire, f"p{number}@exemple.fr")

    with django_assert_max_num_queries(4):
        assert len(list(lines("lead", Person.objects.all(), by=claire))) == 30


@pytest.mark.django_db
@pytest.mark.shows("X13")
def test_rejected_rows_come_as_a_file_with_their_reason_and_without_formulas(claire, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    data = b"Nom;E-mail\n=1+1;rien\nB;b@x.fr\nC;c@x.fr;de trop\n"
    row = actions.start(actions.Upload(name="x.csv", chunks=[data]), module="lead", by=claire, now=NOW)
    actions.check_now(row)
    actions.run(row, by=claire, now=NOW)
    running.run_now(row.pk, now=NOW)

    found = list(csv.reader(io.StringIO("".join(as_csv(Import.objects.get())).removeprefix("\ufeff"))))

    assert found == [
        ["Nom", "E-mail", "", "Row", "Reason"],
        ["'=1+1", "rien", "", "2", "“rien” is not an e-mail address: there is no @."],
        ["C", "c@x.fr", "de trop", "4", "The row has 3 cells under 2 columns, so values may have shifted."],
    ]


@pytest.mark.shows("X13")
def test_ordinary_text_is_left_alone():
    assert [safe(cell) for cell in ("Dupont", "", "a=b", "1-2", "'x")] == ["Dupont", "", "a=b", "1-2", "'x"]
