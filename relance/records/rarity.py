"""How often trigrams stand in what a search looks through, counted in the sample that PostgreSQL keeps of it (L3).

A guess by letters takes "par" of "jean dupont paris" for a rare one where half of the people live in Paris; the
five hundred texts that ANALYZE puts aside know better. They are read once in a while by each process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from time import monotonic

from django.db import connection

from relance.records.registry import Listed

GRAM = 3
KEPT_SECONDS = 600
SAMPLE = """
SELECT histogram_bounds::text::text[] FROM pg_stats
WHERE schemaname = ANY(current_schemas(false)) AND tablename = %s AND attname = %s
"""


def known(listed: Listed) -> Mapping[str, int]:
    """In how many texts of the sample each trigram stands; nothing of a module that has no sample yet."""
    told = listed.model._meta
    columns = {field.name: field.column for field in told.concrete_fields}
    key = (connection.settings_dict["NAME"], told.db_table, str(columns[listed.search]))
    read_at, counted = _kept.get(key, (float("-inf"), {}))
    if monotonic() - read_at > KEPT_SECONDS:
        counted = _counted(*key[1:])
        _kept[key] = (monotonic(), counted)
    return counted


def grams(text: str) -> set[str]:
    """The trigrams of a text."""
    return {text[at : at + GRAM] for at in range(len(text) - GRAM + 1)}


def forget() -> None:
    """Read the sample anew: for tests, and after it was taken anew."""
    _kept.clear()


def _counted(table: str, column: str) -> Counter[str]:
    with connection.cursor() as cursor:
        cursor.execute(SAMPLE, [table, column])
        found: tuple[list[str] | None] | None = cursor.fetchone()
    counted: Counter[str] = Counter()
    for text in (found[0] or ()) if found else ():
        counted.update(grams(text))
    return counted


_kept: dict[tuple[object, str, str], tuple[float, Mapping[str, int]]] = {}
