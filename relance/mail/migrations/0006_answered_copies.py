"""Copies that were answered or came back can be found without reading all others."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("mail", "0005_search")]
    operations = [
        migrations.AddIndex(
            "recipient",
            models.Index(fields=["replied_at"], name="recipient_replied", condition=Q(replied_at__isnull=False)),
        ),
        migrations.AddIndex(
            "recipient",
            models.Index(fields=["bounced_at"], name="recipient_bounced", condition=Q(bounced_at__isnull=False)),
        ),
    ]
