"""The index behind a search in custom modules: the same trigrams as people's (people, migration 0002)."""

from django.db import migrations

INDEX = "CREATE INDEX record_search ON records_record USING gin ({held}) WITH (gin_pending_list_limit = 512)"


def make_index(apps, schema_editor):
    """By pg_trgm, or by our own function where the server lacks it."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT to_regproc('relance_grams') IS NOT NULL")
        own = cursor.fetchone()[0]
    schema_editor.execute(INDEX.format(held="relance_grams(search)" if own else "search gin_trgm_ops"))
    schema_editor.execute("ALTER TABLE records_record ALTER COLUMN search SET STATISTICS 500")


def drop_index(apps, schema_editor):
    schema_editor.execute("DROP INDEX IF EXISTS record_search")
    schema_editor.execute("ALTER TABLE records_record ALTER COLUMN search SET STATISTICS -1")


class Migration(migrations.Migration):
    replaces = [("records", "0005_search")]
    dependencies = [("records", "0001_initial"), ("people", "0002_search")]
    operations = [migrations.RunPython(make_index, drop_index)]
