"""The words of the unsubscribe page, in the language of the mail (UNSUB-01). *(pure)*

They speak to recipients of mail, who did not choose Relance's language, so they stand here beside the footers of mails
and not in the translations. `{house}` is the organisation, `{sender}` the colleague, `{address}` the masked address.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class Goodbye:
    """One language."""

    name: str
    language: str
    title: str
    about: str
    leave: str
    effect: str
    choose: str
    keep_all: str
    keep_list: str
    keep_sequence: str
    keep_personal: str
    keep_nothing: str
    follow: str
    follow_note: str
    save: str
    harmless: str
    done: str
    gone: str
    gone_list: str
    gone_sequence: str
    gone_entirely: str
    undo: str
    later: str
    back: str
    saved: str
    unknown: str
    unknown_note: str

    def filled(self, **values: str) -> dict[str, str]:
        """Every sentence with its names filled in."""
        return {key: text.format(**values) for key, text in asdict(self).items()}


GOODBYES: dict[str, Goodbye] = {
    "fr": Goodbye(
        name="Français",
        language="Langue",
        title="Ne plus recevoir nos messages\u202f?",
        about="Adresse concernée\u00a0:",
        leave="Me désinscrire",
        effect=(
            "Effet immédiat\u00a0: envois groupés et relances automatiques. "
            "{sender} pourra encore répondre à vos mails."
        ),
        choose="Ou choisir ce que vous gardez",
        keep_all="Tous les messages envoyés par {house}",
        keep_list="Tout, sauf les mails de cette liste",
        keep_sequence="Tout, sauf les relances automatiques",
        keep_personal="Seulement les mails écrits pour moi",
        keep_nothing="Plus aucun message",
        follow="Laisser {house} savoir si j’ouvre ses mails",
        follow_note="Retirer cet accord vaut aussi pour les mails déjà reçus.",
        save="Enregistrer mes choix",
        harmless="Ouvrir cette page ne change rien\u00a0: seul un bouton le fait.",
        done="C’est fait.",
        gone="{house} n’enverra plus à {address} ni envoi groupé ni relance automatique.",
        gone_list="{address} ne recevra plus les mails de cette liste.",
        gone_sequence="{house} n’enverra plus de relance automatique à {address}.",
        gone_entirely="{house} n’enverra plus aucun message à {address}.",
        undo="Annuler, c’était une erreur",
        later="Vous pouvez aussi revenir plus tard par le lien de n’importe quel ancien mail.",
        back="{house} peut de nouveau écrire à {address}.",
        saved="Vos choix sont enregistrés.",
        unknown="Ce lien ne mène nulle part.",
        unknown_note=("Il a peut-être été coupé\u00a0: reprenez-le depuis le mail d’origine. Rien n’a été changé."),
    ),
    "en": Goodbye(
        name="English",
        language="Language",
        title="No longer receive our messages?",
        about="Address concerned:",
        leave="Unsubscribe me",
        effect=("Effective at once: mass mails and automatic follow-ups. {sender} can still answer your e-mails."),
        choose="Or choose what you keep",
        keep_all="Every message from {house}",
        keep_list="Everything except the e-mails of this list",
        keep_sequence="Everything except automatic follow-ups",
        keep_personal="Only e-mails written to me personally",
        keep_nothing="No message at all",
        follow="Agree that {house} knows whether I open its e-mails",
        follow_note="Withdrawing this also counts for e-mails that you already have.",
        save="Save my choices",
        harmless="Opening this page changes nothing: only a button does.",
        done="Done.",
        gone="{address} will receive no more mass mails or automatic follow-ups from {house}.",
        gone_list="{address} will receive no more e-mails of this list.",
        gone_sequence="{address} will receive no more automatic follow-ups from {house}.",
        gone_entirely="{address} will receive no more messages from {house}.",
        undo="Undo, it was a mistake",
        later="You can also come back later through the link in any earlier e-mail.",
        back="{address} will receive messages from {house} again.",
        saved="Your choices are saved.",
        unknown="This link leads nowhere.",
        unknown_note=("It may have been cut short: try it again from the original e-mail. Nothing has been changed."),
    ),
    "de": Goodbye(
        name="Deutsch",
        language="Sprache",
        title="Unsere Nachrichten nicht mehr erhalten?",
        about="Betroffene Adresse:",
        leave="Mich abmelden",
        effect=(
            "Sofort wirksam: Serienmails und automatische Nachfassmails. "
            "{sender} kann Ihre E-Mails weiterhin beantworten."
        ),
        choose="Oder wählen, was Sie behalten",
        keep_all="Alle Nachrichten von {house}",
        keep_list="Alles außer den E-Mails dieses Verteilers",
        keep_sequence="Alles außer automatischen Nachfassmails",
        keep_personal="Nur E-Mails, die persönlich an mich gerichtet sind",
        keep_nothing="Keine Nachrichten mehr",
        follow="Zustimmen, dass {house} weiß, ob ich die E-Mails öffne",
        follow_note="Ein Widerruf gilt auch für E-Mails, die Sie schon erhalten haben.",
        save="Meine Auswahl speichern",
        harmless="Das Öffnen dieser Seite ändert nichts: Es braucht einen Klick auf eine Schaltfläche.",
        done="Erledigt.",
        gone="{address} erhält keine Serienmails und keine automatischen Nachfassmails mehr von {house}.",
        gone_list="{address} erhält keine E-Mails dieses Verteilers mehr.",
        gone_sequence="{address} erhält keine automatischen Nachfassmails von {house} mehr.",
        gone_entirely="{address} erhält keine Nachrichten mehr von {house}.",
        undo="Rückgängig machen, es war ein Versehen",
        later="Sie können auch später über den Link in jeder früheren E-Mail zurückkommen.",
        back="{address} erhält wieder Nachrichten von {house}.",
        saved="Ihre Auswahl ist gespeichert.",
        unknown="Dieser Link führt nirgendwohin.",
        unknown_note=(
            "Vielleicht wurde er abgeschnitten: Öffnen Sie ihn erneut aus der E-Mail. Es wurde nichts geändert."
        ),
    ),
    "es": Goodbye(
        name="Español",
        language="Idioma",
        title="¿Dejar de recibir nuestros mensajes?",
        about="Dirección:",
        leave="Darme de baja",
        effect=(
            "Efecto inmediato: envíos masivos y recordatorios automáticos. "
            "{sender} podrá seguir respondiendo a sus correos."
        ),
        choose="O elegir lo que quiere conservar",
        keep_all="Todos los mensajes de {house}",
        keep_list="Todo, salvo los correos de esta lista",
        keep_sequence="Todo, salvo los seguimientos automáticos",
        keep_personal="Solo los correos escritos para mí",
        keep_nothing="Ningún mensaje",
        follow="Aceptar que {house} sepa si abro sus correos",
        follow_note="Retirar este consentimiento vale también para los correos ya recibidos.",
        save="Guardar mi elección",
        harmless="Abrir esta página no cambia nada: solo lo hace un botón.",
        done="Hecho.",
        gone="{address} ya no recibirá envíos masivos ni recordatorios automáticos de {house}.",
        gone_list="{address} no recibirá más correos de esta lista.",
        gone_sequence="{address} no recibirá más seguimientos automáticos de {house}.",
        gone_entirely="{address} ya no recibirá ningún mensaje de {house}.",
        undo="Deshacer, fue un error",
        later="También puede volver más tarde con el enlace de cualquier correo anterior.",
        back="{address} volverá a recibir mensajes de {house}.",
        saved="Su elección se ha guardado.",
        unknown="Este enlace no lleva a ninguna parte.",
        unknown_note="Quizá se cortó: ábralo de nuevo desde el correo original. No se ha cambiado nada.",
    ),
    "it": Goodbye(
        name="Italiano",
        language="Lingua",
        title="Non vuole più ricevere i nostri messaggi?",
        about="Indirizzo interessato:",
        leave="Annulla la mia iscrizione",
        effect=(
            "Effetto immediato: invii di massa e promemoria automatici. "
            "{sender} potrà ancora rispondere alle sue e-mail."
        ),
        choose="Oppure scelga che cosa conservare",
        keep_all="Tutti i messaggi di {house}",
        keep_list="Tutto, tranne i messaggi di questa lista",
        keep_sequence="Tutto, tranne i solleciti automatici",
        keep_personal="Solo le e-mail scritte per me",
        keep_nothing="Nessun messaggio",
        follow="Accettare che {house} sappia se apro le sue e-mail",
        follow_note="La revoca di questo consenso vale anche per le e-mail già ricevute.",
        save="Salva le mie scelte",
        harmless="Aprire questa pagina non cambia nulla: solo un pulsante lo fa.",
        done="Fatto.",
        gone="{address} non riceverà più invii di massa né promemoria automatici da {house}.",
        gone_list="{address} non riceverà più i messaggi di questa lista.",
        gone_sequence="{address} non riceverà più solleciti automatici da {house}.",
        gone_entirely="{address} non riceverà più alcun messaggio da {house}.",
        undo="Annulla, è stato un errore",
        later="Può anche tornare più tardi con il link di una qualsiasi e-mail precedente.",
        back="{address} riceverà di nuovo i messaggi di {house}.",
        saved="Le sue scelte sono salvate.",
        unknown="Questo link non porta da nessuna parte.",
        unknown_note="Forse è stato troncato: lo riapra dall’e-mail originale. Nulla è stato cambiato.",
    ),
    "nl": Goodbye(
        name="Nederlands",
        language="Taal",
        title="Onze berichten niet meer ontvangen?",
        about="Om dit adres gaat het:",
        leave="Mij uitschrijven",
        effect=(
            "Meteen van kracht: groepsmails en automatische herinneringen. {sender} kan uw e-mails nog beantwoorden."
        ),
        choose="Of kies wat u wilt blijven ontvangen",
        keep_all="Alle berichten van {house}",
        keep_list="Alles, behalve de mails van deze lijst",
        keep_sequence="Alles, behalve automatische opvolgmails",
        keep_personal="Alleen e-mails die persoonlijk aan mij zijn geschreven",
        keep_nothing="Geen berichten meer",
        follow="Ermee instemmen dat {house} weet of ik de e-mails open",
        follow_note="Intrekken geldt ook voor e-mails die u al hebt ontvangen.",
        save="Mijn keuze opslaan",
        harmless="Deze pagina openen verandert niets: alleen een knop doet dat.",
        done="Klaar.",
        gone="{address} ontvangt geen groepsmails of automatische herinneringen meer van {house}.",
        gone_list="{address} ontvangt geen mails van deze lijst meer.",
        gone_sequence="{address} ontvangt geen automatische opvolgmails van {house} meer.",
        gone_entirely="{address} ontvangt geen berichten meer van {house}.",
        undo="Ongedaan maken, het was een vergissing",
        later="U kunt ook later terugkomen via de link in elke eerdere e-mail.",
        back="{address} ontvangt weer berichten van {house}.",
        saved="Uw keuze is opgeslagen.",
        unknown="Deze link leidt nergens heen.",
        unknown_note=(
            "Misschien is hij afgebroken: open hem opnieuw vanuit de oorspronkelijke e-mail. Er is niets gewijzigd."
        ),
    ),
    "pt": Goodbye(
        name="Português",
        language="Idioma",
        title="Deixar de receber as nossas mensagens?",
        about="Endereço em causa:",
        leave="Cancelar a minha subscrição",
        effect=(
            "Efeito imediato: envios em massa e lembretes automáticos. "
            "{sender} poderá continuar a responder aos seus e-mails."
        ),
        choose="Ou escolher o que quer manter",
        keep_all="Todas as mensagens de {house}",
        keep_list="Tudo, exceto os e-mails desta lista",
        keep_sequence="Tudo, exceto os acompanhamentos automáticos",
        keep_personal="Apenas os e-mails escritos para mim",
        keep_nothing="Nenhuma mensagem",
        follow="Aceitar que {house} saiba se abro os seus e-mails",
        follow_note="Retirar este consentimento vale também para os e-mails já recebidos.",
        save="Guardar as minhas escolhas",
        harmless="Abrir esta página não muda nada: só um botão o faz.",
        done="Feito.",
        gone="{address} não receberá mais envios em massa nem lembretes automáticos de {house}.",
        gone_list="{address} deixará de receber os e-mails desta lista.",
        gone_sequence="{address} deixará de receber acompanhamentos automáticos de {house}.",
        gone_entirely="{address} não receberá mais nenhuma mensagem de {house}.",
        undo="Anular, foi um engano",
        later="Também pode voltar mais tarde pela ligação de qualquer e-mail anterior.",
        back="{address} voltará a receber mensagens de {house}.",
        saved="As suas escolhas foram guardadas.",
        unknown="Esta ligação não leva a lado nenhum.",
        unknown_note=("Talvez tenha sido cortada: abra-a de novo a partir do e-mail original. Nada foi alterado."),
    ),
}


def language_in(wanted: str) -> str | None:
    """The page's language for a BCP 47 tag, if we have it."""
    language = wanted.replace("_", "-").split("-")[0].lower()
    return language if language in GOODBYES else None


def masked(address: str) -> str:
    """`h•••••@rouviere.example`: enough for the owner to know it, not enough for anybody else to use it."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}•••••{at}{domain}"
