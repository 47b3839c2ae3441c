"""The few sentences that a visitor may read on the edge itself, in the language of the browser. *(pure)*

They are for recipients of mail, who know nothing of Relance, so they stand here and not in the translations.
"""

from __future__ import annotations

from html import escape

UNKNOWN, LATER, DONE, ENDED = "unknown", "later", "done", "ended"

SENTENCES: dict[str, dict[str, str]] = {
    "en": {
        UNKNOWN: "This link leads nowhere. It may have been cut short: try it again from the original e-mail.",
        LATER: "This link cannot be opened right now. Nothing is lost: try again in a minute.",
        DONE: "Done. You will receive no more mass mails or automatic follow-ups from us.",
        ENDED: "This file is no longer offered. Ask whoever sent it to you for a new link.",
    },
    "fr": {
        UNKNOWN: "Ce lien ne mène nulle part. Il a peut-être été coupé\u00a0: reprenez-le depuis le mail d’origine.",
        LATER: "Ce lien ne peut pas être ouvert pour l’instant. Rien n’est perdu\u00a0: réessayez dans une minute.",
        DONE: "C’est fait. Vous ne recevrez plus ni envoi groupé ni relance automatique de notre part.",
        ENDED: "Ce fichier n’est plus proposé. Demandez un nouveau lien à la personne qui vous l’a envoyé.",
    },
    "de": {
        UNKNOWN: (
            "Dieser Link führt nirgendwohin. Vielleicht wurde er abgeschnitten: Öffnen Sie ihn erneut aus der E-Mail."
        ),
        LATER: (
            "Dieser Link lässt sich gerade nicht öffnen. Es ist nichts verloren: "
            "Versuchen Sie es in einer Minute noch einmal."
        ),
        DONE: "Erledigt. Sie erhalten keine Serienmails und keine automatischen Nachfassmails mehr von uns.",
        ENDED: "Diese Datei wird nicht mehr angeboten. Bitten Sie den Absender um einen neuen Link.",
    },
    "es": {
        UNKNOWN: "Este enlace no lleva a ninguna parte. Quizá se cortó: ábralo de nuevo desde el correo original.",
        LATER: "Este enlace no se puede abrir ahora mismo. No se ha perdido nada: inténtelo de nuevo en un minuto.",
        DONE: "Hecho. Ya no recibirá envíos masivos ni recordatorios automáticos nuestros.",
        ENDED: "Este archivo ya no se ofrece. Pida un enlace nuevo a quien se lo envió.",
    },
    "it": {
        UNKNOWN: "Questo link non porta da nessuna parte. Forse è stato troncato: lo riapra dall’e-mail originale.",
        LATER: "Questo link non si può aprire in questo momento. Nulla è perduto: riprovi tra un minuto.",
        DONE: "Fatto. Non riceverà più da noi invii di massa né promemoria automatici.",
        ENDED: "Questo file non è più disponibile. Chieda un nuovo link a chi glielo ha inviato.",
    },
    "nl": {
        UNKNOWN: (
            "Deze link leidt nergens heen. Misschien is hij afgebroken: "
            "open hem opnieuw vanuit de oorspronkelijke e-mail."
        ),
        LATER: "Deze link kan nu niet worden geopend. Er is niets verloren: probeer het over een minuut opnieuw.",
        DONE: "Klaar. U ontvangt geen groepsmails of automatische herinneringen meer van ons.",
        ENDED: "Dit bestand wordt niet meer aangeboden. Vraag de afzender om een nieuwe link.",
    },
    "pt": {
        UNKNOWN: (
            "Esta ligação não leva a lado nenhum. Talvez tenha sido cortada: "
            "abra-a de novo a partir do e-mail original."
        ),
        LATER: "Não é possível abrir esta ligação neste momento. Nada se perdeu: tente de novo dentro de um minuto.",
        DONE: "Feito. Não receberá mais envios em massa nem lembretes automáticos da nossa parte.",
        ENDED: "Este ficheiro já não está disponível. Peça uma nova ligação a quem lho enviou.",
    },
}


def language_of(accepted: str) -> str:
    """The first language of an Accept-Language header that we speak, in the order of the header."""
    for part in accepted.split(","):
        language = part.partition(";")[0].strip().partition("-")[0].lower()
        if language in SENTENCES:
            return language
    return "en"


def page(sentence: str, accepted: str) -> str:
    """A page of one sentence, without style, script or cookie."""
    language = language_of(accepted)
    text = escape(SENTENCES[language][sentence])
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{text}</title></head>\n<body><p>{text}</p></body>\n</html>\n'
    )
