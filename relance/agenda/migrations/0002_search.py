"""The indexes behind a search for part of a subject: the same trigrams as people's (people, migration 0002)."""

from django.db import migrations

KINDS = ("task", "call", "case", "note")


def make_indexes(apps, schema_editor):
    """By pg_trgm, or by our own function where the server lacks it."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT to_regproc('relance_grams') IS NOT NULL")
        own = cursor.fetchone()[0]
    held = "relance_grams(search)" if own else "search gin_trgm_ops"
    for kind in KINDS:
        schema_editor.execute(
            f"CREATE INDEX {kind}_search ON agenda_{kind} USING gin ({held}) WITH (gin_pending_list_limit = 512)"
        )


def drop_indexes(apps, schema_editor):
    for kind in KINDS:
        schema_editor.execute(f"DROP INDEX IF EXISTS {kind}_search")


class Migration(migrations.Migration):
    dependencies = [("agenda", "0001_initial"), ("people", "0002_search")]
    operations = [migrations.RunPython(make_indexes, drop_indexes)]
