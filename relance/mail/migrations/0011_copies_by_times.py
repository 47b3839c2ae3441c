"""Copies that left or were opened lately can be found without reading all others, as those that were written."""

import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0010_domains_that_break"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="recipient", name="recipient_by_time"),
        migrations.AddIndex(
            model_name="recipient",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["queued_at", "sent_at", "last_opened_at"], name="recipient_by_times"
            ),
        ),
    ]
