from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sequences", "0001_first")]

    operations = [
        migrations.AddIndex(
            model_name="enrolment",
            index=models.Index(
                condition=models.Q(("state", "paused")), fields=["reason", "id"], name="enrolment_paused"
            ),
        ),
    ]
