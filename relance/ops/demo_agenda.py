"""What the colleagues of the demo have to do, have said and have noted: some of it late, some done (REC-07, REC-09)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from relance.agenda import actions, rules
from relance.agenda.models import Call, Case, Note, Task
from relance.people.models import Person
from relance.records.fields import Value
from relance.team.models import User

ZONE = ZoneInfo("Europe/Paris")
TASKS, CALLS, NOTES, CASES = 42, 30, 26, 7
Words = dict[str, tuple[str, ...]]
WORDS: dict[str, Words] = {
    "fr": {
        "task": (
            "Envoyer le plan de masse", "Relire le devis", "Préparer la variante à 72 kWc", "Vérifier la charpente",
            "Demander les factures d’électricité", "Relancer pour la signature", "Réserver la nacelle",
        ),
        "call": ("Point sur l’étude", "Questions sur les tuiles", "Date de la visite", "Aides de la région"),
        "said": (
            "Décide avec son mari, rappeler après la vendange.", "Craint pour l’étanchéité, veut voir un chantier.",
            "Compare avec un autre installateur, réponse lundi.", "Très intéressée, attend l’accord de la banque.",
        ),
        "note": (
            "Ne jamais appeler avant dix heures.", "Toit refait en 2019, tuiles mécaniques.",
            "Le gardien ouvre le portail, code à demander.", "Préfère les mails courts.",
        ),
        "case": ("L’onduleur siffle le midi", "Production en baisse depuis une semaine", "Facture à corriger"),
    },
    "en": {
        "task": (
            "Send the site plan", "Check the quote", "Prepare the 72 kWp variant", "Look at the load of the roof",
            "Ask for the electricity bills", "Ask about the signature", "Book the lift",
        ),
        "call": ("The study", "Questions about the tiles", "Date of the survey", "Grants"),
        "said": (
            "Decides with her board, call back after the harvest.", "Worries about leaks, wants to see a site.",
            "Compares with another installer, answer on Monday.", "Keen, waits for the bank.",
        ),
        "note": (
            "Never call before ten.", "Roof renewed in 2019, flat tiles.", "Likes short mails.",
            "The caretaker opens the gate, ask for the code.",
        ),
        "case": ("The inverter hums at noon", "Less power for a week", "An invoice to correct"),
    },
}  # fmt: skip


def fill(owners: Sequence[User], language: str, now: datetime) -> None:
    """Tasks, calls, notes and cases about contacts, as the colleagues write them: the same ones, around this moment."""
    dice, words = random.Random("agenda"), WORDS[language]
    people = list(Person.objects.filter(kind=Person.Kind.CONTACT).order_by("pk").select_related("owner"))
    for number in range(TASKS):
        _task(dice, words, dice.choice(people), owners[number % len(owners)], number, now)
    for number in range(CALLS):
        _call(dice, words, dice.choice(people), owners[number % len(owners)], number, now)
    for number in range(NOTES):
        person, past = dice.choice(people), now - timedelta(days=dice.randint(1, 50), hours=dice.randint(0, 8))
        said: dict[str, Value] = {"text": dice.choice(words["note"]), "person": person.pk, "is_pinned": number % 9 == 0}
        actions.add(Note, said, by=owners[number % len(owners)], now=past)
    for number in range(CASES):
        _case(dice, words, dice.choice(people), owners[number % len(owners)], number, now)


def _hour(now: datetime, days: int, hour: int, minute: int = 0) -> datetime:
    """That hour on a working day so many days away."""
    day = now.astimezone(ZONE).date() + timedelta(days=days)
    while day.weekday() > 4:
        day += timedelta(days=1 if days >= 0 else -1)
    return rules.midnight(day, ZONE) + timedelta(hours=hour, minutes=minute)


def _task(dice: random.Random, words: Words, person: Person, owner: User, number: int, now: datetime) -> None:
    days = (-3, -1, 0, 0, 1, 2, 4, 7, 12)[number % 9]
    due_at = _hour(now, days, dice.choice((10, 11, 14, 16, 17)), dice.choice((0, 30)))
    values: dict[str, Value] = {
        "subject": dice.choice(words["task"]), "person": person.pk, "due_at": due_at if number % 14 else None,
        "priority": "high" if number % 8 == 2 else "normal",
    }  # fmt: skip
    task = actions.add(Task, values, by=owner, now=now - timedelta(days=dice.randint(8, 25)))
    if number % 3 == 1:
        actions.finish(task, by=owner, now=min(now, due_at) - timedelta(hours=dice.randint(1, 40)))


def _call(dice: random.Random, words: Words, person: Person, owner: User, number: int, now: datetime) -> None:
    made = number % 2 == 0
    days = -dice.randint(1, 40) if made else dice.choice((0, 1, 1, 3, 6, 9))
    start = _hour(now, days, dice.choice((9, 10, 11, 14, 15, 17)), dice.choice((0, 15, 30)))
    values: dict[str, Value] = {"subject": dice.choice(words["call"]), "person": person.pk, "due_at": start}
    if made:
        talked = number % 6 != 0
        values |= {
            "status": "done", "minutes": dice.randint(4, 25) if talked else 1,
            "result": "talked" if talked else dice.choice(("no_answer", "message")),
            "note": dice.choice(words["said"]) if talked else "",
        }  # fmt: skip
    actions.add(Call, values, by=owner, now=start if made else now - timedelta(days=2))


def _case(dice: random.Random, words: Words, person: Person, owner: User, number: int, now: datetime) -> None:
    opened = now - timedelta(days=dice.randint(1, 15), hours=3)
    values: dict[str, Value] = {
        "subject": dice.choice(words["case"]), "person": person.pk, "account": person.account_id,
        "priority": "high" if number == 0 else "normal", "status": ("new", "open", "waiting")[number % 3],
    }  # fmt: skip
    case = actions.add(Case, values, by=owner, now=opened)
    if number % 3 == 2:
        actions.finish(case, by=owner, now=opened + timedelta(days=1))
