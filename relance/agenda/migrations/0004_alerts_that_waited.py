"""Find the alerts that had to wait for a moment."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("agenda", "0003_reminders_and_alerts")]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(condition=models.Q(("shown_at", None)), fields=["at"], name="alert_to_tell"),
        ),
    ]
