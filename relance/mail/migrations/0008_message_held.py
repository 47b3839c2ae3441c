"""A recipient's message is held by whoever writes the recipient: no look at it for every row (L5)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mail", "0007_left_out")]

    operations = [
        migrations.AlterField(
            model_name="recipient",
            name="message",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="recipients",
                to="mail.message",
            ),
        ),
    ]
