"""A web form as strangers see it, as colleagues keep it, and as programs do (API-03)."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from relance.lib import clock
from relance.people.models import Person
from relance.webforms.models import Submission, WebForm
from tests.api.conftest import Caller

pytestmark = [pytest.mark.django_db, pytest.mark.shows("API-03")]


@pytest.fixture
def form(make, camille):
    return make(
        camille, title="Votre devis", thanks="Merci, on vous rappelle.", agree_words="J’ai lu la <b>notice</b>."
    )


@pytest.fixture
def visitor():
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def later(monkeypatch):
    """People take a while to fill in a form."""
    real = clock.now
    return lambda: monkeypatch.setattr("relance.lib.clock.now", lambda: real() + timedelta(seconds=30))


def filled(page, **values):
    shown = re.search(r'name="shown" value="([^"]+)"', page)[1]
    return {
        "email": "jeanne@x.example",
        "first_name": "Jeanne",
        "note": "Mon toit",
        "agree": "on",
        "shown": shown,
    } | values


@pytest.mark.shows("X2", "X10", "UNSUB-06")
def test_a_stranger_without_cookie_or_script_fills_it_in_from_any_site(form, visitor, later):
    asked = visitor.get(f"/forms/{form.key}")
    page = asked.content.decode()
    later()
    lacking = visitor.post(f"/forms/{form.key}", filled(page, note="", email="x"))
    done = visitor.post(f"/forms/{form.key}", filled(page))

    assert '<html lang="fr"' in page
    assert "Votre devis" in page
    assert "J’ai lu la &lt;b&gt;notice&lt;/b&gt;." in page
    assert "Message" in page
    assert "frame-ancestors *" in asked.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in asked.headers
    assert not asked.cookies
    assert not visitor.cookies
    assert lacking.status_code == 422
    assert lacking.content.decode().count('aria-invalid="true"') == 2
    assert "Merci, on vous rappelle." in done.content.decode()
    assert Person.objects.get().name == "Jeanne"
    assert Submission.objects.get().network == ""


@pytest.mark.shows("X12")
def test_a_program_hears_the_same_words_and_a_script_hears_json(form, visitor, later):
    page = visitor.get(f"/forms/{form.key}").content.decode()
    trapped = visitor.post(f"/forms/{form.key}", filled(page, website="https://spam.example"), REMOTE_ADDR="192.0.2.7")
    json = {"Accept": "application/json"}
    refused = visitor.post(f"/forms/{form.key}", {"email": "a@x.example"}, headers=json)
    own = {"email": "a@x.example", "note": "Par mon site", "agree": "1"}
    taken = visitor.post(
        f"/forms/{form.key}", own, headers=json | {"X-Forwarded-For": "10.0.0.1, 198.51.100.9"}, REMOTE_ADDR="127.0.0.1"
    )

    assert "Merci, on vous rappelle." in trapped.content.decode()
    assert (refused.status_code, set(refused.json()["errors"])) == (422, {"agree", "note"})
    assert (taken.status_code, taken.json()) == (201, {"thanks": "Merci, on vous rappelle."})
    assert taken.headers["Access-Control-Allow-Origin"] == "*"
    assert list(Submission.objects.order_by("pk").values_list("state", "network")) == [
        ("held", "192.0.2.0/24"), ("lead", "198.51.100.0/24")
    ]  # fmt: skip


@pytest.mark.shows("T5")
def test_it_leads_on_to_the_page_that_its_maker_chose_and_nowhere_else(form, visitor, later):
    WebForm.objects.update(thanks_url="https://helionne.example/merci")
    page = visitor.get(f"/forms/{form.key}?next=https://evil.example").content.decode()
    later()

    answer = visitor.post(f"/forms/{form.key}?next=https://evil.example", filled(page, next="//evil.example"))

    assert answer.headers["Location"] == "https://helionne.example/merci"


def test_a_form_that_is_closed_or_was_never_there_says_so(form, visitor):
    WebForm.objects.update(open_since=None)

    closed, nowhere = visitor.get(f"/forms/{form.key}"), visitor.post("/forms/x")

    assert (closed.status_code, nowhere.status_code) == (410, 404)
    assert "n’accepte plus" in closed.content.decode()


@pytest.mark.slow
def test_a_colleague_makes_a_form_looks_at_what_came_and_closes_it(camille, yann, mailbox):
    client = Client()
    client.force_login(camille)
    told = {"name": "Devis", "language": "fr", "ask": ["first_name", "note"], "need": ["note"], "owners": [yann.pk]}

    wrong = client.post("/web-forms/new", told | {"name": " "})
    made = client.post("/web-forms/new", told | {"makes_task": "on"})
    form = WebForm.objects.get()
    Client().post(f"/forms/{form.key}", {"email": "a@x.example", "note": "<i>Bonjour</i>", "website": "x"})
    page = client.get(made["Location"]).content.decode()
    held = form.submissions.get()
    client.post(f"{made['Location']}/submissions/{held.pk}/accept")
    after = client.get(made["Location"]).content.decode()
    listed = client.get("/web-forms").content.decode()
    client.post(f"{made['Location']}/close")

    assert wrong.status_code == 422
    assert form.fields == [{"key": "first_name", "required": False}, {"key": "note", "required": True}]
    assert list(form.owners.all()) == [yann]
    assert f"/forms/{form.key}" in page
    assert "&lt;i&gt;Bonjour&lt;/i&gt;" in page
    assert "Take it" in page
    assert "a@x.example" in after
    assert Person.objects.get().owner == yann
    assert "Devis" in listed
    assert "Filled in a form of your site" in client.get(f"/leads/{Person.objects.get().pk}").content.decode()
    assert Client().get(f"/forms/{form.key}").status_code == 410
    assert client.get(f"{made['Location']}/edit").status_code == 200
    client.post(f"{made['Location']}/delete")
    assert client.get(made["Location"]).status_code == 404


@pytest.mark.shows("API-01")
def test_the_api_does_the_same(camille, yann, mailbox):
    api = Caller(camille)
    made = api(
        "post", "/web-forms", {"name": "Devis", "fields": [{"key": "note", "required": True}], "owner_ids": [yann.pk]}
    )
    form = made.json()
    path = f"/web-forms/{form['id']}"
    refused = api("patch", path, {"fields": [{"key": "owner"}]})
    Client().post(f"/forms/{form['address'].rpartition('/')[2]}", {"email": "a@x.example", "note": "x", "website": "x"})
    [held] = api("get", f"{path}/submissions?state=held").json()["items"]
    taken = api("post", f"{path}/submissions/{held['id']}/accept", {}).json()
    api("post", f"{path}/submissions/{held['id']}/drop", {})
    api("patch", path, {"open": False})

    assert (made.status_code, form["owner_ids"], form["open_since"] is not None) == (201, [yann.pk], True)
    assert refused.status_code == 422
    assert "cannot ask" in refused.json()["detail"]
    assert (held["why"], taken["state"]) == ("trap", "lead")
    assert api("get", path).json()["open_since"] is None
    assert Person.objects.get().pk == taken["person_id"]
    assert api("delete", path).status_code == 204
