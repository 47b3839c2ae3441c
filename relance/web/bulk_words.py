"""What an act on many records says of itself."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from relance.records.models import Bulk
from relance.web.places import counted


def done_words(row: Bulk) -> str:
    """12 leads were changed."""
    told = {"records": counted(row.module, row.changed)}
    if row.state in (Bulk.State.UNDOING, Bulk.State.UNDONE):
        return ngettext("%(records)s has its value back.", "%(records)s have their values back.", row.changed) % told
    if row.act == Bulk.Act.DELETE:
        return ngettext("%(records)s was deleted.", "%(records)s were deleted.", row.changed) % told
    return ngettext("%(records)s was changed.", "%(records)s were changed.", row.changed) % told


def why_words(row: Bulk) -> Iterator[tuple[str, int]]:
    """Why rows were left as they are, with their number, the most frequent reason first."""
    known = {
        "forbidden": _("Your role does not reach them."),
        "gone": _("They are not there any more."),
        "changed since": _("Somebody has changed them since."),
        "crashed": _("Something went wrong; it was logged."),
    }
    for reason, number in sorted(row.why.items(), key=lambda pair: -pair[1]):
        yield known.get(reason, reason), number
