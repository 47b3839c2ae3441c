"""Sequences of mails and tasks."""

from __future__ import annotations

from django.apps import AppConfig


class SequencesConfig(AppConfig):
    """Programs that follow up on one person at a time."""

    name = "relance.sequences"
    label = "sequences"
    default_auto_field = "django.db.models.BigAutoField"
