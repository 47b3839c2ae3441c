"""Columns that point to other records: each is found by its number, its address or its name (REC-08).

A whole batch is looked up at once. A row of which a link leads nowhere, or to several, does not go in: it stands among
the rejected rows with the reason, and can be put right there and imported again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from relance.records import links
from relance.records.fields import Field
from relance.records.imports.fields import ImportField
from relance.records.imports.rows import Draft, Reader, Rejection, key_of
from relance.team.models import User

SHOWN = 80
_BETWEEN = re.compile(r"[\n;]+")


@dataclass(frozen=True)
class _Column:
    """One column of links: what its cells lead to."""

    key: str
    meant: Mapping[str, Sequence[int]]
    names: Mapping[int, str]


def linked(drafts: Sequence[Draft], reader: Reader, *, by: User) -> tuple[list[Draft], list[Rejection]]:
    """The drafts with the numbers of the records that they point to, and those that lead nowhere."""
    columns = [_column(target, target.link, drafts, by) for target in reader.links if target.link is not None]
    if not columns:
        return [*drafts], []
    judged = [_judged(draft, columns, reader) for draft in drafts]
    return [one for one in judged if isinstance(one, Draft)], [one for one in judged if isinstance(one, Rejection)]


def _column(target: ImportField, link: Field, drafts: Sequence[Draft], by: User) -> _Column:
    texts = {part for draft in drafts for part in _parts(draft.values.get(target.key, ""))}
    one = replace(link, many=False)
    meant = links.meant(one, texts, by=by)
    sure = [ids[0] for ids in meant.values() if len(ids) == 1]
    return _Column(target.key, meant, links.names(one, sure, by=by))


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in _BETWEEN.split(cell) if part.strip()]


def _judged(draft: Draft, columns: Sequence[_Column], reader: Reader) -> Draft | Rejection:
    values, shown = dict(draft.values), dict(draft.shown)
    for column in columns:
        parts = _parts(draft.values.get(column.key, ""))
        ids = []
        for part in parts:
            found = column.meant.get(part, ())
            if len(found) != 1:
                reason = "link_ambiguous" if found else "link_not_found"
                data = {"field": column.key, "value": part[:SHOWN]}
                return Rejection(number=draft.number, reason=reason, data=data, cells=draft.cells)
            ids.append(found[0])
        if ids:
            values[column.key] = "\n".join(map(str, ids))
            shown[column.key] = ", ".join(column.names.get(one, str(one)) for one in ids)
    return replace(draft, values=values, shown=shown, name_key=key_of(values, reader.known_by))
