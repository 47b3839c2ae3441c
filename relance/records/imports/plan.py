"""What becomes of each row of a batch: create, update or skip, by address. *(pure)*"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from relance.records.imports.cells import Data
from relance.records.imports.rows import Draft


class Rule(StrEnum):
    """What to do with a row whose address is known already."""

    SKIP = "skip"
    UPDATE = "update"
    CREATE = "create"


class Fate(StrEnum):
    """What becomes of a row that is not rejected."""

    CREATE = "create"
    UPDATE = "update"
    SKIP = "skip"


@dataclass(frozen=True, kw_only=True)
class Known:
    """A record that holds an address; `from_this_import` tells a repetition in the file from an older record."""

    record_id: int
    may_edit: bool
    name: str = ""
    import_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A draft and its fate. An update names its record; a skip says why (see `words`)."""

    draft: Draft
    fate: Fate
    record_id: int = 0
    reason: str = ""
    reason_data: Data | None = None


def plan(
    drafts: Sequence[Draft],
    *,
    rule: Rule,
    known: Mapping[str, Known],
    seen: MutableMapping[str, int],
    import_id: int = 0,
) -> list[Planned]:
    """The fate of each draft, in order. `seen` maps addresses of earlier rows to their row, and is added to.

    Any address of a row that is known makes it a duplicate; the first one in the row decides which record is meant.
    """
    planned: list[Planned] = []
    for draft in drafts:
        planned.append(_fate(draft, rule=rule, known=known, seen=seen, import_id=import_id))
        for key in draft.keys:
            seen.setdefault(key, draft.number)
    return planned


def _fate(draft: Draft, *, rule: Rule, known: Mapping[str, Known], seen: Mapping[str, int], import_id: int) -> Planned:
    held = next((known[key] for key in draft.keys if key in known), None)
    earlier = next((seen[key] for key in draft.keys if key in seen), 0)
    if rule == Rule.CREATE or not (held or earlier):
        return Planned(draft=draft, fate=Fate.CREATE)
    if rule == Rule.SKIP:
        return _skipped(draft, held, earlier, import_id)
    if held and not held.may_edit:
        return Planned(draft=draft, fate=Fate.SKIP, reason="not_yours", reason_data={"name": held.name})
    return Planned(draft=draft, fate=Fate.UPDATE, record_id=held.record_id if held else 0)


def _skipped(draft: Draft, held: Known | None, earlier: int, import_id: int) -> Planned:
    named = "" if draft.addresses else "_named"
    if earlier:
        return Planned(draft=draft, fate=Fate.SKIP, reason=f"repeated_row{named}", reason_data={"row": earlier})
    if held and held.import_id == import_id:
        return Planned(draft=draft, fate=Fate.SKIP, reason=f"repeated{named}")
    name = held.name if held else ""
    return Planned(draft=draft, fate=Fate.SKIP, reason=f"exists{named}", reason_data={"name": name})


def gathered(batch: Sequence[Planned]) -> list[Planned]:
    """The batch with updates of rows of the same batch merged into them: a later row adds to an earlier one."""
    result: list[Planned] = []
    place: dict[str, int] = {}
    for planned in batch:
        at = _place_of(planned, place)
        if at is None:
            at = len(result)
            result.append(planned)
        else:
            result[at] = replace(result[at], draft=_merged(result[at].draft, planned.draft))
        for key in planned.draft.keys:
            place.setdefault(key, at)
    return result


def _place_of(planned: Planned, place: Mapping[str, int]) -> int | None:
    if planned.fate != Fate.UPDATE:
        return None
    return next((place[key] for key in planned.draft.keys if key in place), None)


def _merged(earlier: Draft, later: Draft) -> Draft:
    addresses = {address.normal: address for address in (*earlier.addresses, *later.addresses)}
    return replace(earlier, values={**earlier.values, **later.values}, addresses=tuple(addresses.values()))
