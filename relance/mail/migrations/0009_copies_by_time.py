"""Copies that were written lately can be found without reading all others."""

import django.contrib.postgres.indexes
from django.conf import settings
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0008_sending_domains"),
        ("people", "0002_search"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="recipient",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["queued_at"], name="recipient_by_time"
            ),
        ),
    ]
