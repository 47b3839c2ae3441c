"""Search across modules, for the palette, the search page and the API: names that start with the text first."""

from __future__ import annotations

from dataclasses import dataclass

from relance.records import lists, registry
from relance.records.matching import words
from relance.records.registry import Listed
from relance.team.models import User


@dataclass(frozen=True, kw_only=True)
class Found:
    """One record that was found; `url_name` is the name of its page, which takes the id."""

    module: str
    id: int
    name: str
    detail: str
    icon: str
    url_name: str


def find(user: User, text: str, limit: int = 8) -> list[Found]:
    """Records which this colleague may see, at most `limit` of each module; nothing for no text."""
    if not words(text):
        return []
    return [found for listed in registry.modules() for found in _of_module(listed, user, text, limit)]


def _of_module(listed: Listed, user: User, text: str, limit: int) -> list[Found]:
    asked = lists.Asked(module=listed.key, text=text, sort=lists.BEST)
    return [_found(listed, row) for row in lists.first(asked, user=user, limit=limit)]


def _found(listed: Listed, row: lists.Row) -> Found:
    detail = ", ".join(str(row[field]) for field in listed.detail if row[field])
    name = row[listed.name] or row.get("primary_email") or row.get("email", "")
    return Found(module=listed.key, id=row["id"], name=name, detail=detail, icon=listed.icon, url_name=listed.key)
