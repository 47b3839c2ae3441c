"""How often trigrams stand in what a search looks through, counted in the sample that PostgreSQL keeps of it (L3).

A guess by letters takes "par" of "jean dupont paris" for a rare one where half of the people live in Paris; the
five hundred texts that ANALYZE puts aside know better. They also tell what share of all holds the words of a search,
as the planner would, without asking it. They are read once in a while by each process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic

from django.db import connection

from relance.records.registry import Listed

GRAM = 3
KEPT_SECONDS = 600
KEPT_SHARES = 500
ENOUGH, NEXT_TO_NONE = 100, 0.0001  # as the planner has it
SAMPLE = """
SELECT histogram_bounds::text::text[] FROM pg_stats
WHERE schemaname = ANY(current_schemas(false)) AND tablename = %s AND attname = %s
"""


@dataclass(frozen=True)
class Sample:
    """Some texts of a module, and in how many of them each trigram stands."""

    texts: tuple[str, ...] = ()
    counted: Mapping[str, int] = field(default_factory=dict)
    _shares: dict[tuple[str, ...], float] = field(default_factory=dict, compare=False, repr=False)

    def share(self, looked_for: tuple[str, ...]) -> float | None:
        """What share of the texts holds all the words; None where too few were sampled to tell.

        None of them is as PostgreSQL takes it: one in ten thousand.
        """
        if len(self.texts) < ENOUGH:
            return None
        if looked_for not in self._shares:  # a page asks for its rows and for their number
            if len(self._shares) >= KEPT_SHARES:
                self._shares.clear()
            held = list(self.texts)
            for word in looked_for:
                held = [text for text in held if word in text]
            self._shares[looked_for] = max(len(held) / len(self.texts), NEXT_TO_NONE)
        return self._shares[looked_for]


def known(listed: Listed) -> Sample:
    """The sample of what a search of this module looks through; empty where none was taken yet."""
    told = listed.model._meta
    columns = {field.name: field.column for field in told.concrete_fields}
    key = (connection.settings_dict["NAME"], told.db_table, str(columns[listed.search]))
    read_at, sample = _kept.get(key, (float("-inf"), Sample()))
    if monotonic() - read_at > KEPT_SECONDS:
        sample = _sampled(*key[1:])
        _kept[key] = (monotonic(), sample)
    return sample


def grams(text: str) -> set[str]:
    """The trigrams of a text."""
    return {text[at : at + GRAM] for at in range(len(text) - GRAM + 1)}


def forget() -> None:
    """Read the sample anew: for tests, and after it was taken anew."""
    _kept.clear()


def _sampled(table: str, column: str) -> Sample:
    with connection.cursor() as cursor:
        cursor.execute(SAMPLE, [table, column])
        found: tuple[list[str] | None] | None = cursor.fetchone()
    texts = tuple((found[0] or ()) if found else ())
    counted: Counter[str] = Counter()
    for text in texts:
        counted.update(grams(text))
    return Sample(texts, counted)


_kept: dict[tuple[object, str, str], tuple[float, Sample]] = {}
