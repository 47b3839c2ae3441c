"""What makes a search of any part of a text fast: trigrams by pg_trgm where the server has it, by our own function where not."""

from django.db import DatabaseError, migrations, transaction

TABLES = {"person_search": "people_person", "account_search": "people_account"}

# Every three letters in a row, once.
OWN_GRAMS = """
CREATE FUNCTION relance_grams(told text) RETURNS text[] IMMUTABLE PARALLEL SAFE STRICT LANGUAGE sql AS
$$ SELECT coalesce(array_agg(DISTINCT substr(told, at, 3)), '{}') FROM generate_series(1, length(told) - 2) AS at $$
"""
# A short list of what is still to be sorted in: searches read all of it.
PENDING = "WITH (gin_pending_list_limit = 512)"


def make_indexes(apps, schema_editor):
    """One index for each searched table. Estimates of what a search finds want a good sample."""
    held = "search gin_trgm_ops" if has_pg_trgm(schema_editor.connection) else "relance_grams(search)"
    if held.startswith("relance"):
        schema_editor.execute(OWN_GRAMS)
    for name, table in TABLES.items():
        schema_editor.execute(f"CREATE INDEX {name} ON {table} USING gin ({held}) {PENDING}")
        schema_editor.execute(f"ALTER TABLE {table} ALTER COLUMN search SET STATISTICS 500")


def has_pg_trgm(connection):
    """Whether the extension is there or can be made; a managed server may refuse it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
        if not cursor.fetchone():
            return False
        try:
            with transaction.atomic(using=connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except DatabaseError:
            return False
    return True


def drop_indexes(apps, schema_editor):
    """The extension stays: others may use it."""
    for name, table in TABLES.items():
        schema_editor.execute(f"DROP INDEX IF EXISTS {name}")
        schema_editor.execute(f"ALTER TABLE {table} ALTER COLUMN search SET STATISTICS -1")
    schema_editor.execute("DROP FUNCTION IF EXISTS relance_grams(text)")


class Migration(migrations.Migration):
    replaces = [("people", "0003_search")]
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunPython(make_indexes, drop_indexes)]
