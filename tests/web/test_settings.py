"""The settings: colleagues, mailboxes, the policy, and who may change them."""

import pytest

from relance.mail.models import Mailbox
from relance.team.actions import add_user
from relance.team.models import Organisation, User
from relance.team.workspace import organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def camille(client):
    organisation()
    user = add_user(email="camille@helionne.example", name="Camille", role="administrator")
    client.force_login(user)
    return user


@pytest.fixture
def maud():
    return add_user(email="maud@helionne.example", name="Maud", role="salesperson")


CHANGE = {"name": "Maud Sarrazin", "role": "manager", "team": "Nantes", "is_active": "on"}


@pytest.mark.shows("REC-03", "ADM-02")
def test_a_colleague_gets_another_role_and_a_team(client, camille, maud):
    client.post(f"/settings/users/{maud.pk}", CHANGE)

    maud.refresh_from_db()
    assert (maud.name, maud.role.key, maud.team.name) == ("Maud Sarrazin", "manager", "Nantes")


@pytest.mark.parametrize(
    ("address", "heading"), [("/settings", "Organisation"), ("/settings/working-time", "Working time")]
)
def test_a_page_of_the_settings_bears_the_name_of_its_tab(client, camille, address, heading):
    """The frame around it once put its own word there."""
    page = client.get(address, headers={"accept-language": "en"}).content.decode()

    assert f"<h1>{heading}</h1>" in page
    assert "<h1>settings</h1>" not in page


@pytest.mark.shows("REC-03")
def test_a_closed_account_opens_no_page(client, camille, maud):
    client.post(f"/settings/users/{maud.pk}", {"name": "Maud", "role": "salesperson"})
    client.force_login(maud)

    assert client.get("/leads").status_code == 302


@pytest.mark.shows("REC-03")
def test_the_last_administrator_stays_one(client, camille):
    answer = client.post(f"/settings/users/{camille.pk}", {"name": "Camille", "role": "manager", "is_active": "on"})

    assert answer.status_code == 422
    assert User.objects.get().is_administrator


@pytest.mark.shows("REC-03")
@pytest.mark.parametrize("path", ["/settings/users", "/settings/sign-in-services"])
def test_a_salesperson_sees_no_page_for_administrators(client, camille, maud, path):
    client.force_login(maud)

    assert client.get(path).status_code == 403


@pytest.mark.shows("REC-03", "ADM-02")
def test_a_salesperson_changes_no_policy(client, camille, maud):
    client.force_login(maud)

    client.post("/settings/tracking", {"tracking": "off"})

    assert Organisation.objects.get().tracking == "consent_required"


@pytest.mark.shows("UNSUB-06", "ENG-01", "ADM-02")
def test_an_administrator_changes_the_policy(client, camille):
    client.post("/settings/tracking", {"tracking": "aggregate_only", "opt_out_required": "on"})

    row = Organisation.objects.get()
    assert (row.tracking, row.track_opens, row.opt_out_required) == ("aggregate_only", False, True)


@pytest.mark.shows("INBOX-01", "X15")
def test_a_mailbox_is_kept_with_its_sealed_password_and_says_what_is_wrong(client, camille):
    values = {
        "name": "Ventes", "address": "ventes@helionne.example", "host": "127.0.0.1", "port": "9", "security": "none",
        "connections": "4", "username": "ventes", "password": "un-secret-bien-garde", "is_default": "on",
    }  # fmt: skip

    client.post("/settings/mailboxes/new", values)
    page = client.get("/settings/mailboxes").content.decode()

    mailbox = Mailbox.objects.get()
    assert mailbox.state == "broken"
    assert "un-secret-bien-garde" not in mailbox.secret + page
    assert "127.0.0.1" in page


@pytest.mark.shows("INBOX-01", "CAMP-04")
def test_a_mailbox_that_may_send_no_mail_in_an_hour_is_refused_and_not_taken_for_one_without_a_limit(client, camille):
    values = {
        "name": "Ventes", "address": "ventes@helionne.example", "host": "127.0.0.1", "port": "9", "security": "none",
        "connections": "4", "per_hour": "0",
    }  # fmt: skip

    told = client.post("/settings/mailboxes/new", values)

    assert told.context["form"].errors.keys() == {"per_hour"}
    assert not Mailbox.objects.exists()


def test_the_page_of_a_role_says_which_one_it_is(client, camille, maud):
    known = client.get(f"/settings/roles/{maud.role_id}").content.decode()
    new = client.get("/settings/roles/new").content.decode()

    assert f'<h2 class="lg">{maud.role}</h2>' in known
    assert '<h2 class="lg">New role</h2>' in new
