"""Two colleagues who change one record at once: neither undoes what the other wrote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.http import QueryDict
from django.test import Client

from relance.lib import clock
from relance.people.models import Person
from relance.records import custom, defining, founding, registry
from relance.records.defining import FieldDraft
from relance.records.founding import ModuleDraft
from relance.records.models import Change, Record
from relance.team.actions import add_user

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-10")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def boss():
    return add_user(email="camille@helionne.example", name="Camille Aubry", role="administrator")


@pytest.fixture
def site(client, boss):
    client.force_login(boss)
    return client


class Controls(HTMLParser):
    """What a browser sends of the form of a page, if nothing is touched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent, self.select, self.area, self.in_form = QueryDict(mutable=True), "", "", False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        name, kind = told.get("name") or "", told.get("type", "text")
        if tag == "form":
            self.in_form = "data-save" in told
        elif not self.in_form or (tag in ("input", "textarea", "select") and not name):
            return
        elif tag == "input" and (kind not in ("checkbox", "radio") or "checked" in told):
            self.sent.appendlist(name, told.get("value") or ("on" if kind == "checkbox" else ""))
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in told:
            self.sent.appendlist(self.select, told.get("value") or "")
        elif tag == "textarea":
            self.area = name
            self.sent[name] = ""

    def handle_data(self, data):
        if self.area:
            self.sent[self.area] += data.removeprefix("\n")

    def handle_endtag(self, tag):
        self.area = "" if tag == "textarea" else self.area
        self.in_form = self.in_form and tag != "form"


def form_of(site: Client, address: str) -> QueryDict:
    return Controls(site.get(address).content.decode()).sent


def saved(site: Client, address: str, form: QueryDict, **typed: str):
    told = form.copy()
    for name, value in typed.items():
        told.setlist(name, [value] if isinstance(value, str) else value)
    return site.post(address, told.urlencode(), content_type="application/x-www-form-urlencoded")


def add(boss, module, **told):
    return registry.module(module).verbs.add(told, by=boss, now=NOW)


@pytest.fixture
def contract(boss):
    made = founding.add_module(ModuleDraft(name="Contract", plural="Contracts"), by=boss, now=NOW)
    for label, kind in (("Plan", "choices"), ("Fee", "money")):
        choices = [("", "Gold"), ("", "Free")] if kind == "choices" else []
        defining.add_field(made.key, FieldDraft(label=label, kind=kind, choices=choices), by=boss, now=NOW)
    return add(boss, made.key, name="One", plan=("gold",), fee=10)


CASES = [
    ("lead", "leads", {"first_name": "Ada", "last_name": "Roux"}, ("first_name", "Bea"), ("city", "Lyon")),
    ("account", "companies", {"name": "Guérin"}, ("phone", "02 40"), ("note", "one\r\ntwo")),
    ("deal", "deals", {"name": "Roof"}, ("amount", "1200"), ("close_date", "2026-12-01")),
    ("task", "tasks", {"subject": "Call the roofer"}, ("note", "<textarea>"), ("priority", "high")),
    ("case", "cases", {"subject": "Broken"}, ("description", "three\nfour"), ("priority", "high")),
    ("note", "notes", {"text": "Roof"}, ("is_pinned", "on"), ("text", "Roof, 2019")),
]
AGAINST = {
    "city": "Brest", "note": "other", "close_date": "2026-12-09", "priority": "low", "description": "other"
}  # fmt: skip


@pytest.mark.parametrize(("module", "many", "told", "hers", "his"), CASES)
def test_what_only_the_other_changed_is_kept(site, boss, module, many, told, hers, his):
    row = add(boss, module, **told)
    address = f"/{many}/{row.pk}/edit"
    first, second = form_of(site, address), form_of(site, address)

    saved(site, address, first, **{hers[0]: hers[1]})
    answer = saved(site, address, second, **{his[0]: his[1]})

    assert answer.status_code == 302
    kept = form_of(site, address)
    assert [kept[name].replace("\r", "") for name, _value in (hers, his)] == [
        value.replace("\r", "") for _name, value in (hers, his)
    ]


def test_of_several_choices_those_of_the_other_are_kept(site, contract):
    address = f"/records/{contract.module}/{contract.pk}/edit"
    first, second = form_of(site, address), form_of(site, address)

    saved(site, address, first, plan=["gold", "free"])
    saved(site, address, second, fee="12")

    assert Record.objects.get().custom == {"plan": ["gold", "free"], "fee": 12}
    assert custom.module(contract.module) is not None


@pytest.mark.slow
def test_where_both_wrote_it_is_said_and_a_second_saving_decides(site, boss):
    person = add(boss, "lead", first_name="Ada", city="Nantes")
    address = f"/leads/{person.pk}/edit"
    first, second = form_of(site, address), form_of(site, address)
    saved(site, address, first, city="Lyon")

    refused = saved(site, address, second, city="Brest")
    page = refused.content.decode()

    assert refused.status_code == 422
    assert "You wrote “Lyon” here in another tab (just now)." in page
    assert Person.objects.get().city == "Lyon"
    again = saved(site, address, Controls(page).sent)
    assert again.status_code == 302
    assert Person.objects.get().city == "Brest"


def test_a_choice_that_the_other_made_is_told_by_its_name(site, boss):
    yann = add_user(email="yann@helionne.example", name="Yann Le Goff", role="manager")
    maud = add_user(email="maud@helionne.example", name="Maud Sarrazin", role="manager")
    person = add(boss, "contact", first_name="Ada")
    address = f"/contacts/{person.pk}/edit"
    first, second = form_of(site, address), form_of(site, address)
    saved(site, address, first, owner=str(yann.pk))

    refused = saved(site, address, second, owner=str(maud.pk))

    assert "You wrote “Yann Le Goff” here" in refused.content.decode()


@pytest.mark.slow
def test_what_the_other_emptied_is_said(site, boss):
    person = add(boss, "lead", first_name="Ada", city="Nantes")
    address = f"/leads/{person.pk}/edit"
    first, second = form_of(site, address), form_of(site, address)
    saved(site, address, first, city="")

    refused = saved(site, address, second, city="Brest")

    assert "You emptied this in another tab (just now)." in refused.content.decode()


@pytest.fixture
def jonas():
    return add_user(email="jonas@helionne.example", name="Jonas Keller", role="administrator")


@pytest.mark.parametrize(("module", "many", "told", "hers", "his"), CASES[:-1])
def test_who_the_other_was_is_said_and_when(site, boss, jonas, module, many, told, hers, his):
    row = add(boss, module, **told)
    address = f"/{many}/{row.pk}/edit"
    first = form_of(site, address)
    other = Client()
    other.force_login(jonas)
    assert saved(other, address, form_of(other, address), **{his[0]: his[1]}).status_code == 302
    Change.objects.filter(by=jonas).update(at=clock.now() - timedelta(minutes=2))

    page = saved(site, address, first, **{his[0]: AGAINST[his[0]]}).content.decode()

    assert "Jonas Keller wrote “" in page
    assert "here while you were writing (2 min ago). Save again to keep yours." in page


def test_what_a_program_changed_is_nobodys(site, boss):
    person = add(boss, "lead", first_name="Ada", city="Nantes")
    first = form_of(site, f"/leads/{person.pk}/edit")
    Person.objects.update(city="Lyon")

    page = saved(site, f"/leads/{person.pk}/edit", first, city="Brest").content.decode()

    assert "Somebody wrote “Lyon” here while you were writing" in page
