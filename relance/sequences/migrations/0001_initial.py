import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from relance.lib.migrating import Together


class Migration(migrations.Migration):
    replaces = [
        ("sequences", "0001_first"),
        ("sequences", "0002_paused_by_reason"),
    ]

    initial = True

    dependencies = [
        ("agenda", "0001_initial"),
        ("mail", "0001_initial"),
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Pace",
                    fields=[
                        (
                            "mailbox",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="sequence_pace",
                                serialize=False,
                                to="mail.mailbox",
                            ),
                        ),
                        (
                            "per_day",
                            models.PositiveIntegerField(
                                blank=True, null=True, verbose_name="Mails of sequences in a day, at most"
                            ),
                        ),
                        ("gap", models.PositiveIntegerField(default=0, verbose_name="Seconds between two of them")),
                        ("next_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("day", models.DateField(blank=True, editable=False, null=True)),
                        ("taken", models.PositiveIntegerField(default=0, editable=False)),
                    ],
                ),
                migrations.CreateModel(
                    name="Sequence",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=120, verbose_name="Name")),
                        (
                            "opt_out_link",
                            models.BooleanField(default=True, verbose_name="Unsubscribe link in every mail"),
                        ),
                        (
                            "language",
                            models.CharField(
                                choices=[
                                    ("fr", "Français"),
                                    ("en", "English"),
                                    ("de", "Deutsch"),
                                    ("es", "Español"),
                                    ("it", "Italiano"),
                                    ("nl", "Nederlands"),
                                    ("pt", "Português"),
                                ],
                                default="en",
                                max_length=2,
                                verbose_name="Language of the link",
                            ),
                        ),
                        (
                            "stops_company",
                            models.BooleanField(default=False, verbose_name="An answer stops the colleagues too"),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("updated_at", models.DateTimeField()),
                        ("deleted_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "creator",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="sequences",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="Enrolment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "normal",
                            models.CharField(db_collation="C", help_text="The address, as compared.", max_length=254),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("active", "Active"),
                                    ("paused", "Paused"),
                                    ("finished", "Finished"),
                                    ("stopped", "Stopped"),
                                ],
                                default="active",
                                max_length=8,
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("completed", "Reached the end"),
                                    ("replied", "Replied"),
                                    ("colleague", "A colleague replied"),
                                    ("converted", "Converted"),
                                    ("opted_out", "Opted out"),
                                    ("bounced", "Address bounced"),
                                    ("gone", "Record deleted or merged"),
                                    ("removed", "Removed by hand"),
                                    ("deleted", "Sequence deleted"),
                                    ("no_address", "No address"),
                                    ("by_hand", "Paused by hand"),
                                    ("away", "Away"),
                                    ("mailbox", "Mailbox broken"),
                                    ("sender", "The sender has left"),
                                    ("failed", "A mail could not be sent"),
                                    ("task", "The task was dropped"),
                                ],
                                default="",
                                max_length=12,
                            ),
                        ),
                        (
                            "position",
                            models.PositiveSmallIntegerField(default=1, help_text="The step that comes next."),
                        ),
                        (
                            "waits",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "A date"),
                                    ("mail", "That its mail leaves"),
                                    ("task", "That its task is done"),
                                ],
                                default="",
                                max_length=4,
                            ),
                        ),
                        ("due_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "is_booked",
                            models.BooleanField(default=False, help_text="Its place within the daily limit is taken."),
                        ),
                        ("resumes_at", models.DateTimeField(blank=True, null=True)),
                        ("replied_at", models.DateTimeField(blank=True, null=True)),
                        ("enrolled_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "mailbox",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="mail.mailbox"
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="enrolments",
                                to="people.person",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="enrolments",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "sequence",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="enrolments",
                                to="sequences.sequence",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Enrolling",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("module", models.CharField(max_length=20)),
                        ("kind", models.CharField(max_length=8)),
                        ("criteria", models.JSONField(default=dict)),
                        ("total", models.PositiveIntegerField(default=0)),
                        ("reached", models.BigIntegerField(default=0)),
                        ("last", models.BigIntegerField(default=0)),
                        ("enrolled", models.PositiveIntegerField(default=0)),
                        ("left", models.JSONField(default=dict)),
                        ("created_at", models.DateTimeField()),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "sequence",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="enrollings",
                                to="sequences.sequence",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Trace",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("what", models.CharField(max_length=20)),
                        ("detail", models.JSONField(default=dict)),
                        (
                            "enrolment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="traces",
                                to="sequences.enrolment",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["at", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="Version",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("created_at", models.DateTimeField()),
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
                            "sequence",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="versions",
                                to="sequences.sequence",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Step",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(help_text="From 1.")),
                        ("key", models.CharField(max_length=32)),
                        ("kind", models.CharField(choices=[("mail", "Mail"), ("task", "Task")], max_length=4)),
                        ("name", models.CharField(max_length=160, verbose_name="Name")),
                        ("wait_minutes", models.PositiveIntegerField(default=0, help_text="Of a mail: by the watch.")),
                        (
                            "wait_days",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="Of a task: working days until it is due."
                            ),
                        ),
                        ("hour", models.TimeField(blank=True, null=True)),
                        ("thread", models.CharField(blank=True, default="", max_length=32)),
                        (
                            "frozen",
                            models.ForeignKey(
                                help_text="Its text as it last left.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="mail.content",
                            ),
                        ),
                        (
                            "template",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="mail.template",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="steps",
                                to="sequences.version",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["position"],
                    },
                ),
                migrations.AddField(
                    model_name="enrolment",
                    name="moves_to",
                    field=models.ForeignKey(
                        blank=True,
                        help_text="The version it goes over to after the step that is scheduled.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sequences.version",
                    ),
                ),
                migrations.AddField(
                    model_name="enrolment",
                    name="version",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="enrolments", to="sequences.version"
                    ),
                ),
                migrations.CreateModel(
                    name="StepRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "enrolment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="runs",
                                to="sequences.enrolment",
                            ),
                        ),
                        (
                            "message",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="step_run",
                                to="mail.message",
                            ),
                        ),
                        (
                            "step",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="sequences.step"
                            ),
                        ),
                        (
                            "task",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="step_run",
                                to="agenda.task",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("enrolment", "step"), name="a_step_once")],
                    },
                ),
                migrations.AddConstraint(
                    model_name="version",
                    constraint=models.UniqueConstraint(fields=("sequence", "number"), name="version_once"),
                ),
                migrations.AddConstraint(
                    model_name="step",
                    constraint=models.UniqueConstraint(fields=("version", "position"), name="step_of_a_position"),
                ),
                migrations.AddConstraint(
                    model_name="step",
                    constraint=models.UniqueConstraint(fields=("version", "key"), name="step_of_a_key"),
                ),
                migrations.AddConstraint(
                    model_name="step",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "task"), ("template", None)),
                            models.Q(("kind", "mail"), ("template__isnull", False)),
                            _connector="OR",
                        ),
                        name="mail_step_has_its_template",
                    ),
                ),
                migrations.AddIndex(
                    model_name="enrolment",
                    index=models.Index(
                        condition=models.Q(("state", "active")), fields=["due_at", "id"], name="enrolment_due"
                    ),
                ),
                migrations.AddIndex(
                    model_name="enrolment",
                    index=models.Index(
                        condition=models.Q(("state", "paused")), fields=["resumes_at"], name="enrolment_resumes"
                    ),
                ),
                migrations.AddIndex(
                    model_name="enrolment",
                    index=models.Index(
                        condition=models.Q(("state", "paused")), fields=["reason", "id"], name="enrolment_paused"
                    ),
                ),
                migrations.AddIndex(
                    model_name="enrolment",
                    index=models.Index(
                        condition=models.Q(("waits", ""), _negated=True),
                        fields=["waits", "id"],
                        name="enrolment_waiting",
                    ),
                ),
                migrations.AddIndex(
                    model_name="enrolment",
                    index=models.Index(
                        condition=models.Q(("ended_at", None), ("person", None)),
                        fields=["id"],
                        name="enrolment_of_nobody",
                    ),
                ),
                migrations.AddIndex(
                    model_name="enrolment",
                    index=models.Index(fields=["normal"], name="enrolment_by_address"),
                ),
                migrations.AddIndex(
                    model_name="enrolment",
                    index=models.Index(fields=["sequence", "state", "-id"], name="enrolment_by_state"),
                ),
                migrations.AddConstraint(
                    model_name="enrolment",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state__in", ("active", "paused"))),
                        fields=("person", "sequence"),
                        name="in_a_sequence_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="enrolment",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state__in", ("active", "paused"))),
                        fields=("sequence", "normal"),
                        name="address_in_a_sequence_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="enrolment",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("state__in", ("active", "paused"))),
                            models.Q(("ended_at__isnull", False), ("state__in", ("finished", "stopped"))),
                            _connector="OR",
                        ),
                        name="ended_has_its_date",
                    ),
                ),
            ]
        ),
    ]
