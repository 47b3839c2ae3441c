"""What every module shares, as rows: imports, custom fields and modules, saved views, counts, the audit."""

from relance.records.models.bulk import Bulk, Tag
from relance.records.models.changes import Change, Moved
from relance.records.models.counts import KeptCount
from relance.records.models.custom import CustomField, CustomModule, Record
from relance.records.models.imports import Import, ImportRow
from relance.records.models.views import View

__all__ = [
    "Bulk",
    "Change",
    "CustomField",
    "CustomModule",
    "Import",
    "ImportRow",
    "KeptCount",
    "Moved",
    "Record",
    "Tag",
    "View",
]
