"""Every sentence for people is there in French, and well written: `python -m tests.translations` lists what is not.

The sources are read into a copy of the catalogue, so that the committed file is compared and never touched. The rules
of writing are those of DESIGN section 6. Collecting the sources needs GNU gettext; without it that part is skipped,
and said.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = Path("relance/locale/fr/LC_MESSAGES/django.po")
FIELD = re.compile(r"%\(\w+\)[#0\- +]*\d*\.?\d*[a-zA-Z]|%[sdif]|\{\w*\}")
TAG = re.compile(r"</?[a-zA-Z][^>]*>")
NARROW, FIXED = "\u202f", "\u00a0"

LITERAL = re.compile(r"Authorization: Bearer|Point-virgule ;|«.\?.»")
WRITING: dict[str, re.Pattern[str]] = {
    "straight apostrophe": re.compile(r"'"),
    "straight quotation mark": re.compile(r'"'),
    "English quotation mark": re.compile(r"[“”]"),
    "no thin no-break space before ; ! ?": re.compile(rf"(?<!{NARROW})[;!?](?=\s|$)"),
    "no no-break space before a colon": re.compile(rf"(?<!{FIXED}):(?=\s|$)"),
    "no no-break space inside « »": re.compile(rf"«(?!{FIXED})|(?<!{FIXED})»"),
    "no thin no-break space before %": re.compile(rf"(?<!{NARROW})%%"),
    "three full stops": re.compile(r"\.\.\."),
    "capital without its accent": re.compile(r"\b(?:Etat|Etape|Ecri|Edit|Equipe|Evenement|Echec|Echap|Evit)"),
    "word that we do not use": re.compile(
        r"\b(?:e-?mails?|courriels?|leads?|deals?|templates?|valider|ok|veuillez|désabonn\w+|s’il vous plaît)\b", re.I
    ),
    "not “vous”": re.compile(r"\b(?:tu|toi|ton|tes)\b"),
}
# Under another name, xgettext does not see what is marked.
RENAMED = re.compile(r"\b[a-z]*gettext\w* as (?!_$)\w+", re.MULTILINE)
Key = tuple[str | None, str]


def main() -> int:
    """Print what is wrong; 0 when nothing is."""
    found = problems()
    print("\n".join(found) or "The French that is there is well written.")
    return 1 if found else 0


def problems() -> list[str]:
    """What is wrong, as sentences; empty when the French is whole."""
    if not (ROOT / CATALOGUE).exists():
        return [f"{CATALOGUE} does not exist"]
    catalogue = polib.pofile(str(ROOT / CATALOGUE))
    found = [*renamed(), *(complaint for entry in catalogue for complaint in complaints(entry))]
    if shutil.which("xgettext") is None:
        print("! xgettext is not here, so the sources were NOT compared (Debian: apt-get install gettext)")
        return found
    return [*found, *differences(catalogue, sources())]


def renamed() -> Iterator[str]:
    """Imports that hide sentences from xgettext."""
    for file in sorted((ROOT / "relance").rglob("*.py")):
        for found in RENAMED.findall(file.read_text(encoding="utf-8")):
            yield f"{file.relative_to(ROOT)}: import it as it is called, or as _: {found}"


def differences(kept: Iterable[polib.POEntry], wanted: Iterable[polib.POEntry]) -> list[str]:
    """Sentences of the program that the catalogue lacks, and those that the program no longer has."""
    ours = {key(entry) for entry in kept if not entry.obsolete}
    theirs = {key(entry) for entry in wanted}
    lacking = [f"not in the catalogue: {text!r}" for _, text in sorted(theirs - ours, key=str)]
    return lacking + [f"no longer in the sources: {text!r}" for _, text in sorted(ours - theirs, key=str)]


def key(entry: polib.POEntry) -> Key:
    return entry.msgctxt, entry.msgid


def complaints(entry: polib.POEntry) -> Iterator[str]:
    """One entry: alive, translated, sure of itself, with the same fields, and written as French is."""
    if entry.obsolete:
        yield f"obsolete: {entry.msgid!r}"
    elif entry.fuzzy:
        yield f"fuzzy: {entry.msgid!r}"
    elif not entry.translated():
        yield f"not translated: {entry.msgid!r}"
    else:
        yield from _fields(entry)
        yield from _plural(entry)
        for text in texts(entry):
            yield from (f"{slip}: {text!r}" for slip in slips(entry.msgid, text))


def texts(entry: polib.POEntry) -> list[str]:
    """The French, one or two forms."""
    return [entry.msgstr_plural[form] for form in sorted(entry.msgstr_plural)] or [entry.msgstr]


def _fields(entry: polib.POEntry) -> Iterator[str]:
    """All fields, and no other; the form for nought and one may leave some out, as in *le dernier jour*."""
    *few, last = texts(entry)
    wanted = Counter(FIELD.findall(entry.msgid_plural or entry.msgid))
    if Counter(FIELD.findall(last)) != wanted:
        yield f"not the fields of the source: {last!r} for {entry.msgid!r}"
    for text in few:
        invented = set(FIELD.findall(text)) - set(wanted)
        if invented:
            yield f"fields that the source does not have ({', '.join(sorted(invented))}): {text!r}"


def _plural(entry: polib.POEntry) -> Iterator[str]:
    if entry.msgid_plural and len(entry.msgstr_plural) != 2:
        yield f"two forms are wanted: {entry.msgid!r}"


def slips(source: str, text: str) -> Iterator[str]:
    """The rules of French typography and of our own words that a text breaks; tags and fields are no text."""
    bare = FIELD.sub("0", LITERAL.sub("", TAG.sub("", text)))
    if Counter(TAG.findall(source)) != Counter(TAG.findall(text)):
        yield "not the tags of the source"
    if text[:1].isspace() != source[:1].isspace() or text[-1:].isspace() != source[-1:].isspace():
        yield "space at an end, unlike the source"
    for slip, pattern in WRITING.items():
        if pattern.search(bare):
            yield slip


def sources() -> list[polib.POEntry]:
    """All sentences of the program, collected by Django's makemessages in a copy."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "relance"
        left = shutil.ignore_patterns("static", "assets", "__pycache__", "*.mo")
        shutil.copytree(ROOT / "relance", copy, ignore=left)
        target = Path(folder) / CATALOGUE
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        command = [sys.executable, "-m", "django", "makemessages", "--locale", "fr", "--no-wrap", "--verbosity", "0"]
        environment = {name: text for name, text in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        subprocess.run(command, cwd=copy, env=environment, check=True)
        return [entry for entry in polib.pofile(str(target)) if not entry.obsolete]


if __name__ == "__main__":
    sys.exit(main())
