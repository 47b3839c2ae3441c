"""Who may do what, for every operation that the description names: no leak, and no write behind a refusal (X8, G17)."""

from __future__ import annotations

import json
import re
from copy import deepcopy

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client, override_settings

from relance.api import api
from relance.team.actions import add_user, make_token

from .conftest import Caller
from .houses import MARK, changes, house, service, webhook, written

pytestmark = [pytest.mark.django_db, pytest.mark.shows("X8", "G17", "API-01", "REC-03")]

SCHEMA = api.get_openapi_schema(path_prefix="/api/v1/")
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, methods in SCHEMA["paths"].items()
    for method, operation in methods.items()
}
WRITES = ("post", "put", "patch", "delete")
ARGUMENT = re.compile(r"{(\w+)}")

# What a colleague of another team, whose role reaches her own records only, may be answered.
THEIRS = "what belongs to somebody else is not there"
LIST = "a list holds one's own only"
ADMIN = "for administrators, or those who see everybody"
OPEN = "the same for everybody, or concerns oneself"
WORDS = {
    THEIRS: """
        read_bulk_act stop_bulk_act undo_bulk_act merge_records read_record change_record delete_record
        inbox_thread inbox_read inbox_parent inbox_make inbox_raw inbox_attachment inbox_delete
        tokens_revoke mailboxes_read mailboxes_change mailboxes_retire mailboxes_test mailboxes_folders mailboxes_fetch
        read_lead change_lead delete_lead list_lead_mails record_lead_consent opt_out_lead opt_in_lead
        read_contact change_contact delete_contact list_contact_mails record_contact_consent opt_out_contact
        opt_in_contact accounts_read accounts_change accounts_delete
        read_lead_card read_contact_card
        read_task change_task delete_task finish_task reopen_task
        read_call change_call delete_call finish_call reopen_call
        read_case change_case delete_case finish_case reopen_case read_note change_note delete_note history_index
        deal_mails_of_deal deal_mails_read deal_mails_link deal_mails_unlink deal_mails_was
        deals_read deals_change deals_delete deals_list_moves deals_move conversions_convert_lead
        imports_read imports_reread imports_set_mapping imports_preview imports_check imports_run imports_cancel
        imports_undo imports_rows imports_rejected
        views_read views_change views_delete
        templates_read templates_change templates_archive templates_restore templates_copy templates_preview
        templates_test templates_versions templates_restore_version templates_files templates_enclose templates_take_out
        mass_mails_read mass_mails_change mass_mails_delete mass_mails_check mass_mails_will_get
        mass_mails_left_out mass_mails_schedule mass_mails_launch mass_mails_pause mass_mails_resume mass_mails_stop
        mass_mails_copy mass_mail_triggers_index mass_mail_triggers_put mass_mail_triggers_remove
        mass_mail_follow_ups_index mass_mail_follow_ups_add mass_mail_follow_ups_change
        mass_mail_results_statistics mass_mail_results_shares mass_mail_results_domains mass_mail_results_links
        mass_mail_results_to_list mass_mail_results_write_again
        mass_mail_results_recipients mass_mail_contests_read mass_mail_contests_put mass_mail_contests_remove
        sequences_read_enrolment sequences_act_on_enrolment sequences_pace sequences_set_pace sequences_preview
        drafts_read drafts_change drafts_discard drafts_use_template drafts_look drafts_send drafts_take_back
        drafts_files drafts_change_file drafts_remove_file drafts_attach
        sent_mails_read sent_mails_activity sent_mails_change_file sent_mails_replace_file
        reminders_add reminders_read reminders_put_off reminders_finish reminders_reopen assistant_put_aside
        campaigns_read campaigns_change campaigns_delete campaigns_mails campaigns_add_mail campaigns_links
        campaigns_add_link campaigns_remove_link campaigns_log campaigns_log_file campaigns_to_list
        reports_read reports_change reports_delete reports_answer reports_fill reports_release
        responders_add responders_read responders_change responders_delete
        web_forms_read web_forms_change web_forms_delete web_forms_submissions web_forms_accept web_forms_drop
        target_lists_read target_lists_change target_lists_delete target_lists_members target_lists_fill
        target_lists_remove target_lists_opt_out target_lists_opt_in
        mass_mail_results_recipients_file mass_mail_results_log mass_mail_results_resend mass_mail_results_settle
        """,
    LIST: """
        deal_mails_offered
        views_index list_records list_duplicates list_bulk_acts list_tasks list_calls list_cases list_notes
        export_lead_cards export_contact_cards
        inbox_threads
        tokens_index mailboxes_index list_leads export_leads list_contacts export_contacts accounts_index deals_index
        drafts_index sent_mails_index engagement_read reminders_index assistant_index assistant_alerts_index
        imports_index templates_index mass_mails_index sequences_people target_lists_index
        campaigns_index reports_index responders_index sequences_stuck web_forms_index
        """,
    ADMIN: """
        organisation_change users_add users_change roles_index roles_read roles_add roles_change roles_delete
        modules_add modules_change modules_retire modules_restore modules_add_field modules_change_field
        modules_retire_field
        pipelines_add pipelines_change pipelines_retire pipelines_add_stage pipelines_change_stage
        pipelines_retire_stage
        suppressions_index suppressions_add clock_advance clock_reset
        sequences_add sequences_save sequences_delete sequences_clone sequences_effect
        mailboxes_add hold_release hold_stop
        domains_index domains_check domains_change
        services_index services_add services_read services_change
        webhooks_index webhooks_add webhooks_read webhooks_change webhooks_delete webhooks_renew webhooks_test
        webhooks_deliveries webhooks_delivery webhooks_replay webhooks_replay_failed
        """,
    OPEN: """
        inbox_flags drafts_add assistant_bring_back
        feeds_read feeds_renew feeds_withdraw me_me me_change organisation_read begin_bulk_act
        views_add views_arrange views_asked
        modules_index modules_read add_record add_many_records
        users_index users_read tokens_add add_lead add_many_leads add_contact add_many_contacts
        deals_add pipelines_index add_task add_call add_case add_note
        accounts_add imports_upload
        sequences_index sequences_read sequences_dry_run sequences_enrol sequences_statistics
        templates_add templates_fields mass_mails_add target_lists_add campaigns_add reports_add
        web_forms_add clock_read hold_read
        """,
}
RULES = {operation: rule for rule, operations in WORDS.items() for operation in operations.split()}
PERSON = {"first_name": "Ada", "emails": ["ada@exemple.example"]}
BODIES = {
    "organisation_change": {"name": "Autre"},
    "users_add": {"email": "x@helionne.example", "name": "X"},
    "users_change": {"name": "Autre"},
    "me_change": {"signature": "Ada"},
    "roles_add": {"name": "Autre"},
    "roles_change": {"name": "Autre"},
    "merge_records": lambda of: {"module": "lead", "kept": of.lead.pk, "others": [of.contact.pk]},
    "begin_bulk_act": {"module": "lead", "act": "edit", "values": {"city": "Brest"}},
    "modules_add": {"name": "Chantier", "plural": "Chantiers"},
    "modules_change": {"name": "Chantier"},
    "modules_add_field": {"label": "Surface", "kind": "number"},
    "modules_change_field": {"label": "Surface"},
    "inbox_flags": lambda of: {"ids": [of.ids["received"]], "is_read": True},
    "inbox_parent": lambda of: {"module": "lead", "id": of.lead.pk},
    "inbox_make": {"module": "task"},
    "add_record": {"values": PERSON},
    "add_many_records": {"items": [{"values": PERSON}]},
    "change_record": {"values": {"city": "Brest"}},
    "tokens_add": {"name": "x"},
    "mailboxes_add": {"name": "x", "address": "x@helionne.example", "host": "127.0.0.1"},
    "mailboxes_change": {"name": "Autre"},
    "domains_change": {"selector": "s1"},
    "services_add": {"preset": "google", "client_id": "x"},
    "services_change": {"name": "Autre"},
    "webhooks_add": {"name": "x", "url": "https://localhost/", "events": ["deal.won"]},
    "webhooks_change": {"name": "Autre"},
    "webhooks_replay_failed": {},
    "views_add": {"module": "lead", "name": "x", "where": "all(city:is:Lyon)"},
    "views_change": {"name": "Autre"},
    "views_arrange": {"module": "lead", "ids": [1]},
    "accounts_add": {"name": "Exemple SA"},
    "accounts_change": {"name": "Autre"},
    **{
        f"{verb}_{kind}": {"text" if kind == "note" else "subject": "Rappeler"}
        for verb in ("add", "change")
        for kind in ("task", "call", "case", "note")
    },
    "deal_mails_link": lambda of: {"deal": of.deal.pk},
    "deal_mails_was": {"take": True},
    "deals_add": {"name": "Toiture"},
    "deals_change": {"name": "Autre"},
    "deals_move": lambda of: {"stage": of.deal.stage.pipeline.stages.get(kind="won").pk},
    "conversions_convert_lead": {"company": "Exemple SA"},
    "pipelines_add": {"name": "Autre"},
    "pipelines_change": {"name": "Autre"},
    "pipelines_add_stage": {"name": "Autre"},
    "pipelines_change_stage": {"name": "Autre"},
    "suppressions_add": {"email": "lead@zibeline.example"},
    "imports_reread": {"encoding": "cp1252"},
    "imports_set_mapping": {"duplicates": "update"},
    "drafts_add": {"to": "x@exemple.example", "subject": "x"},
    "drafts_change": {"subject": "Autre"},
    "drafts_use_template": lambda of: {"template_id": of.template.pk},
    "drafts_change_file": {"followed": False},
    "sent_mails_change_file": {"revoked": True},
    "reminders_add": lambda of: {
        "message_id": of.ids["message"],
        "condition": "anyway",
        "due_at": "2099-01-01T09:00:00+00:00",
    },
    "reminders_put_off": {"due_at": "2099-01-01T09:00:00+00:00"},
    "assistant_put_aside": {},
    "templates_add": {"name": "x", "subject": "x", "html": "<p>x</p>"},
    "templates_change": {"name": "Autre"},
    "templates_preview": {},
    "templates_test": {},
    "mass_mails_add": {"name": "x", "module": "lead"},
    "mass_mails_change": {"name": "Autre"},
    "mass_mails_schedule": {"at": "2099-01-01T09:00:00+00:00"},
    "mass_mail_triggers_put": {"updates": [{"field": "city", "value": "Brest"}]},
    "mass_mail_follow_ups_add": {"follow": "received", "days": 3},
    "mass_mail_follow_ups_change": {"follow": "received", "days": 3},
    "mass_mail_results_settle": {"sent": True},
    "mass_mail_results_to_list": {},
    "mass_mail_results_write_again": {},
    "target_lists_add": {"name": "x"},
    "reports_add": {"name": "x", "module": "lead"},
    "reports_change": {"name": "Autre"},
    "reports_fill": lambda of: {"target_list_id": of.ids["target_list"]},
    "mass_mail_contests_put": lambda of: {"template_id": of.template.pk},
    "responders_add": lambda of: {"name": "x", "event": "form", "template_id": of.template.pk},
    "responders_change": {"name": "Autre"},
    "web_forms_add": {"name": "x"},
    "web_forms_change": {"name": "Autre"},
    "campaigns_add": {"name": "x"},
    "campaigns_change": {"name": "Autre"},
    "campaigns_add_mail": {},
    "campaigns_to_list": {},
    "campaigns_add_link": {"name": "x", "url": "https://helionne.example"},
    "target_lists_change": {"name": "Autre"},
    "target_lists_fill": lambda of: {"module": "lead", "ids": [of.lead.pk]},
    **{f"target_lists_{verb}": {"ids": [1]} for verb in ("remove", "opt_out", "opt_in")},
    "sequences_add": {"name": "Autre"},
    "sequences_save": {"name": "Autre"},
    "sequences_effect": {"name": "Autre"},
    "sequences_set_pace": {"per_day": 50},
    "sequences_dry_run": lambda of: {"person_ids": [of.lead.pk]},
    "sequences_enrol": lambda of: {"person_ids": [of.lead.pk]},
    "clock_advance": {"seconds": 60},
    **{
        name.format(kind=kind): body
        for kind in ("lead", "contact")
        for name, body in {
            "add_{kind}": PERSON,
            "add_many_{kind}s": {"items": [PERSON]},
            "change_{kind}": {"first_name": "Autre"},
            "record_{kind}_consent": {"state": "granted", "words": "x"},
            "opt_out_{kind}": {},
            "opt_in_{kind}": {"words": "x"},
        }.items()
    },
}
FILES = ("drafts_attach", "sent_mails_replace_file", "templates_enclose")
# What a colleague who only reads, but sees everybody's records, may still do: make a key for herself, look.
HARMLESS = {
    "assistant_bring_back", "feeds_renew", "feeds_withdraw", "inbox_flags", "me_change", "templates_preview",
    "tokens_add",
    "views_add", "views_arrange",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


@pytest.fixture(autouse=True)
def files(settings, folder):
    settings.MEDIA_ROOT = folder


@pytest.fixture(scope="module")
def street(django_db_setup, django_db_blocker, folder):
    """Both houses, built once for this file; what a test does to them is undone with the test."""
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=folder), transaction.atomic():
        yield house(MARK), house("belette")
        transaction.set_rollback(True)


