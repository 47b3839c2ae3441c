"""A change of the API that breaks its callers is seen, and one that does not is let through."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from tests.breaking import breaks

pytestmark = pytest.mark.shows("API-01")
OLD = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text())


def changed(change) -> list[str]:
    new = copy.deepcopy(OLD)
    change(new["paths"], new["components"]["schemas"])
    return breaks(OLD, new)


def add_field(paths, forms):
    forms["PersonOut"]["properties"]["shoe_size"] = {"type": "integer"}
    forms["PersonChange"]["properties"]["shoe_size"] = {"type": "integer"}
    paths["/api/v1/shoes"] = {"get": {"parameters": [], "responses": {}}}


def test_what_is_added_breaks_nobody():
    assert changed(lambda paths, forms: None) == []
    assert changed(add_field) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda paths, forms: paths.pop("/api/v1/me"), "GET /api/v1/me is gone"),
        (lambda paths, forms: paths["/api/v1/leads"].pop("post"), "POST /api/v1/leads is gone"),
        (lambda paths, forms: forms["PersonOut"]["properties"].pop("city"), "PersonOut.city is gone"),
        (lambda paths, forms: forms["PersonChange"]["properties"].pop("city"), "PersonChange.city is gone"),
        (lambda paths, forms: forms["AccountIn"]["required"].append("city"), "AccountIn.city has to be given"),
        (lambda paths, forms: forms["PersonOut"]["required"].remove("city"), "PersonOut.city may be missing"),
        (
            lambda paths, forms: forms["PersonOut"]["properties"].update(id={"type": "string"}),
            "PersonOut.id is of another kind",
        ),
        (
            lambda paths, forms: forms["TokenIn"]["properties"]["scope"].update(enum=["read"]),
            "TokenIn.scope takes fewer values",
        ),
        (
            lambda paths, forms: paths["/api/v1/leads"]["get"]["parameters"].pop(0),
            "GET /api/v1/leads: cursor is no longer understood",
        ),
    ],
)
def test_what_callers_lean_on_is_not_taken_away_unseen(change, told):
    assert told in changed(change)
