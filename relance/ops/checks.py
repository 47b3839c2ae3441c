"""What `relance doctor` looks at: each check answers with a level, a sentence, and what to do."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

OLDEST_POSTGRESQL = 150000
ROOMY = 1_000_000_000
SILENT_AFTER = 60.0
DRIFT = 5.0
OVERDUE = timedelta(minutes=5)


class Level(StrEnum):
    """How bad it is; only a failure makes the exit code 1."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the report."""

    level: Level
    sentence: str
    remedy: str = ""


def ok(sentence: str) -> Finding:
    return Finding(level=Level.OK, sentence=sentence)


def warn(sentence: str, remedy: str) -> Finding:
    return Finding(level=Level.WARN, sentence=sentence, remedy=remedy)


def fail(sentence: str, remedy: str) -> Finding:
    return Finding(level=Level.FAIL, sentence=sentence, remedy=remedy)


def before_django(home: Path) -> Iterator[Finding]:
    """What can be looked at without the settings or a database."""
    yield home_is_writable(home)
    yield disk_has_room(home)
    yield secret_is_kept(home)


def with_django() -> Iterator[Finding]:
    """The rest, in the order in which one thing needs the other; nothing more once the database is away."""
    reached = database_is_reached()
    yield reached
    if reached.level is Level.FAIL:
        return
    checks: tuple[Callable[[], Finding], ...] = (
        database_is_recent, migrations_are_applied, clocks_agree, workspace_clock_is_real, set_up_is_done,
        worker_lives, mail_leaves_in_time, nothing_is_held, addresses_make_sense, files_are_kept,
    )  # fmt: skip
    for check in checks:
        yield check()
    yield from relays_work()


def home_is_writable(home: Path) -> Finding:
    if not os.access(home, os.W_OK | os.X_OK):
        return fail(f"The data folder {home} cannot be written.", "Start as its owner, or choose another with --data.")
    return ok(f"The data folder is {home}.")


def disk_has_room(home: Path) -> Finding:
    free = shutil.disk_usage(home).free
    if free < ROOMY:
        return warn(f"Only {free // 1_000_000} MB are free in {home}.", "Make room: a full disk stops the database.")
    return ok(f"{free // 1_000_000_000} GB are free.")


def secret_is_kept(home: Path) -> Finding:
    """Anyone who reads it can forge unsubscribe links and open the stored passwords."""
    if os.environ.get("RELANCE_SECRET_KEY"):
        return ok("The secret comes from the environment.")
    file = Path(os.environ.get("RELANCE_SECRET_KEY_FILE") or home / "secret.key")
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except OSError:
        return fail(f"There is no secret in {file}.", "Restore it from your backup, or set RELANCE_SECRET_KEY.")
    if mode & 0o077:
        return warn(f"Others can read the secret ({mode:o}).", f"chmod 600 {file}")
    return ok("The secret is there and private.")


def database_is_reached() -> Finding:
    from django.db import OperationalError, connection

    try:
        connection.ensure_connection()
    except OperationalError as problem:
        reason = str(problem).strip().splitlines()[0]
        return fail(f"The database does not answer: {reason}", "Check DATABASE_URL and that the server runs.")
    return ok("The database answers.")


def database_is_recent() -> Finding:
    from django.db import connection

    version = connection.cursor().connection.info.server_version
    if version < OLDEST_POSTGRESQL:
        return fail(f"PostgreSQL {version // 10000} is too old.", "Relance needs PostgreSQL 15 or newer.")
    return ok(f"It is PostgreSQL {version // 10000}.{version % 10000}.")


def migrations_are_applied() -> Finding:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if waiting:
        return fail(f"{waiting} of its changes wait to be made.", "relance migrate")
    return ok("The database has the shape that this version needs.")


def clocks_agree() -> Finding:
    """Leases run by the database's clock, schedules by ours."""
    from django.db import connection

    with connection.cursor() as cursor:
        before = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float")
        drift = float(cursor.fetchone()[0]) - (before + time.time()) / 2
    if abs(drift) > DRIFT:
        return fail(f"The clock of the database is {drift:+.0f} s away from ours.", "Set both machines' time (NTP).")
    return ok("The clocks of this machine and of the database agree.")


def workspace_clock_is_real() -> Finding:
    from relance.team.workspace import clock_offset

    offset = clock_offset()
    if offset:
        return warn(f"The workspace's clock runs {offset} ahead (a demo or test).", "relance clock reset")
    return ok("The workspace lives in real time.")


