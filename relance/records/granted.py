"""The modules on which a role grants a reach (REC-03): those that come with Relance, then one's own."""

from __future__ import annotations

from relance.records import registry
from relance.records.fields import Words
from relance.team.models import Module


def granted() -> dict[str, Words]:
    """Their keys and their names, as the page of a role lists them."""
    own: dict[str, Words] = {listed.key: listed.label for listed in registry.modules()}
    return {**{module.value: module.label for module in Module}, **own}
