"""The first story of the product: sign in, import a file, write a template, send, watch, unsubscribe."""

import json
import re
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from relance.mail.transport.fake import FakeRelay
from relance.ops.population import Character, character

pytestmark = [pytest.mark.slow, pytest.mark.browser]

UNSUBSCRIBE = re.compile(r"^List-Unsubscribe: .*<(http[^>]+)>", re.MULTILINE)
FILE = "Prénom;Nom;E-mail;Société;Ville\n"
HTML = '<p>{hello} {{Person.firstName|}},</p><p><a href="https://www.helionne.example/toit">{link}</a></p>'
WORDS = {
    "fr": {"hello": "Bonjour", "link": "Vérifier mon toit", "leave": "Se désinscrire"},
    "en": {"hello": "Hello", "link": "Check my roof", "leave": "Unsubscribe"},
}


def addresses(kind, count, tag):
    """Addresses whose owners are known to act in one way."""
    tries = (f"{tag}{number}@journey.example" for number in range(1_000_000))
    return [address for address, _ in zip((a for a in tries if character(a) is kind), range(count), strict=False)]


def people(tag):
    """A file with readers, somebody who is gone, a duplicate and a bad address."""
    known = [
        *addresses(Character.CLICKER, 12, tag), *addresses(Character.READER, 6, tag),
        *addresses(Character.GONE, 2, tag), *addresses(Character.GONE_LATER, 2, tag),
    ]  # fmt: skip
    rows = [f"Zoé{number};Lefèvre;{address};Société {tag};{tag}" for number, address in enumerate(known)]
    rows += [f"Zoé0;Lefèvre;{known[0].upper()};Société {tag};{tag}", f"Théo;Mal;pas-une-adresse;Société {tag};{tag}"]
    return (FILE + "\n".join(rows) + "\n").encode("cp1252"), known


@pytest.mark.shows("ADM-06", "REC-08", "TPL-02", "MASS-01", "MASS-08", "ENG-02", "UNSUB-01", "ADM-02")
@pytest.mark.parametrize(
    ("language", "theme", "width"), [("fr", "light", 1440), ("en", "dark", 1440), ("fr", "dark", 390)]
)
def test_a_newcomer_imports_writes_sends_and_sees_who_opened(demo, visit, tmp_path, language, theme, width):
    words, tag = WORDS[language], f"{language}{theme}{width}"
    content, known = people(tag)
    file = tmp_path / "salon.csv"
    file.write_bytes(content)
    visitor = visit(theme=theme, width=width, language=language)
    page, barriers = visitor.page, []

    def look(name):
        barriers.extend(visitor.barriers())
        barriers.extend([f"{name} is too wide"] if visitor.overflow() > 0 else [])
        visitor.shot(f"story-{name}-{tag}")

    # Sign in, and speak one's language
    visitor.sign_in("demo@helionne.example", "relance-demo")
    visitor.go("/profile")
    page.locator(f"label[for]:has([name=language][value={language}])").click()
    page.locator("main form button.primary").first.click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    visitor.go("/")
    look("today")

    # Import a file
    visitor.go("/imports/new")
    page.set_input_files("input[type=file]", file)
    page.locator("main button.primary").click()
    expect(page.locator("#preview")).to_contain_text(known[0])
    look("columns")
    page.locator("button.primary[form], main button.primary").first.click()
    page.locator("#import button.primary, .topbar button.primary").first.wait_for()
    look("check")
    page.locator("#import button.primary, .topbar button.primary").first.click()
    expect(page.locator("#import")).to_contain_text(re.compile("23|22"), timeout=60_000)
    page.locator("[data-dialog-open=undo-import]").wait_for()
    look("imported")
    visitor.go(f"/leads?city={tag}")
    expect(page.locator("tbody tr")).to_have_count(len(known))
    look("leads")

    # Write a template
    visitor.go("/templates/new")
    page.fill("#id_name", f"Journey {tag}")
    page.fill("#id_subject", f"{words['hello']} {{Person.firstName|}}")
    page.click("[data-source]")
    page.fill("#id_html", HTML.format(**words))
    page.locator("[data-default]").first.click()
    page.wait_for_url(re.compile(r"/templates/\d+"))
    look("template")

    # Send to those of the file
    visitor.go(f"/mass-mails/new?module=lead&selection=filter&city={tag}")
    page.locator("#audience .count-xl", has_text=str(len(known))).wait_for()
    look("recipients")
    page.click("button[form=who]")
    page.select_option("[name=template]", label=f"Journey {tag}")
    page.click("button[form=message]")
    page.frame_locator("iframe").get_by_text(words["link"]).wait_for()
    look("check-mail")
    page.click("button.only-now")
    page.wait_for_url(re.compile(r"/mass-mails/\d+$"))
    number = page.url.rpartition("/")[2]

    # Watch: the figures move without a reload
    opened = page.locator(f'a[href$="/mass-mails/{number}/people/opened"]').first
    expect(opened).to_contain_text(re.compile("[1-9]"), timeout=90_000)
    assert demo.command("clock", "advance", "4d").returncode == 0
    not_delivered = page.locator(f'a[href$="/mass-mails/{number}/people/not_delivered"]').first
    expect(not_delivered).to_contain_text("4", timeout=60_000)
    look("result")
    visitor.go(f"/mass-mails/{number}/people/opened")
    assert page.locator("tbody tr").count() == 18
    look("opened")
    visitor.go(f"/mass-mails/{number}/people/bounced")
    assert page.locator("tbody tr").count() == 4

    assert barriers == []


