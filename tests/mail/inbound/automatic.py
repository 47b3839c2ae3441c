"""Automatic answers made up: seven languages times the systems that write them times the headers that they set."""

# ruff: noqa: E501  samples are kept on one line
from itertools import chain

from tests.mail.inbound.mails import mail

ABOUT = "Votre étude"
AWAY = {
    "en": (
        "Hello,\n\nI am out of the office until Monday 4 January. For urgent matters please contact Paul Ford "
        "(paul@rouviere.example).\n\nKind regards\nEve",
        "Thank you for your e-mail. I am currently on annual leave and will be back on 4 January.\n\nEve",
        "I'm away from 21 December to 3 January with limited access to e-mail. I'll reply on my return.",
        "Thanks for your message. I will be out of office with no access to email, returning January 4th.",
    ),
    "fr": (
        "Bonjour,\n\nJe suis absente du bureau jusqu'au lundi 4 janvier. En cas d'urgence, merci de contacter Paul "
        "(paul@rouviere.example).\n\nCordialement\nEve",
        "Merci pour votre message. Je suis actuellement en congés et serai de retour le 4 janvier.\n\nEve",
        "Je serai absente du 21 décembre au 3 janvier inclus, avec un accès limité à mes mails.",
        "Actuellement en congé maternité, je vous répondrai à mon retour. Pour toute urgence : paul@rouviere.example",
    ),
    "de": (
        "Guten Tag,\n\nich bin bis zum 4. Januar nicht im Büro. In dringenden Fällen wenden Sie sich bitte an "
        "Paul Ford (paul@rouviere.example).\n\nMit freundlichen Grüßen\nEve",
        "Vielen Dank für Ihre Nachricht. Ich bin derzeit im Urlaub und ab dem 4. Januar wieder erreichbar.",
        "Ich bin vom 21.12. bis 03.01. außer Haus und habe keinen Zugriff auf meine E-Mails.",
        "Zurzeit bin ich nicht erreichbar. Ihre E-Mail wird nicht weitergeleitet.",
    ),
    "es": (
        "Hola:\n\nEstaré fuera de la oficina hasta el lunes 4 de enero. Para asuntos urgentes, contacte con Paul "
        "(paul@rouviere.example).\n\nUn saludo\nEve",
        "Gracias por su mensaje. Actualmente estoy de vacaciones y volveré el 4 de enero.",
        "Me encuentro fuera de la oficina del 21 de diciembre al 3 de enero, con acceso limitado al correo.",
        "En este momento estoy ausente. Le responderé a mi regreso.",
    ),
    "it": (
        "Buongiorno,\n\nsono fuori ufficio fino a lunedì 4 gennaio. Per urgenze contattare Paul "
        "(paul@rouviere.example).\n\nCordiali saluti\nEve",
        "Grazie per il messaggio. Sono in ferie e sarò di nuovo in ufficio il 4 gennaio.",
        "Sarò assente dal 21 dicembre al 3 gennaio con accesso limitato alla posta.",
        "Al momento non sono in ufficio. Risponderò al mio rientro.",
    ),
    "nl": (
        "Hallo,\n\nIk ben afwezig tot maandag 4 januari. Neem voor dringende zaken contact op met Paul "
        "(paul@rouviere.example).\n\nMet vriendelijke groet\nEve",
        "Bedankt voor uw bericht. Ik ben momenteel met vakantie en op 4 januari weer bereikbaar.",
        "Van 21 december tot en met 3 januari ben ik niet op kantoor en heb ik beperkt toegang tot mijn e-mail.",
        "Op dit moment ben ik niet aanwezig. Ik beantwoord uw bericht na mijn terugkeer.",
    ),
    "pt": (
        "Olá,\n\nEstarei ausente do escritório até segunda-feira, 4 de janeiro. Em caso de urgência, contacte Paul "
        "(paul@rouviere.example).\n\nCumprimentos\nEve",
        "Obrigada pela sua mensagem. Encontro-me de férias e regresso no dia 4 de janeiro.",
        "Estou fora do escritório de 21 de dezembro a 3 de janeiro, com acesso limitado ao e-mail.",
        "De momento não me encontro no escritório. Responderei quando voltar.",
    ),
}  # fmt: skip
SUBJECTS = {
    "en": ("Automatic reply: {}", "Out of office", "Out of Office: Re: {}", "Auto-reply: {}", "On holiday until 4 January"),
    "fr": ("Réponse automatique : {}", "Absence du bureau", "Message d'absence", "Absente jusqu'au 4 janvier", "En congés"),
    "de": ("Automatische Antwort: {}", "Abwesenheitsnotiz", "Abwesend: {}", "Nicht im Büro", "Im Urlaub bis 4. Januar"),
    "es": ("Respuesta automática: {}", "Fuera de la oficina", "Ausente", "De vacaciones", "Mensaje de ausencia"),
    "it": ("Risposta automatica: {}", "Fuori ufficio", "Assente dall'ufficio", "In ferie fino al 4 gennaio", "Fuori sede"),
    "nl": ("Automatisch antwoord: {}", "Afwezig", "Afwezigheidsbericht", "Niet aanwezig tot 4 januari", "Met vakantie"),
    "pt": ("Resposta automática: {}", "Fora do escritório", "Ausência temporária", "De férias", "Ausente até 4 de janeiro"),
}  # fmt: skip
SYSTEMS = {
    "Exchange": {"Auto_Submitted": "auto-generated", "X_Auto_Response_Suppress": "All", "In_Reply_To": "<m@h.example>"},
    "Exchange Online": {"X_MS_Exchange_Generated_Message_Source": "Mailbox Rules Agent", "Auto_Submitted": "auto-generated",
                        "X_Auto_Response_Suppress": "DR, RN, NRN, OOF, AutoReply", "References": "<m@h.example>"},
    "Gmail": {"Precedence": "bulk", "X_Autoreply": "yes", "Auto_Submitted": "auto-replied"},
    "Sieve": {"Auto_Submitted": "auto-replied (vacation)", "Return_Path": "<>"},
    "Zimbra": {"Auto_Submitted": "auto-replied (zimbra; vacation)", "Precedence": "bulk"},
    "cPanel": {"X_Autorespond": ABOUT, "X_Loop": "eve@rouviere.example"},
    "Notes": {"Precedence": "auto_reply", "X_Mailer": "Lotus Notes"},
    "vacation": {"Precedence": "junk", "Auto_Submitted": "auto-replied"},
    "qmail": {"Return_Path": "<>", "Precedence": "junk"},
    "Plesk": {"X_Autogenerated": "Reply", "Return_Path": "<>"},
    "a web host": {"X_Auto_Response_Suppress": "OOF", "Precedence": "bulk"},
    "a provider": {"X_Mail_Autoreply": "autoreply"},
    "GroupWise": {"X_Autogenerated": "Reply"},
    "Kolab": {"X_Vacation": "yes"},
}  # fmt: skip
TICKETS = {
    "en": ("[#48213] We have received your request", "Thank you for contacting us. Your request (48213) has been received and is being reviewed."),
    "fr": ("Accusé de réception de votre demande", "Nous avons bien reçu votre demande. Un conseiller vous répondra sous 48 heures."),
    "de": ("[Ticket#48213] Eingangsbestätigung", "Vielen Dank für Ihre Anfrage. Ihre Nachricht ist bei uns eingegangen und wird bearbeitet."),
    "es": ("Hemos recibido su solicitud", "Gracias por contactar con nosotros. Hemos recibido su mensaje y le responderemos en breve."),
    "it": ("Conferma di ricezione", "Grazie per averci contattato. Abbiamo ricevuto la sua richiesta e risponderemo al più presto."),
    "nl": ("Ontvangstbevestiging", "Bedankt voor uw bericht. Wij hebben uw aanvraag ontvangen en nemen zo snel mogelijk contact op."),
    "pt": ("Confirmação de receção", "Obrigado pelo seu contacto. Recebemos o seu pedido e responderemos assim que possível."),
}  # fmt: skip
DESKS = (
    {"X_Mailer": "Zendesk Mailer", "Auto_Submitted": "auto-generated", "X_Auto_Response_Suppress": "All"},
    {"X_OTRS_Loop": "helpdesk@rouviere.example", "Precedence": "bulk"},
    {"Precedence": "bulk", "X_RT_Loop_Prevention": "rouviere"},
    {"Auto_Submitted": "auto-replied"},
    {"X_Freshdesk_Auto_Response": "true", "Return_Path": "<>"},
    {},
)
SAID = {
    "en": "This is an automatic reply. I am not reading this mailbox any more; write to paul@rouviere.example.",
    "fr": "Ceci est une réponse automatique. Je ne fais plus partie de l'entreprise, écrivez à paul@rouviere.example.",
    "de": "Dies ist eine automatische Antwort. Ich arbeite nicht mehr hier, schreiben Sie an paul@rouviere.example.",
    "es": "Esta es una respuesta automática. Ya no trabajo en la empresa, escriba a paul@rouviere.example.",
    "it": "Questa è una risposta automatica. Non lavoro più in azienda, scrivere a paul@rouviere.example.",
    "nl": "Dit is een automatisch antwoord. Ik werk hier niet meer, schrijf naar paul@rouviere.example.",
    "pt": "Esta é uma resposta automática. Já não trabalho na empresa, escreva para paul@rouviere.example.",
}
CHALLENGES = (
    ("Merci de vous identifier", "Bonjour, votre message est en attente. Cliquez ici pour vous authentifier afin que "
     "votre e-mail soit remis à son destinataire.", {"Auto_Submitted": "auto-replied"}),
    ("Please confirm your message to Eve", "Your message is being held because your address is not known. Click the link "
     "to verify that you are a person.", {"Precedence": "bulk"}),
    ("Your email requires verification verify#aB3", "The message you sent requires that you verify that you are a real "
     "live human being and not a spam source.", {"Return_Path": "<>"}),
)  # fmt: skip

