"""What mail and its engagement tell; no tables."""

from __future__ import annotations

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    """History, figures, advice."""

    name = "relance.insights"
    label = "insights"

    def ready(self) -> None:
        """Tell histories what mail knows."""
        from relance.insights.story import tell

        tell()
