"""Commands and the demo world."""

from __future__ import annotations

from django.apps import AppConfig


class OpsConfig(AppConfig):
    """The operators' face."""

    name = "relance.ops"
    label = "ops"
    default_auto_field = "django.db.models.BigAutoField"
