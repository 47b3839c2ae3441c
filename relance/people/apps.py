"""Leads, contacts, accounts, their addresses and consent."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Whom the team writes to."""

    name = "relance.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Offer leads and contacts to imports."""
        from relance.people.imports import PeopleTarget
        from relance.people.models import Person
        from relance.records.imports.target import register
        from relance.team.models import Module

        register(PeopleTarget(Person.Kind.LEAD, Module.LEAD.label))
        register(PeopleTarget(Person.Kind.CONTACT, Module.CONTACT.label))
