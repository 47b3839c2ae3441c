"""What kind of mail came: generated matrices, and the gates on real mail."""

from collections import Counter

import pytest

from relance.mail.inbound.classify import Kind, classify
from relance.mail.inbound.parse import parse
from tests.mail.inbound.automatic import automatic, human
from tests.mail.inbound.corpus import bounces, files, needs_corpus
from tests.mail.inbound.mails import mail, report


def kind_of(raw):
    return classify(parse(raw)).kind


@pytest.mark.shows("R14", "D7")
@pytest.mark.parametrize(
    ("status", "diagnostic", "hard", "ours"),
    [
        ("5.1.1", "smtp; 550 5.1.1 No such user", True, False),
        ("5.1.2", "smtp; 550 5.1.2 Host unknown", True, False),
        ("5.1.10", "smtp; 556 5.1.10 null MX", True, False),
        ("5.0.0", "smtp; 550 5.1.1 <eve@rouviere.example>: Recipient address rejected", True, False),
        ("5.2.2", "smtp; 552 5.2.2 Mailbox full", False, False),
        ("5.1.1", "smtp; 552 5.2.2 Over quota", False, False),
        ("4.4.7", "smtp; 450 4.4.7 delivery time expired", False, False),
        ("4.2.2", "smtp; 452 4.2.2 Mailbox full", False, False),
        ("5.7.1", "smtp; 550 5.7.1 Message rejected due to reputation", False, True),
        ("5.7.26", "smtp; 550 5.7.26 Unauthenticated mail", False, True),
        ("5.0.0", "smtp; 554 blocked using spamhaus, user unknown", False, True),
        ("5.2.0", "smtp; 550 User unknown (in reply to end of DATA command)", False, False),
    ],
)
def test_only_a_dead_address_is_a_hard_bounce(status, diagnostic, hard, ours):
    bounce = classify(parse(report("failed", status, diagnostic))).bounce

    assert (bounce.hard, bounce.ours) == (hard, ours)


@pytest.mark.shows("R14")
@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [("failed", "5.1.1", Kind.BOUNCE), ("delayed", "4.4.1", Kind.DELAY), ("delivered", "2.0.0", Kind.DELIVERED),
     ("relayed", "2.0.0", Kind.DELIVERED), ("expanded", "2.0.0", Kind.DELIVERED), ("", "5.1.1", Kind.BOUNCE)],
)  # fmt: skip
def test_a_delivery_report_is_read_by_its_action(action, status, kind):
    assert kind_of(report(action, status)) is kind


@pytest.mark.shows("R14")
@pytest.mark.parametrize(
    ("feedback", "kind"),
    [("abuse", Kind.COMPLAINT), ("fraud", Kind.COMPLAINT), ("not-spam", Kind.OTHER), ("auth-failure", Kind.OTHER)],
)
def test_an_abuse_report_is_a_complaint_and_its_opposite_is_not(feedback, kind):
    raw = mail(
        "complaint",
        f"--x\nContent-Type: message/feedback-report\n\nFeedback-Type: {feedback}\nUser-Agent: x\n\n--x--\n",
        Content_Type="multipart/report; report-type=feedback-report; boundary=x",
    )

    assert kind_of(raw) is kind


SUBJECTS = [
    "Automatic reply: Votre étude",
    "Out of Office: Votre étude",
    "Out of office",
    "Autoreply: hello",
    "Auto: Re: Votre étude",
    "Réponse automatique : Votre étude",
    "Réponse automatique: absence",
    "Abwesenheitsnotiz: Ihr Angebot",
    "Automatische Antwort: Ihr Angebot",
    "Automatisch antwoord: Uw offerte",
    "Risposta automatica: Offerta",
    "Respuesta automática: Oferta",
    "Resposta automática: Proposta",
    "Message d'absence",
    "Out of the office - back Monday",
    "Fuori ufficio",
    "Afwezigheidsbericht",
    "自動返信",
    "OOO: Re: offer",
]
HEADERS = [
    {"Auto_Submitted": "auto-replied"},
    {"Auto_Submitted": 'auto-replied; owner-email="eve@rouviere.example"'},
    {"Auto_Submitted": "auto-generated", "In_Reply_To": "<m@helionne.example>"},
    {"X_Autoreply": "yes"},
    {"X_Autorespond": "Votre étude"},
    {"Precedence": "auto_reply"},
    {"X_Auto_Response_Suppress": "All"},
    {"Return_Path": "<>"},
    {"X_Autoresponder": "1"},
]
BODIES = [
    "I am out of the office until 4 January and will answer then.",
    "I'm on annual leave until Monday.",
    "Je suis absente du bureau jusqu'au 4 janvier.",
    "Je suis actuellement en congés.",
    "Ceci est une réponse automatique.",
    "Ich bin derzeit nicht im Büro.",
    "Estaré ausente hasta el lunes.",
    "Sono in ferie fino a lunedì.",
    "Ik ben momenteel afwezig.",
    "Estou de férias até segunda-feira.",
]


