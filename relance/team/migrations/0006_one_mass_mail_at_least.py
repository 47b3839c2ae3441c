"""Limits of no mass mail in an hour meant none at all; they are one at least from now on."""

from django.db import migrations
from django.db.models import F
from django.db.models.functions import Greatest

LIMITS = ("mass_starts_per_hour", "scheduled_per_module_hour")


def raise_to_one(apps, schema_editor):
    """What is kept as none becomes one, so that the settings can still be saved."""
    rows = apps.get_model("team", "Organisation").objects.all()
    rows.update(**{name: Greatest(F(name), 1) for name in LIMITS})


class Migration(migrations.Migration):
    dependencies = [
        ("team", "0005_trigger_limits"),
    ]

    operations = [migrations.RunPython(raise_to_one, migrations.RunPython.noop)]
