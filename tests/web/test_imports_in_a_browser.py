"""An import in a real browser: the file is chosen, the preview follows the columns, the result arrives by itself."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from relance.people.models import Person
from relance.records.imports import jobs
from relance.records.models import Import
from relance.team import policy
from relance.team.models import User
from relance.team.workspace import organisation
from tests.records.people_files import people_file

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.shows("REC-08", "QUAL-02"),
]
PASSWORD = "un-mot-de-passe-long"


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def camille(transactional_db):
    organisation()
    role = policy.ensure_roles()["administrator"]
    return User.objects.create_user("camille@helionne.example", PASSWORD, name="Camille Aubry", role=role)


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_a_file_goes_in_without_a_barrier(visit, camille, tmp_path, theme, width):
    made = people_file(120)
    file = tmp_path / "salon-de-nantes.csv"
    file.write_bytes(made.text(encoding="cp1252", delimiter=";"))
    visitor = visit(theme=theme, width=width)
    page = visitor.page
    visitor.sign_in("camille@helionne.example", PASSWORD)
    barriers = []

    def look(name: str) -> None:
        barriers.extend(visitor.barriers())
        barriers.extend([f"{name} is too wide"] if visitor.overflow() > 0 else [])
        visitor.shot(f"import-{name}-{theme}")

    visitor.go("/imports")
    look("empty")
    visitor.go("/imports/new")
    page.set_input_files("input[type=file]", file)
    look("file")
    page.get_by_role("button", name="Read the file").click()
    expect(page.locator("#preview")).to_contain_text("First name")
    look("columns")
    page.get_by_label("Prénom", exact=True).select_option("")
    expect(page.locator("#preview")).not_to_contain_text("First name")
    page.get_by_label("Prénom", exact=True).select_option("first_name")
    page.get_by_role("button", name="Check the rows").click()
    expect(page.locator("#import")).to_contain_text("Nothing is written yet.")
    look("check")
    page.get_by_role("button", name=re.compile(r"Import \d+ rows")).click()
    expect(page.locator("#import")).to_contain_text("Stop the import")
    look("running")
    jobs.run(import_id=Import.objects.get().pk)
    expect(page.locator("#import")).to_contain_text("Undo the import")
    look("result")
    page.get_by_role("button", name="Undo the import").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo the import").click()
    expect(page.locator("#import")).to_contain_text("This import was undone.")

    assert barriers == []
    assert Person.objects.count() == 0