@pytest.fixture
def victim(street, db):
    return deepcopy(street[0])


@pytest.fixture
def own(street, db):
    return deepcopy(street[1])


@pytest.fixture
def stranger(own):
    return Caller(own.owner)


IDS = {
    "person_id": lambda of, path: (of.contact if "/contacts/" in path else of.lead).pk,
    "account_id": lambda of, path: of.account.pk,
    "deal_id": lambda of, path: of.deal.pk,
    "mail_key": lambda of, path: f"message:{of.launched.message_id}",
    "pipeline_id": lambda of, path: of.deal.pipeline_id,
    "stage_id": lambda of, path: of.deal.stage_id,
    "template_id": lambda of, path: of.template.pk,
    "mailbox_id": lambda of, path: of.mailbox.pk,
    "domain": lambda of, path: of.mailbox.address.rpartition("@")[2],
    "service_id": lambda of, path: service().pk,
    "webhook_id": lambda of, path: webhook().webhook_id,
    "delivery_id": lambda of, path: webhook().pk,
    "import_id": lambda of, path: of.import_row.pk,
    "token_id": lambda of, path: of.token_id,
    "user_id": lambda of, path: of.owner.pk,
    "role_id": lambda of, path: of.owner.role_id,
    "bulk_id": lambda of, path: of.bulk_id,
    "view_id": lambda of, path: of.view_id,
    "entry_id": lambda of, path: of.ids.get(path.split("/")[3][:-1], 0),
    "record_id": lambda of, path: of.lead.pk,
    "received_id": lambda of, path: of.ids["received"],
    "thread_id": lambda of, path: of.ids["thread"],
    "draft_id": lambda of, path: of.ids["draft"],
    "attachment_id": lambda of, path: of.ids["attachment"],
    "message_id": lambda of, path: of.ids["message"],
    "reminder_id": lambda of, path: of.ids["reminder"],
    "number": lambda of, path: 1,
    "card_key": lambda of, path: f"task:{of.ids['task']}:2026-11-20",
    "part": lambda of, path: 0,
    "module": lambda of, path: "lead",
    "event": lambda of, path: "opened",
    "key": lambda of, path: "plan",
    "sequence_id": lambda of, path: of.ids["sequence"],
    "enrolment_id": lambda of, path: of.ids["enrolment"],
    "verb": lambda of, path: "pause",
    "mass_mail_id": lambda of, path: (of.draft if path.endswith(("/schedule", "/launch")) else of.launched).pk,
    "list_id": lambda of, path: of.ids["target_list"],
    "campaign_id": lambda of, path: of.ids["campaign"],
    "report_id": lambda of, path: of.ids["report"],
    "responder_id": lambda of, path: of.ids["responder"],
    "form_id": lambda of, path: of.ids["web_form"],
    "submission_id": lambda of, path: of.ids["submission"],
    "link_id": lambda of, path: of.ids["campaign_link"],
    "recipient_id": lambda of, path: of.launched.message.recipients.first().pk,
}
"""What the arguments of a path stand for in a house."""


