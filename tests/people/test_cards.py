"""People as address cards, read by a library that did not write them (API-05, RFC 6350)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import vobject
from django.urls import reverse

from relance.people import actions
from relance.people.actions import PersonDraft
from relance.people.models import Person
from relance.records.imports.cards import cards as read
from relance.team.actions import add_user
from relance.team.policy import Level

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
KNOWN = {
    "first_name": "Lucie; Anne", "last_name": "Pasquier", "job_title": "Acheteuse", "company": "Moulins, Guérin",
    "phone": "02 40 55 01 27", "mobile": "06 12 34 56 78", "street": "12, quai de la Loire", "postcode": "44150",
    "city": "Ancenis", "country": "France", "language": "fr", "note": "Première ligne\nEND:VCARD",
}  # fmt: skip


@pytest.fixture
def boss():
    return add_user(email="camille@helionne.example", name="Camille", role="administrator")


@pytest.fixture
def lucie(boss):
    draft = PersonDraft(values=KNOWN, emails=("lucie@guerin.example", "old@guerin.example"))
    person = actions.add_person("contact", draft, by=boss, now=NOW)
    actions.note_bounce("old@guerin.example", hard=True, why="gone", recipient_id=1, now=NOW)
    return person


@pytest.mark.shows("API-05")
def test_a_card_says_what_is_known_and_no_dead_address(client, boss, lucie):
    client.force_login(boss)

    answer = client.get(reverse("contact-card", args=[lucie.pk]))

    told = answer.content.decode()
    card = vobject.readOne(told)
    assert answer["Content-Type"] == "text/vcard; charset=utf-8"
    assert (card.n.value.given, card.n.value.family, card.org.value) == ("Lucie; Anne", "Pasquier", ["Moulins, Guérin"])
    assert [each.value for each in card.contents["email"]] == ["lucie@guerin.example"]
    assert (card.adr.value.street, card.adr.value.city) == ("12, quai de la Loire", "Ancenis")
    assert card.note.value == "Première ligne\nEND:VCARD"
    assert told.startswith("BEGIN:VCARD\r\nVERSION:4.0\r\n")


@pytest.mark.shows("API-05")
def test_what_is_taken_along_can_be_brought_back(client, boss, lucie):
    client.force_login(boss)

    (card,) = read(client.get(reverse("contact-card", args=[lucie.pk])).content.decode())

    assert {key: card[key] for key in KNOWN} == KNOWN
    assert card["email"] == "lucie@guerin.example"


@pytest.mark.shows("API-05", "REC-05")
def test_a_selection_is_taken_along_by_those_who_may(client, boss, lucie):
    actions.add_person("contact", PersonDraft(values={"first_name": "Paul"}), by=boss, now=NOW)
    client.force_login(boss)

    everybody = b"".join(client.get(reverse("export", args=["contact", "vcf"]) + "?selection=all").streaming_content)
    chosen = b"".join(client.get(reverse("export", args=["contact", "vcf"]) + f"?ids={lucie.pk}").streaming_content)

    assert everybody.count(b"BEGIN:VCARD") == 2
    assert chosen.count(b"BEGIN:VCARD") == 1
    client.force_login(add_user(email="claire@helionne.example", name="Claire", role="salesperson"))
    assert client.get(reverse("export", args=["contact", "vcf"]) + "?selection=all").status_code == 403


@pytest.mark.shows("X8")
def test_nobody_takes_along_whom_he_may_not_see(client, boss, lucie):
    seller = add_user(email="claire@helionne.example", name="Claire", role="salesperson")
    seller.role.grants.filter(module="contact").update(read=Level.OWN)
    client.force_login(seller)

    assert Person.objects.count() == 1
    assert client.get(reverse("contact-card", args=[lucie.pk])).status_code == 404
