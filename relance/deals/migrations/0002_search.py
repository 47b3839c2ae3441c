"""The index behind a search for part of a deal's name: the same trigrams as people's (people, migration 0002)."""

from django.db import migrations


def make_index(apps, schema_editor):
    """By pg_trgm, or by our own function where the server lacks it."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT to_regproc('relance_grams') IS NOT NULL")
        own = cursor.fetchone()[0]
    held = "relance_grams(search)" if own else "search gin_trgm_ops"
    schema_editor.execute(
        f"CREATE INDEX deal_search ON deals_deal USING gin ({held}) WITH (gin_pending_list_limit = 512)"
    )


def drop_index(apps, schema_editor):
    schema_editor.execute("DROP INDEX IF EXISTS deal_search")


class Migration(migrations.Migration):
    dependencies = [("deals", "0001_initial"), ("people", "0002_search")]
    operations = [migrations.RunPython(make_index, drop_index)]
