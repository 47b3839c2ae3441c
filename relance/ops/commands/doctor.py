"""`relance doctor`: what works, what does not, and what to do about it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from relance.ops import checks
from relance.ops.checks import Finding, Level
from relance.ops.command import Command
from relance.ops.postgres import is_running
from relance.ops.surroundings import find_home, use_django, workspace

PORTS = (8000, 8001)


def run(options: argparse.Namespace) -> int:
    home = find_home(options.data)
    failed = False
    for finding in examine(home):
        print(line(finding), flush=True)
        failed = failed or finding.level is Level.FAIL
    return 1 if failed else 0


def examine(home: Path) -> Iterator[Finding]:
    """Every check; an embedded database that exists but rests is started for this while, and never made."""
    if not home.exists() and not os.environ.get("DATABASE_URL"):
        yield checks.warn(f"There is no data folder {home} yet.", "relance up makes it; or name another with --data.")
        yield from checks.ports_are_free(PORTS)
        return
    yield from checks.before_django(home)
    if os.environ.get("DATABASE_URL"):
        use_django()
        yield from checks.with_django()
        return
    if not is_running(home):
        yield checks.warn("Relance does not run on this data folder.", "relance up")
        yield from checks.ports_are_free(PORTS)
    with workspace(home):
        yield from checks.with_django()


def line(finding: Finding) -> str:
    """`ok    The database answers.`; a remedy follows on its own line."""
    text = f"{finding.level:<5} {finding.sentence}"
    return f"{text}\n      → {finding.remedy}" if finding.remedy else text


DOCTOR = Command(name="doctor", summary="Look for what is wrong, and say what to do", run=run)
