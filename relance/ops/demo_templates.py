"""The templates of the demo, in French and English; their folders are keys of `demo_words.Words.folders`."""

from __future__ import annotations

from collections.abc import Mapping

BUTTON = (
    '<p><a href="{href}" style="display:inline-block;padding:10px 18px;border-radius:8px;background:#0d5468;'
    'color:#ffffff;text-decoration:none">{label}</a></p>'
)


def page(*paragraphs: str) -> str:
    """A plain letter."""
    body = "\n".join(text if text.startswith("<") else f"<p>{text}</p>" for text in paragraphs)
    return (
        '<div style="font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:1.5;color:#16303a">\n'
        f"{body}\n</div>"
    )


def button(href: str, label: str) -> str:
    """A link that looks like one thing to do."""
    return BUTTON.format(href=href, label=label)


TEMPLATES: tuple[Mapping[str, str | bool], ...] = (
    {
        "name": "Aides 2027",
        "language": "fr",
        "folder": "mass",
        "subject": "{Person.firstName|Bonjour}, les aides 2027 pour la toiture de {Person.company|votre entreprise}",
        "html": page(
            "Bonjour {Person.firstName|},",
            "L’arrêté du 6 novembre change le calcul des aides pour les toitures solaires de plus de 400 m². "
            "Pour {Person.company|votre entreprise}, cela peut représenter jusqu’à 18 % de l’investissement.",
            button("https://www.helionne.example/toit", "Vérifier mon toit"),
            'Vous pouvez aussi lire <a href="https://www.helionne.example/arrete-2026-1106">le texte de l’arrêté</a>, '
            'ou voir <a href="https://www.helionne.example/cas/bretagne-frigo">le cas de Bretagne Frigo</a>.',
            "Une question ? Répondez simplement à ce mail.",
            "{User.name}<br>{Organisation.name}",
        ),
    },
    {
        "name": "Grants 2027",
        "language": "en",
        "folder": "mass",
        "subject": "{Person.firstName|Hello}, the 2027 grants for your roof",
        "html": page(
            "Dear {Person.firstName|colleague},",
            "New rules change the grants for solar roofs above 400 m². For {Person.company|your company} this can be "
            "up to 18% of the investment.",
            button("https://www.helionne.example/roof", "Check my roof"),
            'You can also read <a href="https://www.helionne.example/rules">the rules</a> or see '
            '<a href="https://www.helionne.example/cases/ashgrove-foods">what Ashgrove Foods did</a>.',
            "{User.name}<br>{Organisation.name}",
        ),
    },
    {
        "name": "Premier contact",
        "language": "fr",
        "folder": "first",
        "subject": "{Person.company|Votre entreprise} et le solaire : dix minutes ?",
        "html": page(
            "Bonjour {Person.firstName|},",
            "Nous équipons des toitures d’entreprises autour de {Person.city|chez vous}. "
            'Voici <a href="https://www.helionne.example/references">trois références</a> proches de votre métier.',
            "Seriez-vous disponible dix minutes jeudi ?",
            "{User.name}<br>{User.jobTitle|} {Organisation.name}",
        ),
    },
    {
        "name": "First contact",
        "language": "en",
        "folder": "first",
        "subject": "{Person.company|Your company} and solar power: ten minutes?",
        "html": page(
            "Dear {Person.firstName|colleague},",
            "We fit company roofs around {Person.city|where you are}. Here are "
            '<a href="https://www.helionne.example/references">three references</a> close to your trade.',
            "Would you have ten minutes on Thursday?",
            "{User.name}<br>{User.jobTitle|} {Organisation.name}",
        ),
    },
    {
        "name": "Relance devis",
        "language": "fr",
        "folder": "deals",
        "subject": "Votre devis : une question, {Person.firstName|} ?",
        "html": page(
            "Bonjour {Person.firstName|},",
            'Avez-vous pu lire notre devis ? <a href="https://www.helionne.example/devis">Il est toujours ici</a>, '
            "et reste valable jusqu’à la fin du mois.",
            "{User.name}<br>{Organisation.name}",
        ),
    },
    {
        "name": "After the quote",
        "language": "en",
        "folder": "deals",
        "subject": "Your quote, {Person.firstName|}: any question?",
        "html": page(
            "Dear {Person.firstName|colleague},",
            'Have you had time to read our quote? <a href="https://www.helionne.example/quote">It is still here</a> '
            "and holds until the end of the month.",
            "{User.name}<br>{Organisation.name}",
        ),
    },
)
