"""No limit of mass mails in an hour is less than one."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("team", "0006_one_mass_mail_at_least"),
    ]

    operations = [
        migrations.AlterField(
            model_name="organisation",
            name="mass_starts_per_hour",
            field=models.PositiveIntegerField(
                default=3,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="Mass mails started in an hour",
            ),
        ),
        migrations.AlterField(
            model_name="organisation",
            name="scheduled_per_module_hour",
            field=models.PositiveIntegerField(
                default=5,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="Scheduled for the same hour",
            ),
        ),
    ]
