"""Openings and clicks ready added for the result page (L4); interactions lighter to write (T1)."""

import django.db.models.deletion
from django.db import migrations, models

# Room on each page, so that an opening changes its recipient where it lies and touches no index.
ROOM = "ALTER TABLE mail_recipient SET (fillfactor = 80)"
NO_ROOM = "ALTER TABLE mail_recipient RESET (fillfactor)"


def of_message():
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="mail.message"
    )


class Migration(migrations.Migration):
    dependencies = [("mail", "0003_doubt_and_holds")]

    operations = [
        migrations.AlterField(
            model_name="interaction",
            name="message",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="interactions",
                to="mail.message",
            ),
        ),
        migrations.AlterField(
            model_name="interaction",
            name="recipient",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                help_text="Null for totals without a name.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="interactions",
                to="mail.recipient",
            ),
        ),
        migrations.CreateModel(
            name="LinkCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "message_id", "link", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("link", models.PositiveIntegerField(help_text="The number of the link in the content.")),
                ("people", models.IntegerField(default=0)),
                ("clicks", models.IntegerField(default=0)),
                ("machine", models.IntegerField(default=0)),
                ("message", of_message()),
            ],
        ),
        migrations.CreateModel(
            name="OpeningCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "message_id", "at", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField(help_text="The beginning of the stretch.")),
                ("human", models.IntegerField(default=0)),
                ("unknown", models.IntegerField(default=0)),
                ("machine", models.IntegerField(default=0)),
                ("message", of_message()),
            ],
        ),
        migrations.RunSQL(ROOM, NO_ROOM),
    ]
