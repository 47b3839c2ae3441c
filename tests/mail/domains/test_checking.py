"""From the mailboxes through the name servers to the page, the API and the card of an administrator (ADM-03)."""

from datetime import UTC, datetime

import pytest

from relance.agenda import assistant
from relance.mail.domains import checking
from relance.mail.domains.rules import Use
from relance.mail.models import Mailbox, SendingDomain
from relance.team.actions import add_user
from relance.team.workspace import organisation
from tests.api.conftest import Caller
from tests.mail.domains.name_server import IN_ORDER, SILENT, name_server

pytestmark = [pytest.mark.django_db, pytest.mark.shows("ADM-03")]


NOW = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)


@pytest.fixture
def table(settings, monkeypatch):
    """What the name servers know; what a test takes out of it is missing."""
    known = {
        **IN_ORDER,
        ("links.helionne.example", "A"): ("192.0.2.8",),
    }
    monkeypatch.setattr("relance.mail.transport.names.SECONDS", 0.3)
    settings.RELANCE_EDGE_URL = "https://links.helionne.example"
    with name_server(known) as address:
        settings.RELANCE_NAME_SERVER = address
        yield known


@pytest.fixture
def camille(db):
    organisation()
    return add_user(email="camille@helionne.example", name="Camille", role="administrator")


@pytest.fixture
def mailbox(camille):
    return Mailbox.objects.create(name="Sales", address="sales@helionne.example", host="relay.example.net")


@pytest.fixture
def page(client, camille):
    """Check now, and give the page back."""
    client.force_login(camille)

    def check():
        return client.post("/settings/domains/check", follow=True).content.decode()

    return check


def test_what_each_domain_is_used_for_follows_from_the_mailboxes(settings):
    settings.RELANCE_URL, settings.RELANCE_EDGE_URL = "https://crm.example.org", "https://links.example.org"
    boxes = [
        Mailbox(address="a@Example.org", host="Relay.example.net", bounce_domain="bounces.example.org", maildir="/x"),
        Mailbox(address="b@example.org", host="relay.example.net"),
    ]
    rows = {"example.org": SendingDomain(domain="example.org", selector="s1")}

    found = checking.uses(boxes, rows)

    assert found == [
        Use(domain="bounces.example.org", relays=("relay.example.net",), receives_at="crm.example.org"),
        Use(
            domain="example.org", is_from=True, relays=("relay.example.net",), reports_to="a@Example.org",
            returns_to=("bounces.example.org", "example.org"), selector="s1",
        ),
        Use(domain="links.example.org", is_tracking=True),
    ]  # fmt: skip


@pytest.mark.parametrize("url", ["http://localhost:8001", "http://127.0.0.1:8001", "http://[::1]:8001"])
def test_an_address_of_this_machine_alone_is_no_domain_of_links(settings, url):
    settings.RELANCE_EDGE_URL = url

    assert [each.domain for each in checking.uses([Mailbox(address="a@example.org", host="x")], {})] == ["example.org"]


def test_what_is_missing_stands_on_the_page_with_what_to_publish(table, mailbox, page, client, camille):
    del table["helionne.example", "TXT"], table["_dmarc.helionne.example", "TXT"]
    before = client.get("/settings/domains").content.decode() if client.force_login(camille) is None else ""

    told = page()

    assert "Not checked yet" in before
    assert "Not checked yet" not in told
    assert "does not say who may send for it" in told
    assert 'value="v=spf1 a:relay.example.net ~all"' in told
    assert 'value="v=DMARC1; p=none; rua=mailto:sales@helionne.example"' in told
    assert "Mail to helionne.example arrives at mx.helionne.example." in told
    assert SendingDomain.objects.filter(checked_at=None).count() == 0


def test_a_domain_in_order_says_so_and_leaves_no_card(table, mailbox, page, camille):
    checking.name_selector("helionne.example", "s1", by=camille)

    told = page()

    assert told.count("In order") == 2
    assert "data-copy" not in told
    assert not [each for each in assistant.cards(camille, now=NOW) if each.kind == "domain"]


def test_an_administrator_alone_is_told_what_is_wrong_until_it_is_mended(table, mailbox, page, camille, client):
    ann = add_user(email="ann@helionne.example", name="Ann", role="salesperson")
    table["helionne.example", "MX"] = ("0 .",)
    page()

    (card,) = [each for each in assistant.cards(camille, now=NOW) if each.kind == "domain"]
    today = client.get("/").content.decode()
    table["helionne.example", "MX"] = ("10 mx.helionne.example.",)
    page()

    assert card.title == "helionne.example"
    assert "receives no mail" in card.why
    assert "See what to publish" in today
    assert not [each for each in assistant.cards(ann, now=NOW) if each.kind == "domain"]
    assert not [each for each in assistant.cards(camille, now=NOW) if each.kind == "domain"]


def test_a_silent_name_server_is_told_as_such_and_by_the_page(table, mailbox, page):
    table["helionne.example", "TXT"] = SILENT

    told = page()

    assert "did not answer for helionne.example" in told
    assert "does not say who may send" not in told


def test_the_api_checks_and_names_a_selector(table, mailbox, camille):
    call = Caller(camille)
    before = call("GET", "/sending-domains").json()
    table["s1._domainkey.helionne.example", "TXT"] = ("v=DKIM1; p=",)

    named = call("PATCH", "/sending-domains/helionne.example", {"selector": "s1"}).json()
    checked = call("POST", "/sending-domains/check").json()

    assert [(each["domain"], each["level"], each["checked_at"]) for each in before] == [
        ("helionne.example", "unknown", None), ("links.helionne.example", "unknown", None),
    ]  # fmt: skip
    assert named["selector"] == "s1"
    assert {each["part"]: each["code"] for each in checked[0]["findings"]} == {
        "spf": "spf_right", "dkim": "dkim_withdrawn", "dmarc": "dmarc_right", "mx": "mx_right",
    }  # fmt: skip
    assert checked == call("GET", "/sending-domains").json()


def test_another_selector_forgets_what_was_found_of_the_first(table, mailbox, camille, page):
    page()

    known = checking.name_selector("helionne.example", "s2", by=camille)

    assert {each.part for each in known.findings} == {"spf", "dmarc", "mx"}


@pytest.mark.parametrize(
    ("domain", "selector", "words"),
    [
        ("helionne.example", "a b", "letters, digits"), ("helionne.example", "-a", "letters, digits"),
        ("helionne.example", "x" * 64, "letters, digits"), ("other.example", "s1", "No mailbox has this domain"),
        ("links.helionne.example", "s1", "No mailbox has this domain"),
    ],
)  # fmt: skip
def test_a_selector_that_cannot_be_is_refused(client, table, mailbox, camille, domain, selector, words):
    client.force_login(camille)

    told = client.post("/settings/domains/selector", {"domain": domain, "selector": selector}, follow=True)

    assert words in told.content.decode()
    assert not SendingDomain.objects.exists()


def test_a_salesperson_neither_sees_nor_checks(client, mailbox):
    ann = add_user(email="ann@helionne.example", name="Ann", role="salesperson")
    client.force_login(ann)

    assert client.get("/settings/domains").status_code == 403
    assert client.post("/settings/domains/check").status_code == 403
    assert client.post("/settings/domains/selector", {"domain": "helionne.example"}).status_code == 403
    assert Caller(ann)("GET", "/sending-domains").status_code == 403
    assert not SendingDomain.objects.exists()
