"""The fields of a deal that a template may use in mass mails to deals, such as {Deal.amount} (MASS-09, TPL-02)."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from relance.mail.catalogue import Field, extend
from relance.mail.outbound.placeholders import FieldKind

OF_COPY = "(SELECT x.deal_id FROM campaigns_dealcopy x WHERE x.recipient_id = r.id)"


def _field(name: str, label: str | Promise, sample: str, sql: str, kind: FieldKind = FieldKind.TEXT) -> Field:
    rows = "deals_deal d JOIN deals_stage s ON s.id = d.stage_id JOIN deals_pipeline l ON l.id = d.pipeline_id"
    column = f"(SELECT {sql} FROM {rows} WHERE d.id = {{subject}})"
    return Field(name=name, label=label, sample=sample, column=column, kind=kind, subject=OF_COPY)


FIELDS = (
    _field("Deal.name", _("Deal"), "Toiture, 60 kWc", "d.name"),
    _field("Deal.amount", _("Amount of the deal"), "82000 EUR", "d.amount || ' ' || d.currency", FieldKind.MONEY),
    _field("Deal.closeDate", _("Expected close of the deal"), "2026-12-18", "d.close_date::text", FieldKind.DATE),
    _field("Deal.stage", _("Stage of the deal"), "Proposition", "s.name"),
    _field("Deal.pipeline", _("Pipeline of the deal"), "Ventes", "l.name"),
)


def add_to_catalogue() -> None:
    """Make them known to templates."""
    extend(*FIELDS)
