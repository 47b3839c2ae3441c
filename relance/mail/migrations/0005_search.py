"""Templates are searched by name, subject and folder, accents folded: a column that the database keeps, with its trigrams."""

from django.db import migrations, models
from django.db.models import F, Func, Value
from django.db.models.functions import Concat

# What `relance.lib.fold` does, for columns that the database keeps by itself.
FOLD = r"""
CREATE FUNCTION relance_fold(told text) RETURNS text IMMUTABLE PARALLEL SAFE STRICT LANGUAGE sql AS
$$
SELECT btrim(regexp_replace(regexp_replace(normalize(
  replace(replace(replace(translate(lower(told), 'øłđı’', 'oldi'''), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
NFKD), '[\u0300-\u036f]', '', 'g'), '\s+', ' ', 'g'))
$$
"""
INDEX = "CREATE INDEX template_search ON mail_template USING gin ({held}) WITH (gin_pending_list_limit = 512)"


def held(schema_editor):
    """Trigrams by pg_trgm, or by our own function where the server lacks it (people, migration 0002)."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT to_regproc('relance_grams') IS NOT NULL")
        own = cursor.fetchone()[0]
    return "relance_grams(search)" if own else "search gin_trgm_ops"


def make_index(apps, schema_editor):
    """As deals have it."""
    schema_editor.execute(INDEX.format(held=held(schema_editor)))


def drop_index(apps, schema_editor):
    """The column goes with its own migration."""
    schema_editor.execute("DROP INDEX IF EXISTS template_search")


class Migration(migrations.Migration):
    dependencies = [("mail", "0004_people_at_once"), ("people", "0002_search")]
    operations = [
        migrations.RunSQL(FOLD, "DROP FUNCTION IF EXISTS relance_fold(text)"),
        migrations.AddField(
            "template",
            "search",
            models.GeneratedField(
                expression=Func(
                    Concat(F("name"), Value(" "), F("subject"), Value(" "), F("folder")), function="relance_fold"
                ),
                output_field=models.TextField(),
                db_persist=True,
            ),
        ),
        migrations.RunPython(make_index, drop_index),
    ]
