"""The fields of records of custom modules that a template may use in mass mails to them: `{Record.name}` (MASS-01)."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from relance.mail.catalogue import Field
from relance.mail.own_fields import placeholders
from relance.records import custom

OF_COPY = "(SELECT x.record_id FROM campaigns_recordcopy x WHERE x.recipient_id = r.id)"
IS_THERE = "EXISTS (SELECT FROM campaigns_recordcopy x WHERE x.recipient_id = r.id)"
FRAME = "(SELECT {sql} FROM records_record q WHERE q.id = {subject})"


def record_fields() -> Iterable[Field]:
    """Those of the modules whose records carry an address; none where there is no such module."""
    written_to = [made for made in custom.modules() if made.has_email]
    if not written_to:
        return
    yield _field("Record.name", _("Name of the record"), written_to[0].name, "q.name")
    yield _field("Record.emailAddress", _("Address of the record"), "olivier@mercadier.example", "q.email")
    keys = [made.key for made in written_to]
    yield from placeholders("Record", "q.custom", keys, frame=FRAME, subject=OF_COPY)


def _field(name: str, label: str | Promise, sample: str, sql: str) -> Field:
    return Field(name=name, label=label, sample=sample, column=FRAME.replace("{sql}", sql), subject=OF_COPY)
