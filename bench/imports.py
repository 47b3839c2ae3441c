"""How long a file of a hundred thousand rows takes to go in (issue 4), into leads and into a custom module.

python -m bench.imports [--json] [--rows 20000] [leads | module]
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from bench.installation import installation
from bench.printing import Figure, show

ROWS = 100_000
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
FIELDS = (
    ("Plan", "choice"), ("Seats", "number"), ("Renews", "date"), ("Active", "yes_no"), ("Contract", "text"),
)  # fmt: skip


def module_file(rows: int) -> Iterator[bytes]:
    """Subscriptions with an address and a value of five types."""
    yield b"Name;E-mail;Plan;Seats;Renews;Active;Contract\n"
    for n in range(rows):
        plan, said = "Pro" if n % 2 else "Free", "oui" if n % 3 else "non"
        yield f"Client {n};client{n}@abo.example;{plan};{n % 400},5;31/12/2026;{said};C-{n}\n".encode()


def lead_file(rows: int) -> Iterator[bytes]:
    """People as a spreadsheet keeps them."""
    yield "Prénom;Nom;E-mail;Société;Ville;Téléphone;Fonction\n".encode()
    for n in range(rows):
        company = f"Société {n % 5_000}"
        yield f"Zoé;Roux {n};zoe{n}@exemple.example;{company};Nantes;02 40 {n % 100:02d} 00 01;Acheteuse\n".encode()


def figure(id: str, what: str, module: str, file: Iterator[bytes], rows: int) -> Figure:
    """Bring a file in as the worker does, and count what arrived."""
    from relance.records.imports import actions, running
    from relance.records.models import Import
    from relance.team.models import User

    by = User.objects.get()
    row = actions.start(actions.Upload(name="bench.csv", chunks=file), module=module, by=by, now=NOW)
    Import.objects.filter(pk=row.pk).update(state=Import.State.RUNNING)
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_utime
    running.run_now(row.pk, now=NOW)
    took = time.perf_counter() - began
    spent = resource.getrusage(resource.RUSAGE_SELF).ru_utime - used
    row.refresh_from_db()
    assert row.created == rows, f"{row.created} of {rows} rows went in"
    return Figure(
        id=id, what=what, ours=took, theirs=None, ratio=took * ROWS / rows, gate=60, target=40, stretch=20, unit="s",
        note=f"{rows:,} rows, {spent:.1f} s of our own processor; the ratio is seconds for {ROWS:,}",
    )  # fmt: skip


def figures(kinds: list[str], rows: int) -> Iterator[Figure]:
    """An administrator, a module, then a file for each kind."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from relance.records import defining, founding
    from relance.records.defining import FieldDraft
    from relance.team.actions import add_user

    by = add_user(email="bench@helionne.example", name="Bench", role="administrator")
    if "module" in kinds:
        draft = founding.ModuleDraft(name="Subscription", plural="Subscriptions", has_email=True)
        made = founding.add_module(draft, by=by, now=NOW)
        for label, kind in FIELDS:
            choices = [("", "Free"), ("", "Pro")] if kind == "choice" else []
            defining.add_field(made.key, FieldDraft(label=label, kind=kind, choices=choices), by=by, now=NOW)
        yield figure("I1", "a file into a custom module", made.key, module_file(rows), rows)
    if "leads" in kinds:
        yield figure("I2", "a file of people into leads", "lead", lead_file(rows), rows)


def main(words: list[str]) -> int:
    """Print the figures; 1 if one misses its gate."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kinds", nargs="*", default=["module", "leads"])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rows", type=int, default=ROWS)
    given = parser.parse_args(words)
    with installation():
        import django

        django.setup()
        shown = show(figures(given.kinds, given.rows), as_json=given.json)
    return int(any(each.reached == "MISSED" for each in shown))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
