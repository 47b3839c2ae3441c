"""Every page that the addresses name: nothing of another team, and nobody in without signing in (X8, G17).

A new page needs no line here; a new kind of id in an address does, and the test says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver

from relance.deals.models import Pipeline, Stage
from relance.records import actions as records
from relance.records.defining import FieldDraft, add_field
from relance.records.founding import ModuleDraft, add_module
from relance.records.models import CustomField
from relance.team.actions import add_user
from relance.team.models import Grant, Level, User
from relance.team.workspace import organisation
from tests.api.houses import MARK, NOW, house, service, webhook, written

pytestmark = [pytest.mark.django_db, pytest.mark.shows("X8", "G17", "REC-03")]

PUBLIC = re.compile(
    r"^/(start|healthz|readyz|static|styleguide|u/|unsubscribe|t/|c/|api/|languages|jsi18n|favicon|manifest|robots"
    r"|accounts/|calendar/)"
)
"""Pages for everybody: the first start, signs of life, what recipients see; the API has a matrix of its own."""
OTHERS = re.compile(r"^/(accounts|api|static|start|styleguide)")
"""Doors of signing in, which allauth keeps and tests; the API; pages that hold no record."""
KINDS = "formulaire|courrier|modèle|envoi|boîte|affaire|vue|site|rappeler"
TELLS = re.compile(rf"sa {MARK}|{MARK} (lead|contact)|({KINDS}) {MARK}|{MARK}\.csv|@{MARK}\.example", re.IGNORECASE)
"""What stands in records of the other house; the names of colleagues are known to all."""
ARGUMENT = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")


def addresses(patterns=None, before: str = "/") -> Iterator[tuple[str, str]]:
    """Every address with its name, its arguments still open."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, here)
        elif isinstance(pattern, URLPattern):
            yield here, pattern.name or here


