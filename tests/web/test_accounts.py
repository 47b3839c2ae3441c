"""The pages of accounts: list, company with its people and their mail, forms."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from relance.people import actions
from relance.people.actions import AccountDraft, PersonDraft
from relance.people.models import Account, Person
from relance.team.actions import add_user
from relance.team.policy import Level
from tests.web.test_people import mail_to, text

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def boss():
    return add_user(email="camille@helionne.example", name="Camille Aubry", role="administrator")


@pytest.fixture
def site(client, boss):
    client.force_login(boss)
    return client


@pytest.fixture
def mills(boss):
    draft = AccountDraft(values={"name": "Moulins Guérin", "city": "Ancenis"}, emails=("contact@guerin.example",))
    return actions.add_account(draft, by=boss, now=NOW)


def employ(account, boss, name, *emails, kind="contact"):
    draft = PersonDraft(values={"first_name": name}, emails=emails, account=account)
    return actions.add_person(kind, draft, by=boss, now=NOW)


@pytest.mark.shows("REC-05")
def test_the_list_is_searched_sorted_and_paged_like_any_other(site, boss, mills):
    actions.add_account(AccountDraft(values={"name": "Bretagne Frigo", "city": "Carquefou"}), by=boss, now=NOW)

    assert [row["name"] for row in site.get(reverse("accounts")).context["rows"]] == [
        "Bretagne Frigo",
        "Moulins Guérin",
    ]
    assert [row["name"] for row in site.get(reverse("accounts"), {"q": "GUERIN"}).context["rows"]] == ["Moulins Guérin"]
    last_city_first = site.get(reverse("accounts"), {"sort": "-city"}).context["rows"]
    assert last_city_first[0]["name"] == "Bretagne Frigo"


@pytest.mark.shows("REC-07")
def test_a_company_shows_its_people_and_their_mail(site, boss, mills):
    lucie = employ(mills, boss, "Lucie", "lucie@guerin.example")
    employ(mills, boss, "Paul", kind="lead")
    mail_to(lucie, boss, subject="The neighbour’s figure", first_opened_at=NOW)

    page = site.get(reverse("account", args=[mills.pk]))

    said = text(page)
    assert all(word in said for word in ("Lucie", "Paul", "The neighbour’s figure", "contact@guerin.example"))
    assert page.context["figures"].opened == 1


@pytest.mark.shows("X8")
def test_people_whom_the_colleague_may_not_see_are_not_shown_with_their_company(client, boss, mills):
    mail_to(employ(mills, boss, "Lucie", "lucie@guerin.example"), boss)
    seller = add_user(email="claire@helionne.example", name="Claire", role="salesperson")
    seller.role.grants.filter(module="contact").update(read=Level.OWN)
    client.force_login(seller)

    page = client.get(reverse("account", args=[mills.pk]))

    assert "Lucie" not in text(page)
    assert "neighbour" not in text(page)
    assert page.context["figures"].sent == 0


@pytest.mark.shows("X8")
@pytest.mark.parametrize(("name", "method"), [("account", "get"), ("account-edit", "post"), ("account-delete", "post")])
def test_a_company_that_the_colleague_may_not_see_is_not_there(client, mills, name, method):
    seller = add_user(email="claire@helionne.example", name="Claire", role="salesperson")
    seller.role.grants.filter(module="account").update(read=Level.OWN)
    client.force_login(seller)

    assert getattr(client, method)(reverse(name, args=[mills.pk]), {"name": "X"}).status_code == 404
    assert Account.objects.get().name == "Moulins Guérin"


@pytest.mark.shows("REC-05")
def test_a_company_of_the_same_name_is_shown_before_a_second_one_is_made(site, boss, mills):
    told = {"name": "MOULINS guerin", "owner": boss.pk}

    assert site.post(reverse("account-new"), told).status_code == 422
    assert site.post(reverse("account-new"), {**told, "anyway": "1"}).status_code == 302
    assert Account.objects.count() == 2


@pytest.mark.shows("REC-05")
def test_a_company_is_edited_and_deleted_and_its_people_stay(site, boss, mills):
    lucie = employ(mills, boss, "Lucie")

    site.post(
        reverse("account-edit", args=[mills.pk]), {"name": "Moulins", "emails": "a@guerin.example", "owner": boss.pk}
    )
    mills.refresh_from_db()
    site.post(reverse("account-delete", args=[mills.pk]))

    assert (mills.name, mills.primary_email) == ("Moulins", "a@guerin.example")
    assert not Account.objects.exists()
    assert Person.objects.get(pk=lucie.pk).account is None


@pytest.mark.shows("X2")
@pytest.mark.parametrize("website", ["javascript:alert(1)", "data:text/html,x", " https ://x"])
def test_only_web_addresses_become_links(site, boss, mills, website):
    Account.objects.update(website=website)

    page = site.get(reverse("account", args=[mills.pk])).content.decode()

    assert not re.search(r'href="(javascript|data|\s)', page)


@pytest.mark.shows("REC-05")
def test_names_of_companies_are_offered_while_typing(site, boss, mills):
    assert 'value="Moulins Guérin"' in site.get(reverse("account-options"), {"account": "guér"}).content.decode()
    assert site.get(reverse("account-options"), {"account": " "}).content.decode().strip() == ""


@pytest.mark.shows("X10")
def test_companies_ask_for_a_sign_in(client, mills):
    for address in (reverse("accounts"), reverse("account", args=[mills.pk]), reverse("account-options")):
        assert client.get(address).url.startswith("/accounts/login/")
