"""Facts that the modules and fields of administrators bring: "has no order since" (REC-05).

A custom field that links records to people, companies or deals lets those be asked whether any record points to them:
ever, since it was added, or since one of its own days, such as the day of an order.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain

from django.db.models import F, Q
from django.utils.translation import gettext as _

from relance.records import comparing, custom_keys
from relance.records.facts import often
from relance.records.fields import Field, Kind
from relance.records.pointing import links_to
from relance.records.registry import Happening, Listed, Occasion
from relance.team.models import User

IN_TIME = frozenset({Kind.DATE, Kind.MOMENT})


def facts(listed: Listed, user: User) -> tuple[Happening, ...]:
    """All facts that this colleague may ask of a module: those of the house, then those of custom links to it."""
    return (*listed.facts, *_brought(listed.key, user))


def fact(listed: Listed, key: str, user: User) -> Happening | None:
    """One of them by its key, or None; custom links are looked at only if the house has none of this key."""
    return next((known for known in chain(listed.facts, _brought(listed.key, user)) if known.key == key), None)


def _brought(target: str, user: User) -> Iterator[Happening]:
    for there, fields, ours in links_to(target, user):
        days = [field for field in fields if field.kind in IN_TIME]
        for link in ours:
            name = str(there.label) if len(ours) == 1 else f"{there.label}, {link.label}"
            yield _fact(there, link, None, name)
            yield from (_fact(there, link, day, f"{name} ({day.label})") for day in days)


def _fact(there: Listed, link: Field, day: Field | None, name: str) -> Happening:
    told = {"what": name}
    return Happening(
        key=".".join([there.key, link.key, *([day.key] if day else [])]),
        label=_("Record in “%(what)s”") % told,
        did=_("has a record in “%(what)s”") % told,
        did_not=_("has no record in “%(what)s”") % told,
        condition=partial(_pointed_to, there, link, day),
    )


def _pointed_to(there: Listed, link: Field, day: Field | None, occasion: Occasion) -> Q:
    rows = there.visible(occasion.asking.user).annotate(points_to=custom_keys.link(link.key, F("custom")))
    if occasion.since and day:
        rows = rows.filter(comparing.lately(day, occasion.since, occasion.asking))
    elif occasion.since:
        rows = rows.filter(created_at__gte=occasion.since)
    return often(rows, "points_to", occasion.times, occasion.asking)
