"""The indexes of answered and returned copies also say whose they are."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("mail", "0012_one_mail_at_least")]
    operations: ClassVar = [
        migrations.RemoveIndex(model_name="recipient", name="recipient_replied"),
        migrations.RemoveIndex(model_name="recipient", name="recipient_bounced"),
        migrations.AddIndex(
            model_name="recipient",
            index=models.Index(
                fields=["replied_at"], include=["person"], name="copy_replied", condition=Q(replied_at__isnull=False)
            ),
        ),
        migrations.AddIndex(
            model_name="recipient",
            index=models.Index(
                fields=["bounced_at"], include=["person"], name="copy_bounced", condition=Q(bounced_at__isnull=False)
            ),
        ),
    ]