@pytest.mark.shows("G12", "R13", "SEQ-08")
def test_the_matrix_of_automatic_answers_is_known():
    matrix = [mail(subject, "…") for subject in SUBJECTS]
    matrix += [mail("Re: Votre étude", body, **headers) for headers in HEADERS for body in BODIES]
    matrix += [
        mail(subject, body) for subject in ("Absence", "Je suis en congés", "On leave", "Urlaub") for body in BODIES[:6]
    ]

    known = sum(kind_of(raw) is Kind.AUTO_REPLY for raw in matrix)

    assert known / len(matrix) >= 0.95


@pytest.mark.slow
@pytest.mark.shows("G12", "R13", "SEQ-08")
def test_automatic_answers_of_every_system_in_every_language_are_known():
    asked, known = Counter(), Counter()
    for language, system, raw in automatic():
        asked.update((language, system, "all"))
        known.update((language, system, "all") if kind_of(raw) is Kind.AUTO_REPLY else ())

    assert known["all"] / asked["all"] >= 0.97
    assert {name for name in asked if known[name] / asked[name] < 0.92} == set()


@pytest.mark.shows("G13")
def test_no_answer_of_a_person_is_taken_for_an_automatic_one():
    taken = [(language, raw) for language, raw in human() if kind_of(raw) is not Kind.REPLY]

    assert taken == []


HUMAN = [
    ("Re: Votre étude", "Je suis absente la semaine prochaine, mais d'accord pour jeudi."),
    ("Re: Votre étude", "I am out of office next week. Call me on Monday?"),
    ("Absence de réponse à mon devis", "Bonjour, j'attends toujours votre devis."),
    ("Re: Undelivered Mail Returned to Sender", "Your mail bounced yesterday, here is my new address."),
    ("Your mail came back to me", "The message could not be delivered to my colleague."),
    ("Re: Thank you for contacting Hélionne", "Thank you, that answers my question."),
    ("Holiday plans", "Shall we meet before the holidays?"),
    ("Votre message du 3 mars", "Je vous réponds avec du retard."),
    ("RE: Automatic reply: Votre étude", "You are back I think, so here is my question."),
    ("Vacation policy", "Can your product handle it?"),
    ("Delivery of the panels failed", "The driver did not find us. When will you deliver again?"),
    ("Congés payés : question", "Votre logiciel les gère-t-il ?"),
    (
        "Re: unsubscribe link broken?",
        "It says the link leads nowhere, could you look? I would like to keep the others.",
    ),
    ("Tr: Votre étude", "Pour avis.\n\n> Je suis absent jusqu'à lundi."),
    ("Problem with your message", "The attachment is empty, could you send the message again?"),
    ("", "ok"),
    ("Re: Votre étude", "Error 550 in our heating system, what does it mean?"),
    ("Merci pour votre message", "Je vous rappelle demain."),
    ("RE: Out of office hours", "Your message was received, I am out of budget until January."),
    ("Re: Votre étude", "I am on leave from Friday so please send the order form before. For urgent things call Paul."),
    ("Re: Votre étude", "I'm away next week, but Paul can sign in case of urgency."),
    ("Re: Votre étude", "Je suis en congés. En cas d'urgence appelez-moi, votre offre me convient."),
    ("Re: Votre étude", "We have received your contract, signed copy attached; we will reply shortly."),
    ("Re: Votre étude", "Vielen Dank für Ihre Nachricht, ich melde mich nach meiner Rückkehr am Montag."),
]