HUMAN = {
    "en": (
        "Thanks, that sounds good. I am on holiday from Friday, shall we say next week?",
        "I'm out of the office today but will sign this tomorrow. Could you send the contract again?",
        "We received your offer and will discuss it on Monday.",
        "Thank you for your message. The price is too high for us.",
        "I was away until yesterday, sorry for the delay. Yes, let us go ahead.",
        "Not interested, please do not write again.",
        "Can your product send automatic replies when somebody is out of office?",
        "Please contact Paul instead, he decides. paul@rouviere.example",
    ),
    "fr": (
        "Merci, c'est noté. Je suis en congés à partir de vendredi, on se parle avant ?",
        "Je suis absente aujourd'hui mais je signe demain. Pouvez-vous renvoyer le contrat ?",
        "Nous avons bien reçu votre offre et nous en parlons lundi en comité.",
        "Merci pour votre message. Le prix est trop élevé pour nous.",
        "J'étais en vacances, désolée du retard. D'accord pour la suite.",
        "Pas intéressé, merci de ne plus m'écrire.",
        "Votre outil sait-il gérer une réponse automatique pendant une absence ?",
        "Voyez plutôt avec Paul, c'est lui qui décide : paul@rouviere.example",
    ),
    "de": (
        "Danke, das passt. Ich bin ab Freitag im Urlaub, telefonieren wir vorher?",
        "Ich bin heute nicht im Büro, unterschreibe aber morgen. Schicken Sie mir den Vertrag noch einmal?",
        "Wir haben Ihr Angebot erhalten und besprechen es am Montag.",
        "Vielen Dank für Ihre Nachricht. Der Preis ist uns zu hoch.",
        "Kein Interesse, bitte keine weiteren E-Mails.",
    ),
    "es": (
        "Gracias, me parece bien. Estoy de vacaciones desde el viernes, ¿hablamos antes?",
        "Hemos recibido su oferta y la comentaremos el lunes con el director, ya le diré.",
        "Gracias por su mensaje. El precio es demasiado alto.",
        "No me interesa, no me escriba más.",
    ),
    "it": (
        "Grazie, va bene. Sono in ferie da venerdì, ci sentiamo prima?",
        "Abbiamo ricevuto la vostra offerta, ne parliamo lunedì.",
        "Grazie per il messaggio. Il prezzo è troppo alto.",
        "Non mi interessa, grazie.",
    ),
    "nl": (
        "Bedankt, dat is goed. Ik ben vanaf vrijdag met vakantie, zullen we eerder bellen?",
        "Wij hebben uw offerte ontvangen en bespreken die maandag.",
        "Bedankt voor uw bericht. De prijs is te hoog.",
        "Geen interesse, schrijf mij niet meer.",
    ),
    "pt": (
        "Obrigada, está bem. Estou de férias a partir de sexta, falamos antes?",
        "Recebemos a sua proposta e vamos discuti-la na segunda-feira.",
        "Obrigado pela sua mensagem. O preço é demasiado alto.",
        "Não tenho interesse, não escreva mais.",
    ),
}
PROGRAMS = (
    {},
    {"In_Reply_To": "<m@h.example>", "References": "<m@h.example>", "X_Mailer": "Apple Mail (2.3774)"},
    {"Auto_Submitted": "no", "In_Reply_To": "<m@h.example>", "X_MS_Has_Attach": "yes"},
    {"Precedence": "normal", "X_Priority": "1", "Return_Path": "<eve@rouviere.example>"},
    {"X_MS_Exchange_Organization_AuthAs": "Internal", "X_Auto_Response_Suppress": "DR, OOF"},
    {"Precedence": "list", "List_Id": "<sales.rouviere.example>", "References": "<m@h.example>"},
)
QUOTED = {
    "en": "\n\nOn Mon, 2 Nov 2026 at 10:00, Claire <claire@helionne.example> wrote:\n> {}",
    "fr": "\n\nLe lun. 2 nov. 2026 à 10:00, Claire <claire@helionne.example> a écrit :\n> {}",
    "de": "\n\nAm 02.11.2026 um 10:00 schrieb Claire <claire@helionne.example>:\n> {}",
}


