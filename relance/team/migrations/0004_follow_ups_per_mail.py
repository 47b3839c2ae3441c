from django.core.validators import MaxValueValidator
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("team", "0003_company_pressure"),
    ]

    operations = [
        migrations.AddField(
            model_name="organisation",
            name="follow_ups_per_mail",
            field=models.PositiveSmallIntegerField(
                default=5, validators=[MaxValueValidator(20)], verbose_name="Follow-ups of a mass mail, at most"
            ),
        ),
    ]
