"""The pictures of the guides: `python -m docs.shots` photographs a demo of its own in each language.

Needs Chromium and the packages of the tests. The pictures go to docs/images, named after their page and language.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from relance.lib import keys, tokens
from tests.ops.running import Running, relance
from tests.web.browser import CHROMIUM, FLAGS, Visitor

IMAGES = Path(__file__).resolve().parent / "images"
EMAIL, PASSWORD = "demo@helionne.example", "relance-demo"
WIDTH, HEIGHT = 1200, 760
WIDE = 1440  # where a step stands beside its card
# Per language: the browser's, the template that is sent, the name of the mass mail, and a file to import.
WORDS = {
    "en": ("en-GB", "Grants 2027", "Grants 2027, leads"),
    "fr": ("fr-FR", "Aides 2027", "Aides 2027, prospects"),
}
FILE = """Prénom;Nom;E-mail;Société;Ville;Fonction
Zoé;Lefèvre;zoe.lefevre@ateliers-lorient.example;Ateliers de Lorient;Lorient;Directrice
Théo;Garnier;theo.garnier@ateliers-lorient.example;Ateliers de Lorient;Lorient;Acheteur
Chloé;Hervé;chloe.herve@brasserie-iroise.example;Brasserie d’Iroise;Brest;Gérante
Zoé;Lefèvre;ZOE.LEFEVRE@ateliers-lorient.example;Ateliers de Lorient;Lorient;Directrice
Marc;Mal;pas-une-adresse;Société Mal;Vannes;
Inès;Rousseau;ines.rousseau@serres-elorn.example;Serres de l’Élorn;Landerneau;Responsable achats
"""


class Photographer:
    """One language before one window; every picture is named after what it shows."""

    def __init__(
        self, browser: Browser, address: str, language: str, *, theme: str = "light", width: int = WIDTH
    ) -> None:
        self.language, self.theme, self.width = language, theme, width
        context = browser.new_context(
            viewport={"width": width, "height": HEIGHT if width == WIDTH else 844},
            color_scheme="dark" if theme == "dark" else "light",
            locale=WORDS[language][0],
            reduced_motion="reduce",
        )
        self.visitor = Visitor(page=context.new_page(), address=address)

    @property
    def page(self) -> Page:
        return self.visitor.page

    def go(self, path: str) -> None:
        self.visitor.go(path)

    def sign_in(self) -> None:
        """Sign in and choose the language in the profile."""
        self.visitor.sign_in(EMAIL, PASSWORD)
        self.go("/profile")
        self.page.locator(f"label[for]:has([name=language][value={self.language}])").click()
        self.page.locator("main form button.primary").first.click()
        expect(self.page.locator("html")).to_have_attribute("lang", self.language)

    def take_part(self, name: str, selector: str) -> None:
        """Only one part of the page and a margin around it, wherever it stands."""
        part = self.page.locator(selector)
        part.scroll_into_view_if_needed()
        box = part.bounding_box()
        assert box is not None
        around = {"x": box["x"] - 16, "y": box["y"] - 16, "width": box["width"] + 32, "height": box["height"] + 32}
        self.page.screenshot(
            path=IMAGES / f"{name}.{self.language}.png", clip=around, animations="disabled", caret="hide"
        )

    def take(self, name: str, height: int | None = None) -> None:
        """Wait for the fonts and take the upper part of the window."""
        self.page.evaluate("document.fonts.ready")
        self.page.mouse.move(0, 0)
        self.page.screenshot(
            path=IMAGES / f"{name}.{self.language}.png",
            clip={"x": 0, "y": 0, "width": self.width, "height": height or (HEIGHT if self.width == WIDTH else 844)},
            animations="disabled",
            caret="hide",
        )


def main() -> int:
    """Take all pictures; 1 where there is no browser."""
    if CHROMIUM is None:
        print("docs.shots: no Chromium on this machine.", file=sys.stderr)
        return 1
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        with relance("up") as new:
            new.wait_until_ready()
            take_first_start(browser, new)
        for language in WORDS:
            with relance("demo", LANGUAGE=language) as demo:
                demo.wait_until_ready()
                take_the_demo(browser, demo, language)
        browser.close()
    print(f"{sum(file.stat().st_size for file in IMAGES.glob('*.png')) // 1000} kB in docs/images")
    return 0


def take_first_start(browser: Browser, running: Running) -> None:
    """What the first visitor of a new installation sees."""
    for language in WORDS:
        photographer = Photographer(browser, address_of(running), language)
        photographer.go("/")
        photographer.take("first-start")


def take_the_demo(browser: Browser, running: Running, language: str) -> None:
    """Before and after two days: first the ways in, then what came of them."""
    photographer = Photographer(browser, address_of(running), language)
    photographer.sign_in()
    photographer.go("/")
    photographer.page.locator(".urgent").wait_for(timeout=180_000)  # the contract that is not opened
    photographer.take("today")
    import_a_file(photographer)
    write_and_send(photographer)
    done = running.command("clock", "advance", "2d")
    assert done.returncode == 0, done.stderr
    photographer = Photographer(browser, address_of(running), language)
    photographer.sign_in()
    recipient = look_around(photographer)
    take_other_screens(browser, address_of(running), language)
    take_unsubscribing(browser, running, language, recipient)


def import_a_file(photographer: Photographer) -> None:
    """Columns and check; nothing is taken in, so that the next language finds the same people."""
    page = photographer.page
    photographer.go("/imports/new")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "salon.csv"
        file.write_bytes(FILE.encode("cp1252"))
        page.set_input_files("input[type=file]", file)
        page.locator("main button.primary").click()
        expect(page.locator("#preview")).to_contain_text("zoe.lefevre")
    photographer.take("import-columns")
    page.locator("button.primary[form], main button.primary").first.click()
    page.locator("#import button.primary, .topbar button.primary").first.wait_for()
    photographer.take("import-check")


def write_and_send(photographer: Photographer) -> None:
    """A template in its editor, then a mass mail through its three steps."""
    page = photographer.page
    _locale, template, name = WORDS[photographer.language]
    photographer.go("/templates")
    page.locator("tbody a", has_text=template).first.click()
    page.wait_for_url(re.compile(r"/templates/\d+"))
    page.frame_locator("iframe").first.locator("a").first.wait_for()
    photographer.take("template")
    photographer.go(f"/mass-mails/new?module=lead&selection=filter&language={photographer.language}")
    page.fill("#name", name)
    page.locator("#audience .count-xl").wait_for()
    photographer.take("mass-mail-recipients")
    page.click("button[form=who]")
    page.select_option("[name=template]", label=template)
    page.frame_locator("iframe").locator("a").first.wait_for()
    photographer.take("mass-mail-message")
    page.click("button[form=message]")
    page.frame_locator("iframe").locator("a").first.wait_for()
    photographer.take("mass-mail-check")
    photographer.take_part("mass-mail-send", "section[aria-labelledby=ve]")
    page.click("button.only-now")
    page.wait_for_url(re.compile(r"/mass-mails/\d+$"))


def look_around(photographer: Photographer) -> int:
    """What came of it, two days later; gives the number of one copy of the mass mail."""
    page = photographer.page
    photographer.go("/leads")
    photographer.take("leads")
    photographer.go("/mass-mails")
    photographer.take("mass-mails", 420)
    photographer.go(result_of(photographer))
    page.locator('a[href$="/people/opened"]').first.wait_for()
    photographer.take("results")
    photographer.go(f"{result_of(photographer)}/people/opened")
    photographer.take("results-people", 560)
    copy = str(page.locator('tbody a[href*="/copies/"]').first.get_attribute("href"))
    photographer.go(copy)
    photographer.take("results-one")
    photographer.go("/leads?mail=opened_no_reply")
    photographer.go(str(page.locator('tbody a[href^="/leads/"]').first.get_attribute("href")))
    photographer.take("person")
    photographer.go(f"/mails/new?person={page.url.rpartition('/')[2]}")
    photographer.take("composer")
    photographer.go("/sequences")
    page.locator("tbody a").last.click()
    page.locator("#sequence").wait_for()
    photographer.take("sequence")
    photographer.go(f"{page.url}/edit".removeprefix(photographer.visitor.address))
    page.frame_locator("iframe").first.locator("a").first.wait_for()
    page.set_viewport_size({"width": WIDE, "height": HEIGHT})
    photographer.width = WIDE
    photographer.take("sequence-editor", HEIGHT)
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    photographer.width = WIDTH
    photographer.go("/settings/tracking")
    photographer.take("tracking", 640)
    photographer.go("/clock")
    photographer.take("clock", 480)
    page.keyboard.press("?")
    page.locator("#keys[open]").wait_for()
    photographer.take("keys")
    return int(copy.partition("/copies/")[2].split("?")[0])


def result_of(photographer: Photographer) -> str:
    """The address of the mass mail that this language has sent."""
    photographer.go("/mass-mails")
    link = photographer.page.locator("tbody a", has_text=WORDS[photographer.language][2]).first
    return str(link.get_attribute("href"))


def take_other_screens(browser: Browser, address: str, language: str) -> None:
    """The results in the dark, and today on a telephone."""
    for name, path, theme, width in (("results-dark", "", "dark", WIDTH), ("today-phone", "/", "light", 390)):
        photographer = Photographer(browser, address, language, theme=theme, width=width)
        photographer.sign_in()
        photographer.go(path or result_of(photographer))
        photographer.take(name)


def take_unsubscribing(browser: Browser, running: Running, language: str, recipient: int) -> None:
    """What a reader sees behind the link at the foot of the mail; opening it changes nothing."""
    key = keys.derive((running.home / "secret.key").read_text().strip(), "tokens")
    photographer = Photographer(browser, address_of(running), language)
    photographer.go(f"/unsubscribe/{tokens.sign(key, tokens.Kind.UNSUBSCRIBE, recipient)}")
    photographer.take("unsubscribe")


def address_of(running: Running) -> str:
    return f"http://localhost:{running.port}"


def chosen(words: Sequence[str]) -> int:
    """No options: the pictures belong together."""
    if words:
        print(__doc__)
        return 2
    return main()


if __name__ == "__main__":
    sys.exit(chosen(sys.argv[1:]))
