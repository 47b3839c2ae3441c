"""Webhooks."""

from __future__ import annotations

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Other programs are told what happens."""

    name = "relance.webhooks"
    label = "webhooks"
    default_auto_field = "django.db.models.BigAutoField"
