"""A limit of no mail in an hour was read as no limit: what was kept so says so, and another cannot be given."""

from django.core.validators import MinValueValidator
from django.db import migrations, models


def say_no_limit(apps, schema_editor):
    """None is how no limit is kept."""
    apps.get_model("team", "Organisation").objects.filter(sends_per_hour=0).update(sends_per_hour=None)


class Migration(migrations.Migration):
    dependencies = [("team", "0007_limits_of_one_at_least")]
    operations = [
        migrations.RunPython(say_no_limit, migrations.RunPython.noop),
        migrations.AlterField(
            "organisation",
            "sends_per_hour",
            models.PositiveIntegerField(
                blank=True, null=True, validators=[MinValueValidator(1)], verbose_name="Mails in an hour, at most"
            ),
        ),
    ]
