"""Those left out, by reason, without a look at their rows (L4)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mail", "0006_leases")]

    operations = [
        migrations.AddIndex(
            model_name="recipient",
            index=models.Index(
                condition=models.Q(("standing", "refused")),
                fields=["message", "refused_because"],
                name="recipient_left_out",
            ),
        ),
    ]
