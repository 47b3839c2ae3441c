"""The condition behind a search box: all words, anywhere in the text; one or two letters search beginnings only."""

from __future__ import annotations

from functools import cache

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import BooleanField, F, Func, Q, TextField, Value

from relance.lib.fold import fold
from relance.records.registry import Listed

GRAM = 3
MOST_WORDS = 8
LONGEST_TEXT = 200


def words(text: str) -> tuple[str, ...]:
    """What is looked for, folded."""
    return tuple(dict.fromkeys(fold(text.replace("\0", "")[:LONGEST_TEXT]).split()))[:MOST_WORDS]


def has_grams(word: str) -> bool:
    """Whether an index of trigrams can find this word: three letters or figures in a row."""
    run = longest = 0
    for letter in word:
        run = run + 1 if letter.isalnum() else 0
        longest = max(longest, run)
    return longest >= GRAM


def matching(listed: Listed, text: str) -> Q:
    """The rows that a search finds: everything for no text, beginnings of names for what is too short."""
    looked_for = words(text)
    if not any(map(has_grams, looked_for)):
        return starting(listed, text)
    condition = Q()
    for word in looked_for:
        condition &= Q(**{f"{listed.search}__contains": word})
    return condition & _own_grams(listed, looked_for) if knows_own_grams() else condition


def starting(listed: Listed, text: str) -> Q:
    """The rows whose name starts with the whole text."""
    whole = " ".join(words(text))
    return Q(**{f"{listed.starts}__startswith": whole}) if whole else Q()


@cache
def knows_own_grams() -> bool:
    """Whether this database lacks pg_trgm, so that our own trigrams are asked (people's migration 0003)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regproc('relance_grams') IS NOT NULL")
        row: tuple[bool] = cursor.fetchone()
    return row[0]


def _own_grams(listed: Listed, looked_for: tuple[str, ...]) -> Q:
    grams = sorted({word[at : at + GRAM] for word in looked_for for at in range(len(word) - GRAM + 1)})
    sought = Value(grams, output_field=ArrayField(TextField()))
    held = "(relance_grams(%(expressions)s))"
    return Q(Func(F(listed.search), sought, template=held, arg_joiner=") @> (", output_field=BooleanField()))