PAGES = {address: name for address, name in addresses() if not OTHERS.match(address)}
OPEN = {address: name for address, name in PAGES.items() if ARGUMENT.search(address)}
PLAIN = {address: name for address, name in PAGES.items() if not ARGUMENT.search(address)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


@pytest.fixture(autouse=True)
def files(settings, folder):
    settings.MEDIA_ROOT = folder
    settings.RELANCE_FILES = str(folder)


@pytest.fixture(scope="module")
def street(django_db_setup, django_db_blocker, folder):
    """Both houses, built once for this file; what a test does to them is undone with the test."""
    kept = override_settings(MEDIA_ROOT=folder, RELANCE_FILES=str(folder))
    with django_db_blocker.unblock(), kept, transaction.atomic():
        module = sites()
        yield victim_of(module), stranger_to(module)
        transaction.set_rollback(True)


@pytest.fixture
def victim(street, db):
    return deepcopy(street[0])


@pytest.fixture
def stranger(street, db):
    client = Client()
    client.force_login(User.objects.get(pk=street[1].pk))
    return client


def sites():
    """A module of one's own with a field."""
    organisation()
    boss = add_user(email="boss@helionne.example", name="Boss", role="administrator")
    made = add_module(ModuleDraft(name="Site", plural="Sites"), by=boss, now=NOW)
    add_field(made.key, FieldDraft(label="Surface", kind="number"), by=boss, now=NOW)
    return made


def victim_of(module):
    """Whose records the others must not find."""
    made = house(MARK)
    allow(made.owner, module)
    made.owner = User.objects.get(pk=made.owner.pk)
    made.ids["record"] = records.add(module.key, {"name": f"Site {MARK}"}, by=made.owner, now=NOW).pk
    return made


def stranger_to(module):
    """A colleague of another team, who has as much of her own."""
    owner = house("belette").owner
    allow(owner, module)
    return owner


def allow(user, module):
    """The reach that a colleague's role has on the other modules: her own records."""
    own = {"read": Level.OWN, "edit": Level.OWN, "delete_level": Level.OWN}
    Grant.objects.update_or_create(role=user.role, module=module.key, defaults=own)


def person_of(of, address: str):
    return of.contact if address.startswith("/contacts") else of.lead


def entry_of(of, address: str) -> int:
    return of.ids[next((kind for kind in of.ids if address.startswith(f"/{kind}s/")), "task")]


IDS = {
    "person_id": lambda of, address: person_of(of, address).pk,
    "address_id": lambda of, address: person_of(of, address).addresses.get().pk,
    "account_id": lambda of, address: of.account.pk,
    "mail_id": lambda of, address: of.ids["received"],
    "template_id": lambda of, address: of.template.pk,
    "mailbox_id": lambda of, address: of.mailbox.pk,
    "service_id": lambda of, address: service().pk,
    "webhook_id": lambda of, address: webhook().webhook_id,
    "delivery_id": lambda of, address: webhook().pk,
    "import_id": lambda of, address: of.import_row.pk,
    "token_id": lambda of, address: of.token_id,
    "sequence_id": lambda of, address: of.ids["sequence"],
    "enrolment_id": lambda of, address: of.ids["enrolment"],
    "enrolling_id": lambda of, address: of.ids["enrolling"],
    "step_id": lambda of, address: of.ids["step"],
    "mass_mail_id": lambda of, address: of.launched.pk,
    "list_id": lambda of, address: of.ids["target_list"],
    "campaign_id": lambda of, address: of.ids["campaign"],
    "report_id": lambda of, address: of.ids["report"],
    "responder_id": lambda of, address: of.ids["responder"],
    "form_id": lambda of, address: of.ids["web_form"],
    "submission_id": lambda of, address: of.ids["submission"],
    "recipient_id": lambda of, address: of.launched.message.recipients.first().pk,
    "user_id": lambda of, address: of.owner.pk,
    "role_id": lambda of, address: of.owner.role_id,
    "bulk_id": lambda of, address: of.bulk_id,
    "deal_id": lambda of, address: of.deal.pk,
    "view_id": lambda of, address: of.view_id,
    "entry_id": lambda of, address: entry_of(of, address),
    "record_id": lambda of, address: of.ids["record"] if address.startswith("/records/") else of.lead.pk,
    "draft_id": lambda of, address: of.ids["draft"],
    "attachment_id": lambda of, address: of.ids["attachment"],
    "message_id": lambda of, address: of.ids["message"],
    "number": lambda of, address: 1,
    "stage_id": lambda of, address: Stage.objects.first().pk,
    "pipeline_id": lambda of, address: Pipeline.objects.first().pk,
    "field_id": lambda of, address: CustomField.objects.first().pk,
}
"""What the arguments of an address stand for in a house; a KeyError asks for a line here."""


def filled(address: str, of) -> str:
    """The address with the ids of a house; words such as a module or a format get each a value that exists."""
    words = {**WORDS, "module": "sites" if address.startswith("/records/") else "lead"}
    return ARGUMENT.sub(lambda found: words.get(found["name"]) or str(IDS[found["name"]](of, address)), address)


WORDS = {
    "bucket": "sent", "event": "opened", "form": "csv", "outcome": "rejected", "module": "lead", "verb": "look",
    "token": "x", "part": "0", "key": "message:0",
}  # fmt: skip


SHARED = ("/deals/board/<int:stage_id>", "/sequences/<int:sequence_id>")
"""Stages are everybody's; what lies in one is not."""


def tells(answer) -> bool:
    """Whether it holds anything of the other house; the mark, which all of that carries, is found soonest."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = body.decode(errors="replace")
    return MARK in text.lower() and TELLS.search(text) is not None


def is_refused(answer, method: str, path: str) -> bool:
    """Not there, not allowed, or (asked with GET what is only posted) sent to the page above, which refuses."""
    if answer.status_code == 302 and method == "get":
        return path.startswith(answer["Location"])
    return answer.status_code in (403, 404, 405)


def test_every_kind_of_id_in_an_address_has_a_record_to_try():
    known = {*IDS, *WORDS}

    unknown = {
        f"{found['name']} in {address}"
        for address in OPEN
        for found in ARGUMENT.finditer(address)
        if found["name"] not in known
    }

    assert unknown == set()


@pytest.mark.slow
def test_nobody_comes_in_without_signing_in(victim):
    client, before = Client(), written()

    answers = {
        (address, method): getattr(client, method)(path)
        for address in PAGES
        if not PUBLIC.match(address)
        for path in [filled(address, victim)]
        for method in ("get", "post")
    }

    let_in = {
        of: answer.status_code for of, answer in answers.items() if answer.status_code not in (302, 401, 404, 405)
    }
    assert let_in == {}
    assert not [of for of, answer in answers.items() if tells(answer)]
    assert written() == before


@pytest.mark.slow
def test_what_belongs_to_another_team_is_not_there(victim, stranger):
    faults, before = [], written()

    for address in OPEN:
        if PUBLIC.match(address) or not re.search(r"<int:|_id>", address):
            continue
        path = filled(address, victim)
        for method in ("get", "post"):
            answer = getattr(stranger, method)(path)
            if address not in SHARED and not is_refused(answer, method, path):
                faults.append(f"{method} {address}: {answer.status_code} {answer.get('Location', '')}")
            if not answer.streaming and tells(answer):
                faults.append(f"{method} {address} tells")

    assert not faults, "\n".join(faults)
    assert written() == before


@pytest.mark.slow
def test_pages_without_a_record_name_nothing_of_another_team(victim, stranger):
    telling = []

    for address in PLAIN:
        if PUBLIC.match(address):
            continue
        answer = stranger.get(address, {"q": MARK[:4]})
        if tells(answer):
            telling.append(address)

    assert telling == []
