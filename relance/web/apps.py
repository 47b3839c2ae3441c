"""The HTML face."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages, forms, templates."""

    name = "relance.web"
    label = "web"
