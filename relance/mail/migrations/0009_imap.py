"""Mail is read over IMAP: where, how far, and which mail lies in which folder."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0008_message_held"),
    ]

    operations = [
        migrations.AddField(
            model_name="mailbox",
            name="fetch_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="mailbox",
            name="fetch_code",
            field=models.CharField(blank=True, default="", editable=False, max_length=40),
        ),
        migrations.AddField(
            model_name="mailbox",
            name="fetch_detail",
            field=models.CharField(blank=True, default="", editable=False, max_length=500),
        ),
        migrations.AddField(
            model_name="mailbox",
            name="fetch_failures",
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="mailbox",
            name="fetch_state",
            field=models.CharField(
                choices=[("untested", "Not tested yet"), ("working", "Works"), ("broken", "Broken")],
                default="untested",
                editable=False,
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="mailbox",
            name="fetched_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="mailbox",
            name="imap_host",
            field=models.CharField(blank=True, default="", max_length=253, verbose_name="Server"),
        ),
        migrations.AddField(
            model_name="mailbox",
            name="imap_port",
            field=models.PositiveIntegerField(default=993, verbose_name="Port"),
        ),
        migrations.AddField(
            model_name="mailbox",
            name="imap_secret",
            field=models.TextField(blank=True, default="", editable=False, help_text="Sealed by relance.lib.crypto."),
        ),
        migrations.AddField(
            model_name="mailbox",
            name="imap_security",
            field=models.CharField(
                choices=[("none", "No encryption"), ("starttls", "STARTTLS"), ("tls", "TLS")],
                default="tls",
                max_length=8,
                verbose_name="Encryption",
            ),
        ),
        migrations.AddField(
            model_name="mailbox",
            name="imap_username",
            field=models.CharField(blank=True, default="", max_length=254, verbose_name="User name"),
        ),
        migrations.AddField(
            model_name="mailbox",
            name="never_stored",
            field=models.TextField(blank=True, default="", verbose_name="Mail that is never stored"),
        ),
        migrations.CreateModel(
            name="Folder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.BinaryField(help_text="As the wire has it.", max_length=1000)),
                ("uidvalidity", models.BigIntegerField(default=0)),
                ("highest_uid", models.BigIntegerField(default=0, help_text="Every mail up to here has its place.")),
                (
                    "resets",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="How often in a row UIDVALIDITY has changed."
                    ),
                ),
                ("on_server", models.PositiveIntegerField(default=0)),
                ("problem", models.CharField(blank=True, default="", max_length=300)),
                ("looked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "mailbox",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="folders", to="mail.mailbox"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Location",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.BigIntegerField()),
                ("size", models.PositiveBigIntegerField()),
                ("arrived_at", models.DateTimeField(help_text="INTERNALDATE.", null=True)),
                (
                    "is_left_out",
                    models.BooleanField(default=False, help_text="Its sender is one whose mail is never stored."),
                ),
                (
                    "misses",
                    models.PositiveSmallIntegerField(default=0, help_text="How often the server gave no mail for it."),
                ),
                (
                    "folder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="locations", to="mail.folder"
                    ),
                ),
                (
                    "received",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="locations",
                        to="mail.received",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="folder",
            constraint=models.UniqueConstraint(fields=("mailbox", "name"), name="one_folder_of_a_name"),
        ),
        migrations.AddIndex(
            model_name="location",
            index=models.Index(
                condition=models.Q(("is_left_out", False), ("received", None)),
                fields=["folder", "-uid"],
                name="location_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="location",
            constraint=models.UniqueConstraint(fields=("folder", "uid"), name="one_location_of_a_uid"),
        ),
    ]