@pytest.mark.shows("G13")
@pytest.mark.parametrize(("subject", "body"), HUMAN)
def test_what_a_person_wrote_stays_a_persons(subject, body):
    assert kind_of(mail(subject, body)) is Kind.REPLY
    assert (
        kind_of(mail(subject, body, sender="Postma Ster <p.ster@delivery.example>", In_Reply_To="<m@h.example>"))
        is Kind.REPLY
    )


@pytest.mark.shows("SEQ-08")
def test_accepting_an_invitation_is_an_answer():
    raw = mail(
        "Accepted: Visite", "--x\nContent-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\n--x--\n",
        Content_Type="multipart/mixed; boundary=x", Auto_Submitted="auto-generated",
    )  # fmt: skip

    assert kind_of(raw) is Kind.REPLY


@pytest.mark.shows("R13")
def test_a_read_receipt_is_no_answer():
    raw = mail(
        "Read: Votre étude",
        "--x\nContent-Type: message/disposition-notification\n\nDisposition: manual-action; displayed\n--x--\n",
        Content_Type="multipart/report; report-type=disposition-notification; boundary=x",
    )  # fmt: skip

    assert kind_of(raw) is Kind.AUTO_REPLY


@pytest.mark.shows("UNSUB-04")
@pytest.mark.parametrize("subject", ["unsubscribe", "Unsubscribe", "Désinscription", "abmelden"])
def test_the_mail_of_the_unsubscribe_button_is_known(subject):
    assert kind_of(mail(subject, "")) is Kind.UNSUBSCRIBE


@pytest.mark.shows("R9")
def test_a_report_attached_to_a_persons_mail_does_not_make_it_a_bounce():
    raw = mail(
        "Regardez ce que je reçois",
        "--y\nContent-Type: text/plain\n\nVotre mail m'est revenu.\n--y\nContent-Type: message/rfc822\n\n"
        + report("failed", "5.1.1").decode() + "\n--y--\n",
        Content_Type="multipart/mixed; boundary=y",
    )  # fmt: skip

    assert kind_of(raw) is Kind.REPLY


def group(kind):
    """In the labels a delay is a bounce of the temporary kind, and asking to be left alone is a complaint."""
    return {
        Kind.BOUNCE: "bounce",
        Kind.DELAY: "bounce",
        Kind.COMPLAINT: "complaint",
        Kind.UNSUBSCRIBE: "complaint",
    }.get(kind, "other")


@pytest.mark.slow
@needs_corpus
@pytest.mark.shows("G9", "G10", "G11", "R14")
def test_the_gates_on_real_bounces():
    read = [(classify(parse(raw)), label) for _, raw, label in bounces()]

    kinds = [group(found.kind) == label["kind"] for found, label in read]
    said = [found.kind in (Kind.BOUNCE, Kind.DELAY) for found, label in read if label["kind"] != "bounce"]
    judged = [
        (found.bounce.hard, label["permanent"])
        for found, label in read
        if found.bounce and label["permanent"] is not None
    ]
    named = [
        bool({address for fate in found.fates for address in fate.addresses} & set(label["recipients"]))
        for found, label in read if label["kind"] == "bounce" and label["recipients"]
    ]  # fmt: skip

    alive, dead = [hard for hard, label in judged if not label], [hard for hard, label in judged if label]
    assert sum(kinds) / len(kinds) >= 0.97
    assert not any(said)
    assert sum(hard == label for hard, label in judged) / len(judged) >= 0.90
    assert sum(alive) / len(alive) <= 0.03
    assert dead.count(False) / len(dead) <= 0.15
    assert sum(named) / len(named) >= 0.93


@needs_corpus
@pytest.mark.shows("G13")
def test_real_replies_stay_human():
    kinds = {
        path.name: kind_of(mail("Re: Votre étude", path.read_text("utf-8", "replace"), In_Reply_To="<m@h.example>"))
        for path in files("replies")
    }

    assert len(kinds) >= 80
    assert set(kinds.values()) == {Kind.REPLY}
