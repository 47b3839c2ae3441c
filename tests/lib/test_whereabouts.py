"""In which zone somebody is, and how we know."""

from __future__ import annotations

import pytest

from relance.lib.whereabouts import Known, Source, country_of, country_of_phone, first_zones, prefixes, whereabouts

pytestmark = pytest.mark.shows("SEQ-04", "ENG-04")


@pytest.mark.parametrize(
    ("known", "zone", "source"),
    [
        ({"time_zone": "Asia/Tokyo", "country": "France", "phone": "+33 6"}, "Asia/Tokyo", "field"),
        ({"time_zone": "Mars/Olympus", "country": "France"}, "Europe/Paris", "country"),
        ({"account_zone": "Asia/Dubai", "country": "France"}, "Asia/Dubai", "account"),
        ({"country": "Allemagne", "account_country": "France"}, "Europe/Berlin", "country"),
        ({"account_country": "Royaume-Uni"}, "Europe/London", "account"),
        ({"country": "États-Unis"}, "America/New_York", "country"),
        ({"country": "ca"}, "America/Toronto", "country"),
        ({"country": "Nowhere", "phone": "+352 26 12"}, "Europe/Luxembourg", "phone"),
        ({"phone": "0041 22 700"}, "Europe/Zurich", "phone"),
        ({"phone": "06 12 34 56 78"}, "America/Montreal", "sender"),
        ({}, "America/Montreal", "sender"),
    ],
)
def test_the_surest_source_tells_the_zone(known, zone, source):
    found = whereabouts(Known(**known), sender="America/Montreal")

    assert (found.name, found.source) == (zone, Source(source))


def test_every_prefix_leads_to_a_country_that_has_a_zone():
    assert set(prefixes().values()) <= set(first_zones())
    assert country_of_phone("+971 4 123") == "AE"


@pytest.mark.parametrize("name", ["Spain", "Espagne", "Spanien", "España", "Spagna", "Spanje", "Espanha", "ES", " es "])
def test_a_country_is_known_by_its_name_in_seven_languages(name):
    assert country_of(name) == "ES"
