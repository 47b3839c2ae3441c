"""What is known of the domains by which mail is sent has a table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mail", "0007_interactions_by_time")]
    operations = [
        migrations.CreateModel(
            name="SendingDomain",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("domain", models.CharField(max_length=253, unique=True, verbose_name="Domain")),
                ("selector", models.CharField(blank=True, default="", max_length=63, verbose_name="DKIM selector")),
                (
                    "findings",
                    models.JSONField(
                        default=list, editable=False, help_text="As relance.mail.domains.rules keeps them."
                    ),
                ),
                ("checked_at", models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={"ordering": ["domain"]},
        ),
    ]
