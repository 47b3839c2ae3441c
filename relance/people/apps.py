"""Leads, contacts, accounts, their addresses and consent."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Whom the team writes to."""

    name = "relance.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
