"""The modules that administrators made, as the side bar, the palette and the settings list them."""

from __future__ import annotations

from dataclasses import dataclass

from relance.records import custom
from relance.team import policy
from relance.team.models import User
from relance.web.places import OwnPlace, own_place


@dataclass(frozen=True)
class OwnPlaces:
    """Those whose records a colleague reads. As a text it says all that a drawing of them depends on."""

    places: tuple[OwnPlace, ...]

    def __str__(self) -> str:
        return "\n".join(f"{place.module}\t{place.title}\t{place.add}\t{place.icon}" for place in self.places)


def own_places(user: object) -> OwnPlaces:
    """For the side bar of this colleague; none for anybody else."""
    if not isinstance(user, User):
        return OwnPlaces(())
    readable = (made for made in custom.modules() if policy.level(user, made.key, "read") > policy.NONE)
    return OwnPlaces(tuple(own_place(made) for made in readable))
