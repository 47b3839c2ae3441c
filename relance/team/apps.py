"""Users, teams, roles and the organisation."""

from __future__ import annotations

from django.apps import AppConfig


class TeamConfig(AppConfig):
    """The lowest floor with tables."""

    name = "relance.team"
    label = "team"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let the clock read its offset from the organisation."""
        from relance.lib import clock
        from relance.team.workspace import clock_offset

        clock.use_source(clock_offset)