def set_up_is_done() -> Finding:
    from django.conf import settings

    from relance.team.models import User

    if not User.objects.exists():
        return warn("There is no administrator yet.", f"Open {settings.RELANCE_URL} and answer the first page.")
    return ok("An administrator can sign in.")


def worker_lives() -> Finding:
    """Every worker of the job engine writes a sign of life into its table."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM now() - max(last_heartbeat))::float FROM procrastinate_workers")
        silent = cursor.fetchone()[0]
    if silent is None or silent > SILENT_AFTER:
        since = "No worker has given a sign of life" + ("." if silent is None else f" for {silent:.0f} s.")
        return warn(since, "relance up starts one; alone: relance worker")
    return ok("A worker is at work.")


def mail_leaves_in_time() -> Finding:
    """Any process sees overdue work, whoever was to do it (D15)."""
    from relance.lib import clock
    from relance.mail.outbound.overdue import lateness

    late = lateness(clock.now())
    if late > OVERDUE:
        return warn(f"The oldest mail that is due has waited {late}.", "relance up sends; alone: relance dispatcher")
    return ok("No mail is overdue.")


def nothing_is_held() -> Finding:
    """After a long absence, and out of a backup, mail asks first (D16)."""
    from relance.mail import holds

    hold = holds.standing()
    if hold is None:
        return ok("No mail is held.")
    why = "the data come from a backup or another installation" if hold.is_restored else "it was overdue at the start"
    sentence = f"Mail is held ({hold.copies} not sent): {why}."
    return warn(sentence, "As an administrator, open Today and let them leave, or stop them.")


def addresses_make_sense() -> Finding:
    """Links in mails lead to these addresses, so they must be reachable from outside, by HTTPS."""
    from django.conf import settings

    urls = {name: urlsplit(getattr(settings, name)) for name in ("RELANCE_URL", "RELANCE_EDGE_URL")}
    for name, url in urls.items():
        if url.scheme not in ("http", "https") or not url.hostname:
            return fail(f"{name} is no address: {url.geturl()}", f"Write {name} as https://crm.example.org")
    inner = [name for name, url in urls.items() if url.hostname in ("localhost", "127.0.0.1", "::1")]
    if inner:
        return warn(
            f"{' and '.join(inner)} lead to this machine only.",
            "Before real mail: set them to public addresses.",
        )
    if any(url.scheme == "http" for url in urls.values()):
        return warn("The public addresses are not HTTPS.", "Put a proxy with a certificate in front.")
    return ok("The public addresses are HTTPS.")


def files_are_kept() -> Finding:
    """A file is put into the file store, read, and taken away."""
    from django.conf import settings

    from relance.mail import files

    place = settings.RELANCE_BUCKET
    where = f"the bucket {place.bucket}" if place else f"the folder {settings.RELANCE_FILES}"
    try:
        files.try_out()
    except OSError as problem:
        cure = (
            "Check RELANCE_FILES_BUCKET and RELANCE_S3_*."
            if place
            else "Let Relance write there, or set RELANCE_FILES."
        )
        return fail(f"Files cannot be kept in {where}: {problem.strerror}.", cure)
    return ok(f"Attached files are kept in {where}.")


def relays_work() -> Iterator[Finding]:
    """Connect and sign in to every mailbox in use; nothing is sent."""
    from relance.lib import clock
    from relance.mail.mailboxes import check_mailbox
    from relance.mail.models import Mailbox
    from relance.mail.transport.words import sentence

    mailboxes = list(Mailbox.objects.filter(is_active=True))
    if not mailboxes:
        yield warn("No mailbox can send yet.", "Settings, Mailboxes: add the relay of your provider.")
    for mailbox in mailboxes:
        check = check_mailbox(mailbox, now=clock.now())
        if check.works:
            yield ok(f"The mailbox {mailbox.address} can send.")
        else:
            yield fail(f"The mailbox {mailbox.address} cannot send.", sentence(check))


def ports_are_free(ports: tuple[int, ...]) -> Iterator[Finding]:
    """Only asked while Relance does not run."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                yield warn(f"Port {port} is taken by another program.", "relance up --port 8080 --edge-port 8081")
                continue
        yield ok(f"Port {port} is free.")
