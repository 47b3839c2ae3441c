"""Every sentence for people is there in French: `python -m tests.translations` lists what is missing, fuzzy or gone.

The sources are read into a copy of the catalogue, so that the committed file is compared and never touched.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = Path("relance/locale/fr/LC_MESSAGES/django.po")
FIELD = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%[sd]")
Key = tuple[str | None, str]


def problems() -> list[str]:
    """What is wrong, as sentences; empty when the French is whole."""
    if not (ROOT / CATALOGUE).exists():
        return [f"{CATALOGUE} does not exist"]
    kept = {key(entry): entry for entry in polib.pofile(str(ROOT / CATALOGUE)) if not entry.obsolete}
    wanted = {key(entry): entry for entry in sources()}
    found = [f"not in the catalogue: {text!r}" for _, text in sorted(wanted.keys() - kept.keys(), key=str)]
    found += [f"no longer in the sources: {text!r}" for _, text in sorted(kept.keys() - wanted.keys(), key=str)]
    for entry in kept.values():
        found += complaints(entry)
    return found


def key(entry: polib.POEntry) -> Key:
    return entry.msgctxt, entry.msgid


def complaints(entry: polib.POEntry) -> list[str]:
    """One entry: translated, sure of itself, and with the same fields."""
    if not entry.translated():
        return [f"{'fuzzy' if entry.fuzzy else 'not translated'}: {entry.msgid!r}"]
    fields = set(FIELD.findall(entry.msgid)) | set(FIELD.findall(entry.msgid_plural))
    texts = list(entry.msgstr_plural.values()) or [entry.msgstr]
    invented = {field for text in texts for field in FIELD.findall(text)} - fields
    return (
        [f"fields that the source does not have ({', '.join(sorted(invented))}): {entry.msgid!r}"] if invented else []
    )


def sources() -> list[polib.POEntry]:
    """All sentences of the program, collected by Django's makemessages in a copy."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "relance"
        shutil.copytree(
            ROOT / "relance", copy, ignore=shutil.ignore_patterns("static", "assets", "__pycache__", "*.mo")
        )
        target = Path(folder) / CATALOGUE
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        command = [sys.executable, "-m", "django", "makemessages", "--locale", "fr", "--no-wrap", "--verbosity", "0"]
        environment = {name: text for name, text in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        subprocess.run(command, cwd=copy, env=environment, check=True)
        return [entry for entry in polib.pofile(str(target)) if not entry.obsolete]


if __name__ == "__main__":
    found = problems()
    print("\n".join(found))
    sys.exit(1 if found else 0)