def url(operation: str, of) -> str:
    """The address of an operation on a record of this house."""
    path = OPERATIONS[operation][1]
    ids = {name: str(IDS[name](of, path)) for name in ARGUMENT.findall(path)}
    return path.format(**ids).removeprefix("/api/v1")


def ask(caller, operation: str, path: str, of=None):
    """The operation with a body that would do something."""
    body = BODIES.get(operation)
    if callable(body):
        body = body(of)
    if operation == "imports_upload":
        file = SimpleUploadedFile("x.csv", b"Nom;E-mail\nA;a@exemple.example\n")
        return caller.client.post(f"/api/v1{path}", {"module": "lead", "file": file})
    if operation in FILES:
        file = SimpleUploadedFile("x.pdf", b"x", content_type="application/pdf")
        into = {"draft_id": of.ids["draft"]} if operation == "drafts_attach" else {}
        return caller.client.post(f"/api/v1{path}", {**into, "file": file})
    return caller(OPERATIONS[operation][0], path, body)


def told(answer) -> str:
    """Everything that an answer says."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return (body.decode() + json.dumps(dict(answer.headers))).lower()


def test_every_operation_has_a_rule_and_every_rule_an_operation():
    assert set(RULES) == set(OPERATIONS)
    assert set(BODIES) <= set(OPERATIONS)
    needing = {name for name, (_m, _p, told) in OPERATIONS.items() if "requestBody" in told}
    assert needing - set(BODIES) == {"imports_upload", *FILES}


def faults(caller, operations, of, *answers: tuple[int, str], sees: bool = False) -> list[str]:
    """Each operation that is answered otherwise than allowed, tells of this house, or writes; each leaves no trace."""
    before, found = written(), []
    for operation in sorted(operations):
        with transaction.atomic():
            path, known = url(operation, of), changes()
            answer = ask(caller, operation, path, of)
            given = (answer.status_code, answer.json()["code"] if answer.status_code >= 400 else "")
            found += [f"{operation}: {given}"] if given not in answers else []
            found += [f"{operation}: tells"] if not sees and MARK in told(answer) else []
            found += [f"{operation}: writes"] if changes() != known and written() != before else []
            transaction.set_rollback(True)
    return found


def ruled(*rules: str) -> set[str]:
    return {operation for operation, rule in RULES.items() if rule in rules}


def test_a_write_that_is_answered_as_allowed_is_found(victim):
    assert faults(Caller(victim.owner), {"accounts_add"}, victim, (201, ""), sees=True) == ["accounts_add: writes"]


WRITING = {operation for operation, (method, _path, _told) in OPERATIONS.items() if method in WRITES}


@pytest.mark.slow
def test_nobody_is_told_anything(victim):
    caller = Caller(victim.owner)
    caller.client = Client()

    assert faults(caller, OPERATIONS, victim, (401, "not_signed_in")) == []


@pytest.mark.slow
def test_a_reading_token_of_the_owner_writes_nothing(victim):
    assert faults(Caller(victim.owner, scope="read"), WRITING, victim, (403, "forbidden")) == []


@pytest.mark.slow
def test_what_belongs_to_another_team_is_not_there(victim, stranger):
    assert faults(stranger, ruled(THEIRS), victim, (404, "not_found")) == []


@pytest.mark.slow
def test_what_is_for_administrators_is_refused(victim, stranger):
    assert faults(stranger, ruled(ADMIN), victim, (403, "forbidden")) == []


@pytest.mark.slow
def test_a_colleague_who_only_reads_writes_nothing(victim, reader):
    assert faults(reader, WRITING - HARMLESS, victim, (403, "forbidden"), (404, "not_found"), sees=True) == []


@pytest.mark.parametrize(
    "operation", sorted(ruled(LIST, OPEN) - {"users_index", "users_read"})
)  # colleagues know each other
def test_lists_and_what_is_open_to_all_name_nothing_of_another_team(operation, victim, stranger):
    path = url(operation, victim)

    answers = [ask(stranger, operation, path, victim)]
    if RULES[operation] is LIST and not path.endswith((".csv", ".vcf")):
        answers.append(stranger("GET", f"{path}?count=true&limit=1"))
        if operation != "inbox_threads":  # its cursor is a moment
            answers.append(stranger("GET", f"{path}?cursor=999999999"))
        if "q" in {parameter.get("name") for parameter in OPERATIONS[operation][2]["parameters"]}:
            answers.append(stranger("GET", f"{path}?q={MARK}&count=true"))
            assert answers[-1].json()["total"] == 0

    assert all(answer.status_code in (200, 201, 202, 204) for answer in answers)
    assert all(MARK not in told(answer) for answer in answers)


FOREIGN = {
    "a task about a foreign person": ("POST", "/tasks", lambda v: {"subject": "x", "person": v.lead.pk}),
    "a note on a foreign deal": ("POST", "/notes", lambda v: {"text": "x", "deal": v.deal.pk}),
    "a call about a foreign case": ("POST", "/calls", lambda v: {"subject": "x", "case": v.ids["case"]}),
    "a person of a foreign company": ("POST", "/leads", lambda v: {**PERSON, "account_id": v.account.pk}),
    "a foreign company for one's own person": ("PATCH", "own lead", lambda v: {"account_id": v.account.pk}),
    "a mass mail with a foreign template": (
        "POST", "/mass-mails", lambda v: {"name": "x", "module": "lead", "template_id": v.template.pk},
    ),
    "a mass mail by a foreign mailbox": (
        "POST", "/mass-mails", lambda v: {"name": "x", "module": "lead", "mailbox_id": v.mailbox.pk},
    ),
    "a preview on a foreign person": ("POST", "own template/preview", lambda v: {"person_id": v.lead.pk}),
    "a trial on a foreign person": ("POST", "own template/test", lambda v: {"person_id": v.contact.pk}),
}  # fmt: skip


@pytest.mark.parametrize("wish", sorted(FOREIGN))
def test_nothing_of_another_team_can_be_named_in_a_body(wish, victim, own):
    stranger, (method, path, body) = Caller(own.owner), FOREIGN[wish]
    path = path.replace("own lead", f"/leads/{own.lead.pk}").replace("own template", f"/templates/{own.template.pk}")
    before = written()

    answer = stranger(method, path, body(victim))

    assert answer.status_code == 404
    assert MARK not in told(answer)
    assert written() == before


def test_one_of_many_with_a_foreign_company_is_refused_alone(victim, stranger):
    answer = stranger("POST", "/leads/batch", {"items": [{**PERSON, "account_id": victim.account.pk}, PERSON]}).json()

    assert (answer["added"], [one["status"] for one in answer["results"]]) == (1, [404, 201])


@pytest.mark.shows("INBOX-01")
def test_nobody_sends_by_a_foreign_personal_mailbox(victim, own):
    own.draft.mailbox = None
    own.draft.save()

    answer = Caller(own.owner)("POST", f"/mass-mails/{own.draft.pk}/launch")

    assert answer.status_code == 200
    own.draft.refresh_from_db()
    assert own.draft.message.mailbox == own.mailbox


@pytest.mark.shows("INBOX-01")
def test_a_personal_mailbox_never_becomes_everybodys(victim, call):
    shared = {"name": "x", "address": "x@helionne.example", "host": "127.0.0.1"}
    call("POST", "/mailboxes", shared)
    own = {**shared, "kind": "personal", "is_default": True}

    answer = Caller(victim.owner)("POST", "/mailboxes", own)

    assert (answer.status_code, answer.json()["code"]) == (422, "cannot_use")
    assert call("GET", "/mailboxes").json()["items"][0]["is_default"] is True


def test_foreign_rows_named_as_recipients_are_nobody(victim, stranger):
    new = {"name": "x", "module": "lead", "audience": "rows", "criteria": {"ids": [victim.lead.pk, victim.contact.pk]}}

    mail = stranger("POST", "/mass-mails", new).json()
    looked = stranger("GET", f"/mass-mails/{mail['id']}/preflight")

    assert looked.json()["matched"] == 0
    assert MARK not in told(looked)


def test_a_copy_is_found_under_its_own_mail_only(victim, own):
    stranger, foreign = Caller(own.owner), victim.launched.message.recipients.first().pk
    path = f"/mass-mails/{own.launched.pk}/recipients/{foreign}"

    answers = [
        stranger("GET", path),
        stranger("POST", f"{path}/resend"),
        stranger("POST", f"{path}/settle", {"sent": True}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_a_lead_is_no_contact(call, victim):
    assert call("GET", f"/leads/{victim.lead.pk}").status_code == 200
    assert call("GET", f"/contacts/{victim.lead.pk}").status_code == 404


def test_an_answer_is_not_repeated_to_a_token_that_was_closed(call):
    key = {"Idempotency-Key": "once"}
    call("POST", "/accounts", {"name": MARK}, **key)
    call.user.api_tokens.update(revoked_at="2026-01-01T00:00:00Z")

    answer = call("POST", "/accounts", {"name": MARK}, **key)

    assert (answer.status_code, MARK in told(answer)) == (401, False)


def test_the_answer_of_one_token_is_not_given_to_another(administrator):
    key = {"Idempotency-Key": "once"}
    first = Caller(administrator)("POST", "/accounts", {"name": MARK}, **key)
    other = Caller(add_user(email="autre@helionne.example", name="Autre", role="salesperson"))

    second = other("POST", "/accounts", {"name": MARK}, **key)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


def test_a_token_in_the_address_or_a_cookie_opens_nothing(client, administrator):
    _token, text = make_token(administrator, name="x")
    client.force_login(administrator, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.get(f"/api/v1/me?token={text}").status_code == 401
    assert client.get("/api/v1/me", headers={"authorization": f"Token {text}"}).status_code == 401
