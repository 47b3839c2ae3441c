"""What is written about Relance holds: links lead somewhere, the map names real files, guides list every field."""

import re
from pathlib import Path
from unicodedata import category
from urllib.parse import unquote

import pytest
from django.utils import translation

from relance.mail.catalogue import FIELDS

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)>\s]+)>?\)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
TICKED = re.compile(r"`([^`]+)`")
FIELD_ROW = re.compile(r"^\| `\{([A-Za-z.]+)\}` \| (.+?) \| (.+?) \|$", re.MULTILINE)
GUIDES = {"en": ROOT / "docs/guide.en.md", "fr": ROOT / "docs/guide.fr.md"}


def prose(document):
    """The text without its fenced examples."""
    return FENCE.sub("", document.read_text(encoding="utf-8"))


def anchors(document):
    """The headings as the forges spell them in addresses."""
    kept = (
        "".join(letter for letter in heading.lower() if letter in " -_" or category(letter)[0] in "LN")
        for heading in HEADING.findall(prose(document))
    )
    return {heading.replace(" ", "-") for heading in kept}


def broken_links(document):
    for target in LINK.findall(prose(document)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        found = (document.parent / path).resolve() if path else document
        if not found.exists():
            yield f"{document.name}: {target}"
        elif anchor and anchor not in anchors(found):
            yield f"{document.name}: {target} (no such heading)"


def test_every_link_and_picture_of_the_documents_exists():
    links = [target for document in DOCUMENTS for target in LINK.findall(prose(document))]

    broken = [each for document in DOCUMENTS for each in broken_links(document)]

    assert len(links) > 60
    assert broken == []


def test_every_picture_is_shown_in_the_guide_of_its_language():
    for language, guide in GUIDES.items():
        shown = set(re.findall(r"\(images/([^)]+)\)", guide.read_text(encoding="utf-8")))

        assert shown == {file.name for file in (ROOT / "docs/images").glob(f"*.{language}.png")}


def places(base, named, folder):
    """Where a name of the map may lead: from its floor, from the web face, or beside the name before it."""
    if named.startswith("/"):
        return [(ROOT, named[1:])]
    return [(base, named), (ROOT / "relance/web", named), (folder, named), (folder.parent, named), (ROOT, named)]


def missing_in(row):
    """The names of one row that lead nowhere; a name alone stands beside the one before it."""
    _, feature, _ids, rules, pages, tests, _ = row.split("|")
    for base, cell in ((ROOT / "relance", rules), (ROOT / "relance", pages), (ROOT / "tests", tests)):
        folder = base
        for named in TICKED.findall(cell):
            found = [path for root, name in places(base, named, folder) for path in root.glob(name.rstrip("/"))]
            if not found:
                yield f"{feature.strip()}: {named}"
                continue
            folder = found[0] if named.endswith("/") else found[0].parent


def test_the_map_names_files_that_exist():
    rows = [line for line in (ROOT / "docs/map.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")]

    missing = [each for row in rows[2:] for each in missing_in(row)]

    assert len(rows) > 20
    assert missing == []


@pytest.mark.shows("TPL-02")
@pytest.mark.parametrize("language", GUIDES)
def test_the_guide_lists_every_field_that_a_template_may_use(language):
    listed = FIELD_ROW.findall(GUIDES[language].read_text(encoding="utf-8"))

    with translation.override(language):
        assert listed == [(field.name, str(field.label), field.sample) for field in FIELDS]


def test_the_map_has_one_row_for_each_feature():
    rows = re.findall(r"^\| ([^|`-][^|]*?) \|", (ROOT / "docs/map.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert len(rows) > 60
    assert sorted(set(rows)) == sorted(rows)
