"""Sample people and templates for an empty installation (ADM-01): all at `.example` addresses, in both languages."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from relance.lib.fold import fold
from relance.mail.models import Template
from relance.people.actions import AccountDraft, PersonDraft, add_account, add_person
from relance.people.models import Account, Person
from relance.team.models import User

COMPANIES = (
    ("Groupe Mercadier", "Nantes", "France"),
    ("Vermeulen Bouw", "Gent", "Belgium"),
    ("Ashgrove Foods", "Leeds", "United Kingdom"),
)
PEOPLE = (
    ("Olivier", "Mercadier", "Directeur général", 0, "fr"), ("Lucie", "Pasquier", "Responsable achats", 0, "fr"),
    ("Antoine", "Guillou", "Directeur technique", 0, "fr"), ("Gaëlle", "Brossard", "Assistante de direction", 0, "fr"),
    ("Dirk", "Vermeulen", "Owner", 1, "en"), ("Anke", "De Smet", "Purchasing", 1, "en"),
    ("Tom", "Peeters", "Site manager", 1, "en"), ("Sofie", "Claes", "Finance", 1, "en"),
    ("Priya", "Raman", "Head of operations", 2, "en"), ("Rohan", "Patel", "Energy manager", 2, "en"),
    ("Emily", "Ward", "Managing director", 2, "en"), ("Jack", "Turner", "Maintenance", 2, "en"),
)  # fmt: skip
TEMPLATES = (
    ("Premier contact", "fr", "{Account.name} et vos projets de cette année",
     "<p>Bonjour {Person.firstName|},</p><p>Je me permets de vous écrire au sujet de vos projets. "
     "<a href=\"https://www.example.com/references\">Voici trois références</a> proches de votre métier.</p>"
     "<p>Seriez-vous disponible dix minutes la semaine prochaine ?</p><p>{User.name}</p>"),
    ("Relance après devis", "fr", "Votre devis : une question ?",
     "<p>Bonjour {Person.firstName|},</p><p>Avez-vous pu lire notre devis ? "
     "<a href=\"https://www.example.com/devis\">Il est toujours ici</a>.</p><p>{User.name}</p>"),
    ("First contact", "en", "{Account.name} and your plans for this year",
     "<p>Dear {Person.firstName|colleague},</p><p>I am writing about your plans for this year. "
     "<a href=\"https://www.example.com/references\">Here are three references</a> close to your trade.</p>"
     "<p>Would you have ten minutes next week?</p><p>{User.name}</p>"),
    ("After the quote", "en", "Your quote: any question?",
     "<p>Dear {Person.firstName|colleague},</p><p>Have you had time to read our quote? "
     "<a href=\"https://www.example.com/quote\">It is still here</a>.</p><p>{User.name}</p>"),
)  # fmt: skip


@transaction.atomic
def add_samples(*, by: User, now: datetime) -> None:
    """Add the sample companies, people and templates. Raises Forbidden."""
    accounts = [add_company(name, city, country, by=by, now=now) for name, city, country in COMPANIES]
    for first, last, job, company, language in PEOPLE:
        account = accounts[company]
        add_person(
            Person.Kind.CONTACT,
            PersonDraft(
                values={
                    "first_name": first, "last_name": last, "job_title": job, "language": language,
                    "city": account.city, "country": account.country, "source": "Sample",
                },
                emails=(address(first, last, account),),
                account=account,
            ),
            by=by,
            now=now,
        )  # fmt: skip
    Template.objects.bulk_create(
        Template(name=name, language=language, subject=subject, html=html, owner=by, created_at=now, updated_at=now)
        for name, language, subject, html in TEMPLATES
    )


def add_company(name: str, city: str, country: str, *, by: User, now: datetime) -> Account:
    """One sample company."""
    return add_account(AccountDraft(values={"name": name, "city": city, "country": country}), by=by, now=now)


def address(first: str, last: str, account: Account) -> str:
    """An address that can reach nobody (RFC 2606)."""
    domain = fold(account.name).replace(" ", "-")
    return f"{fold(first)}.{fold(last).replace(' ', '')}@{domain}.example"
