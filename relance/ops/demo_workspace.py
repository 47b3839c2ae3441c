"""The example company of `relance demo`: Hélionne, solar roofs, Nantes. Made once; a second start finds it there."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import translation

from relance.campaigns import actions as campaigns
from relance.campaigns.models import MassMail
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail.mailboxes import MailboxDraft, add_mailbox
from relance.mail.models import Mailbox, Template
from relance.mail.templates import TemplateDraft, add_template
from relance.ops import demo_agenda, demo_campaign, demo_contract, demo_deals, demo_sequences
from relance.ops.cast import Actor, Company, actors, companies
from relance.ops.demo_sign_in import DEMO_EMAIL, DEMO_PASSWORD
from relance.ops.demo_templates import TEMPLATES
from relance.ops.demo_words import BY_LANGUAGE, Words
from relance.people.actions import (
    AccountDraft,
    PersonDraft,
    add_account,
    add_person,
    note_bounce,
    opt_out,
    record_consent,
)
from relance.people.models import Account, Address, Person, Suppression
from relance.people.suppression import Wish
from relance.team.actions import add_user
from relance.team.models import Organisation, Role, Team, User
from relance.team.workspace import organisation

PEOPLE = 360
NAME, DOMAIN = "Hélionne", "helionne.example"
COLLEAGUES = (
    ("Yann Le Goff", "yann@helionne.example", Role.Key.MANAGER),
    ("Maud Sarrazin", "maud@helionne.example", Role.Key.SALESPERSON),
)


def ensure(language: str) -> None:
    """Make the example company where there is none, in this language; leave a workspace that is in use as it is."""
    if organisation().set_up_at is not None:
        return
    words = BY_LANGUAGE[language]
    with translation.override(language):
        user = _company(words, clock.now())
        _first_mass_mail(user)
        try:
            demo_campaign.make(user, words, now=clock.now())
        except Refused as refused:
            print(f"The campaign of the demo stays as it is: {refused}")


@transaction.atomic
def _company(words: Words, now: datetime) -> User:
    Organisation.objects.filter(pk=1).update(
        name=NAME, language=words.language, time_zone="Europe/Paris", country="FR", mail_name=NAME,
        workspace=Organisation.Workspace.DEMO, tracking=Organisation.Tracking.BY_DEFAULT, set_up_at=now,
        mail_address=f"bonjour@{DOMAIN}", mass_starts_per_hour=20,
    )  # fmt: skip
    clock.forget()
    team = Team.objects.create(name="Nantes")
    user = add_user(
        email=DEMO_EMAIL, name="Camille Aubry", role=Role.Key.ADMINISTRATOR, password=DEMO_PASSWORD, team=team
    )
    User.objects.filter(pk=user.pk).update(
        job_title=words.job, phone="+33 2 40 00 00 01", signature="Camille Aubry\nHélionne"
    )
    others = [add_user(email=email, name=name, role=role, team=team) for name, email, role in COLLEAGUES]
    _mailbox(user, words)
    _templates(user, words, now)
    _people([user, *others], words, now)
    _past(now)
    demo_deals.fill(words, now)
    demo_agenda.fill([user, *others], words.language, now)
    demo_sequences.fill([user, *others], words, now)
    demo_contract.fill(user, words.contract, clock.now())  # making the rest takes a while
    return user


def _mailbox(user: User, words: Words) -> None:
    """The port is written by the world when it listens."""
    from relance.ops.world import maildir

    values = {
        "name": words.mailbox, "kind": Mailbox.Kind.SHARED, "address": f"bonjour@{DOMAIN}", "from_name": NAME,
        "host": "127.0.0.1", "port": 2525, "security": Mailbox.Security.NONE, "bounce_domain": DOMAIN,
        "maildir": str(maildir()),
    }  # fmt: skip
    add_mailbox(MailboxDraft(values=values, is_default=True), by=user)


def _templates(user: User, words: Words, now: datetime) -> None:
    for values in TEMPLATES:
        add_template(TemplateDraft(values={**values, "folder": words.folders[str(values["folder"])]}), by=user, now=now)


def _people(owners: list[User], words: Words, now: datetime) -> None:
    accounts = {company.name: _account(company, owners[0], now) for company in companies()}
    for number, actor in enumerate(actors(PEOPLE)):
        account, owner = accounts[actor.company.name], owners[number % len(owners)]
        person = _person(actor, number, account, owner, words.sources[actor.source], owners[0], now)
        if number % 17 == 5:
            _consent(person, Person.Consent.DENIED, words.said_no, words.web_form, owners[0], now)
        elif number % 5 == 0:
            _consent(person, Person.Consent.GRANTED, words.said_yes, words.web_form, owners[0], now)


def _account(company: Company, by: User, now: datetime) -> Account:
    values = {
        "name": company.name,
        "city": company.city,
        "country": company.country,
        "website": f"https://{company.domain}",
    }
    draft = AccountDraft(values=values, emails=(f"contact@{company.domain}",))
    return add_account(draft, by=by, now=now)


def _emails(actor: Actor, number: int) -> tuple[str, ...]:
    """Mostly one address; now and then none, two, or the one that a whole company shares."""
    if number % 41 == 7:
        return ()
    if number % 29 == 3:
        return (f"contact@{actor.company.domain}",)
    if number % 13 == 4:
        return (actor.email, f"{actor.first[0].lower()}{number}@home.example")
    return (actor.email,)


def _past(now: datetime) -> None:
    """Some have opted out long ago, and some addresses are known to be dead."""
    people = Person.objects.exclude(primary_email="").order_by("pk")
    for number, address in enumerate(Address.objects.filter(person__in=people, position=0).order_by("pk")):
        if number % 23 == 11:
            route = Suppression.Route.PAGE if number % 2 else Suppression.Route.BY_HAND
            opt_out(Wish(normal=address.normal, route=route, at=now - timedelta(days=20 + number), words="Aides 2026"))
        elif number % 31 == 17:
            note_bounce(
                address.normal,
                hard=True,
                why="550 5.1.1 User unknown",
                recipient_id=0,
                now=now - timedelta(days=number),
            )


def _person(actor: Actor, number: int, account: Account, owner: User, source: str, by: User, now: datetime) -> Person:
    values = {
        "first_name": actor.first, "last_name": actor.last, "job_title": actor.job, "city": account.city,
        "country": account.country, "source": source, "company": account.name,
        "language": "fr" if actor.company.is_french else "en",
    }  # fmt: skip
    kind = Person.Kind.LEAD if actor.is_lead else Person.Kind.CONTACT
    draft = PersonDraft(
        values=values, emails=_emails(actor, number), account=None if actor.is_lead else account, owner=owner
    )
    return add_person(kind, draft, by=by, now=now)


def _consent(person: Person, state: str, words: str, how: str, by: User, now: datetime) -> None:
    record_consent(person, state, how=how, words=words, source="helionne.example", by=by, now=now)


def _first_mass_mail(user: User) -> None:
    """One mass mail leaves as soon as the demo runs, so that there is something to watch."""
    now = clock.now()
    template = Template.objects.get(name="Aides 2027")
    local = now.astimezone(ZoneInfo("Europe/Paris"))
    values = {
        "name": f"Aides 2027, {local:%d/%m}", "module": Person.Kind.CONTACT, "audience": MassMail.Audience.FILTER,
        "criteria": {"params": {"language": "fr"}}, "template": template, "from_choice": "organisation",
        "reply_choice": "organisation",
    }  # fmt: skip
    mass_mail = campaigns.draft_mass_mail(campaigns.MassMailDraft(values=values), by=user, now=now)
    try:
        campaigns.launch(mass_mail, by=user, now=now)
    except Refused as refused:
        print(f"The first mass mail of the demo stays a draft: {refused}")
