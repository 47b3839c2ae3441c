"""Tables of deals: pipelines and their stages, the deals, and where each has been."""

from __future__ import annotations

from relance.deals.models.deal import Deal, DealContact, Deals, StageMove
from relance.deals.models.mail import DealMail
from relance.deals.models.pipeline import Pipeline, Stage

__all__ = ["Deal", "DealContact", "DealMail", "Deals", "Pipeline", "Stage", "StageMove"]
