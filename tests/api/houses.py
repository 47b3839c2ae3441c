"""Two colleagues of two teams who see only their own: what one has must not exist for the other (X8, G17)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.apps import apps
from django.db import connection

from relance.agenda import actions as agenda
from relance.agenda import sending
from relance.agenda.models import Call, Case, Note, Task
from relance.campaigns import actions as campaigns
from relance.campaigns import campaigning, lists, reports, responding
from relance.campaigns.actions import MassMailDraft
from relance.deals import actions as deals
from relance.deals.models import Deal
from relance.mail.files import Given
from relance.mail.inbound import receive
from relance.mail.models import Mailbox, SignInService, Template
from relance.mail.templates import TemplateDraft, add_template
from relance.mail.writing import attaching, drafts
from relance.people import actions as people
from relance.people.models import Account, Person
from relance.people.suppression import Wish
from relance.records import bulk, views
from relance.records.imports import actions as imports
from relance.records.models import Bulk, Import
from relance.records.selection import Kind, Selection
from relance.records.views import ViewDraft
from relance.sequences.models import Enrolling, Enrolment, Sequence, Step, Version
from relance.team.actions import add_user, make_token
from relance.team.models import Grant, Level, Module, Role, Team, User
from relance.team.workspace import organisation
from relance.webforms import actions as webforms
from relance.webforms import taking
from relance.webforms.actions import FormDraft
from relance.webhooks.models import Delivery, Webhook

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MARK = "zibeline"  # stands in everything that the owner has
HTML = '<p>Bonjour {Person.firstName|vous}, <a href="https://helionne.example/toit">ici</a></p>'
RESTLESS = {"shared_cache", "django_session", "team_apitoken"}  # change when somebody merely reads


@dataclass
class House:
    """One colleague and everything that is hers."""

    owner: User
    lead: Person
    contact: Person
    account: Account
    deal: Deal
    template: Template
    mailbox: Mailbox
    import_row: Import
    draft: campaigns.MassMail
    launched: campaigns.MassMail
    token_id: int
    bulk_id: int
    view_id: int
    ids: dict[str, int] = field(default_factory=dict)


def colleague(name: str) -> User:
    """A salesperson of a team of her own whose role reaches her own records only, with every right beside."""
    role = Role.objects.create(key=f"own-{name}", may_send_mass_mail=True, may_export=True, may_import=True)
    for module in Module.values:
        Grant.objects.create(role=role, module=module, read=Level.OWN, edit=Level.OWN, delete_level=Level.OWN)
    team = Team.objects.create(name=f"Team {name}")
    return add_user(email=f"{name}@helionne.example", name=name.title(), role=role.key, team=team)


def house(name: str, *, owner: User | None = None) -> House:
    """Everything that a colleague can have, each thing with the name in it."""
    owner = owner or colleague(name)
    service()
    webhook()
    account = people.add_account(people.AccountDraft(values={"name": f"SA {name}"}), by=owner, now=NOW)
    lead, contact = (
        people.add_person(
            kind,
            people.PersonDraft(
                values={"first_name": name, "last_name": kind}, emails=(f"{kind}@{name}.example",), account=account
            ),
            by=owner, now=NOW,
        )
        for kind in ("lead", "contact")
    )  # fmt: skip
    told = {"name": f"Affaire {name}", "account": account.pk, "contact": contact.pk, "note": name}
    deal = deals.add(told, by=owner, now=NOW)
    people.opt_out(Wish(normal=f"contact@{name}.example", scope="marketing", route="page", at=NOW, words=name))
    values = {"name": f"Modèle {name}", "subject": name, "html": HTML, "language": "fr", "shared": False}
    template = add_template(TemplateDraft(values=values), by=owner, now=NOW)
    mailbox = Mailbox.objects.create(
        name=f"Boîte {name}", kind="personal", user=owner, address=f"box@{name}.example", host="127.0.0.1", port=9,
        security="none", state="working",
    )  # fmt: skip
    upload = imports.Upload(name=f"{name}.csv", chunks=[f"Nom;E-mail\n{name};import@{name}.example\n".encode()])
    row = imports.start(upload, module="lead", by=owner, now=NOW)
    chosen = Selection(module="lead", kind=Kind.ROWS, ids=(lead.pk,))
    view = views.add("lead", ViewDraft(name=f"Vue {name}", text=name), by=owner, now=NOW)
    act = bulk.start(chosen, Bulk.Act.EDIT, {"city": name}, by=owner, now=NOW)
    return House(
        owner=owner, lead=lead, contact=contact, account=account, deal=deal, template=template, mailbox=mailbox,
        import_row=row,
        draft=mass_mail(name, owner, template, mailbox), launched=launched(name, owner, template, mailbox),
        token_id=make_token(owner, name=name)[0].pk, bulk_id=act.pk, view_id=view.pk,
        ids={
            **entries(name, owner, contact), **mails(name, owner, contact), **received(name, mailbox),
            **sequence(owner, lead, mailbox), **reach(name, owner, lead, template),
        },
    )  # fmt: skip


def reach(name: str, owner: User, lead: Person, template: Template) -> dict[str, int]:
    """A target list with somebody on it, a campaign to it, a report, an auto-responder."""
    row = lists.make(f"Liste {name}", by=owner, now=NOW)
    lists.fill(row, Selection(module="lead", kind=Kind.ROWS, ids=(lead.pk,)), by=owner, now=NOW)
    told = {"name": f"Campagne {name}", "lists": [row.pk]}
    campaign = campaigning.make(campaigning.CampaignDraft(values=told), by=owner, now=NOW)
    link = campaigning.add_link(campaign, name=name, url="https://helionne.example", by=owner)
    asked = reports.ReportDraft(values={"name": f"Rapport {name}", "module": "lead", "group": "city"})
    report = reports.save(None, asked, by=owner, now=NOW)
    answer = responding.ResponderDraft(values={"name": f"Réponse {name}", "event": "form", "template": template})
    responder = responding.save(None, answer, by=owner, now=NOW)
    asked = FormDraft(values={"name": f"Formulaire {name}", "fields": [{"key": "note"}]})
    form = webforms.save(None, asked, by=owner, now=NOW)
    written = {"note": f"Rappeler {name}"}
    held = taking.submit(form, f"form@{name}.example", written, taking.Sent(trap="x"), now=NOW)
    return {
        "web_form": form.pk, "submission": held.pk, "target_list": row.pk,
        "campaign": campaign.pk, "campaign_link": link.pk, "report": report.pk,
        "responder": responder.pk,
    }  # fmt: skip


def sequence(owner: User, lead: Person, mailbox: Mailbox) -> dict[str, int]:
    """A sequence, which is everybody's, with a person in it, who is not."""
    row = Sequence.objects.create(name="Relances", created_at=NOW, updated_at=NOW)
    version = Version.objects.create(sequence=row, number=1, created_at=NOW)
    step = Step.objects.create(version=version, position=1, key="call", kind="task", name="Rappel")
    enrolment = Enrolment.objects.create(
        sequence=row, version=version, person=lead, user=owner, mailbox=mailbox, normal=lead.primary_email,
        enrolled_at=NOW,
    )  # fmt: skip
    job = Enrolling.objects.create(sequence=row, by=owner, module="lead", kind="all", created_at=NOW)
    return {"sequence": row.pk, "enrolment": enrolment.pk, "step": step.pk, "enrolling": job.pk}


