"""The doctor's findings: each says what is so, and what to do about it."""

from __future__ import annotations

import socket

import pytest
from django.db import connection

from relance.mail.models import Mailbox
from relance.ops import checks
from relance.ops.checks import Level
from relance.ops.commands.doctor import line
from relance.team.models import Organisation, Role, User
from relance.team.policy import ensure_roles
from relance.team.workspace import organisation

SIGN_OF_LIFE = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval)"


def test_a_secret_that_others_can_read_is_a_warning_with_its_cure(tmp_path, monkeypatch):
    monkeypatch.delenv("RELANCE_SECRET_KEY", raising=False)
    secret = tmp_path / "secret.key"
    secret.write_text("x" * 40)

    secret.chmod(0o644)
    loose = checks.secret_is_kept(tmp_path)
    secret.chmod(0o600)
    kept = checks.secret_is_kept(tmp_path)
    secret.unlink()
    gone = checks.secret_is_kept(tmp_path)

    assert (loose.level, kept.level, gone.level) == (Level.WARN, Level.OK, Level.FAIL)
    assert loose.remedy == f"chmod 600 {secret}"


def test_a_taken_port_is_told_from_a_free_one():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        taken = list(checks.ports_are_free((port,)))
    free = list(checks.ports_are_free((port,)))

    assert [each.level for each in taken + free] == [Level.WARN, Level.OK]


def test_a_remedy_follows_on_its_own_line():
    finding = checks.fail("The database does not answer.", "Start it.")

    assert line(finding) == "fail  The database does not answer.\n      → Start it."
    assert line(checks.ok("All is well.")) == "ok    All is well."


@pytest.mark.django_db
def test_a_sound_database_passes():
    findings = [
        checks.database_is_reached(),
        checks.database_is_recent(),
        checks.migrations_are_applied(),
        checks.clocks_agree(),
        checks.workspace_clock_is_real(),
    ]

    assert {each.level for each in findings} == {Level.OK}


@pytest.mark.django_db
def test_a_migration_that_waits_is_a_failure():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'team'")

    finding = checks.migrations_are_applied()

    assert finding.level is Level.FAIL
    assert finding.remedy == "relance migrate"


@pytest.mark.django_db
@pytest.mark.shows("ADM-06")
def test_a_clock_that_runs_ahead_is_said():
    organisation()
    Organisation.objects.update(workspace=Organisation.Workspace.DEMO, clock_offset="3 days")

    assert checks.workspace_clock_is_real().level is Level.WARN


@pytest.mark.django_db
@pytest.mark.parametrize(("ago", "level"), [("5 seconds", Level.OK), ("10 minutes", Level.WARN)])
def test_a_worker_is_known_by_its_sign_of_life(ago, level):
    with connection.cursor() as cursor:
        cursor.execute(SIGN_OF_LIFE, [ago])

    assert checks.worker_lives().level is level


@pytest.mark.django_db
def test_no_worker_and_no_administrator_are_said():
    before = checks.set_up_is_done()
    ensure_roles()
    role = Role.objects.get(key=Role.Key.ADMINISTRATOR)
    User.objects.create_user(email="ada@relance.example", password="long enough 9", name="Ada", role=role)
    after = checks.set_up_is_done()

    assert checks.worker_lives().level is Level.WARN
    assert (before.level, after.level) == (Level.WARN, Level.OK)


@pytest.mark.parametrize(
    ("web", "edge", "level"),
    [
        ("https://crm.example.org", "https://links.example.org", Level.OK),
        ("http://crm.example.org", "https://links.example.org", Level.WARN),
        ("http://localhost:8000", "https://links.example.org", Level.WARN),
        ("crm.example.org", "https://links.example.org", Level.FAIL),
        ("ftp://crm.example.org", "https://links.example.org", Level.FAIL),
    ],
)
def test_public_addresses_must_make_sense(settings, web, edge, level):
    settings.RELANCE_URL, settings.RELANCE_EDGE_URL = web, edge

    assert checks.addresses_make_sense().level is level


@pytest.mark.django_db
@pytest.mark.shows("INBOX-01")
def test_a_relay_that_does_not_answer_is_named_with_its_reason():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        Mailbox.objects.create(
            name="Sales", address="sales@relance.example", host="127.0.0.1", port=port, security="none"
        )
        findings = list(checks.relays_work())

    assert [each.level for each in findings] == [Level.FAIL]
    assert "sales@relance.example" in findings[0].sentence
    assert str(port) in findings[0].remedy


@pytest.mark.django_db
def test_without_a_mailbox_nothing_can_be_sent():
    assert [each.level for each in checks.relays_work()] == [Level.WARN]
