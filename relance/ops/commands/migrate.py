"""`relance migrate`: bring the database up to this version; safe to run on several machines at once."""

from __future__ import annotations

import argparse
from pathlib import Path

from relance.ops.command import Command, Refused
from relance.ops.progress import Progress
from relance.ops.surroundings import find_home, workspace

# "relance" in a number: whoever migrates holds this lock of the database.
LOCK = 0x72656C61


def run(options: argparse.Namespace) -> int:
    with workspace(find_home(options.data)):
        migrate()
        if options.demo_workspace:
            make_demo(options.demo_workspace)
        if options.assets:
            collect_assets()
    return 0


def make_demo(language: str) -> None:
    """The example company in this language, in a database of its own. Raises Refused where real work lives."""
    from relance.ops import demo_workspace
    from relance.team.models import Organisation
    from relance.team.workspace import organisation

    found = organisation()
    if found.set_up_at is not None and found.workspace != Organisation.Workspace.DEMO:
        raise Refused("This database holds a real workspace; the demo needs one of its own (another --data).")
    demo_workspace.ensure(language)


def migrate() -> None:
    """Apply every waiting migration, one machine at a time. Raises Refused when there is no database."""
    from django.db import OperationalError, connection

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            try:
                _apply()
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    except OperationalError as problem:
        raise Refused(f"The database does not answer: {str(problem).strip()}") from problem


def _apply() -> None:
    from django.core.management import call_command
    from django.core.management.commands.migrate import Command as DjangoMigrate
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    progress = Progress("Preparing the database", waiting)

    class Migrate(DjangoMigrate):
        def migration_progress_callback(self, action: str, *_details: object) -> None:
            if action == "apply_success":
                progress.step()

    if waiting:
        call_command(Migrate(), interactive=False, verbosity=0)


def collect_assets() -> None:
    """Gather the static files, named by their content, unless that was done since the last one changed."""
    from django.conf import settings
    from django.core.management import call_command

    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if settings.DEBUG or (manifest.exists() and manifest.stat().st_mtime >= _newest_source()):
        return
    settings.STORAGES["staticfiles"]["BACKEND"] = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)


def _newest_source() -> float:
    from django.contrib.staticfiles.finders import get_finders

    found = [storage.path(name) for finder in get_finders() for name, storage in finder.list([])]
    return max((Path(path).stat().st_mtime for path in found), default=0.0)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--demo-workspace", metavar="LANGUAGE", help=argparse.SUPPRESS)
    parser.add_argument("--assets", action="store_true", help=argparse.SUPPRESS)


MIGRATE = Command(
    name="migrate",
    summary="Bring the database up to this version",
    run=run,
    arguments=arguments,
)


def run_assets(options: argparse.Namespace) -> int:
    from relance.ops.catalogues import compile_all
    from relance.ops.surroundings import settle_home, use_django

    settle_home(options.data)
    compile_all()
    use_django()
    collect_assets()
    return 0


ASSETS = Command(
    name="assets",
    summary="Compile translations and collect static files before a wheel is built",
    run=run_assets,
    hidden=True,
)
