"""Everything but the tests: `python3 start.py lint`. Each step is one line here, and one line of output."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = Path(PYTHON).parent

STEPS: dict[str, list[str]] = {
    "types": [str(BIN / "mypy")],
    "style": [str(BIN / "ruff"), "check", "--quiet", "."],
    "layout": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
    "floors": [str(BIN / "lint-imports"), "--no-cache"],
    "Django's own checks": [PYTHON, "manage.py", "check", "--fail-level", "WARNING"],
    "migrations": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    "translations": [PYTHON, "-m", "tests.translations"],
    "API description": [PYTHON, "-m", "tests.openapi"],
    "locks": [PYTHON, "-m", "tests.locks"],
}


def main(names: list[str]) -> int:
    """Run the steps, or those named, two at a time, the longest first; all of them, even when one fails."""
    environment = {**os.environ, "RELANCE_SECRET_KEY": "lint-only-" + "k" * 50}
    asked = [name for name in STEPS if not names or name in names]
    with ThreadPoolExecutor(2) as pool:
        clean = list(pool.map(lambda name: step(name, STEPS[name], environment), asked))
    failed = [name for name, is_clean in zip(asked, clean, strict=True) if not is_clean]
    print(f"lint: {len(failed)} of {len(STEPS)} steps failed" if failed else "lint: all clean", flush=True)
    return 1 if failed else 0


def step(name: str, command: list[str], environment: dict[str, str]) -> bool:
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    told = f"{'ok  ' if done.returncode == 0 else 'FAIL'} {name} ({time.monotonic() - began:.1f} s)\n"
    said = done.stdout if done.returncode != 0 else "\n".join(re.findall(r"^! .+", done.stdout, re.MULTILINE))
    print(told + (f"{said}\n" if said else ""), end="", flush=True)  # in one piece: another step runs beside it
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
