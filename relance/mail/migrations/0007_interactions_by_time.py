"""What happened lately can be found without reading all that ever happened; writing costs next to nothing."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("mail", "0006_answered_copies")]
    operations = [
        migrations.AddIndex(
            "interaction",
            BrinIndex(fields=["at"], name="interaction_by_time", pages_per_range=32, autosummarize=True),
        ),
    ]
