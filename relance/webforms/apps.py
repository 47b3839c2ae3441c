"""Forms of one's own site."""

from __future__ import annotations

from django.apps import AppConfig


class WebFormsConfig(AppConfig):
    """Strangers leave their address, and become leads."""

    name = "relance.webforms"
    label = "webforms"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """What somebody sent by a form stands in the history of the person."""
        from relance.webforms.story import tell

        tell()
