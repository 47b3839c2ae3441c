"""Everything but the tests: `python3 start.py lint`. Each step is one line here, and one line of output."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = Path(PYTHON).parent

STEPS: dict[str, list[str]] = {
    "style": [str(BIN / "ruff"), "check", "--quiet", "."],
    "layout": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
    "types": [str(BIN / "mypy")],
    "floors": [str(BIN / "lint-imports"), "--no-cache"],
    "Django's own checks": [PYTHON, "manage.py", "check", "--fail-level", "WARNING"],
    "migrations": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    "translations": [PYTHON, "-m", "tests.translations"],
    "API description": [PYTHON, "-m", "tests.openapi"],
    "locks": [PYTHON, "-m", "tests.locks"],
}


def main(names: list[str]) -> int:
    """Run the steps, or those named; all of them, even when one fails."""
    environment = {**os.environ, "RELANCE_SECRET_KEY": "lint-only-" + "k" * 50}
    failed = [
        name for name, command in STEPS.items() if (not names or name in names) and not step(name, command, environment)
    ]
    print(f"lint: {len(failed)} of {len(STEPS)} steps failed" if failed else "lint: all clean", flush=True)
    return 1 if failed else 0


def step(name: str, command: list[str], environment: dict[str, str]) -> bool:
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {name} ({time.monotonic() - began:.1f} s)", flush=True)
    said = done.stdout if done.returncode != 0 else "\n".join(re.findall(r"^! .+", done.stdout, re.MULTILINE))
    if said:
        print(said, flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