def automatic():
    """(language, what wrote it, raw): every combination."""
    for language, bodies in AWAY.items():
        yield from _absences(language, bodies)
        subject, text = TICKETS[language]
        yield from ((language, "a help desk", mail(subject, text, **desk)) for desk in DESKS)
        yield from ((language, "words alone", mail(subject, SAID[language])) for subject in (f"Re: {ABOUT}", ABOUT))
    yield from (("en", "a challenge", mail(subject, text, **headers)) for subject, text, headers in CHALLENGES)


def _absences(language, bodies):
    for body in bodies:
        titles = [form.format(ABOUT) for form in SUBJECTS[language]]
        for system, headers in SYSTEMS.items():
            yield from ((language, system, mail(title, body, **headers)) for title in [*titles, f"Re: {ABOUT}", ABOUT])
        yield from ((language, "no header", mail(title, body)) for title in titles)
    for title in (f"Re: {ABOUT}", ABOUT):  # the one that names who stands in is told by its words alone
        yield language, "words alone", mail(title, bodies[0])


def human():
    """(language, raw): what people answer, with what their programs add, and above a quoted absence."""
    for language, bodies in HUMAN.items():
        quotes = QUOTED.get(language, QUOTED["en"])
        for body in bodies:
            titles = (f"Re: {ABOUT}", "", f"RE: {SUBJECTS[language][0].format(ABOUT)}")
            yield from ((language, mail(title, body, **more)) for title in titles for more in PROGRAMS)
            for absence in chain(AWAY[language][:2], [SAID[language]]):
                yield language, mail(f"Re: {ABOUT}", body + quotes.format(absence.replace("\n", "\n> ")))