def entries(name: str, owner: User, contact: Person) -> dict[str, int]:
    """A task, a call, a case and a note, by their names."""
    kinds: dict[str, type[Task | Call | Case | Note]] = {"task": Task, "call": Call, "case": Case, "note": Note}
    about = {"subject": f"Rappeler {name}", "text": f"Rappeler {name}", "person": contact.pk}
    return {kind: agenda.add(model, about, by=owner, now=NOW).pk for kind, model in kinds.items()}


def received(name: str, mailbox: Mailbox) -> dict[str, int]:
    """A mail in the private mailbox of the house."""
    raw = f"From: contact@{name}.example\nTo: box@{name}.example\nSubject: Courrier {name}\n\n{name}\n".encode()
    stored = receive.store(mailbox, raw, now=NOW)
    told = receive.interpret(stored.pk)
    assert told is not None
    assert told.thread_id is not None
    return {"received": told.pk, "thread": told.thread_id}


def mails(name: str, owner: User, contact: Person) -> dict[str, int]:
    """A mail being written with a file, and one that has its hour with a reminder, by their names."""
    values = {"to": f"contact@{name}.example", "subject": f"Mail {name}", "html": f"<p>{name}</p>", "person": contact}
    draft = drafts.begin(values, by=owner, now=NOW)
    given = Given(name=f"{name}.pdf", content_type="application/pdf", data=name.encode())
    file = attaching.attach(draft, given, by=owner, now=NOW)
    sent = drafts.begin(
        {**values, "deliver_at": NOW + timedelta(days=9), "remind_if": "anyway", "remind_at": NOW + timedelta(days=20)},
        by=owner, now=NOW,
    )  # fmt: skip
    attaching.attach(sent, given, by=owner, now=NOW, follow=True)
    message = sending.send(sent, by=owner, now=NOW)
    return {"draft": draft.pk, "attachment": file.pk, "message": message.pk, "reminder": message.reminders.get().pk}


