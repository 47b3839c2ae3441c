"""Mailboxes, templates, messages out and in, and tracking."""

from __future__ import annotations

from django.apps import AppConfig


class MailConfig(AppConfig):
    """The only way in and out for mail."""

    name = "relance.mail"
    label = "mail"
    default_auto_field = "django.db.models.BigAutoField"
