"""Know the words of one window from those of another."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("mail", "0018_blocks_and_versions")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="saveddraft",
            name="window",
            field=models.UUIDField(editable=False, help_text="Which open page has saved it last.", null=True),
        ),
        migrations.AddField(
            model_name="saveddraft",
            name="turn",
            field=models.PositiveIntegerField(
                default=0, editable=False, help_text="How often that page had been changed."
            ),
        ),
    ]
