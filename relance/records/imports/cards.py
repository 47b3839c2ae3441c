"""Address cards (vCard 4.0, 3.0 and 2.1, as phones write them) turned into a table that an import reads *(pure)*.

Names of columns are the keys of an import's fields. What is no text, such as a photograph, is passed over.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from relance.lib.content_lines import BadLine, Line, parts_of, read, text_of
from relance.records.imports.limits import Limits, Unreadable

COLUMNS = (
    "first_name", "last_name", "full_name", "email", "phone", "mobile", "job_title", "company", "street", "postcode",
    "city", "country", "language", "website", "note",
)  # fmt: skip
OPENING = b"BEGIN:VCARD"
BOM = b"\xef\xbb\xbf"
PLAIN = {"TITLE": "job_title", "URL": "website", "NOTE": "note", "LANG": "language"}
MOBILE = frozenset(("cell", "iphone"))
LIVES_AT = {2: "street", 3: "city", 5: "postcode", 6: "country"}

Card = dict[str, str]


def holds_cards(path: Path) -> bool:
    """Whether a file begins as cards do, whatever its name says."""
    with path.open("rb") as file:
        return file.read(64).removeprefix(BOM).lstrip().upper().startswith(OPENING)


def into_table(path: Path, limits: Limits) -> int:
    """Put a CSV of the cards in the place of the file; its size. Raises Unreadable."""
    told = io.StringIO(newline="")
    writer = csv.writer(told)
    writer.writerow(COLUMNS)
    for number, card in enumerate(cards(_decoded(path.read_bytes())), 1):
        if number > limits.rows:
            raise Unreadable("too_many_rows", limit=limits.rows)
        writer.writerow([card.get(column, "") for column in COLUMNS])
    return path.write_bytes(told.getvalue().encode())


def _decoded(octets: bytes) -> str:
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")


def cards(text: str) -> Iterator[Card]:
    """Each card by the keys of fields. Raises Unreadable, which names the card that cannot be read."""
    held: list[Line] | None = None
    number = 1
    for line in _lines(text):
        begins = line.name == "BEGIN" and line.value.strip().upper() == "VCARD"
        ends = line.name == "END" and line.value.strip().upper() == "VCARD"
        if begins and held is not None:
            raise Unreadable("card_not_closed", card=number)
        if begins:
            held = []
        elif ends and held is not None:
            yield card_of(held)
            held, number = None, number + 1
        elif held is not None:
            held.append(line)
    if held is not None:
        raise Unreadable("card_not_closed", card=number)


def _lines(text: str) -> Iterator[Line]:
    try:
        yield from read(text)
    except BadLine as error:
        raise Unreadable("bad_card", line=str(error)) from error


def card_of(lines: Sequence[Line]) -> Card:
    """One card; preferred addresses and numbers come first."""
    card: Card = {}
    for line in lines:
        if line.name in PLAIN:
            card.setdefault(PLAIN[line.name], text_of(line.value).strip())
        elif line.name == "FN":
            card.setdefault("full_name", text_of(line.value).strip())
        elif line.name == "N":
            card.update(_name(parts_of(line.value)))
        elif line.name == "ORG":
            card.setdefault("company", parts_of(line.value)[0])
    card.update(_reached(lines))
    card.update(_home(lines))
    if card.get("first_name") or card.get("last_name"):
        card.pop("full_name", None)
    return {key: value for key, value in card.items() if value}


def _name(parts: Sequence[str]) -> Card:
    return {"last_name": parts[0], "first_name": parts[1] if len(parts) > 1 else ""}


def _reached(lines: Sequence[Line]) -> Card:
    emails = [text_of(line.value).strip() for line in _preferred(lines, "EMAIL")]
    numbers = [(line.types, _number(line.value)) for line in _preferred(lines, "TEL") if "fax" not in line.types]
    mobile = next((number for types, number in numbers if types & MOBILE), "")
    phone = next((number for types, number in numbers if not types & MOBILE), "")
    return {"email": ", ".join(dict.fromkeys(filter(None, emails))), "mobile": mobile, "phone": phone}


def _number(value: str) -> str:
    return text_of(value).strip().removeprefix("tel:")


def _preferred(lines: Sequence[Line], name: str) -> list[Line]:
    """Those of a name, the preferred first: `PREF=1` (RFC 6350) or `TYPE=pref` (RFC 2426)."""
    return sorted((line for line in lines if line.name == name), key=lambda line: _rank(line.params, line.types))


def _rank(params: Mapping[str, tuple[str, ...]], types: frozenset[str]) -> int:
    told = next(iter(params.get("PREF", ())), "")
    return int(told) if told.isascii() and told.isdigit() else 1 if "pref" in types else 101


def _home(lines: Sequence[Line]) -> Card:
    """The postal address: the one at work before the one at home."""
    found = sorted(_preferred(lines, "ADR"), key=lambda line: "work" not in line.types)
    parts = parts_of(found[0].value) if found else []
    return {key: " ".join(parts[place].split()) for place, key in LIVES_AT.items() if place < len(parts)}
