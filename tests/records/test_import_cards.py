"""Address cards as phones write them, read into the same import as a table (API-05, REC-08, X14)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from relance.people.models import Person
from relance.records.imports import actions, jobs
from relance.records.imports.cards import cards
from relance.records.imports.limits import Limits, Unreadable
from relance.records.imports.refusals import FileRefused
from relance.team.actions import add_user

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
IPHONE = """BEGIN:VCARD
VERSION:3.0
PRODID:-//Apple Inc.//iPhone OS 19.1//EN
N:Pasquier;Lucie;;;
FN:Lucie Pasquier
ORG:Moulins Guérin;Achats
TITLE:Acheteuse
item1.EMAIL;type=INTERNET:lucie@home.example
EMAIL;type=INTERNET;type=WORK;type=pref:lucie@guerin.example
TEL;type=CELL;type=VOICE;type=pref:06 12 34 56 78
TEL;type=WORK;type=VOICE:02 40 55 01 27
TEL;type=WORK;type=FAX:02 40 55 01 28
ADR;type=HOME:;;1 rue d’Ici;Nantes;;44000;France
ADR;type=WORK;type=pref:;;12\\, quai de la Loire;Ancenis;;44150;France
NOTE:Première ligne\\nseconde\\, avec virgule
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGB
 gUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/2wBDAQMDAwQDBAgEBAgQCwkLEBAQ
END:VCARD
"""
ANDROID = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Lef=C3=A8vre;=C3=88ve;;;
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=88ve Lef=C3=A8vre
TEL;CELL;PREF:+33 6 00 00 00 01
EMAIL;HOME:eve@home.example
NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Rencontr=C3=A9e au salon, elle =
rappelle lundi
END:VCARD
"""
FOUR = """BEGIN:VCARD
VERSION:4.0
FN:Jean Dupont
EMAIL;PREF=2:second@x.example
EMAIL;PREF=1:first@x.example
TEL;VALUE=uri;TYPE="voice,work":tel:+33-2-40-00-00-00
LANG:fr
URL:https://dupont.example
END:VCARD
"""


@pytest.mark.shows("API-05")
def test_a_card_of_an_iphone_keeps_what_matters_the_preferred_first():
    (lucie,) = cards(IPHONE)

    assert lucie == {
        "first_name": "Lucie", "last_name": "Pasquier", "company": "Moulins Guérin", "job_title": "Acheteuse",
        "email": "lucie@guerin.example, lucie@home.example", "mobile": "06 12 34 56 78", "phone": "02 40 55 01 27",
        "street": "12, quai de la Loire", "city": "Ancenis", "postcode": "44150", "country": "France",
        "note": "Première ligne\nseconde, avec virgule",
    }  # fmt: skip


@pytest.mark.shows("API-05")
def test_a_card_of_an_old_telephone_is_decoded():
    (eve,) = cards(ANDROID)

    assert (eve["first_name"], eve["last_name"], eve["mobile"]) == ("Ève", "Lefèvre", "+33 6 00 00 00 01")
    assert eve["note"] == "Rencontrée au salon, elle rappelle lundi"


@pytest.mark.shows("API-05")
def test_a_card_of_version_4_without_parted_name_keeps_the_whole_one():
    (jean,) = cards(FOUR)

    assert jean["full_name"] == "Jean Dupont"
    assert jean["email"] == "first@x.example, second@x.example"
    assert (jean["phone"], jean["language"], jean["website"]) == ("+33-2-40-00-00-00", "fr", "https://dupont.example")


@pytest.mark.shows("API-05", "X14")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("BEGIN:VCARD\nFN:Cut", "card_not_closed"),
        ("BEGIN:VCARD\nFN:A\nBEGIN:VCARD\nFN:B\nEND:VCARD", "card_not_closed"),
        ("BEGIN:VCARD\nFN:A\nnonsense without colon\nEND:VCARD", "bad_card"),
    ],
)
def test_a_broken_file_says_what_is_wrong(text, reason):
    with pytest.raises(Unreadable) as refused:
        list(cards(text))

    assert refused.value.reason == reason


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def boss(db):
    return add_user(email="camille@helionne.example", name="Camille", role="administrator")


def upload(text, boss, limits=None):
    told = actions.Upload(name="contacts.vcf", chunks=[text.encode()])
    return actions.start(told, module="contact", by=boss, now=NOW, **({"limits": limits} if limits else {}))


@pytest.mark.shows("API-05", "REC-08")
def test_a_file_of_cards_is_imported_like_any_table(boss):
    row = upload(IPHONE + ANDROID + FOUR, boss)

    assert (row.total, row.name) == (3, "contacts.vcf")
    assert {"first_name", "last_name", "full_name", "email", "mobile", "phone"} <= set(row.mapping)
    actions.set_mapping(row, row.mapping, duplicates="skip", owner=None, by=boss)
    actions.check_now(row)
    actions.run(row, by=boss, now=NOW)
    jobs.run(import_id=row.pk)
    lucie = Person.objects.get(primary_email="lucie@guerin.example")
    assert (lucie.name, lucie.mobile, lucie.addresses.count()) == ("Lucie Pasquier", "06 12 34 56 78", 2)
    assert Person.objects.get(primary_email="first@x.example").name == "Jean Dupont"


@pytest.mark.shows("API-05", "X14")
def test_a_refused_file_of_cards_leaves_nothing_behind(boss, settings):
    with pytest.raises(FileRefused, match="Address card 1 does not end"):
        upload("BEGIN:VCARD\nFN:Cut", boss)
    with pytest.raises(FileRefused, match="more than 2 rows"):
        upload(FOUR * 3, boss, limits=Limits(rows=2))
