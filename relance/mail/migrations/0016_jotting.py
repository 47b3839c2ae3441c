import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

# A row lives for a moment: pressing it together, or putting it elsewhere while it fits a page, is not worth the work.
STORAGE = """
ALTER TABLE mail_jotting ALTER COLUMN told SET STORAGE EXTERNAL;
ALTER TABLE mail_jotting SET (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_threshold = -1)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0015_as_the_server_tells"),
    ]

    operations = [
        migrations.CreateModel(
            name="Jotting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "jotted_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), help_text="By the database's clock."
                    ),
                ),
                (
                    "told",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        help_text="The columns of `openings.COLUMNS`, each as PostgreSQL writes arrays.",
                        size=None,
                    ),
                ),
            ],
        ),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
    ]
