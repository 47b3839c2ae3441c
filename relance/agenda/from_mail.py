"""Make a record from a received mail, in one step: filled in from it, and the mail belongs to it (INBOX-06).

made = make("lead", mail, by=user, now=now)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from relance.agenda import actions
from relance.agenda.models import Case, Task
from relance.deals import actions as deals
from relance.deals import mails as deal_mails
from relance.deals.models import Deal
from relance.lib.addresses import PUBLIC_DOMAINS
from relance.lib.refusal import Refused
from relance.mail import reading
from relance.mail.inbound import placing
from relance.mail.inbound.answer import answer
from relance.mail.inbound.outline import normals
from relance.mail.inbound.parse import parse
from relance.mail.models import Received
from relance.mail.models.sharing import PARENTS
from relance.people.actions import PersonDraft, add_person
from relance.people.models import Person
from relance.records import registry
from relance.records.fields import Value
from relance.team.models import Module, User
from relance.team.policy import Forbidden

LONGEST = 4_000
PREFIX = re.compile(r"(?i)^\s*(?:(?:re|aw|sv|antw|ref|rif|res|tr|fwd?|wg|enc|i)\s*(?:\[\d+\])?\s*[:：]\s*)+")


class KnownAlready(Refused):
    """The sender has a record already."""


class OneOfUs(Refused):
    """The sender is a colleague, who is no client."""


@transaction.atomic
def make(module: str, mail: Received, *, by: User, now: datetime, address: str = "") -> tuple[str, int, str]:
    """A new record of this module: its module, id and name. `address`: another person of the mail than its sender.

    Raises Forbidden, KnownAlready, OneOfUs, and what adding such a record raises.
    """
    maker = MAKERS.get(module)
    if maker is None:
        raise registry.UnknownModule(module)
    made = maker(mail, by, now, address)
    is_other = bool(address) and address not in _parties(mail)
    if module in PARENTS and not is_other and reading.may_change(mail, by):
        belongs(mail, module=module, id=made.pk, by=by, now=now)
    return module, made.pk, str(made)


@transaction.atomic
def belongs(mail: Received, *, module: str, id: int | None, by: User, now: datetime) -> None:
    """Say by hand what a mail belongs to; a deal of its people also has it among its mails (DEAL-04).

    Raises as `reading.set_parent`.
    """
    reading.set_parent(mail, module=module, id=id, by=by)
    if module != Module.DEAL or id is None:
        return
    with suppress(deal_mails.NotOfTheContact, deal_mails.NotLinkable, Forbidden):
        deal_mails.link(deal_mails.mail_of(mail), Deal.objects.get(pk=id), by=by, now=now)


def _parties(mail: Received) -> list[str]:
    """Whose record the mail belongs to: the sender, or for what we wrote, those it went to."""
    return normals([(name, one) for name, one in mail.to]) if mail.is_outgoing else [mail.from_normal]


def _person(kind: str) -> Callable[[Received, User, datetime, str], Person]:
    def made(mail: Received, by: User, now: datetime, address: str) -> Person:
        name, email, normal = _named(mail, address)
        if placing.ours().are(normal):
            raise OneOfUs(_("%(email)s belongs to your own organisation.") % {"email": email})
        if placing.holders([normal]).get(normal):
            raise KnownAlready(_("%(email)s belongs to a record already.") % {"email": email})
        first, last = split_name(name, email)
        values = {"first_name": first[:120], "last_name": last[:120], "company": company_of(normal)[:200]}
        draft = PersonDraft(values={**values, "source": _("Mail") if kind == Module.LEAD else ""}, emails=(email,))
        person = add_person(kind, draft, by=by, now=now)
        placing.claim([person.pk])
        return person

    return made


def _named(mail: Received, address: str) -> tuple[str, str, str]:
    """Name, address and compared address of the one who is meant: the sender unless `address` names another."""
    people = [(mail.from_name, mail.from_email), *mail.reply_to, *mail.to, *mail.cc]
    for name, email in people:
        normal = next(iter(normals([(name, email)])), "")
        if normal and (normal == address or not address):
            return name, email, normal
    raise KnownAlready(_("This mail names no such address."))


def split_name(name: str, email: str) -> tuple[str, str]:
    """First and last name of a sender as mail writes them: "Ève Martin", "MARTIN, Ève", or only an address."""
    bare = name.strip("\"' ")
    if not bare or "@" in bare:
        words = [word for word in re.split(r"[._-]+", email.partition("@")[0]) if not word.isdigit()]
        return (
            (words[0].capitalize(), " ".join(word.capitalize() for word in words[1:])) if len(words) > 1 else ("", "")
        )
    if "," in bare:
        last, _comma, first = bare.partition(",")
        return first.strip(), _calm(last.strip())
    first, _space, last = bare.partition(" ")
    if first.isupper() and len(first) > 2 and not last.isupper() and last:
        return last.strip(), _calm(first)
    return (_calm(first), _calm(last.strip())) if last else ("", _calm(first))


def _calm(name: str) -> str:
    return name.title() if name.isupper() and len(name) > 2 else name


def company_of(normal: str) -> str:
    """The company that a domain speaks of; nothing for the domains where everybody has an address."""
    domain = normal.rpartition("@")[2]
    if not domain or domain in PUBLIC_DOMAINS:
        return ""
    labels = domain.split(".")
    name = labels[-3] if len(labels) > 2 and len(labels[-2]) <= 3 else labels[-2] if len(labels) > 1 else labels[0]
    return name.replace("-", " ").title()


def _task(mail: Received, by: User, now: datetime, _address: str) -> Task:
    """A task belongs to what the mail belongs to; its note leads back to the mail."""
    note = f"{text_of(mail)}\n\n{settings.RELANCE_URL}/inbox/mails/{mail.pk}"
    return actions.add(Task, {"subject": subject_of(mail), "note": note, **_about(mail, by)}, by=by, now=now)


def _case(mail: Received, by: User, now: datetime, _address: str) -> Case:
    told: dict[str, Value] = {"subject": subject_of(mail), "description": text_of(mail)}
    return actions.add(Case, {**told, **_about(mail, by)}, by=by, now=now)


def _deal(mail: Received, by: User, now: datetime, _address: str) -> Deal:
    about = _about(mail, by)
    values: dict[str, Value] = {"name": subject_of(mail)}
    person = Person.objects.visible_to(by).filter(pk=mail.person_id or 0).first()
    if person is not None:
        values["account"] = person.account_id
        if person.kind == Person.Kind.CONTACT:
            values["contact"] = person.pk
    elif about.get("account"):
        values["account"] = about["account"]
    return deals.add(values, by=by, now=now)


def _about(mail: Received, by: User) -> dict[str, Value]:
    """What a new record is about: the person of the mail, and the account or deal that it belongs to."""
    told: dict[str, Value] = {}
    if mail.person_id and Person.objects.visible_to(by).filter(pk=mail.person_id).exists():
        told["person"] = mail.person_id
    module, id = mail.parent_module, mail.parent_id
    if module in ("account", "deal") and id and registry.module(module).visible(by).filter(pk=id).exists():
        told[module] = id
    return told


def subject_of(mail: Received) -> str:
    """The subject without "Re:" and "Fwd:"; else who wrote."""
    return (PREFIX.sub("", mail.subject).strip() or mail.from_name or mail.from_email or _("Mail"))[:200]


def text_of(mail: Received) -> str:
    """What was written, without what is quoted below it."""
    text = parse(mail.content).text
    return (answer(text) or text).strip()[:LONGEST]


MAKERS: Mapping[str, Callable[[Received, User, datetime, str], Person | Task | Case | Deal]] = {
    "lead": _person(Module.LEAD),
    "contact": _person(Module.CONTACT),
    "task": _task,
    "case": _case,
    "deal": _deal,
}
