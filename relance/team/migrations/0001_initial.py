import datetime
import uuid

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import relance.team.models
from relance.lib.migrating import Together


class Migration(migrations.Migration):
    replaces = [
        ("team", "0001_first"),
        ("team", "0003_api_answer"),
        ("team", "0004_modules"),
        ("team", "0005_working_time"),
        ("team", "0006_contact_pressure"),
        ("team", "0007_fetch_minutes"),
        ("team", "0008_guard_limits"),
    ]

    initial = True

    dependencies = []

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        ("email", models.EmailField(max_length=254, unique=True, verbose_name="E-mail address")),
                        ("name", models.CharField(max_length=120, verbose_name="Name")),
                        ("is_active", models.BooleanField(default=True, verbose_name="Active")),
                        (
                            "language",
                            models.CharField(
                                choices=[("fr", "Français"), ("en", "English")],
                                default="en",
                                max_length=8,
                                verbose_name="Language",
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(default="Europe/Paris", max_length=64, verbose_name="Time zone"),
                        ),
                        (
                            "theme",
                            models.CharField(
                                choices=[("system", "As the system"), ("light", "Light"), ("dark", "Dark")],
                                default="system",
                                max_length=8,
                                verbose_name="Theme",
                            ),
                        ),
                        (
                            "density",
                            models.CharField(
                                choices=[("compact", "Dense"), ("comfortable", "Comfortable")],
                                default="compact",
                                max_length=12,
                                verbose_name="Density",
                            ),
                        ),
                        ("letter_keys", models.BooleanField(default=True, verbose_name="Single-letter keys")),
                        (
                            "job_title",
                            models.CharField(blank=True, default="", max_length=120, verbose_name="Job title"),
                        ),
                        ("phone", models.CharField(blank=True, default="", max_length=40, verbose_name="Phone")),
                        ("signature", models.TextField(blank=True, default="", verbose_name="Signature")),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "ordering": ["name", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="Role",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=40, unique=True)),
                        ("name", models.CharField(blank=True, default="", max_length=120, verbose_name="Name")),
                        ("administers", models.BooleanField(default=False, verbose_name="Administers Relance")),
                        (
                            "may_delete_mail",
                            models.BooleanField(default=False, verbose_name="Deletes mail for everyone"),
                        ),
                        ("may_define_sequences", models.BooleanField(default=False, verbose_name="Defines sequences")),
                        ("may_send_mass_mail", models.BooleanField(default=False, verbose_name="Sends mass mail")),
                        ("may_export", models.BooleanField(default=False, verbose_name="Exports")),
                        ("may_import", models.BooleanField(default=False, verbose_name="Imports")),
                    ],
                ),
                migrations.CreateModel(
                    name="Team",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=120, unique=True, verbose_name="Name")),
                    ],
                    options={
                        "ordering": ["name"],
                    },
                ),
                migrations.CreateModel(
                    name="ApiAnswer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("holder", models.CharField(help_text="A hash of who called.", max_length=64)),
                        ("key", models.CharField(max_length=200)),
                        ("request", models.CharField(help_text="A hash of what was asked.", max_length=64)),
                        ("status", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("content_type", models.CharField(default="", max_length=100)),
                        ("body", models.BinaryField(default=b"")),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["created_at"], name="api_answer_by_age")],
                        "constraints": [models.UniqueConstraint(fields=("holder", "key"), name="one_answer_a_key")],
                    },
                ),
                migrations.CreateModel(
                    name="ApiToken",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=120, verbose_name="Name")),
                        ("prefix", models.CharField(max_length=12, unique=True)),
                        ("digest", models.CharField(max_length=64)),
                        (
                            "scope",
                            models.CharField(
                                choices=[("read", "Read"), ("write", "Read and write")],
                                default="write",
                                max_length=8,
                                verbose_name="Scope",
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="Expires")),
                        ("last_used_at", models.DateTimeField(blank=True, null=True)),
                        ("revoked_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="api_tokens",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-created_at", "-id"],
                    },
                ),
                migrations.CreateModel(
                    name="Organisation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(blank=True, default="", max_length=120, verbose_name="Name")),
                        (
                            "language",
                            models.CharField(
                                choices=[("fr", "Français"), ("en", "English")],
                                default="en",
                                max_length=8,
                                verbose_name="Language",
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(default="Europe/Paris", max_length=64, verbose_name="Time zone"),
                        ),
                        ("country", models.CharField(blank=True, default="", max_length=2, verbose_name="Country")),
                        (
                            "workspace",
                            models.CharField(
                                choices=[("production", "Production"), ("demo", "Demo"), ("test", "Test")],
                                default="production",
                                max_length=12,
                            ),
                        ),
                        ("clock_offset", models.DurationField(default=datetime.timedelta(0))),
                        ("installation", models.UUIDField(default=uuid.uuid4, editable=False)),
                        ("set_up_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "tracking",
                            models.CharField(
                                choices=[
                                    ("track_by_default", "Track by default"),
                                    ("consent_required", "Only with consent"),
                                    ("aggregate_only", "Totals only, nobody named"),
                                    ("off", "No tracking"),
                                ],
                                default="consent_required",
                                max_length=20,
                                verbose_name="Tracking",
                            ),
                        ),
                        ("track_opens", models.BooleanField(default=True, verbose_name="Follow openings")),
                        (
                            "opt_out_required",
                            models.BooleanField(default=True, verbose_name="Every mass mail carries an opt-out link"),
                        ),
                        (
                            "mail_name",
                            models.CharField(blank=True, default="", max_length=120, verbose_name="Sender name"),
                        ),
                        (
                            "mail_address",
                            models.EmailField(blank=True, default="", max_length=254, verbose_name="Sender address"),
                        ),
                        (
                            "mass_starts_per_hour",
                            models.PositiveIntegerField(default=3, verbose_name="Mass mails started in an hour"),
                        ),
                        (
                            "scheduled_per_module_hour",
                            models.PositiveIntegerField(default=5, verbose_name="Scheduled for the same hour"),
                        ),
                        (
                            "freeze_minutes",
                            models.PositiveIntegerField(
                                default=15, verbose_name="Minutes before the hour when editing stops a mail"
                            ),
                        ),
                        (
                            "sends_per_hour",
                            models.PositiveIntegerField(
                                blank=True, null=True, verbose_name="Mails in an hour, at most"
                            ),
                        ),
                        (
                            "fetch_minutes",
                            models.PositiveSmallIntegerField(
                                default=5,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(1440),
                                ],
                                verbose_name="Minutes from one look for new mail to the next",
                            ),
                        ),
                        ("retry_hours", models.PositiveIntegerField(default=48, verbose_name="Hours of further tries")),
                        (
                            "bounce_limit",
                            models.PositiveSmallIntegerField(
                                default=10,
                                validators=[django.core.validators.MaxValueValidator(100)],
                                verbose_name="Bounces of a hundred mails, at most",
                            ),
                        ),
                        (
                            "complaint_limit",
                            models.PositiveSmallIntegerField(
                                default=5,
                                validators=[django.core.validators.MaxValueValidator(1000)],
                                verbose_name="Complaints of a thousand mails, at most",
                            ),
                        ),
                        (
                            "late_hours",
                            models.PositiveIntegerField(
                                default=2, verbose_name="Hours after which a late mail asks first"
                            ),
                        ),
                        (
                            "work_days",
                            models.JSONField(default=relance.team.models.monday_to_friday, verbose_name="Working days"),
                        ),
                        ("work_from", models.TimeField(default=datetime.time(9, 0), verbose_name="Work begins")),
                        ("work_until", models.TimeField(default=datetime.time(18, 0), verbose_name="Work ends")),
                        (
                            "holiday_country",
                            models.CharField(blank=True, default="", max_length=2, verbose_name="Public holidays of"),
                        ),
                        ("days_off", models.JSONField(blank=True, default=list, verbose_name="Further days off")),
                        (
                            "pressure_days",
                            models.PositiveSmallIntegerField(
                                blank=True, null=True, verbose_name="Days between two automatic mails to one person"
                            ),
                        ),
                        (
                            "absence_days",
                            models.PositiveSmallIntegerField(
                                default=5, verbose_name="Working days of an absence without a date"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.CheckConstraint(condition=models.Q(("pk", 1)), name="one_organisation")],
                    },
                ),
                migrations.AddField(
                    model_name="user",
                    name="role",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="users", to="team.role"
                    ),
                ),
                migrations.AddField(
                    model_name="user",
                    name="team",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="users",
                        to="team.team",
                    ),
                ),
                migrations.CreateModel(
                    name="Grant",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("module", models.CharField(max_length=20)),
                        (
                            "read",
                            models.PositiveSmallIntegerField(
                                choices=[(0, "None"), (1, "Own"), (2, "Team"), (3, "All")], default=0
                            ),
                        ),
                        (
                            "edit",
                            models.PositiveSmallIntegerField(
                                choices=[(0, "None"), (1, "Own"), (2, "Team"), (3, "All")], default=0
                            ),
                        ),
                        (
                            "delete_level",
                            models.PositiveSmallIntegerField(
                                choices=[(0, "None"), (1, "Own"), (2, "Team"), (3, "All")], default=0
                            ),
                        ),
                        (
                            "role",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="grants", to="team.role"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("role", "module"), name="one_grant_a_module")],
                    },
                ),
                migrations.AddConstraint(
                    model_name="user",
                    constraint=models.UniqueConstraint(
                        django.db.models.functions.text.Lower("email"), name="one_user_an_address"
                    ),
                ),
            ]
        ),
    ]
