"""Keys made from names: short, plain, and unlike any other. *(pure)*"""

from __future__ import annotations

import re
from collections.abc import Container

from relance.lib.fold import fold

_OTHER = re.compile(r"[^a-z0-9]+")


def key_of(name: str, *, taken: Container[str], longest: int, other: str) -> str:
    """`Date de renouvellement` becomes `date_de_renouvellement`; a number follows where that is taken.

    `other` stands for names in which no letter is left, such as those in another alphabet, and before a figure.
    """
    bare = _OTHER.sub("_", fold(name)).strip("_")
    if not bare or not bare[0].isalpha():
        bare = f"{other}_{bare}".strip("_")
    bare = bare[:longest].strip("_")
    key, number = bare, 1
    while key in taken:
        number += 1
        key = f"{bare[: longest - len(str(number)) - 1]}_{number}"
    return key
