"""What every module shares."""

from __future__ import annotations

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Imports, lists, search, exports."""

    name = "relance.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the modules that administrators make known to everyone, and tell histories what was changed."""
        from relance.records import own, own_imports, registry
        from relance.records.imports.target import register_own
        from relance.records.story import tell

        registry.declare_own(own.listed)
        register_own(own_imports.targets)
        tell()
