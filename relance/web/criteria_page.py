"""The builder of criteria beside its list: what it keeps of the address, its sentence, the views it can be saved to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode
from zlib import crc32

from django.urls import reverse

from relance.lib import criteria_text
from relance.lib.criteria import EVERYTHING, Group, Unreadable
from relance.records import criteria, criteria_words, views
from relance.records.models import View
from relance.records.registry import Asking
from relance.web import criteria_draft, criteria_rules
from relance.web.criteria_draft import Part
from relance.web.criteria_rules import MATCHES, UNITS, Choices, Drawn, Offered
from relance.web.places import Place, place_of

KEPT = ("q", "sort", "columns", "view")


@dataclass(frozen=True, kw_only=True)
class Built:
    """What the template of the builder shows."""

    place: Place
    offers: Offered
    root: Drawn
    tree: Group
    sentence: str
    kept: Mapping[str, str]
    href: str
    sample_href: str
    back_href: str
    save_href: str
    address: Mapping[str, str]
    undo_href: str = ""
    update_href: str = ""
    problems: tuple[str, ...] = ()
    matches: Choices = field(default_factory=lambda: MATCHES)
    units: Choices = field(default_factory=lambda: UNITS)

    @property
    def sample_key(self) -> str:
        """Another one for another question: the count of one question outlives the redrawing of its builder."""
        return f"{crc32(self.sample_href.encode()):08x}"


def build(
    module: str, draft: Part, *, asking: Asking, kept: Mapping[str, str], view: View | None = None, edited: bool = True
) -> Built:
    """The builder for this draft; `kept` are the other parts of the list's address."""
    offers = criteria_rules.offered(module, asking=asking)
    draft = criteria_rules.settled(draft, offers=offers, asking=asking)
    tree, problems = finished(draft)
    mine = view is not None and edited and views.may_change(view, asking.user)
    place = place_of(module)
    return Built(
        place=place,
        offers=offers,
        root=criteria_rules.drawn(draft, module, offers=offers, asking=asking),
        tree=tree,
        sentence=_sentence(tree, module, asking),
        kept=kept,
        href=reverse("criteria", args=[module]),
        sample_href="" if problems else f"{reverse('criteria-sample', args=[module])}?{urlencode(_asked(tree, kept))}",
        back_href=place.href,
        save_href=reverse("view-new", args=[module]),
        address=_address(tree, kept),
        undo_href=f"{place.href}?view={view.pk}" if view is not None and edited else "",
        update_href=reverse("view-update", args=[view.pk]) if mine and view is not None else "",
        problems=problems,
    )


def finished(draft: Part) -> tuple[Group, tuple[str, ...]]:
    """What of a draft can be asked, and why not more."""
    try:
        return criteria_draft.tree_of(draft), ()
    except Unreadable as bad:
        return EVERYTHING, (criteria.sentence_of(bad),)


def _sentence(tree: Group, module: str, asking: Asking) -> str:
    told = criteria_words.sentence(tree, module=module, asking=asking)
    return told[:1].upper() + told[1:]


def _asked(tree: Group, kept: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in _address(tree, kept).items() if key in ("q", "where")}


def _address(tree: Group, kept: Mapping[str, str]) -> dict[str, str]:
    """The parts of the list's address, with this tree."""
    return {**kept, "where": criteria_text.write(tree)}


def results(built: Built) -> str:
    """The list that shows the results, with the builder open."""
    told = {**built.address, "criteria": "1"}
    return f"{built.place.href}?{urlencode({key: value for key, value in told.items() if value})}"


def is_sound(drawn: Drawn) -> bool:
    """Whether nothing in it has to be corrected."""
    return not drawn.problem and not drawn.unknown and all(map(is_sound, drawn.parts))
