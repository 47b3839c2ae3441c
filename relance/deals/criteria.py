"""Criteria may ask whether somebody, or a company, has deals: open ones, won ones, lost ones (REC-05).

Only deals that the asker may see count (X8).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from relance.deals.models import Deal, Stage
from relance.records.facts import at_least
from relance.records.registry import Happening, Occasion, Words, add_facts
from relance.team.models import Module

OF: Mapping[str, str] = {Module.LEAD: "contacts", Module.CONTACT: "contacts", Module.ACCOUNT: "account"}
# Key, what stands in the menu, the sentence and its contrary, the state, and the moment that "in the last" looks at.
FACTS: tuple[tuple[str, Words, Words, Words, str, str], ...] = (
    ("open_deal", _("Open deal"), _("has an open deal"), _("has no open deal"), Stage.Kind.OPEN, "created_at"),
    ("won_deal", _("Won deal"), _("has a won deal"), _("has no won deal"), Stage.Kind.WON, "won_at"),
    ("lost_deal", _("Lost deal"), _("has a lost deal"), _("has no lost deal"), Stage.Kind.LOST, "lost_at"),
)


def add_to_lists() -> None:
    """Let lists of people and companies ask for their deals."""
    for module, who in OF.items():
        add_facts(
            module,
            *(
                Happening(key=key, label=label, did=did, did_not=did_not, condition=partial(_deals, who, state, at))
                for key, label, did, did_not, state, at in FACTS
            ),
        )


def _deals(who: str, state: str, at: str, occasion: Occasion) -> Q:
    rows = Deal.objects.visible_to(occasion.asking.user).filter(state=state)
    return at_least(rows, who, at, occasion)
