"""Split whole names. *(pure)*"""

from __future__ import annotations

from relance.lib.fold import fold

_TITLES = frozenset(["m", "mr", "mme", "mlle", "mrs", "ms", "miss", "dr", "pr", "me", "monsieur", "madame"])


def split_name(name: str) -> tuple[str, str]:
    """First and last name: a comma or capitals show the last name, else the first word is the first name.

    >>> split_name("M. Jean-Paul DE LA TOUR"), split_name("Lefèvre, Hélène"), split_name("Ada Lovelace")
    (('Jean-Paul', 'DE LA TOUR'), ('Hélène', 'Lefèvre'), ('Ada', 'Lovelace'))
    """
    if "," in name:
        last, _, first = (part.strip() for part in name.partition(","))
        return first, last
    words = name.split()
    if len(words) > 1 and fold(words[0]).rstrip(".") in _TITLES:
        words = words[1:]
    capitals = [word for word in words if word.isupper() and len(word) > 1]
    if capitals and len(capitals) < len(words):
        return " ".join(word for word in words if word not in capitals), " ".join(capitals)
    if len(words) < 2:
        return "", " ".join(words)
    return words[0], " ".join(words[1:])
