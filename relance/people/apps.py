"""Leads, contacts, accounts, their addresses and consent."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Whom the team writes to."""

    name = "relance.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the modules known to lists and searches, and offer leads, contacts and accounts to imports."""
        from relance.people.account_imports import AccountTarget
        from relance.people.imports import PeopleTarget
        from relance.people.models import Person
        from relance.people.modules import declare_modules
        from relance.people.story import tell
        from relance.records.imports.target import register
        from relance.team.models import Module

        declare_modules()
        tell()
        register(PeopleTarget(Person.Kind.LEAD, Module.LEAD.label))
        register(PeopleTarget(Person.Kind.CONTACT, Module.CONTACT.label))
        register(AccountTarget())
