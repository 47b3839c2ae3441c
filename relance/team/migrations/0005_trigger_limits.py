"""How much one trigger of a mass mail may do is an administrator's choice."""

from django.core.validators import MaxValueValidator
from django.db import migrations, models

LIMITS = (
    ("updates_per_trigger", 3, "Fields that one trigger updates, at most"),
    ("tasks_per_trigger", 2, "Tasks that one trigger adds, at most"),
    ("calls_per_trigger", 2, "Calls that one trigger plans, at most"),
)


class Migration(migrations.Migration):
    dependencies = [("team", "0004_follow_ups_per_mail")]
    operations = [
        migrations.AddField(
            "organisation",
            name,
            models.PositiveSmallIntegerField(default=default, validators=[MaxValueValidator(10)], verbose_name=label),
        )
        for name, default, label in LIMITS
    ]
