"""The condition behind a search box: all words, anywhere in the text; one or two letters search beginnings only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from itertools import zip_longest

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import BooleanField, F, Func, Q, TextField, Value
from django.db.models.lookups import Contains

from relance.lib.fold import fold
from relance.records import rarity
from relance.records.registry import Listed

MOST_WORDS = 8
TELLING, OF_A_WORD, OF_THE_ONLY_WORD = 4, 2, 3
# How common a letter is in names and addresses, French and English; what is not listed is rare. It decides where no
# sample tells (`rarity`).
COMMON = {letter: 26 - rank for rank, letter in enumerate("eairnstolcmdupbghvfyjkxzwq")} | dict.fromkeys(
    "0123456789", 9
)
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
    return longest >= rarity.GRAM


def matching(listed: Listed, text: str) -> Q:
    """The rows that a search finds: everything for no text, beginnings of names for what is too short."""
    if not any(map(has_grams, words(text))):
        return starting(listed, text)
    return holds(listed.search, text)


def holds(column: str, text: str) -> Q:
    """A folded column holds every word, of however few letters."""
    condition = Q()
    for word in words(text):
        condition &= Q(**{f"{column}__contains": word})
    return condition


def gathering(listed: Listed, text: str) -> Q:
    """The same rows, asked for so that the index of trigrams has little to read: by the rarest trigrams alone.

    An address of forty letters holds thirty trigrams that half of the people share; a few good ones find it forty
    times faster. What they find is compared with the whole words, in a form that no index serves.
    """
    looked_for = words(text)
    if not any(map(has_grams, looked_for)):
        return starting(listed, text)
    telling = rarest(looked_for, rarity.known(listed).counted)
    condition = _own_grams(listed, telling) if knows_own_grams() else Q()
    for gram in () if knows_own_grams() else telling:
        condition &= Q(**{f"{listed.search}__contains": gram})
    whole = Func(F(listed.search), template="(%(expressions)s || '')", output_field=TextField())
    for word in looked_for:
        condition &= Q(Contains(whole, word))
    return condition


def rarest(looked_for: tuple[str, ...], counted: Mapping[str, int]) -> list[str]:
    """Some trigrams of each word: those which fewest texts hold, by the sample that was counted, then by their letters.

    The trigrams of one word mostly stand in the same texts, so a second word tells more than a fourth trigram of the
    first; and two that share two letters tell hardly more than one.
    """
    held = [word for word in looked_for if has_grams(word)]
    most = OF_A_WORD if len(held) > 1 else OF_THE_ONLY_WORD

    def order(gram: str) -> tuple[int, int, str]:
        return counted.get(gram, 0), _commonness(gram), gram

    found = [_apart(word, order)[:most] for word in held]
    turns = dict.fromkeys(gram for turn in zip_longest(*found) for gram in turn if gram)
    return sorted([*turns][:TELLING], key=order)


def _apart(word: str, order: Callable[[str], tuple[int, int, str]]) -> list[str]:
    """The trigrams of a word in an order, without those that share two letters with one before."""
    chosen: list[int] = []
    places = [at for at in range(len(word) - rarity.GRAM + 1) if word[at : at + rarity.GRAM].isalnum()]
    for place in sorted(places, key=lambda at: order(word[at : at + rarity.GRAM])):
        if all(abs(place - other) > 1 for other in chosen):
            chosen.append(place)
    return [word[at : at + rarity.GRAM] for at in chosen]


def _commonness(gram: str) -> int:
    return sum(COMMON.get(letter, 0) for letter in gram)


def starting(listed: Listed, text: str) -> Q:
    """The rows whose name starts with the whole text."""
    whole = " ".join(words(text))
    return Q(**{f"{listed.starts}__startswith": whole}) if whole else Q()


@cache
def knows_own_grams() -> bool:
    """Whether this database lacks pg_trgm, so that our own trigrams are asked (people's migration 0002)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regproc('relance_grams') IS NOT NULL")
        row: tuple[bool] = cursor.fetchone()
    return row[0]


def _own_grams(listed: Listed, telling: list[str]) -> Q:
    sought = Value(telling, output_field=ArrayField(TextField()))
    held = "(relance_grams(%(expressions)s))"
    return Q(Func(F(listed.search), sought, template=held, arg_joiner=") @> (", output_field=BooleanField()))
