"""Criteria may ask what is to be done with somebody, a company or a deal, and what was said (REC-05).

Only what the asker may see counts (X8).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from relance.agenda.models import Call, Case, Task
from relance.records.facts import at_least
from relance.records.registry import Happening, Occasion, Words, add_facts
from relance.team.models import Module

Kind = type[Task | Call | Case]
OF: Mapping[str, str] = {
    Module.LEAD: "person", Module.CONTACT: "person", Module.ACCOUNT: "account", Module.DEAL: "deal",
}  # fmt: skip
# Key, what stands in the menu, the sentence and its contrary, the rows, whether they are still open, and their moment.
FACTS: tuple[tuple[str, Words, Words, Words, Kind, bool, str], ...] = (
    ("open_task", _("Open task"), _("has an open task"), _("has no open task"), Task, True, "created_at"),
    ("called", _("Was called"), _("was called"), _("was not called"), Call, False, "done_at"),
    ("open_case", _("Open case"), _("has an open case"), _("has no open case"), Case, True, "created_at"),
)


def add_to_lists() -> None:
    """Let lists of people, companies and deals ask for their tasks, calls and cases."""
    for module, who in OF.items():
        add_facts(
            module,
            *(
                Happening(
                    key=key, label=label, did=did, did_not=did_not, condition=partial(_rows, who, kind, is_open, at)
                )
                for key, label, did, did_not, kind, is_open, at in FACTS
            ),
        )


def _rows(who: str, kind: Kind, is_open: bool, at: str, occasion: Occasion) -> Q:
    """What is open still; or what was really done, not dropped."""
    found = kind.objects.visible_to(occasion.asking.user)
    return at_least(found.filter(done_at=None) if is_open else found.filter(status="done"), who, at, occasion)
