"""Leases stand in rows of their own, one for a chunk of copies."""

import django.contrib.postgres.fields
from django.db import migrations, models

# What was on its way when the version changed: whoever sweeps next takes it back, or calls it unknown.
CARRY = """
INSERT INTO mail_lease (token, until, messages, recipients, entered, taken, revoked)
SELECT lease_token, clock_timestamp() - interval '1 second', array_agg(DISTINCT message_id), array_agg(id), '{}', '{}', '{}'
FROM mail_recipient WHERE state IN ('leased', 'in_data') AND lease_token IS NOT NULL GROUP BY lease_token
"""
# A row lives for seconds, is changed at every commit, and is read whole: not pressed together, not put elsewhere.
IN_PLACE = """
ALTER TABLE mail_lease ALTER COLUMN recipients SET STORAGE PLAIN, ALTER COLUMN entered SET STORAGE PLAIN,
    ALTER COLUMN taken SET STORAGE PLAIN, ALTER COLUMN messages SET STORAGE MAIN;
ALTER TABLE mail_lease SET (fillfactor = 30, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)
"""
# Room on each page for a second version of every copy on it: leaving changes each where it lies. It takes no more of the
# disk: without the room the second versions fill as many pages more.
ROOM = "ALTER TABLE mail_recipient SET (fillfactor = 50)"
LESS_ROOM = "ALTER TABLE mail_recipient SET (fillfactor = 80)"


class Migration(migrations.Migration):
    dependencies = [("mail", "0002_storage")]
    operations = [
        migrations.CreateModel(
            name="Lease",
            fields=[
                ("token", models.UUIDField(primary_key=True, serialize=False)),
                ("until", models.DateTimeField(help_text="By the database's clock.")),
                ("messages", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                (
                    "recipients",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                (
                    "entered",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(),
                        help_text="Places whose content may have left.",
                        size=None,
                    ),
                ),
                (
                    "taken",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(), help_text="Places that the relay took: 250.", size=None
                    ),
                ),
                (
                    "revoked",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(),
                        help_text="Places that may not enter any more.",
                        size=None,
                    ),
                ),
            ],
        ),
        migrations.RunSQL(CARRY, migrations.RunSQL.noop),
        migrations.RunSQL(IN_PLACE, migrations.RunSQL.noop),
        migrations.RunSQL(ROOM, LESS_ROOM),
        migrations.RemoveIndex(model_name="recipient", name="recipient_leased"),
        migrations.RemoveField(model_name="recipient", name="lease_until"),
        migrations.AlterField(
            model_name="recipient",
            name="lease_token",
            field=models.UUIDField(blank=True, help_text="The `Lease` that it leaves under.", null=True),
        ),
    ]
