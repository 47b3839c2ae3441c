"""A person waits where the template of her step has faults."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sequences", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="enrolment",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("completed", "Reached the end"),
                    ("replied", "Replied"),
                    ("colleague", "A colleague replied"),
                    ("converted", "Converted"),
                    ("opted_out", "Opted out"),
                    ("bounced", "Address bounced"),
                    ("gone", "Record deleted or merged"),
                    ("removed", "Removed by hand"),
                    ("deleted", "Sequence deleted"),
                    ("no_address", "No address"),
                    ("by_hand", "Paused by hand"),
                    ("away", "Away"),
                    ("mailbox", "Mailbox broken"),
                    ("sender", "The sender has left"),
                    ("failed", "A mail could not be sent"),
                    ("task", "The task was dropped"),
                    ("template", "Its template has faults"),
                ],
                default="",
                max_length=12,
            ),
        ),
    ]
