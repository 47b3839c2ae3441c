"""A mass mail whose start breaks off is tried again at a time of its own."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("campaigns", "0004_search")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="massmail",
            name="tries",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, editable=False, help_text="How many times its start has broken off."
            ),
        ),
        migrations.AddField(
            model_name="massmail",
            name="again_at",
            field=models.DateTimeField(
                blank=True, editable=False, help_text="When a start that broke off is tried again.", null=True
            ),
        ),
    ]
