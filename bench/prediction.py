"""DEAL-09: the ranking of deals against the rule of DEAL-01, on a labelled set: `python -m bench.prediction`.

The set is generated, not real: people with one to four deals, mails that are truly about one of them (the label). Six
in ten are about the deal last written about, since conversations go on; half name the deal by a word or two of its
name, the others say nothing but pleasantries; three in ten are copied to a colleague who is in that deal only;
a deal's fields change at times that have nothing to do with its mail, which is what the rule goes by. So it says how
the two do where these habits hold; what they do on one's own mail is measured in use (`relance.deals.suggesting`).
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from relance.deals.prediction import Candidate, Facts, predict
from relance.deals.ranking import Known, Said, rank
from relance.deals.rules import State

THINGS = (
    "toiture", "ombrière", "hangar", "parking", "entrepôt", "école", "piscine", "laiterie", "serre", "moulin",
    "gymnase", "silo", "caserne", "abattoir",
)  # fmt: skip
PLACES = (
    "Rennes", "Nantes", "Vannes", "Lorient", "Brest", "Quimper", "Laval", "Angers", "Tours", "Poitiers", "Niort",
)  # fmt: skip
TALK = (
    "Bonjour, merci pour votre retour", "Pouvons-nous en parler demain ?", "Bien reçu, je reviens vers vous",
    "Voici les documents demandés", "Une question sur le calendrier", "Thank you, let us talk next week",
)  # fmt: skip
STATES = (("open", 70), ("won", 15), ("lost", 15))
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A mail, the deals of its people, and the one that it is truly about."""

    said: Said
    deals: Sequence[Known]
    truth: int


def labelled(count: int, seed: int = 7) -> Iterator[Labelled]:
    """So many mails with their labels; the same ones for the same seed."""
    dice = random.Random(seed)
    for number in range(count):
        person, now = number * 10 + 1, START + timedelta(days=dice.uniform(60, 300))
        deals = [_deal(dice, number * 10 + at, person, now) for at in range(dice.choice((1, 2, 2, 3, 4)))]
        alive = [deal for deal in deals if deal.state != "lost"] or deals
        by_mail = sorted(alive, key=lambda deal: deal.last_mail_at or START)
        true = by_mail[-1] if dice.random() < 0.6 else dice.choice(alive)
        named = " ".join(dice.sample(true.text.split(), 1 + (dice.random() < 0.5))) if dice.random() < 0.5 else ""
        copied = {person + 5 + true.deal % 10} if dice.random() < 0.3 else set()
        said = Said(text=f"{dice.choice(TALK)} {named}", people=frozenset({person, *copied}), at=now)
        yield Labelled(said=said, deals=deals, truth=true.deal)


def _deal(dice: random.Random, number: int, person: int, now: datetime) -> Known:
    state = dice.choices([name for name, _share in STATES], [share for _name, share in STATES])[0]
    return Known(
        deal=number,
        text=f"{dice.choice(THINGS)} {dice.choice(PLACES)} {dice.randint(20, 900)} kWp",
        people=frozenset({person, person + 5 + number % 10}),
        primary=person,
        state=state,
        modified_at=now - timedelta(days=dice.uniform(0, 50)),
        last_mail_at=now - timedelta(days=dice.uniform(0, 50)),
    )


def measure(count: int, seed: int) -> tuple[int, int]:
    """How many of so many mails the rule, and the ranking, gave to the deal that they are about."""
    ruled = ranked = 0
    for one in labelled(count, seed):
        candidates = [
            Candidate(deal=known.deal, state=State(known.state), modified_at=known.modified_at, created_at=START)
            for known in one.deals
        ]
        ruled += predict(Facts(candidates=candidates)).deal == one.truth
        ranked += rank(one.said, one.deals)[0].deal == one.truth
    return ruled, ranked


def main() -> None:
    """Print both shares, or one JSON object."""
    words = argparse.ArgumentParser(description="The ranking of deals against the rule, on a labelled set.")
    words.add_argument("--mails", type=int, default=20_000)
    words.add_argument("--seed", type=int, default=7)
    words.add_argument("--quick", action="store_true", help="2,000 mails")
    words.add_argument("--json", action="store_true")
    asked = words.parse_args()
    count = 2_000 if asked.quick else asked.mails
    ruled, ranked = measure(count, asked.seed)
    if asked.json:
        print(json.dumps({"id": "DEAL-09", "ours": ranked / count, "theirs": ruled / count, "ratio": ranked / ruled}))
        return
    print(f"{count} made-up mails, seed {asked.seed}")
    print(f"rule of DEAL-01   {ruled / count:7.1%}")
    print(f"ranking           {ranked / count:7.1%}")


if __name__ == "__main__":
    main()