def mass_mail(name: str, owner: User, template: Template, mailbox: Mailbox) -> campaigns.MassMail:
    values = {"name": f"Envoi {name}", "module": "lead", "audience": "all", "criteria": {}}
    values |= {"template": template, "mailbox": mailbox}
    return campaigns.draft_mass_mail(MassMailDraft(values=values), by=owner, now=NOW)


def launched(name: str, owner: User, template: Template, mailbox: Mailbox) -> campaigns.MassMail:
    """One that is on its way; nothing has left yet."""
    organisation()
    mail = mass_mail(name, owner, template, mailbox)
    message = campaigns.launch(mail, by=owner, now=NOW)
    campaigns.prepare(message.pk, now=NOW)
    mail.refresh_from_db()
    return mail


def tables() -> list[str]:
    """Everything that is stored, save what changes when somebody merely reads."""
    return sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)} - RESTLESS)


def written() -> str:
    """A digest of what stands in the tables."""
    parts = [
        f"SELECT '{table}', count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"
        for table in tables()
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return repr(sorted(cursor.fetchall()))


def changes() -> int:
    """How many rows this transaction has written so far, also those taken back, in the tables that `written` reads.

    What leaves this number as it was has written nothing, and `written`, a hundred times dearer, need not be asked.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)"
            " + pg_stat_get_xact_tuples_deleted(oid)) FROM pg_class WHERE oid = ANY(%s::regclass[])",
            [tables()],
        )
        return int(cursor.fetchone()[0])


def service() -> SignInService:
    """Where mailboxes sign in; it belongs to nobody in particular."""
    known = {
        "authorize_url": "https://a.example/a",
        "token_url": "https://a.example/t",
        "scopes": "x",
        "client_id": "x",
    }
    return SignInService.objects.get_or_create(name="Ouverture", defaults={**known, "scopes": "x"})[0]


def webhook() -> Delivery:
    """Something that another program was told; it belongs to nobody in particular."""
    row = Webhook.objects.kept().first()
    if row is None:
        row = Webhook.objects.create(
            key="k", name="Facturation", url="https://localhost/hook", events=["deal.won"],
            creator=User.objects.earliest("pk"), on_since=NOW, created_at=NOW, updated_at=NOW,
        )  # fmt: skip
        row.deliveries.create(event_id="msg_1", kind="deal.won", at=NOW, state="failed", queued_at=NOW)
    return row.deliveries.get()
