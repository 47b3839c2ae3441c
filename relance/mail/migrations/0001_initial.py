import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from relance.lib.migrating import Together


class Migration(migrations.Migration):
    replaces = [
        ("mail", "0001_first"),
        ("mail", "0002_received"),
        ("mail", "0003_doubt_and_holds"),
        ("mail", "0004_tallies"),
        ("mail", "0005_fill_tallies"),
        ("mail", "0006_leases"),
        ("mail", "0007_left_out"),
        ("mail", "0008_message_held"),
        ("mail", "0009_imap"),
        ("mail", "0010_a_mail_being_written"),
        ("mail", "0011_folders_and_changes"),
        ("mail", "0012_threads_and_outlines"),
        ("mail", "0013_shared_with_everyone"),
        ("mail", "0014_mailbox_connected_at"),
        ("mail", "0015_as_the_server_tells"),
        ("mail", "0017_sign_in_services_and_filing"),
        ("mail", "0018_blocks_and_versions"),
        ("mail", "0019_who_typed_last"),
    ]

    initial = True

    dependencies = [
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Content",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("language", models.CharField(default="en", max_length=8)),
                        ("subject", models.CharField(max_length=400)),
                        ("html", models.TextField(blank=True, default="")),
                        ("text", models.TextField(blank=True, default="")),
                        (
                            "is_literal",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Nothing in it is a placeholder: a person wrote it.",
                            ),
                        ),
                        ("links", models.JSONField(default=list, help_text="[{number, url, label}]")),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="Folder",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.BinaryField(help_text="As the wire has it.", max_length=1000)),
                        (
                            "title",
                            models.CharField(blank=True, default="", help_text="As people read it.", max_length=500),
                        ),
                        (
                            "delimiter",
                            models.CharField(
                                blank=True, default="", help_text="Between a folder and those in it.", max_length=1
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("inbox", "Inbox"),
                                    ("sent", "Sent"),
                                    ("drafts", "Drafts"),
                                    ("trash", "Trash"),
                                    ("archive", "Archive"),
                                    ("junk", "Junk"),
                                    ("other", "Folder"),
                                ],
                                default="other",
                                max_length=7,
                            ),
                        ),
                        ("is_read", models.BooleanField(default=True, help_text="Whether its mail is fetched.")),
                        ("uidvalidity", models.BigIntegerField(default=0)),
                        (
                            "highest_uid",
                            models.BigIntegerField(default=0, help_text="Every mail up to here has its place."),
                        ),
                        (
                            "modseq",
                            models.BigIntegerField(
                                default=0, help_text="Flags are known up to this change (RFC 7162)."
                            ),
                        ),
                        (
                            "resets",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="How often in a row UIDVALIDITY has changed."
                            ),
                        ),
                        ("on_server", models.PositiveIntegerField(default=0)),
                        ("problem", models.CharField(blank=True, default="", max_length=300)),
                        ("looked_at", models.DateTimeField(blank=True, null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="Jotting",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "jotted_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                help_text="By the database's clock.",
                            ),
                        ),
                        (
                            "told",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.TextField(),
                                help_text="The columns of `openings.COLUMNS`, each as PostgreSQL writes arrays.",
                                size=None,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Recipient",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "email",
                            models.CharField(
                                default="",
                                help_text="As written on the wire; empty when left out without one.",
                                max_length=254,
                            ),
                        ),
                        (
                            "normal",
                            models.CharField(
                                blank=True, db_collation="C", help_text="Null when left out.", max_length=254, null=True
                            ),
                        ),
                        (
                            "name",
                            models.CharField(default="", help_text="As the person was called then.", max_length=250),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("queued", "Waiting"),
                                    ("leased", "About to leave"),
                                    ("in_data", "Leaving"),
                                    ("sent", "Sent"),
                                    ("deferred", "Tried, will be tried again"),
                                    ("failed", "Failed"),
                                    ("unknown", "Unknown"),
                                    ("cancelled", "Cancelled"),
                                    ("refused", "Left out"),
                                ],
                                db_default="queued",
                                default="queued",
                                max_length=9,
                            ),
                        ),
                        ("refused_because", models.CharField(blank=True, db_default="", default="", max_length=20)),
                        ("refused_detail", models.CharField(blank=True, db_default="", default="", max_length=300)),
                        (
                            "track",
                            models.CharField(
                                choices=[
                                    ("full", "Openings and clicks"),
                                    ("clicks", "Clicks only"),
                                    ("aggregate", "Totals only"),
                                    ("aggregate_clicks", "Totals of clicks only"),
                                    ("none", "Not followed"),
                                ],
                                db_default="none",
                                default="none",
                                max_length=16,
                            ),
                        ),
                        (
                            "standing",
                            models.GeneratedField(
                                db_persist=True,
                                expression=models.Case(
                                    models.When(
                                        state__in=["queued", "leased", "in_data"], then=models.Value("waiting")
                                    ),
                                    default=models.F("state"),
                                ),
                                output_field=models.CharField(max_length=9),
                            ),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(db_default=0, default=0)),
                        (
                            "next_attempt_at",
                            models.DateTimeField(blank=True, help_text="By the workspace's clock.", null=True),
                        ),
                        ("lease_token", models.UUIDField(blank=True, null=True)),
                        (
                            "lease_until",
                            models.DateTimeField(blank=True, help_text="By the database's clock.", null=True),
                        ),
                        ("reply_code", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("reply_text", models.CharField(blank=True, db_default="", default="", max_length=500)),
                        ("queued_at", models.DateTimeField()),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        ("failed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "doubted_at",
                            models.DateTimeField(
                                blank=True, help_text="Since when it is known to be unknown.", null=True
                            ),
                        ),
                        ("bounced_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "bounce_kind",
                            models.CharField(
                                blank=True, db_default="", default="", help_text="hard or soft", max_length=4
                            ),
                        ),
                        ("bounce_text", models.CharField(blank=True, db_default="", default="", max_length=500)),
                        ("first_opened_at", models.DateTimeField(blank=True, null=True)),
                        ("last_opened_at", models.DateTimeField(blank=True, null=True)),
                        ("opens", models.PositiveIntegerField(db_default=0, default=0)),
                        ("machine_hits", models.PositiveIntegerField(db_default=0, default=0)),
                        ("first_clicked_at", models.DateTimeField(blank=True, null=True)),
                        ("clicks", models.PositiveIntegerField(db_default=0, default=0)),
                        ("replied_at", models.DateTimeField(blank=True, null=True)),
                        ("auto_replied_at", models.DateTimeField(blank=True, null=True)),
                        ("opted_out_at", models.DateTimeField(blank=True, null=True)),
                        ("complained_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "person",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="recipients",
                                to="people.person",
                            ),
                        ),
                        (
                            "sender",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="Whose address stands in From, if not the message's sender.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Message",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("personal", "Personal mail"),
                                    ("mass", "Mass mail"),
                                    ("sequence", "Sequence mail"),
                                    ("notification", "Notification"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "send_key",
                            models.CharField(
                                help_text="mass:12, step:55:3: what makes it the same mail.", max_length=80, unique=True
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("preparing", "Being prepared"),
                                    ("sending", "Being sent"),
                                    ("paused", "Paused"),
                                    ("stopped", "Stopped"),
                                    ("done", "Sent"),
                                ],
                                db_default="draft",
                                default="draft",
                                max_length=9,
                            ),
                        ),
                        ("state_why", models.CharField(blank=True, db_default="", default="", max_length=300)),
                        (
                            "from_choice",
                            models.CharField(
                                choices=[
                                    ("own", "My address"),
                                    ("owner", "The record owner’s address"),
                                    ("organisation", "The organisation’s address"),
                                ],
                                default="own",
                                max_length=12,
                            ),
                        ),
                        (
                            "reply_choice",
                            models.CharField(
                                choices=[
                                    ("own", "My address"),
                                    ("owner", "The record owner’s address"),
                                    ("organisation", "The organisation’s address"),
                                ],
                                default="own",
                                max_length=12,
                            ),
                        ),
                        (
                            "priority",
                            models.PositiveSmallIntegerField(
                                db_default=5, default=5, help_text="Lower goes first; personal mail is 0."
                            ),
                        ),
                        ("deliver_at", models.DateTimeField(help_text="By the workspace's clock.")),
                        ("track", models.BooleanField(default=True, help_text="The mail's own switch.")),
                        (
                            "track_opens",
                            models.BooleanField(
                                default=True, help_text="Whether the organisation followed openings at launch."
                            ),
                        ),
                        (
                            "tracking",
                            models.CharField(
                                default="", help_text="The organisation's policy when it was launched.", max_length=20
                            ),
                        ),
                        ("opt_out_link", models.BooleanField(default=True)),
                        ("in_reply_to", models.CharField(blank=True, db_default="", default="", max_length=998)),
                        (
                            "references",
                            models.TextField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Message-IDs with a space between, the nearest last.",
                            ),
                        ),
                        (
                            "shown_to",
                            models.JSONField(
                                blank=True,
                                help_text="[[name, address]] of To, where a copy shows others than its own.",
                                null=True,
                            ),
                        ),
                        ("shown_cc", models.JSONField(blank=True, null=True)),
                        (
                            "about_kind",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Deal, Account: on whose page it was written.",
                                max_length=12,
                            ),
                        ),
                        ("about_id", models.BigIntegerField(blank=True, null=True)),
                        ("created_at", models.DateTimeField()),
                        ("started_at", models.DateTimeField(blank=True, null=True)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        ("total", models.IntegerField(db_default=0, default=0, editable=False)),
                        ("refused", models.IntegerField(db_default=0, default=0, editable=False)),
                        ("cancelled", models.IntegerField(db_default=0, default=0, editable=False)),
                        ("sent", models.IntegerField(db_default=0, default=0, editable=False)),
                        ("failed", models.IntegerField(db_default=0, default=0, editable=False)),
                        ("unknown", models.IntegerField(db_default=0, default=0, editable=False)),
                        ("bounced", models.IntegerField(db_default=0, default=0, editable=False)),
                        ("bounced_late", models.IntegerField(db_default=0, default=0, editable=False)),
                        ("opened", models.IntegerField(db_default=0, default=0, editable=False)),
                        ("clicked", models.IntegerField(db_default=0, default=0, editable=False)),
                        ("replied", models.IntegerField(db_default=0, default=0, editable=False)),
                        ("opted_out", models.IntegerField(db_default=0, default=0, editable=False)),
                        ("complained", models.IntegerField(db_default=0, default=0, editable=False)),
                        ("untracked_opens", models.IntegerField(db_default=0, default=0, editable=False)),
                        ("untracked_clicks", models.IntegerField(db_default=0, default=0, editable=False)),
                        ("open_hits", models.IntegerField(db_default=0, default=0, editable=False)),
                        ("click_hits", models.IntegerField(db_default=0, default=0, editable=False)),
                        ("machine_hits", models.IntegerField(db_default=0, default=0, editable=False)),
                        (
                            "content",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="messages", to="mail.content"
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Outbox",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "installation",
                            models.CharField(
                                db_default="",
                                default="",
                                help_text="The database that may send: its cluster and its number.",
                                max_length=64,
                            ),
                        ),
                        (
                            "seen_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When a dispatcher last looked, by the database's clock.",
                                null=True,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="SignInService",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "preset",
                            models.CharField(
                                choices=[
                                    ("google", "Google"),
                                    ("microsoft", "Microsoft 365"),
                                    ("own", "Another service"),
                                ],
                                default="own",
                                max_length=9,
                                verbose_name="Service",
                            ),
                        ),
                        ("name", models.CharField(max_length=60, unique=True, verbose_name="Name")),
                        ("authorize_url", models.URLField(max_length=500, verbose_name="Address of the sign-in page")),
                        ("token_url", models.URLField(max_length=500, verbose_name="Address that gives tokens")),
                        (
                            "scopes",
                            models.CharField(help_text="With spaces between.", max_length=500, verbose_name="Scopes"),
                        ),
                        ("client_id", models.CharField(max_length=300, verbose_name="Client ID")),
                        (
                            "secret",
                            models.TextField(
                                blank=True, default="", editable=False, help_text="Sealed by relance.lib.crypto."
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="In use")),
                    ],
                    options={
                        "ordering": ["name", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="StoredFile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("sha256", models.CharField(max_length=64, unique=True)),
                        (
                            "key",
                            models.CharField(help_text="Its random name in the store.", max_length=64, unique=True),
                        ),
                        (
                            "store",
                            models.CharField(choices=[("disk", "Disk"), ("s3", "S3")], default="disk", max_length=4),
                        ),
                        ("size", models.PositiveBigIntegerField()),
                        ("created_at", models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name="Thread",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="KeptLetter",
                    fields=[
                        (
                            "recipient",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="kept_letter",
                                serialize=False,
                                to="mail.recipient",
                            ),
                        ),
                        ("content", models.BinaryField(help_text="Compressed.")),
                        ("track", models.CharField(max_length=16)),
                    ],
                ),
                migrations.CreateModel(
                    name="Location",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("uid", models.BigIntegerField()),
                        ("size", models.PositiveBigIntegerField()),
                        ("arrived_at", models.DateTimeField(help_text="INTERNALDATE.", null=True)),
                        ("seen", models.BooleanField(default=False)),
                        ("flagged", models.BooleanField(default=False)),
                        ("answered", models.BooleanField(default=False)),
                        (
                            "is_left_out",
                            models.BooleanField(
                                default=False, help_text="Its sender is one whose mail is never stored."
                            ),
                        ),
                        (
                            "misses",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="How often the server gave no mail for it."
                            ),
                        ),
                        (
                            "folder",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="locations", to="mail.folder"
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Mailbox",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=120, verbose_name="Name")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("shared", "Shared"), ("personal", "Personal")],
                                default="shared",
                                max_length=8,
                                verbose_name="Kind",
                            ),
                        ),
                        ("address", models.EmailField(max_length=254, verbose_name="Address")),
                        (
                            "from_name",
                            models.CharField(blank=True, default="", max_length=120, verbose_name="Sender name"),
                        ),
                        ("host", models.CharField(max_length=253, verbose_name="Server")),
                        ("port", models.PositiveIntegerField(default=587, verbose_name="Port")),
                        (
                            "security",
                            models.CharField(
                                choices=[("none", "No encryption"), ("starttls", "STARTTLS"), ("tls", "TLS")],
                                default="starttls",
                                max_length=8,
                                verbose_name="Encryption",
                            ),
                        ),
                        (
                            "ca_file",
                            models.CharField(
                                blank=True,
                                default="",
                                max_length=500,
                                verbose_name="File of a private certificate authority",
                            ),
                        ),
                        (
                            "username",
                            models.CharField(blank=True, default="", max_length=254, verbose_name="User name"),
                        ),
                        (
                            "secret",
                            models.TextField(
                                blank=True, default="", editable=False, help_text="Sealed by relance.lib.crypto."
                            ),
                        ),
                        (
                            "bounce_domain",
                            models.CharField(blank=True, default="", max_length=253, verbose_name="Domain of bounces"),
                        ),
                        (
                            "maildir",
                            models.CharField(
                                blank=True, default="", max_length=500, verbose_name="Maildir of answers and bounces"
                            ),
                        ),
                        ("imap_host", models.CharField(blank=True, default="", max_length=253, verbose_name="Server")),
                        ("imap_port", models.PositiveIntegerField(default=993, verbose_name="Port")),
                        (
                            "imap_security",
                            models.CharField(
                                choices=[("none", "No encryption"), ("starttls", "STARTTLS"), ("tls", "TLS")],
                                default="tls",
                                max_length=8,
                                verbose_name="Encryption",
                            ),
                        ),
                        (
                            "imap_username",
                            models.CharField(blank=True, default="", max_length=254, verbose_name="User name"),
                        ),
                        (
                            "imap_secret",
                            models.TextField(
                                blank=True, default="", editable=False, help_text="Sealed by relance.lib.crypto."
                            ),
                        ),
                        (
                            "files_sent",
                            models.BooleanField(
                                default=True, verbose_name="Put sent mail into its folder of sent mail"
                            ),
                        ),
                        (
                            "grant",
                            models.TextField(
                                blank=True,
                                default="",
                                editable=False,
                                help_text="What the service has granted; sealed by relance.lib.crypto.",
                            ),
                        ),
                        ("granted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "sharing",
                            models.CharField(
                                choices=[
                                    ("private", "Nobody else"),
                                    ("team", "The owner’s team"),
                                    ("everyone", "Everyone"),
                                ],
                                default="private",
                                max_length=8,
                                verbose_name="Who else reads its mail",
                            ),
                        ),
                        (
                            "never_stored",
                            models.TextField(blank=True, default="", verbose_name="Mail that is never stored"),
                        ),
                        (
                            "connections",
                            models.PositiveSmallIntegerField(default=4, verbose_name="Connections at once"),
                        ),
                        (
                            "per_hour",
                            models.PositiveIntegerField(
                                blank=True, null=True, verbose_name="Mails in an hour, at most"
                            ),
                        ),
                        (
                            "is_default",
                            models.BooleanField(default=False, verbose_name="Used unless another is chosen"),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="In use")),
                        (
                            "state",
                            models.CharField(
                                choices=[("untested", "Not tested yet"), ("working", "Works"), ("broken", "Broken")],
                                default="untested",
                                editable=False,
                                max_length=8,
                            ),
                        ),
                        ("state_code", models.CharField(blank=True, default="", editable=False, max_length=40)),
                        ("state_detail", models.CharField(blank=True, default="", editable=False, max_length=500)),
                        ("state_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "connected_at",
                            models.DateTimeField(
                                blank=True,
                                editable=False,
                                help_text="Since when it is read; older mail is past mail (DEAL-02).",
                                null=True,
                            ),
                        ),
                        (
                            "fetch_state",
                            models.CharField(
                                choices=[("untested", "Not tested yet"), ("working", "Works"), ("broken", "Broken")],
                                default="untested",
                                editable=False,
                                max_length=8,
                            ),
                        ),
                        ("fetch_code", models.CharField(blank=True, default="", editable=False, max_length=40)),
                        ("fetch_detail", models.CharField(blank=True, default="", editable=False, max_length=500)),
                        ("fetched_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("fetch_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("fetch_failures", models.PositiveSmallIntegerField(default=0, editable=False)),
                        (
                            "told_broken_at",
                            models.DateTimeField(
                                blank=True,
                                editable=False,
                                help_text="When its users were told that it no longer works (R19).",
                                null=True,
                            ),
                        ),
                        ("paused_until", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="mailboxes",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "service",
                            models.ForeignKey(
                                blank=True,
                                help_text="Where its owner signs in (OAuth2) instead of giving a password.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="mailboxes",
                                to="mail.signinservice",
                                verbose_name="Sign-in",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-is_default", "name", "id"],
                    },
                ),
                migrations.AddField(
                    model_name="folder",
                    name="mailbox",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="folders", to="mail.mailbox"
                    ),
                ),
                migrations.AddField(
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
                migrations.AddField(
                    model_name="message",
                    name="mailbox",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="messages", to="mail.mailbox"
                    ),
                ),
                migrations.AddField(
                    model_name="message",
                    name="sender",
                    field=models.ForeignKey(
                        help_text="On whose behalf.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.CreateModel(
                    name="LinkCount",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "message_id", "link", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("link", models.PositiveIntegerField(help_text="The number of the link in the content.")),
                        ("people", models.IntegerField(default=0)),
                        ("clicks", models.IntegerField(default=0)),
                        ("machine", models.IntegerField(default=0)),
                        (
                            "message",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="mail.message",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Interaction",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("open", "Opened"),
                                    ("click", "Clicked"),
                                    ("file", "File opened"),
                                    ("reply", "Replied"),
                                    ("auto_reply", "Automatic reply"),
                                    ("bounce", "Bounced"),
                                    ("complaint", "Complaint"),
                                    ("opt_out", "Opted out"),
                                    ("opt_in", "Opted in again"),
                                    ("delay", "Delayed"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "link",
                            models.PositiveIntegerField(
                                blank=True, help_text="The number of the link in the content.", null=True
                            ),
                        ),
                        (
                            "verdict",
                            models.CharField(
                                choices=[("human", "Person"), ("machine", "Machine"), ("unknown", "Unsure")],
                                default="unknown",
                                max_length=7,
                            ),
                        ),
                        (
                            "why",
                            models.CharField(
                                blank=True, default="", help_text="The rule that gave the verdict.", max_length=40
                            ),
                        ),
                        ("method", models.CharField(blank=True, default="", max_length=8)),
                        ("user_agent", models.CharField(blank=True, default="", max_length=300)),
                        (
                            "network",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="The sender's network, shortened (/24 or /48).",
                                max_length=48,
                            ),
                        ),
                        ("detail", models.JSONField(blank=True, default=dict)),
                        (
                            "recipient",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                help_text="Null for totals without a name.",
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="interactions",
                                to="mail.recipient",
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="interactions",
                                to="mail.message",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Filing",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "how",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Waiting"),
                                    ("appended", "Appended"),
                                    ("found", "Found"),
                                    ("given_up", "Given Up"),
                                ],
                                default="",
                                max_length=8,
                            ),
                        ),
                        ("due_at", models.DateTimeField(help_text="By the workspace's clock.")),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("problem", models.CharField(blank=True, default="", max_length=300)),
                        (
                            "mailbox",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="filings",
                                to="mail.mailbox",
                            ),
                        ),
                        (
                            "message",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE, related_name="filing", to="mail.message"
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="OpeningCount",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "message_id", "at", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("at", models.DateTimeField(help_text="The beginning of the stretch.")),
                        ("human", models.IntegerField(default=0)),
                        ("unknown", models.IntegerField(default=0)),
                        ("machine", models.IntegerField(default=0)),
                        (
                            "message",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="mail.message",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="PendingChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("uidvalidity", models.BigIntegerField()),
                        ("uid", models.BigIntegerField()),
                        (
                            "message_id",
                            models.CharField(
                                blank=True, default="", help_text="To find it under a new number.", max_length=998
                            ),
                        ),
                        (
                            "verb",
                            models.CharField(
                                choices=[
                                    ("set", "Set a flag"),
                                    ("clear", "Take a flag away"),
                                    ("move", "Move"),
                                    ("delete", "Delete"),
                                ],
                                max_length=6,
                            ),
                        ),
                        ("flag", models.CharField(blank=True, default="", max_length=20)),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("problem", models.CharField(blank=True, default="", max_length=300)),
                        (
                            "folder",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="mail.folder"
                            ),
                        ),
                        (
                            "place",
                            models.ForeignKey(
                                help_text="Where a moved mail stands already.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="mail.location",
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="arriving",
                                to="mail.folder",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Received",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "key",
                            models.CharField(
                                help_text="What makes it the same mail: the SHA-256 of its bytes.", max_length=64
                            ),
                        ),
                        ("message_id", models.CharField(blank=True, default="", max_length=998)),
                        ("raw", models.BinaryField(help_text="Compressed; see `content`.")),
                        ("size", models.PositiveIntegerField()),
                        (
                            "kind",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Not read yet"),
                                    ("reply", "Reply"),
                                    ("auto_reply", "Automatic reply"),
                                    ("bounce", "Bounce"),
                                    ("delay", "Delayed"),
                                    ("delivered", "Delivery report"),
                                    ("complaint", "Complaint"),
                                    ("unsubscribe", "Opt-out"),
                                    ("own", "Written by ourselves"),
                                    ("other", "Other"),
                                    ("failed", "Could not be read"),
                                ],
                                default="",
                                max_length=12,
                            ),
                        ),
                        ("received_at", models.DateTimeField(help_text="By the workspace's clock.")),
                        (
                            "note",
                            models.CharField(
                                blank=True, default="", help_text="What was made of it, and why.", max_length=300
                            ),
                        ),
                        (
                            "is_outgoing",
                            models.BooleanField(default=False, help_text="Written in this mailbox, not sent to it."),
                        ),
                        ("subject", models.CharField(blank=True, default="", max_length=500, verbose_name="Subject")),
                        ("from_name", models.CharField(blank=True, default="", max_length=200)),
                        ("from_email", models.CharField(blank=True, default="", max_length=254, verbose_name="From")),
                        ("from_normal", models.CharField(blank=True, db_collation="C", default="", max_length=254)),
                        (
                            "to",
                            models.JSONField(
                                blank=True, default=list, help_text="[[name, address]]", verbose_name="To"
                            ),
                        ),
                        (
                            "cc",
                            models.JSONField(
                                blank=True, default=list, help_text="[[name, address]]", verbose_name="Cc"
                            ),
                        ),
                        ("reply_to", models.JSONField(blank=True, default=list, help_text="[[name, address]]")),
                        (
                            "written_at",
                            models.DateTimeField(
                                blank=True, help_text="Its own Date, whatever that is worth.", null=True
                            ),
                        ),
                        (
                            "dated_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="Where it stands in time: see `inbound.outline.settle`.",
                                null=True,
                            ),
                        ),
                        ("snippet", models.CharField(blank=True, default="", max_length=300)),
                        ("has_attachments", models.BooleanField(default=False)),
                        (
                            "same",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Equal for the copies of one mail in several mailboxes.",
                                max_length=32,
                            ),
                        ),
                        ("search", django.contrib.postgres.search.SearchVectorField(editable=False, null=True)),
                        ("parent_module", models.CharField(blank=True, default="", max_length=20)),
                        ("parent_id", models.BigIntegerField(blank=True, null=True)),
                        (
                            "parent_how",
                            models.CharField(
                                blank=True, default="", help_text="The rule that found it.", max_length=12
                            ),
                        ),
                        (
                            "mailbox",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="received", to="mail.mailbox"
                            ),
                        ),
                        (
                            "parent_by",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who chose it by hand.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="Whom it comes from, or goes to.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="received",
                                to="people.person",
                            ),
                        ),
                        (
                            "recipient",
                            models.ForeignKey(
                                blank=True,
                                help_text="The copy of ours that it is about.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="received",
                                to="mail.recipient",
                            ),
                        ),
                        (
                            "thread",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="mails",
                                to="mail.thread",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Reading",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("is_read", models.BooleanField(help_text="Null: as the server tells.", null=True)),
                        ("is_starred", models.BooleanField(null=True)),
                        (
                            "place",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Where it lies"),
                                    ("inbox", "Inbox"),
                                    ("archive", "Archive"),
                                    ("trash", "Trash"),
                                ],
                                default="",
                                max_length=7,
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "received",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="readings", to="mail.received"
                            ),
                        ),
                    ],
                ),
                migrations.AddField(
                    model_name="location",
                    name="received",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="locations",
                        to="mail.received",
                    ),
                ),
                migrations.CreateModel(
                    name="ShownImages",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("normal", models.CharField(db_collation="C", max_length=254)),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Template",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=160, verbose_name="Name")),
                        ("folder", models.CharField(blank=True, default="", max_length=120, verbose_name="Folder")),
                        ("language", models.CharField(default="en", max_length=8, verbose_name="Language")),
                        ("subject", models.CharField(max_length=400, verbose_name="Subject")),
                        ("html", models.TextField(blank=True, default="", verbose_name="Text")),
                        (
                            "text",
                            models.TextField(
                                blank=True,
                                default="",
                                help_text="Made from the text if left empty.",
                                verbose_name="Plain text",
                            ),
                        ),
                        (
                            "layout",
                            models.JSONField(
                                blank=True,
                                help_text="The blocks of a newsletter, of which the text is made.",
                                null=True,
                            ),
                        ),
                        (
                            "from_choice",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("own", "My address"),
                                    ("owner", "The record owner’s address"),
                                    ("organisation", "The organisation’s address"),
                                ],
                                default="",
                                max_length=12,
                                verbose_name="From",
                            ),
                        ),
                        (
                            "reply_choice",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("own", "My address"),
                                    ("owner", "The record owner’s address"),
                                    ("organisation", "The organisation’s address"),
                                ],
                                default="",
                                max_length=12,
                                verbose_name="Reply-To",
                            ),
                        ),
                        ("shared", models.BooleanField(default=True, verbose_name="Shared with everyone")),
                        ("archived_at", models.DateTimeField(blank=True, null=True)),
                        ("created_at", models.DateTimeField(editable=False)),
                        ("updated_at", models.DateTimeField(editable=False)),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="templates",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="SavedDraft",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "key",
                            models.UUIDField(
                                help_text="Given by the page, so that one mail is kept once.", null=True, unique=True
                            ),
                        ),
                        ("to", models.TextField(blank=True, default="", verbose_name="To")),
                        ("cc", models.TextField(blank=True, default="", verbose_name="Cc")),
                        ("bcc", models.TextField(blank=True, default="", verbose_name="Bcc")),
                        ("subject", models.CharField(blank=True, default="", max_length=400, verbose_name="Subject")),
                        ("html", models.TextField(blank=True, default="", verbose_name="Text")),
                        (
                            "quoted",
                            models.TextField(
                                blank=True, default="", help_text="What is answered or forwarded; no placeholder."
                            ),
                        ),
                        (
                            "about_kind",
                            models.CharField(
                                blank=True, default="", help_text="Deal, Account: what it is about.", max_length=12
                            ),
                        ),
                        ("about_id", models.BigIntegerField(blank=True, null=True)),
                        (
                            "mode",
                            models.CharField(
                                choices=[
                                    ("new", "New mail"),
                                    ("reply", "Reply"),
                                    ("all", "Reply to all"),
                                    ("forward", "Forward"),
                                ],
                                default="new",
                                max_length=8,
                            ),
                        ),
                        ("deliver_at", models.DateTimeField(blank=True, null=True, verbose_name="When")),
                        ("track", models.BooleanField(default=True, verbose_name="Follow this mail")),
                        (
                            "remind_if",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "No reminder"),
                                    ("no_reply", "If no reply by then"),
                                    ("not_opened", "If not opened by then"),
                                    ("anyway", "Remind me anyway"),
                                ],
                                default="",
                                max_length=12,
                            ),
                        ),
                        ("remind_at", models.DateTimeField(blank=True, null=True)),
                        ("version", models.PositiveIntegerField(default=0, help_text="Grows with every saving.")),
                        (
                            "window",
                            models.UUIDField(editable=False, help_text="Which open page has saved it last.", null=True),
                        ),
                        (
                            "turn",
                            models.PositiveIntegerField(
                                default=0, editable=False, help_text="How often that page had been changed."
                            ),
                        ),
                        (
                            "sendings",
                            models.PositiveIntegerField(
                                default=0, help_text="How often it was given to the dispatchers."
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("updated_at", models.DateTimeField()),
                        (
                            "answers",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="mail.received",
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="saved_drafts",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "follows",
                            models.ForeignKey(
                                blank=True,
                                help_text="The copy of ours whose thread it goes on.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="mail.recipient",
                            ),
                        ),
                        (
                            "mailbox",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="mail.mailbox",
                            ),
                        ),
                        (
                            "message",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="saved_draft",
                                to="mail.message",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="people.person",
                            ),
                        ),
                        (
                            "template",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="mail.template",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-updated_at", "-id"],
                    },
                ),
                migrations.AddField(
                    model_name="content",
                    name="template",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="contents",
                        to="mail.template",
                    ),
                ),
                migrations.CreateModel(
                    name="Attachment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("name", models.CharField(max_length=180, verbose_name="Name")),
                        ("content_type", models.CharField(default="application/octet-stream", max_length=120)),
                        (
                            "cid",
                            models.CharField(
                                blank=True, default="", help_text="Of a picture in the text.", max_length=120
                            ),
                        ),
                        ("is_followed", models.BooleanField(default=False, verbose_name="Followed")),
                        ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="Ends on")),
                        ("revoked_at", models.DateTimeField(blank=True, null=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "content",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="attachments",
                                to="mail.content",
                            ),
                        ),
                        (
                            "draft",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="attachments",
                                to="mail.saveddraft",
                            ),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attachments",
                                to="mail.storedfile",
                            ),
                        ),
                        (
                            "template",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="attachments",
                                to="mail.template",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["number", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="TemplateVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("subject", models.CharField(max_length=400)),
                        ("html", models.TextField(blank=True, default="")),
                        ("text", models.TextField(blank=True, default="")),
                        ("layout", models.JSONField(blank=True, null=True)),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "template",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="mail.template"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-number"],
                    },
                ),
                migrations.CreateModel(
                    name="ThreadKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "key",
                            models.CharField(help_text="See `inbound.threads.key_of`.", max_length=32, unique=True),
                        ),
                        (
                            "recipient",
                            models.ForeignKey(
                                help_text="The copy of ours that bears this Message-ID.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="mail.recipient",
                            ),
                        ),
                        (
                            "thread",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="keys", to="mail.thread"
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Unwanted",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(help_text="As `Received.key`.", max_length=64)),
                        (
                            "mailbox",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="unwanted", to="mail.mailbox"
                            ),
                        ),
                    ],
                ),
                migrations.AddConstraint(
                    model_name="folder",
                    constraint=models.UniqueConstraint(fields=("mailbox", "name"), name="one_folder_of_a_name"),
                ),
                migrations.AddIndex(
                    model_name="recipient",
                    index=models.Index(fields=["message", "standing", "id"], name="recipient_by_standing"),
                ),
                migrations.AddIndex(
                    model_name="recipient",
                    index=models.Index(
                        condition=models.Q(("lease_until__isnull", False)),
                        fields=["lease_until"],
                        name="recipient_leased",
                    ),
                ),
                migrations.AddIndex(
                    model_name="recipient",
                    index=models.Index(fields=["person", "-id"], name="recipient_of_person"),
                ),
                migrations.AddIndex(
                    model_name="recipient",
                    index=models.Index(
                        condition=models.Q(("sender__isnull", False)), fields=["sender"], name="recipient_of_sender"
                    ),
                ),
                migrations.AddIndex(
                    model_name="recipient",
                    index=models.Index(
                        condition=models.Q(("standing", "refused")),
                        fields=["message", "refused_because"],
                        name="recipient_left_out",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="recipient",
                    constraint=models.UniqueConstraint(fields=("normal", "message"), name="one_copy_an_address"),
                ),
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(
                        condition=models.Q(("state", "sending")), fields=["priority", "deliver_at"], name="message_due"
                    ),
                ),
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(condition=models.Q(("state", "paused")), fields=["id"], name="message_paused"),
                ),
                migrations.AddIndex(
                    model_name="message",
                    index=models.Index(condition=models.Q(("unknown__gt", 0)), fields=["id"], name="message_in_doubt"),
                ),
                migrations.AddIndex(
                    model_name="interaction",
                    index=models.Index(fields=["recipient", "at"], name="interaction_of_recipient"),
                ),
                migrations.AddIndex(
                    model_name="interaction",
                    index=models.Index(fields=["message", "kind", "at"], name="interaction_of_message"),
                ),
                migrations.AddIndex(
                    model_name="filing",
                    index=models.Index(
                        condition=models.Q(("how", "")), fields=["mailbox", "due_at"], name="filing_due"
                    ),
                ),
                migrations.AddIndex(
                    model_name="pendingchange",
                    index=models.Index(fields=["due_at"], name="change_due"),
                ),
                migrations.AddIndex(
                    model_name="pendingchange",
                    index=models.Index(fields=["folder", "uid"], name="change_of_place"),
                ),
                migrations.AddConstraint(
                    model_name="reading",
                    constraint=models.UniqueConstraint(fields=("received", "user"), name="one_reading_a_user"),
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
                migrations.AddConstraint(
                    model_name="shownimages",
                    constraint=models.UniqueConstraint(fields=("user", "normal"), name="images_once_a_sender"),
                ),
                migrations.AddConstraint(
                    model_name="mailbox",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("is_default", True)), fields=("is_default",), name="one_default_mailbox"
                    ),
                ),
                migrations.AddIndex(
                    model_name="saveddraft",
                    index=models.Index(
                        condition=models.Q(("message", None)), fields=["author", "-updated_at"], name="draft_of_author"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="attachment",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("content", None), ("draft__isnull", False), ("template", None)),
                            models.Q(("content", None), ("draft", None), ("template__isnull", False)),
                            models.Q(("content__isnull", False), ("draft", None), ("template", None)),
                            _connector="OR",
                        ),
                        name="attachment_has_one_holder",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="attachment",
                    constraint=models.UniqueConstraint(fields=("content", "number"), name="attachment_of_a_number"),
                ),
                migrations.AddConstraint(
                    model_name="templateversion",
                    constraint=models.UniqueConstraint(fields=("template", "number"), name="version_of_a_template"),
                ),
                migrations.AddIndex(
                    model_name="received",
                    index=models.Index(condition=models.Q(("kind", "")), fields=["id"], name="received_waiting"),
                ),
                migrations.AddIndex(
                    model_name="received",
                    index=models.Index(fields=["recipient"], name="received_of_recipient"),
                ),
                migrations.AddIndex(
                    model_name="received",
                    index=models.Index(condition=models.Q(("thread", None)), fields=["id"], name="received_unplaced"),
                ),
                migrations.AddIndex(
                    model_name="received",
                    index=models.Index(fields=["mailbox", "-dated_at", "-id"], name="received_by_date"),
                ),
                migrations.AddIndex(
                    model_name="received",
                    index=models.Index(fields=["thread", "-dated_at", "-id"], name="received_of_thread"),
                ),
                migrations.AddIndex(
                    model_name="received",
                    index=models.Index(fields=["person", "-dated_at", "-id"], name="received_of_person"),
                ),
                migrations.AddIndex(
                    model_name="received",
                    index=models.Index(
                        condition=models.Q(("parent_id__isnull", False)),
                        fields=["parent_module", "parent_id", "-dated_at"],
                        name="received_of_parent",
                    ),
                ),
                migrations.AddIndex(
                    model_name="received",
                    index=models.Index(
                        condition=models.Q(("person", None)), fields=["from_normal"], name="received_of_nobody"
                    ),
                ),
                migrations.AddIndex(
                    model_name="received",
                    index=models.Index(
                        condition=models.Q(("message_id", ""), _negated=True),
                        fields=["message_id"],
                        name="received_by_message_id",
                    ),
                ),
                migrations.AddIndex(
                    model_name="received",
                    index=django.contrib.postgres.indexes.GinIndex(fields=["search"], name="received_by_words"),
                ),
                migrations.AddConstraint(
                    model_name="received",
                    constraint=models.UniqueConstraint(fields=("mailbox", "key"), name="received_once"),
                ),
                migrations.AddConstraint(
                    model_name="threadkey",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("recipient__isnull", False)), fields=("recipient",), name="one_key_a_copy"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="unwanted",
                    constraint=models.UniqueConstraint(fields=("mailbox", "key"), name="unwanted_once"),
                ),
            ]
        ),
    ]
