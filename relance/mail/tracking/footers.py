"""The unsubscribe paragraph in the recipient's language (SEQ-09). *(pure)*

This is mail content, not words of the interface, so it stands here and not in the translations.
"""

from __future__ import annotations

from typing import NamedTuple


class Footer(NamedTuple):
    """A sentence that says why, the words that carry the link, and the colon after them in plain text."""

    sentence: str
    link: str
    colon: str = ":"


FOOTERS: dict[str, Footer] = {
    "en": Footer("You no longer wish to receive these e-mails?", "Unsubscribe"),
    "fr": Footer("Vous ne souhaitez plus recevoir ces messages\u202f?", "Se désinscrire", "\u00a0:"),
    "de": Footer("Sie möchten diese E-Mails nicht mehr erhalten?", "Abmelden"),
    "es": Footer("¿Ya no desea recibir estos correos?", "Darse de baja"),
    "it": Footer("Non desidera più ricevere queste e-mail?", "Annulla l’iscrizione"),
    "nl": Footer("Wilt u deze e-mails niet meer ontvangen?", "Uitschrijven"),
    "pt": Footer("Já não deseja receber estas mensagens?", "Cancelar a subscrição"),
}


def footer_in(language: str) -> Footer:
    """The footer in a language (BCP 47), in English where we have none."""
    return FOOTERS.get(language.replace("_", "-").split("-")[0].lower(), FOOTERS["en"])
