"""Mailboxes, templates, messages out and in, and tracking."""

from __future__ import annotations

from django.apps import AppConfig


class MailConfig(AppConfig):
    """The only way in and out for mail."""

    name = "relance.mail"
    label = "mail"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Lists ask what mail knows of people, histories tell what was received, and what was sent can be filed."""
        from relance.mail.criteria import add_to_lists
        from relance.mail.filed import as_filed
        from relance.mail.inbound.filing import use_writer
        from relance.mail.story import tell

        add_to_lists()
        tell()
        use_writer(as_filed)
