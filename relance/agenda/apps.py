"""Tasks, calls, cases and notes."""

from __future__ import annotations

from django.apps import AppConfig


class AgendaConfig(AppConfig):
    """What is to be done, and what was said."""

    name = "relance.agenda"
    label = "agenda"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the modules known to lists and searches, and tell histories what they hold."""
        from relance.agenda.criteria import add_to_lists
        from relance.agenda.imports import targets
        from relance.agenda.modules import declare_modules
        from relance.agenda.story import tell
        from relance.records.imports.target import register

        declare_modules()
        add_to_lists()
        tell()
        for target in targets():
            register(target)
