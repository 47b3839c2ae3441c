"""Who met a fact that is counted is kept for lists."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0003_web_forms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptCount",
            fields=[
                (
                    "key",
                    models.CharField(
                        help_text="Of the question, whenever it is asked.",
                        max_length=64,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("module", models.CharField(max_length=20)),
                ("fact", models.JSONField(help_text="As `relance.lib.criteria` writes it.")),
                (
                    "who",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        help_text="Their ids; null where they are too many to name.",
                        null=True,
                        size=None,
                    ),
                ),
                ("counted_at", models.DateTimeField()),
                ("asked_at", models.DateTimeField(help_text="To the day: who reads a list should seldom write.")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
    ]
