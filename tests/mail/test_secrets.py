"""Secrets at rest: planted everywhere that takes one, then looked for in every table, answer and log (X15)."""

import json
import logging

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from relance.lib import keys
from relance.mail.mailboxes import check_mailbox
from relance.mail.models import Mailbox
from relance.team.actions import add_user, make_token
from tests.mail.outbound.engine import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.shows("X15")]
MAILBOX_PASSWORD = "planted-mailbox-Pa55word-%d"
SIGN_IN_PASSWORD = "planted-sign-in-Pa55word"
TABLES = "SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public'"


def everything_stored() -> str:
    """All rows of all tables as text, as a dump would show them."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [name for (name,) in cursor.fetchall()]
        assert "mail_mailbox" in tables
        rows = []
        for table in tables:
            cursor.execute(f"SELECT t::text FROM {table} t")
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def forms_of(secret: str) -> set[str]:
    """As it is, and as a column of bytes would show it."""
    return {secret, secret.encode().hex()}


@pytest.mark.slow
def test_no_planted_secret_is_found_in_tables_answers_or_logs(caplog):
    caplog.set_level(logging.DEBUG)
    boss = add_user(email="boss@helionne.example", name="Boss", role="administrator", password=SIGN_IN_PASSWORD)
    _, token = make_token(boss, name="sync", scope="write")
    caller = Client(headers={"authorization": f"Bearer {token}"})
    planted = [MAILBOX_PASSWORD % number for number in range(50)]
    said = [
        caller.post(
            "/api/v1/mailboxes",
            json.dumps({
                "name": f"Box {number}", "address": f"box{number}@helionne.example", "host": "relay.invalid",
                "username": "box", "password": password,
            }),
            content_type="application/json",
        )
        for number, password in enumerate(planted)
    ]  # fmt: skip
    assert {answer.status_code for answer in said} == {201}
    check_mailbox(Mailbox.objects.first(), now=NOW)
    site = Client()
    site.force_login(boss)
    said += [caller.get("/api/v1/mailboxes?limit=100"), site.get("/settings/mailboxes")]
    said += [site.get(f"/settings/mailboxes/{Mailbox.objects.first().pk}"), caller.get("/api/v1/me")]
    assert {answer.status_code for answer in said} == {200, 201}

    told = "\n".join([everything_stored(), caplog.text, *(answer.content.decode() for answer in said)])

    assert "box49@helionne.example" in told
    secrets = [*planted, SIGN_IN_PASSWORD, token, settings.SECRET, settings.SECRET_KEY]
    secrets += [keys.derive(settings.SECRET, "secrets").hex(), keys.derive(settings.SECRET, "tokens").hex()]
    assert [secret for secret in secrets if any(form in told for form in forms_of(secret))] == []
