"""Fewer indexes on recipients, and none that a copy on its way moves in."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0005_fill_tallies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="recipient",
            name="one_copy_an_address",
        ),
        migrations.RemoveIndex(
            model_name="recipient",
            name="recipient_waiting",
        ),
        migrations.RemoveIndex(
            model_name="recipient",
            name="recipient_leased",
        ),
        migrations.RemoveIndex(
            model_name="recipient",
            name="recipient_by_state",
        ),
        migrations.RemoveIndex(
            model_name="recipient",
            name="recipient_by_address",
        ),
        migrations.AddField(
            model_name="recipient",
            name="standing",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(state__in=["queued", "leased", "in_data"], then=models.Value("waiting")),
                    default=models.F("state"),
                ),
                output_field=models.CharField(max_length=9),
            ),
        ),
        migrations.AlterField(
            model_name="recipient",
            name="message",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="recipients",
                to="mail.message",
            ),
        ),
        migrations.AlterField(
            model_name="recipient",
            name="person",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="recipients",
                to="people.person",
            ),
        ),
        migrations.AlterField(
            model_name="recipient",
            name="sender",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Whose address stands in From, if not the message's sender.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="recipient",
            index=models.Index(fields=["message", "standing", "id"], name="recipient_by_standing"),
        ),
        migrations.AddIndex(
            model_name="recipient",
            index=models.Index(
                condition=models.Q(("lease_until__isnull", False)), fields=["lease_until"], name="recipient_leased"
            ),
        ),
        migrations.AddIndex(
            model_name="recipient",
            index=models.Index(
                condition=models.Q(("sender__isnull", False)), fields=["sender"], name="recipient_of_sender"
            ),
        ),
        migrations.AddConstraint(
            model_name="recipient",
            constraint=models.UniqueConstraint(fields=("normal", "message"), name="one_copy_an_address"),
        ),
    ]
