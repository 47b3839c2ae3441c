"""Pipelines, their stages, and deals on their way through them."""

from __future__ import annotations

from django.apps import AppConfig


class DealsConfig(AppConfig):
    """What may be sold, and how far it has come."""

    name = "relance.deals"
    label = "deals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make deals known to lists, searches and forms."""
        from relance.deals.criteria import add_to_lists
        from relance.deals.imports import DealTarget
        from relance.deals.modules import declare_module
        from relance.deals.story import tell
        from relance.records.imports.target import register

        declare_module()
        add_to_lists()
        tell()
        register(DealTarget())
