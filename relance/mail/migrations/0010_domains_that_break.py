"""Of each sending domain is known which parts were right, and which are wrong since."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0009_copies_by_time"),
    ]

    operations = [
        migrations.AddField(
            model_name="sendingdomain",
            name="right",
            field=models.JSONField(default=list, editable=False),
        ),
        migrations.AddField(
            model_name="sendingdomain",
            name="broken",
            field=models.JSONField(default=list, editable=False),
        ),
    ]
