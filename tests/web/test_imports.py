"""The pages of an import, from the file to the undo."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from relance.people.models import Person
from relance.records import defining, founding
from relance.records.defining import FieldDraft
from relance.records.fields import Kind
from relance.records.founding import ModuleDraft
from relance.records.imports import jobs
from relance.records.imports.limits import Limits
from relance.records.models import Import
from relance.team.actions import add_user
from relance.web import uploads

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-08")]
FILE = "Prénom;Nom;E-mail;Ville\nAda;Lovelace;ada@exemple.fr.;Londres\nGrace;Hopper;rien;\nAda;L;ADA@exemple.fr;\n"


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "imports"


@pytest.fixture
def claire(client):
    claire = add_user(email="claire@helionne.example", name="Claire Morel", role="manager")
    client.force_login(claire)
    return claire


def upload(client, data: bytes | str = FILE, *, module="lead", name="liste.csv"):
    data = data.encode() if isinstance(data, str) else data
    return client.post(reverse("import-new"), {"module": module, "file": SimpleUploadedFile(name, data)})


def uploaded(client, data: bytes | str = FILE, **options) -> Import:
    assert upload(client, data, **options).status_code == 302
    return Import.objects.latest("pk")


def mapping(row: Import, *fields: str, duplicates: str = "skip") -> dict[str, object]:
    chosen = fields or row.mapping
    return {"duplicates": duplicates, "owner": row.by_id, **{f"column_{n}": key for n, key in enumerate(chosen)}}


def run_to_the_end(client, row: Import) -> None:
    client.post(reverse("import-columns", args=[row.pk]), mapping(row))
    client.post(reverse("import-run", args=[row.pk]))
    jobs.run(import_id=row.pk)
    row.refresh_from_db()


@pytest.mark.slow
def test_a_file_goes_from_upload_to_result_by_plain_forms(client, claire):
    row = uploaded(client)

    columns = client.get(reverse("import", args=[row.pk]))
    assert [column.name for column in columns.context["columns"]] == ["Prénom", "Nom", "E-mail", "Ville"]
    assert [column.choice.value() for column in columns.context["columns"]] == row.mapping
    checked = client.post(reverse("import-columns", args=[row.pk]), mapping(row), follow=True)
    assert "Import 1 row<" in checked.content.decode()
    running = client.post(reverse("import-run", args=[row.pk]), follow=True)
    assert "every 2s" in running.content.decode()
    jobs.run(import_id=row.pk)
    done = client.get(reverse("import-state", args=[row.pk])).content.decode()

    assert "every 2s" not in done
    assert "“rien” is not an e-mail address: there is no @." in done
    assert Person.objects.get().primary_email == "ada@exemple.fr"


def test_a_refused_file_says_why_beside_the_field(client, claire):
    answer = upload(client, b"\x89PNG\r\n\x1a\n" + b"\0" * 50, name="photo.csv")

    assert answer.status_code == 422
    assert "This is neither a CSV file nor an XLSX workbook. Nothing was imported." in answer.content.decode()
    assert Import.objects.count() == 0


@pytest.mark.shows("X14")
def test_an_upload_beyond_the_limit_is_not_written_to_disk(client, claire, monkeypatch, files):
    monkeypatch.setattr(uploads, "USUAL", Limits(file_bytes=100_000))

    answer = upload(client, b"a;b\n" * 100_000)

    assert answer.status_code == 422
    assert "The file is larger than 50 MB." in answer.content.decode()
    assert not files.exists()


def test_the_file_can_be_read_another_way(client, claire):
    row = uploaded(client, "Nom;E-mail\nHélène;h@exemple.fr\n".encode("mac_roman"))

    answer = client.post(
        reverse("import-read", args=[row.pk]),
        {"encoding": "mac_roman", "delimiter": ";", "has_header": "on"},
        follow=True,
    )

    assert "Hélène" in answer.content.decode()


def test_a_bad_mapping_comes_back_with_its_reason(client, claire):
    row = uploaded(client)

    answer = client.post(reverse("import-columns", args=[row.pk]), mapping(row, "", "", "", "city"))

    assert answer.status_code == 422
    assert "Choose a column for the e-mail address or for the name." in answer.content.decode()


def test_the_preview_follows_the_columns_without_storing_them(client, claire):
    row = uploaded(client)

    answer = client.post(reverse("import-look", args=[row.pk]), mapping(row, "city", "", "email", "last_name"))

    assert "Londres" in answer.content.decode()
    row.refresh_from_db()
    assert row.mapping == ["first_name", "last_name", "email", "city"]


@pytest.mark.shows("X13")
def test_the_rejected_rows_can_be_taken_away(client, claire):
    row = uploaded(client)
    run_to_the_end(client, row)

    answer = client.get(reverse("import-rows", args=[row.pk, "rejected"]))

    found = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert answer["Content-Disposition"] == f'attachment; filename="import-{row.pk}-rejected.csv"'
    assert found[1][:3] == ["Grace", "Hopper", "rien"]
    assert client.get(reverse("import-rows", args=[row.pk, "other"])).status_code == 404


def test_an_import_is_undone_and_says_how_many_records_went(client, claire):
    row = uploaded(client)
    run_to_the_end(client, row)

    answer = client.post(reverse("import-undo", args=[row.pk]), follow=True)

    assert Person.objects.count() == 0
    assert "1 record removed." in answer.content.decode()


def test_an_act_that_is_too_late_is_said_in_the_page(client, claire):
    row = uploaded(client)
    run_to_the_end(client, row)

    answer = client.post(reverse("import-run", args=[row.pk]), follow=True)

    assert "This import is finished. Nothing was changed." in answer.content.decode()


def test_many_rejected_rows_come_in_pages(client, claire):
    row = uploaded(client, "Nom;E-mail\n" + "".join(f"N{n};rien{n}\n" for n in range(120)))
    run_to_the_end(client, row)

    first = client.get(reverse("import", args=[row.pk])).context["left_out"]
    second = client.get(reverse("import", args=[row.pk]), {"rows": "rejected", "after": first.after}).context[
        "left_out"
    ]
    back = client.get(reverse("import", args=[row.pk]), {"rows": "rejected", "before": second.before})

    assert ([line.number for line in first.lines][-1], second.lines[0].number) == (51, 52)
    assert (first.before, first.count) == ("", 120)
    assert back.context["left_out"].lines == first.lines


@pytest.mark.shows("X2", "G16")
@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}"])
def test_hostile_names_cells_and_headers_stay_text(client, claire, hostile):
    quoted = '"' + hostile.replace('"', '""') + '"'
    data = f"Nom;{quoted};E-mail\n{quoted};{quoted};{quoted}\nB;{quoted};b@exemple.fr\n"
    row = uploaded(client, data, name=f"{hostile.replace('/', '')}.csv")
    pages = [client.get(reverse("import", args=[row.pk]))]
    client.post(reverse("import-columns", args=[row.pk]), mapping(row, "last_name", "job_title", "email"))
    pages.append(client.get(reverse("import", args=[row.pk])))
    run_to_the_end(client, row)
    pages += [client.get(reverse("import", args=[row.pk])), client.get(reverse("imports"))]

    for answer in pages:
        text = answer.content.decode()
        assert answer.status_code == 200
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert ">49<" not in text


@pytest.mark.shows("REC-03", "X8")
def test_imports_of_others_are_not_found_and_readers_do_not_import(client, claire):
    row = uploaded(client)
    pages = ["import", "import-state", "import-columns"]
    client.force_login(add_user(email="zoe@helionne.example", name="Zoé", role="salesperson"))

    assert {client.get(reverse(name, args=[row.pk])).status_code for name in pages} == {404}
    assert client.post(reverse("import-undo", args=[row.pk])).status_code == 404
    assert client.get(reverse("import-rows", args=[row.pk, "rejected"])).status_code == 404
    assert list(client.get(reverse("imports")).context["rows"]) == []
    client.force_login(add_user(email="luc@helionne.example", name="Luc", role="read_only"))
    assert client.get(reverse("imports")).status_code == 403
    assert upload(client).status_code == 403


def test_the_list_of_imports_asks_the_database_little(client, claire, django_assert_max_num_queries):
    for _ in range(4):
        uploaded(client)

    with django_assert_max_num_queries(11):
        answer = client.get(reverse("imports"))

    assert answer.content.decode().count("liste.csv") == 4


@pytest.mark.shows("REC-08")
def test_however_many_modules_there_are_one_is_chosen_from_a_list_and_the_owner_is_somebody(client, claire):
    page = client.get(reverse("import-new")).content.decode()
    row = uploaded(client)
    columns = client.get(reverse("import", args=[row.pk])).content.decode()

    assert '<select name="module"' in page
    assert "address cards (VCF)" in page
    assert "---------" not in columns


@pytest.fixture
def contracts(claire):
    boss = add_user(email="ada@helionne.example", name="Ada", role="administrator")
    made = founding.add_module(ModuleDraft(name="Contract", plural="Contracts"), by=boss, now=NOW)
    for label, kind in (("Begins", "date"), ("Fee", "money"), ("Active", "yes_no"), ("Call", "moment")):
        defining.add_field(made.key, FieldDraft(label=label, kind=Kind(kind)), by=boss, now=NOW)
    return made


@pytest.mark.shows("REC-08")
def test_a_preview_shows_days_sums_yes_and_moments_as_the_readers_lists_do(client, claire, contracts):
    claire.language = "fr"
    claire.save()
    row = uploaded(
        client, "Name;Begins;Fee;Active;Call\nA;01/02/2026;1234,5;oui;21/11/2026 09:30\n", module=contracts.key
    )

    page = client.get(reverse("import", args=[row.pk])).content.decode()
    cells = re.findall(r"<td>([^<]*)</td>", page)

    assert cells[-5:] == ["A", "1 févr. 2026", "1\u00a0234,50\u00a0€", "Oui", "samedi 21 novembre 2026, 09:30"]


@pytest.mark.shows("API-05")
def test_columns_of_address_cards_are_named_as_the_fields_are(client, claire):
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada Roux\r\nEMAIL:ada@exemple.fr\r\nEND:VCARD\r\n"
    row = uploaded(client, card, name="ada.vcf")

    columns = client.get(reverse("import", args=[row.pk])).context["columns"]

    assert "E-mail address" in [column.name for column in columns]
    assert not [column.name for column in columns if "_" in column.name]
