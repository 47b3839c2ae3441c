"""A reply without the mail that it answers and without its signature (G14)."""

import pytest

from relance.mail.inbound.answer import answer, answer_of
from relance.mail.inbound.parse import parse

from .corpus import ROOT, needs_corpus

pytestmark = [pytest.mark.shows("G14", "INBOX-03")]

OWN = "Oui, mardi me convient.\nÀ quelle heure ?"
ABOVE = """
On Tue, 16 Nov 2026 at 12:34, Camille Aubry <camille@helionne.example> wrote:
On Nov 16, 2026, at 12:34 PM, Camille Aubry <camille@helionne.example> wrote:
Le lun. 16 nov. 2026 à 19:42, Camille Aubry <camille@helionne.example> a écrit :
Le 16/11/2026 à 19:42, Camille Aubry a écrit :
Am 16.11.2026 um 21:11 schrieb Camille Aubry:
Am Mo., 16. Nov. 2026 um 21:11 Uhr schrieb Camille <camille@helionne.example>:
El lun, 16 nov 2026 a las 9:10, Camille (<camille@helionne.example>) escribió:
Em seg., 16 de nov. de 2026 às 16:32, Camille <camille@helionne.example> escreveu:
Il giorno lun 16 nov 2026 alle ore 21:11 Camille <camille@helionne.example> ha scritto:
Op ma 16 nov. 2026 om 19:05 schreef Camille <camille@helionne.example>:
man. 16. nov. 2026 kl. 13:09 skrev Camille <camille@helionne.example>:
пн, 16 нояб. 2026 г. в 15:19, Camille <camille@helionne.example>:
""".strip().splitlines()
HEADS = {
    "en": "From: Camille <camille@helionne.example>\nSent: Monday, November 16, 2026 9:10\nTo: Olivier\nSubject: Offer",
    "fr": "De : Camille <camille@helionne.example>\nEnvoyé : lundi 16 novembre 2026\nÀ : Olivier\nObjet : Offre",
    "de": "Von: Camille <camille@helionne.example>\nGesendet: Montag, 16. November\nAn: Olivier\nBetreff: Angebot",
    "es": "De: Camille <camille@helionne.example>\nEnviado: lunes\nPara: Olivier\nAsunto: Oferta",
    "it": "Da: Camille <camille@helionne.example>\nInviato: lunedì\nA: Olivier\nOggetto: Offerta",
    "nl": "Van: Camille <camille@helionne.example>\nVerzonden: maandag\nAan: Olivier\nOnderwerp: Aanbod",
    "pt": "De: Camille <camille@helionne.example>\nEnviado: segunda\nPara: Olivier\nAssunto: Proposta",
}


@pytest.mark.parametrize("line", ABOVE)
@pytest.mark.parametrize("quoted", ["> Bonjour\n> Quand ?", "Bonjour\nQuand ?"])
def test_what_stands_below_the_line_of_a_quote_is_dropped(line, quoted):
    assert answer(f"{OWN}\n\n{line}\n\n{quoted}\n") == OWN


@pytest.mark.parametrize("language", HEADS)
@pytest.mark.parametrize("rule", ["", "________________________________\n"])
def test_a_copied_head_begins_the_old_mail(language, rule):
    assert answer(f"{OWN}\n\n{rule}{HEADS[language]}\n\nBonjour\n") == OWN


def test_a_line_wrapped_by_the_program_is_still_one():
    wrapped = "On Mon, 16 Nov 2026 at 12:34, Camille Aubry, Hélionne <\ncamille@helionne.example>\nwrote:\n\nBonjour"

    assert answer(f"{OWN}\n\n{wrapped}") == OWN


def test_answers_between_quoted_lines_are_kept():
    text = "On 16 Nov 2026, at 12:34, Camille wrote:\n> Mardi ?\nOui.\n> À 10 h ?\nPlutôt 11 h."

    assert answer(text) == "Oui.\n\nPlutôt 11 h."


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nOlivier Mercadier\nDirecteur", "--\nOlivier", "—\nOlivier", "Sent from my iPhone",
        "Envoyé de mon iPhone", "Envoyé à partir de Outlook pour iOS<https://aka.ms/o0ukef>",
        "Gesendet von meinem Samsung Galaxy",
        "Enviado desde mi iPhone", "Inviato da iPhone", "Verzonden vanaf mijn iPad",
    ],
)  # fmt: skip
def test_a_signature_is_dropped(signature):
    assert answer(f"{OWN}\n\n{signature}\n") == OWN


@pytest.mark.parametrize(
    "text",
    [
        "On the one hand, yes.\nOn the other: no.", "The data comes From: our database.\nTo: nobody.",
        "Sent from my desk, which is quieter.", "First:\n----\n1. Faster\n\n----\nDone.", "Il m'a écrit : non.",
        "a > b\nand more", "Réunion le 16/11 à 10:30 : confirmée",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_quote_stays(text):
    assert answer(text) == text


def test_a_reply_in_html_alone_is_cut_where_it_quotes():
    html = '<div>Oui.</div><div class="gmail_quote">Le lundi, Camille a écrit :<blockquote>Bonjour</blockquote></div>'
    mail = parse(f"Content-Type: text/html; charset=utf-8\n\n{html}".encode())

    assert answer_of(mail) == "Oui."


@pytest.mark.parametrize("text", ["", "\n\n", "> only\n> quoted"])
def test_a_mail_without_words_of_its_own_gives_nothing(text):
    assert answer(text) == ""


def test_a_long_text_is_read_in_linear_time():
    assert len(answer("On Monday, " * 50_000)) > 1_000
    assert answer(">" * 200_000) == ""


@needs_corpus
def test_real_replies_lose_their_quotes():
    """The corpus writes most of its replies above the same five lines, so what must be left is known."""
    texts = [path.read_text(errors="replace") for path in sorted((ROOT / "replies").glob("*.txt"))]
    known = [text for text in texts if text.startswith("Fusce bibendum")]

    exact = [answer(text).endswith("nec nibh.") and answer(text).count("\n") == 4 for text in known]

    assert len(known) > 40
    assert sum(exact) / len(exact) >= 0.9