@pytest.mark.shows("UNSUB-01", "UNSUB-02", "SELL-21", "T4")
@pytest.mark.parametrize(("language", "theme", "width"), [("fr", "dark", 390), ("en", "light", 1440)])
def test_a_reader_leaves_by_the_button_and_not_by_opening_the_page(demo, visit, language, theme, width):
    with FakeRelay() as relay:
        office = Office(demo)
        lead = office.write_to(f"lou.{language}@journey.example", relay, language)
        assert relay.wait_for_mails(1, seconds=60)
        link = UNSUBSCRIBE.search(relay.mails[0].content.decode())[1]

    visitor = visit(theme=theme, width=width, language=language)
    visitor.page.goto(link)
    visitor.shot(f"unsubscribe-{language}-{theme}")
    barriers = visitor.barriers()
    assert office.opted_out_at(lead) is None

    visitor.page.locator("main form button.primary").click()
    visitor.page.wait_for_load_state()
    visitor.shot(f"unsubscribed-{language}-{theme}")

    assert barriers + visitor.barriers() == []
    assert office.opted_out_at(lead) is not None


class Office:
    """What a colleague does beside the browser, through the API."""

    def __init__(self, demo):
        self.address = f"http://localhost:{demo.port}/api/v1"
        self.token = demo.command("token", "create", "--user", "demo@helionne.example").stdout.strip()

    def call(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self.address + path, data=data, method=method, headers=headers), timeout=20) as answer:
            return json.load(answer)

    def write_to(self, email, relay, language):
        """A mass mail to one new person through a relay of our own; the person's id."""
        relay_settings = {"name": email, "address": "bonjour@helionne.example", "host": "127.0.0.1"}
        mailbox = self.call("POST", "/mailboxes", {**relay_settings, "port": relay.port, "security": "none"})
        person = self.call("POST", "/leads", {"first_name": "Lou", "emails": [email]})
        text = {"name": email, "language": language, "subject": "Bonjour", "html": "<p>Bonjour</p>"}
        mass_mail = {
            "name": email, "module": "lead", "audience": "rows", "criteria": {"ids": [person["id"]]},
            "mailbox_id": mailbox["id"], "template_id": self.call("POST", "/templates", text)["id"],
        }  # fmt: skip
        number = self.call("POST", "/mass-mails", mass_mail)["id"]
        self.call("POST", f"/mass-mails/{number}/launch")
        return person["id"]

    def opted_out_at(self, person):
        return self.call("GET", f"/leads/{person}")["addresses"][0]["opted_out_at"]
