"""After a test that commits, its rows are deleted; Django would cut off ninety tables and make them anew each time.

The end is the same: every table of the product empty, those that migrating fills (content types, permissions, the
site) as they were, and the built-in roles made anew, since nearly every test adds a colleague. All tables are locked
first, so that whatever a process of the test still writes is awaited.
"""

from __future__ import annotations

from django.db import connections, transaction
from django.test import TransactionTestCase

SPARED = frozenset({"django_content_type", "auth_permission", "django_site"})
# Not Django's to manage: a job left in the queue would be run by a later test, whose tables no longer hold its rows.
QUEUE = ("procrastinate_events", "procrastinate_jobs", "procrastinate_periodic_defers", "procrastinate_workers")
_by_django = TransactionTestCase._fixture_teardown


def install() -> None:
    """Sweep in Django's stead. On a server whose triggers this user may not silence, Django goes on doing it."""
    TransactionTestCase._fixture_teardown = _teardown


def _teardown(case: TransactionTestCase) -> None:
    if case.available_apps is not None or case.serialized_rollback:
        _by_django(case)
        return
    for alias in case._databases_names(include_mirrors=False):
        if not sweep(alias):
            _by_django(case)


def sweep(alias: str = "default") -> bool:
    """Empty the tables of a database; False if this user may not."""
    connection = connections[alias]
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser')")
        if cursor.fetchone() != ("on",):
            return False
        names = connection.introspection.django_table_names(only_existing=True, include_views=False)
        tables = [connection.ops.quote_name(name) for name in sorted({*names, *QUEUE} - SPARED)]
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
        cursor.execute("SELECT " + ", ".join(f"EXISTS (SELECT FROM {table})" for table in tables))
        filled = [table for table, rows in zip(tables, cursor.fetchone(), strict=True) if rows]
        cursor.execute("SET LOCAL session_replication_role = 'replica'")  # neither keys nor triggers
        for table in filled:
            cursor.execute(f"DELETE FROM {table}")
        make_roles()
    return True


def make_roles() -> None:
    """The built-in ones, without which nobody can be added."""
    from relance.team.policy import ensure_roles  # this file is read before there are models

    ensure_roles()
