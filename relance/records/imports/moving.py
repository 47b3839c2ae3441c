"""The one writer of an import's state."""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext as _

from relance.lib import live
from relance.lib.states import move
from relance.records.imports.refusals import NotNow
from relance.records.models import Import

SETTLING = (Import.State.MAPPING, Import.State.CHECKED)  # may be entered again from themselves


def change(row: Import, to: str, *fields: str) -> None:
    """Move to a state and store these fields of the row with it. Raises NotNow where that is not legal."""
    facts = {name: getattr(row, name) for name in fields}
    mine = Import.objects.filter(pk=row.pk)
    stayed = to in SETTLING and mine.filter(state=to).update(state=to, **facts)
    if not (stayed or move(mine, "state", Import.MOVES, to=to, **facts)):
        row.refresh_from_db()
        raise NotNow(_("This import is %(state)s. Nothing was changed.") % {"state": row.get_state_display()})
    row.state = to
    tell(row)


def tell(row: Import) -> None:
    """Let the open pages of this import look again."""
    with connection.cursor() as cursor:
        live.tell(cursor, f"import:{row.pk}")
