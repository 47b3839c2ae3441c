"""The builder of criteria and custom views as people use them, without a line of script (REC-05)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from relance.agenda.actions import add as add_task
from relance.agenda.models import Task
from relance.campaigns.models import MassMail
from relance.people import actions
from relance.people.actions import AccountDraft, PersonDraft
from relance.people.models import Account, Person
from relance.records import indexes
from relance.records.models import CustomField, View
from relance.team.actions import add_user
from relance.team.policy import Level
from tests.records.test_criteria import NASTY

pytestmark = [pytest.mark.django_db, pytest.mark.shows("REC-05")]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def boss():
    return add_user(email="camille@helionne.example", name="Camille", role="administrator")


@pytest.fixture
def seller():
    return add_user(email="claire@helionne.example", name="Claire", role="salesperson")


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def site(boss):
    return signed_in(boss)


def add(by, name, **values):
    return actions.add_person("lead", PersonDraft(values={"first_name": name, **values}, emails=()), by=by, now=NOW)


def shown(page):
    return [row.name for row in page.context["rows"]]


def plain(page):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.content.decode())).split())


def where(answer):
    return parse_qs(urlsplit(answer.headers["Location"]).query)["where"][0]


def test_criteria_are_built_by_one_button_after_the_other(site, boss):
    add(boss, "Ada", city="Lyon")
    add(boss, "Bea", city="Paris", source="Fair")
    edit = reverse("criteria", args=["lead"])

    begun = site.get(reverse("leads") + "?criteria=1")
    field = site.post(edit, {"m.0": "all", "f.0.0": "city", "do": "look"})
    grouped = site.post(edit, {"m.0": "any", "f.0.0": "city", "o.0.0": "is", "v.0.0": "Lyon", "do": "group:0"})
    finished = {
        "m.0": "any", "f.0.0": "city", "o.0.0": "is", "v.0.0": "Lyon",
        "m.0.1": "all", "f.0.1.0": "source", "o.0.1.0": "contains", "v.0.1.0": "fai",
    }  # fmt: skip
    answer = site.post(edit, {**finished, "do": "show"})

    assert 'name="f.0.0"' in begun.content.decode()
    assert 'name="o.0.0"' in field.content.decode()
    assert 'name="f.0.1.0"' in grouped.content.decode()
    assert where(answer) == "any(city:is:Lyon,all(source:contains:fai))"
    page = site.get(answer.headers["Location"])
    assert shown(page) == ["Ada", "Bea"]
    assert "City is “Lyon” or Source contains “fai”." in plain(page)


def test_what_is_not_finished_counts_for_nothing_and_stays_in_sight(site):
    answer = site.post(
        reverse("criteria", args=["lead"]),
        {"m.0": "all", "f.0.0": "city", "o.0.0": "is", "v.0.0": "", "f.0.1": "source", "o.0.1": "empty", "do": "show"},
    )

    assert where(answer) == "all(source:empty)"


def test_a_rule_is_taken_away_and_an_empty_group_goes_with_it(site):
    answer = site.post(
        reverse("criteria", args=["lead"]),
        {"m.0": "all", "f.0.0": "city", "o.0.0": "filled", "m.0.1": "any", "f.0.1.0": "source", "do": "drop:0.1.0"},
    )

    assert 'name="m.0.1"' not in answer.content.decode()
    assert 'name="f.0.0"' in answer.content.decode()


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"f.0.0": "roof", "o.0.0": "more", "v.0.0": "1 284,50"}, "all(roof:more:1284.5)"),
        ({"f.0.0": "created_at", "o.0.0": "last", "v.0.0": "6", "u.0.0": "w"}, "all(created_at:last:6w)"),
        ({"f.0.0": "created_at", "o.0.0": "during", "v.0.0": "this_month"}, "all(created_at:during:this_month)"),
        ({"f.0.0": "created_at", "o.0.0": "between", "v.0.0": ["2026-01-01", "2026-02-01"]},
         "all(created_at:between:2026-01-01:2026-02-01)"),
        ({"f.0.0": "city", "o.0.0": "one_of", "v.0.0": "Lyon\nParis"}, "all(city:one_of:Lyon:Paris)"),
        ({"f.0.0": "owner", "o.0.0": "one_of", "v.0.0": ["me", "none"]}, "all(owner:one_of:me:none)"),
        ({"f.0.0": "state", "o.0.0": "is_not", "v.0.0": "bounced"}, "all(state:is_not:bounced)"),
        ({"f.0.0": "@opened", "o.0.0": "has", "t.0.0": "3", "d.0.0": "30", "s.0.0": ""}, "all(@opened:yes:3:30)"),
        ({"f.0.0": "@written", "o.0.0": "has_not", "t.0.0": "", "d.0.0": ""}, "all(@written:no)"),
        ({"f.0.0": "account.city", "o.0.0": "empty"}, "all(account.city:empty)"),
    ],
)  # fmt: skip
def test_each_control_becomes_its_criterion_and_back(site, rule, told):
    CustomField.objects.create(module="lead", key="roof", label="Roof", kind="number", created_at=NOW)

    answer = site.post(reverse("criteria", args=["lead"]), {"m.0": "all", **rule, "do": "show"})
    page = site.get(reverse("criteria", args=["lead"]), {"m.0": "all", **rule})

    assert where(answer) == told
    assert page.status_code == site.get(answer.headers["Location"]).status_code == 200


def test_a_linked_account_is_chosen_by_its_name(site, boss):
    account = actions.add_account(AccountDraft(values={"name": "West"}), by=boss, now=NOW)
    rule = {"m.0": "all", "f.0.0": "account", "o.0.0": "is", "v.0.0": "west"}

    answer = site.post(reverse("criteria", args=["lead"]), {**rule, "do": "show"})

    assert where(answer) == f"all(account:is:{account.pk})"
    assert 'value="West"' in site.get(answer.headers["Location"]).content.decode()


@pytest.mark.parametrize(
    "rule",
    [
        {"f.0.0": "roof", "o.0.0": "more", "v.0.0": "many"},
        {"f.0.0": "account", "o.0.0": "is", "v.0.0": "Nobody knows"},
        {"f.0.0": "@opened", "o.0.0": "has", "t.0.0": "often"},
        {"f.0.0": "owner__password", "o.0.0": "starts", "v.0.0": "p"},
    ],
)
def test_what_cannot_be_asked_is_said_beside_its_rule_and_kept_as_typed(site, rule):
    CustomField.objects.create(module="lead", key="roof", label="Roof", kind="number", created_at=NOW)

    answer = site.post(reverse("criteria", args=["lead"]), {"m.0": "all", **rule, "do": "show"})

    assert answer.status_code == 422
    assert 'class="error' in answer.content.decode()
    for value in rule.values():
        assert f'value="{value}"' in answer.content.decode()


def test_the_builder_tells_how_many_there_are_and_a_few_of_them(site, boss):
    for name in ("Ada", "Abel", "Bea"):
        add(boss, name, city="Lyon")

    told = plain(site.get(reverse("criteria-sample", args=["lead"]), {"where": "all(first_name:starts:a)"}))

    assert told == "2 leads : Abel, Ada"


@pytest.mark.shows("X8")
def test_the_builder_offers_no_field_of_what_the_role_does_not_show(site, seller):
    seller.role.grants.filter(module="account").update(read=Level.NONE)

    mine = site.get(reverse("leads") + "?criteria=1").content.decode()
    theirs = signed_in(seller).get(reverse("leads") + "?criteria=1").content.decode()

    assert 'value="account.city"' in mine
    assert 'value="account.city"' not in theirs


@pytest.mark.shows("X19")
@pytest.mark.parametrize("path", NASTY)
def test_the_page_the_file_and_a_view_refuse_what_no_module_declares(site, boss, path):
    add(boss, "Ada")
    asked = f"all({path}:filled)"

    page = site.get(reverse("leads"), {"where": asked})
    short = site.get(reverse("leads"), {path: "p"})
    file = site.get(reverse("export", args=["lead", "csv"]), {"selection": "filter", "where": asked})
    site.post(reverse("view-new", args=["lead"]), {"name": "x", "where": asked})
    many = site.get(reverse("mass-mail-count"), {"module": "lead", "selection": "filter", "where": asked})

    assert page.context["rows"] == []
    assert page.context["problems"]
    assert len(b"".join(file.streaming_content).splitlines()) == 1
    assert bool(short.context["problems"]) == ("__" in path or "." in path)
    assert many.context["counted"].matched == 0
    assert not View.objects.exists()


def test_a_view_is_saved_opened_edited_updated_and_deleted(site, boss):
    for name, city in (("Ada", "Lyon"), ("Bea", "Paris"), ("Abel", "Lyon")):
        add(boss, name, city=city)

    saved = site.post(
        reverse("view-new", args=["lead"]), {"name": "In Lyon", "where": "all(city:is:Lyon)", "sort": "-name"}
    )
    view = View.objects.get()
    page = site.get(saved.headers["Location"])
    edited = site.get(saved.headers["Location"] + "&where=all(city:is:Paris)&criteria=1")
    site.post(
        reverse("view-update", args=[view.pk]),
        {"where": "all(city:is:Paris)", "sort": "name", "columns": "city,account.city"},
    )
    updated = site.get(f"{reverse('leads')}?view={view.pk}")
    site.post(reverse("view", args=[view.pk]), {"name": "In Paris", "shared": "1"})
    view.refresh_from_db()

    assert shown(page) == ["Ada", "Abel"]
    assert [(str(tab.label), tab.here, tab.edited) for tab in page.context["views"]][-1] == ("In Lyon", True, False)
    assert shown(edited) == ["Bea"]
    assert "Update the view" in plain(edited)
    assert edited.context["views"][-1].edited
    assert shown(updated) == ["Bea"]
    assert [str(column.shown.label) for column in updated.context["chosen_columns"]] == ["City", "Account › City"]
    assert (view.name, view.is_shared) == ("In Paris", True)
    site.post(reverse("view-delete", args=[view.pk]))
    assert site.get(f"{reverse('leads')}?view={view.pk}").status_code == 404


@pytest.mark.shows("X8")
def test_a_private_view_of_another_is_not_there_on_any_page(boss, site, seller):
    site.post(reverse("view-new", args=["lead"]), {"name": "Mine", "where": "all(city:is:Lyon)"})
    view, theirs = View.objects.get(), signed_in(seller)

    answers = [
        theirs.get(f"{reverse('leads')}?view={view.pk}"),
        theirs.get(reverse("view", args=[view.pk])),
        *(theirs.post(reverse(f"view-{act}", args=[view.pk]), {"to": "up"}) for act in ("update", "move", "delete")),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert View.objects.count() == 1


@pytest.mark.shows("X8", "REC-03")
def test_a_shared_view_of_another_is_opened_but_not_changed(boss, site, seller):
    site.post(reverse("view-new", args=["lead"]), {"name": "Ours", "where": "all(city:is:Lyon)", "shared": "1"})
    view, theirs = View.objects.get(), signed_in(seller)
    add(boss, "Ada", city="Lyon")

    opened = theirs.get(f"{reverse('leads')}?view={view.pk}&where=all()&criteria=1")
    renamed = theirs.post(reverse("view", args=[view.pk]), {"name": "Stolen"}, follow=True)

    assert shown(opened) == ["Ada"]
    assert "Update the view" not in plain(opened)
    assert "Only Camille changes this view." in plain(renamed)
    assert View.objects.get().name == "Ours"


def test_views_are_put_in_order(site):
    for name in "abc":
        site.post(reverse("view-new", args=["lead"]), {"name": name})
    last = View.objects.get(name="c")

    site.post(reverse("view-move", args=[last.pk]), {"to": "up"})

    assert [str(tab.label) for tab in site.get(reverse("leads")).context["views"]][-3:] == ["a", "c", "b"]


def test_columns_are_chosen_moved_and_left_out(site, boss):
    account = actions.add_account(AccountDraft(values={"name": "West", "city": "Nantes"}), by=boss, now=NOW)
    CustomField.objects.create(module="lead", key="roof", label="Roof", kind="number", created_at=NOW)
    person = add(boss, "Ada", city="Lyon")
    Person.objects.filter(pk=person.pk).update(account=account, custom={"roof": 1284.5})
    choose = reverse("view-columns", args=["lead"])

    added = site.post(choose, {"column": ["city", "roof"], "do": "add", "add": "account.city"})
    moved = site.post(choose, {"column": ["city", "roof", "account.city"], "do": "up:account.city"})
    answer = site.post(choose, {"column": ["city", "account.city", "roof"], "do": "show", "q": "ada"})
    page = site.get(answer.headers["Location"])

    assert [one.path for one in added.context["shown"]] == ["city", "roof", "account.city"]
    assert [one.path for one in moved.context["shown"]] == ["city", "account.city", "roof"]
    assert "Name City Account › City Roof" in plain(page)
    assert "Lyon Nantes 1,284.5" in plain(page)


@pytest.mark.shows("X19")
@pytest.mark.parametrize("path", ["owner__password", "owner.password", "account.owner.password", "search"])
def test_a_column_that_no_module_declares_is_left_out_and_named(site, boss, path):
    add(boss, "Ada")

    page = site.get(reverse("leads"), {"columns": f"city,{path}"})

    assert [column.shown.path for column in page.context["chosen_columns"]] == ["city"]
    assert path in page.context["problems"][0]


def test_each_part_of_a_tree_is_a_chip_that_can_be_taken_away(site, boss):
    add(boss, "Ada", city="Lyon")

    page = site.get(reverse("leads"), {"where": "all(city:is:Lyon,account:empty)"})

    assert [(str(chip.value), chip.href) for chip in page.context["chips"]] == [
        ("City is “Lyon”", "?where=all%28account%3Aempty%29"),
        ("Account is empty", "?where=all%28city%3Ais%3ALyon%29"),
    ]


@pytest.mark.shows("MASS-01")
def test_a_mass_mail_is_begun_with_the_people_of_a_view(site, boss):
    for name, city in (("Ada", "Lyon"), ("Bea", "Paris")):
        actions.add_person(
            "lead",
            PersonDraft(values={"first_name": name, "city": city}, emails=(f"{name}@x.example",)),
            by=boss,
            now=NOW,
        )
    saved = site.post(reverse("view-new", args=["lead"]), {"name": "In Lyon", "where": "all(city:is:Lyon)"})
    page = site.get(saved.headers["Location"])

    begun = site.post(reverse("leads-mass-mail"), {"all": "1", **page.context["kept"]})
    step = site.get(begun.headers["Location"])

    assert step.context["counted"].accepted == 1
    assert "City is “Lyon”" in plain(step)


def test_other_modules_have_the_same_builder(site, boss):
    actions.add_account(AccountDraft(values={"name": "West", "city": "Nantes"}), by=boss, now=NOW)

    page = site.get(reverse("accounts"), {"where": "all(city:is:Nantes)", "criteria": "1", "columns": "city,owner"})
    nobody = site.get(reverse("accounts"), {"where": "none(city:is:Nantes)"})

    assert [row["name"] for row in page.context["rows"]] == ["West"]
    assert nobody.context["rows"] == []
    assert Account.objects.count() == 1


def test_the_builder_speaks_french(site, boss):
    type(boss).objects.update(language="fr")

    with translation.override("en"):
        page = site.get(reverse("leads") + "?criteria=1&where=all(city:is:Lyon)")

    assert "« Lyon »" in plain(page).replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.shows("L2")
def test_an_administrator_sees_which_fields_have_their_index(site, boss):
    CustomField.objects.create(module="lead", key="roof", label="Roof area", kind="number", created_at=NOW)
    site.post(reverse("view-new", args=["lead"]), {"name": "Large", "where": "all(roof:more:400)", "sort": "-roof"})

    before = plain(site.get(reverse("settings-modules")))
    indexes.settle()
    after = plain(site.get(reverse("settings-modules")))

    assert "Leads › Roof area being made" in before
    assert "Leads › Roof area ready" in after


@pytest.mark.shows("MASS-01")
def test_a_view_chosen_in_a_mass_mail_is_kept_as_it_stands(site, boss):
    for name, city in (("Ada", "Lyon"), ("Bea", "Paris")):
        draft = PersonDraft(values={"first_name": name, "city": city}, emails=(f"{name}@x.example",))
        actions.add_person("lead", draft, by=boss, now=NOW)
    site.post(reverse("view-new", args=["lead"]), {"name": "In Lyon", "where": "all(city:is:Lyon)"})
    view = View.objects.get()
    chosen = {"module": "lead", "selection": "filter", "view": view.pk}

    offered = site.get(reverse("mass-mail-new"), {"module": "lead"})
    counted = site.get(reverse("mass-mail-count"), chosen)
    site.post(reverse("mass-mail-new"), {**chosen, "name": "Lyon only"})
    site.post(reverse("view-update", args=[view.pk]), {"where": "all(city:is:Paris)"})

    assert "In Lyon" in plain(offered)
    assert counted.context["counted"].accepted == 1
    assert MassMail.objects.get().criteria == {"params": {"where": "all(city:is:Lyon)"}}


def test_a_tab_in_short_stands_in_the_builder_and_is_not_lost_there(site, boss):
    add_task(Task, {"subject": "Call Ada"}, by=boss, now=NOW)
    tab = {"status": "open", "due": "overdue", "owner": "me", "criteria": "1"}
    edit = reverse("criteria", args=["task"])

    page = site.get(reverse("tasks"), tab)
    form = dict(re.findall(r'name="([mfov]\.[0-9.]+)" value="([^"]*)"', page.content.decode()))
    status = {"f.0.1": "status", "o.0.1": "is", "v.0.1": "open"}
    answer = site.post(edit, {"m.0": "all", **status, **form, "do": "show"})

    assert '<option value="open" selected>' in page.content.decode()
    assert "Status is “To be done” and Due is “Overdue”." in plain(page)
    assert where(answer) == "all(status:is:open,due:is:overdue)"
    assert site.get(answer.headers["Location"]).context["problems"] == ()


def test_a_french_reader_has_a_space_before_the_colon_of_a_count(site, boss):
    add(boss, "Ada")
    boss.language = "fr"
    boss.save()

    told = site.get(reverse("criteria-sample", args=["lead"]), {"where": "all(first_name:starts:a)"}).content.decode()

    assert "\u00a0: " in told
