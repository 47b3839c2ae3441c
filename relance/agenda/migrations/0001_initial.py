import datetime

import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models

from relance.lib.migrating import Together


class Migration(migrations.Migration):
    replaces = [
        ("agenda", "0001_first"),
        ("agenda", "0003_reminders_and_alerts"),
        ("agenda", "0004_alerts_that_waited"),
    ]

    initial = True

    dependencies = [
        ("deals", "0001_initial"),
        ("mail", "0001_initial"),
        ("people", "0001_initial"),
        ("records", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="AlertChoice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "by_mail",
                            models.BooleanField(
                                default=False,
                                verbose_name="Tell me by mail when somebody opens my mail for the first time",
                            ),
                        ),
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="alert_choice",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="CalendarFeed",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("nonce", models.CharField(max_length=32, unique=True)),
                        ("made_at", models.DateTimeField()),
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="calendar_feed",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Case",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("custom", models.JSONField(blank=True, default=dict, editable=False)),
                        ("import_id", models.BigIntegerField(blank=True, editable=False, null=True)),
                        ("created_at", models.DateTimeField(editable=False)),
                        ("updated_at", models.DateTimeField(editable=False)),
                        ("subject", models.CharField(max_length=200, verbose_name="Subject")),
                        ("name_folded", models.CharField(db_collation="C", editable=False, max_length=200)),
                        ("search", models.TextField(default="", editable=False)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("new", "New"),
                                    ("open", "Open"),
                                    ("waiting", "Waiting for an answer"),
                                    ("solved", "Solved"),
                                    ("closed", "Closed"),
                                ],
                                default="new",
                                max_length=8,
                                verbose_name="Status",
                            ),
                        ),
                        (
                            "priority",
                            models.CharField(
                                choices=[("high", "High"), ("normal", "Normal"), ("low", "Low")],
                                default="normal",
                                max_length=6,
                                verbose_name="Priority",
                            ),
                        ),
                        ("description", models.TextField(blank=True, default="", verbose_name="Description")),
                        ("done_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="Closed")),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="%(class)ss",
                                to="people.account",
                                verbose_name="Account",
                            ),
                        ),
                        (
                            "deal",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="%(class)ss",
                                to="deals.deal",
                                verbose_name="Deal",
                            ),
                        ),
                        (
                            "done_by",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="%(class)ss",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="Owner",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="%(class)ss",
                                to="people.person",
                                verbose_name="Person",
                            ),
                        ),
                        (
                            "record",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="%(class)ss",
                                to="records.record",
                                verbose_name="Record",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Call",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("custom", models.JSONField(blank=True, default=dict, editable=False)),
                        ("import_id", models.BigIntegerField(blank=True, editable=False, null=True)),
                        ("created_at", models.DateTimeField(editable=False)),
                        ("updated_at", models.DateTimeField(editable=False)),
                        ("subject", models.CharField(max_length=200, verbose_name="Subject")),
                        ("name_folded", models.CharField(db_collation="C", editable=False, max_length=200)),
                        ("search", models.TextField(default="", editable=False)),
                        ("due_at", models.DateTimeField(verbose_name="Starts")),
                        ("minutes", models.PositiveSmallIntegerField(default=15, verbose_name="Minutes")),
                        (
                            "direction",
                            models.CharField(
                                choices=[("out", "We call"), ("in", "They called")],
                                default="out",
                                max_length=3,
                                verbose_name="Direction",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[("todo", "Planned"), ("done", "Made"), ("dropped", "Dropped")],
                                default="todo",
                                max_length=8,
                                verbose_name="Status",
                            ),
                        ),
                        (
                            "result",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("talked", "Talked"),
                                    ("no_answer", "No answer"),
                                    ("message", "Left a message"),
                                    ("busy", "Busy"),
                                    ("wrong", "Wrong number"),
                                ],
                                default="",
                                max_length=10,
                                verbose_name="Result",
                            ),
                        ),
                        (
                            "priority",
                            models.CharField(
                                choices=[("high", "High"), ("normal", "Normal"), ("low", "Low")],
                                default="normal",
                                max_length=6,
                                verbose_name="Priority",
                            ),
                        ),
                        ("note", models.TextField(blank=True, default="", verbose_name="Note")),
                        ("done_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="Made")),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="%(class)ss",
                                to="people.account",
                                verbose_name="Account",
                            ),
                        ),
                        (
                            "deal",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="%(class)ss",
                                to="deals.deal",
                                verbose_name="Deal",
                            ),
                        ),
                        (
                            "done_by",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="%(class)ss",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="Owner",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="%(class)ss",
                                to="people.person",
                                verbose_name="Person",
                            ),
                        ),
                        (
                            "record",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="%(class)ss",
                                to="records.record",
                                verbose_name="Record",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="calls",
                                to="agenda.case",
                                verbose_name="Case",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Note",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("custom", models.JSONField(blank=True, default=dict, editable=False)),
                        ("import_id", models.BigIntegerField(blank=True, editable=False, null=True)),
                        ("created_at", models.DateTimeField(editable=False)),
                        ("updated_at", models.DateTimeField(editable=False)),
                        ("subject", models.CharField(max_length=200, verbose_name="Subject")),
                        ("name_folded", models.CharField(db_collation="C", editable=False, max_length=200)),
                        ("search", models.TextField(default="", editable=False)),
                        ("text", models.TextField(verbose_name="Note")),
                        ("is_pinned", models.BooleanField(default=False, verbose_name="Pinned")),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notes",
                                to="people.account",
                                verbose_name="Account",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notes",
                                to="agenda.case",
                                verbose_name="Case",
                            ),
                        ),
                        (
                            "deal",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notes",
                                to="deals.deal",
                                verbose_name="Deal",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="%(class)ss",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="Owner",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notes",
                                to="people.person",
                                verbose_name="Person",
                            ),
                        ),
                        (
                            "record",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notes",
                                to="records.record",
                                verbose_name="Record",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Reminder",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "condition",
                            models.CharField(
                                choices=[
                                    ("no_reply", "If no reply by then"),
                                    ("not_opened", "If not opened by then"),
                                    ("anyway", "Remind me anyway"),
                                ],
                                max_length=10,
                                verbose_name="Condition",
                            ),
                        ),
                        ("due_at", models.DateTimeField(verbose_name="When")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("due", "Due"),
                                    ("settled", "Settled by itself"),
                                    ("done", "Done"),
                                ],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                        ("settled_by", models.CharField(blank=True, default="", max_length=10)),
                        ("settled_at", models.DateTimeField(blank=True, null=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="reminders", to="mail.message"
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="reminders",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["due_at", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="Task",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("custom", models.JSONField(blank=True, default=dict, editable=False)),
                        ("import_id", models.BigIntegerField(blank=True, editable=False, null=True)),
                        ("created_at", models.DateTimeField(editable=False)),
                        ("updated_at", models.DateTimeField(editable=False)),
                        ("subject", models.CharField(max_length=200, verbose_name="Subject")),
                        ("name_folded", models.CharField(db_collation="C", editable=False, max_length=200)),
                        ("search", models.TextField(default="", editable=False)),
                        ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="Due")),
                        (
                            "due_order",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.functions.comparison.Coalesce(
                                    "due_at", datetime.datetime(2999, 12, 31, 0, 0, tzinfo=datetime.UTC)
                                ),
                                output_field=models.DateTimeField(),
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("todo", "To do"),
                                    ("doing", "In progress"),
                                    ("waiting", "Waiting for somebody"),
                                    ("done", "Done"),
                                    ("dropped", "Dropped"),
                                ],
                                default="todo",
                                max_length=8,
                                verbose_name="Status",
                            ),
                        ),
                        (
                            "priority",
                            models.CharField(
                                choices=[("high", "High"), ("normal", "Normal"), ("low", "Low")],
                                default="normal",
                                max_length=6,
                                verbose_name="Priority",
                            ),
                        ),
                        ("note", models.TextField(blank=True, default="", verbose_name="Note")),
                        ("done_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="Done")),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="%(class)ss",
                                to="people.account",
                                verbose_name="Account",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="tasks",
                                to="agenda.case",
                                verbose_name="Case",
                            ),
                        ),
                        (
                            "deal",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="%(class)ss",
                                to="deals.deal",
                                verbose_name="Deal",
                            ),
                        ),
                        (
                            "done_by",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="%(class)ss",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="Owner",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="%(class)ss",
                                to="people.person",
                                verbose_name="Person",
                            ),
                        ),
                        (
                            "record",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="%(class)ss",
                                to="records.record",
                                verbose_name="Record",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Alert",
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
                                    ("opened", "Opened for the first time"),
                                    ("replied", "Replied"),
                                    ("bounced", "Came back"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "shown_at",
                            models.DateTimeField(blank=True, help_text="When an open page has shown it.", null=True),
                        ),
                        ("mailed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="alerts",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "recipient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="alerts", to="mail.recipient"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-at", "-id"],
                        "indexes": [
                            models.Index(fields=["owner", "-at"], name="alert_of_owner"),
                            models.Index(
                                condition=models.Q(("shown_at", None)), fields=["owner"], name="alert_not_shown"
                            ),
                            models.Index(condition=models.Q(("shown_at", None)), fields=["at"], name="alert_to_tell"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("recipient", "kind"), name="alert_once_a_copy")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Aside",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "key",
                            models.CharField(help_text="Which card: reminder:5, deal:7:2026-11-01.", max_length=60),
                        ),
                        ("until", models.DateTimeField(blank=True, help_text="Null: for good.", null=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="asides",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("owner", "key"), name="aside_once")],
                    },
                ),
                migrations.AddIndex(
                    model_name="case",
                    index=models.Index(fields=["name_folded", "id"], include=("search",), name="case_by_name"),
                ),
                migrations.AddIndex(
                    model_name="case",
                    index=models.Index(fields=["created_at", "id"], name="case_by_created"),
                ),
                migrations.AddIndex(
                    model_name="case",
                    index=models.Index(fields=["updated_at", "id"], name="case_by_updated"),
                ),
                migrations.AddIndex(
                    model_name="case",
                    index=models.Index(
                        condition=models.Q(("done_at", None)),
                        fields=["owner", "created_at", "id"],
                        name="case_open_by_owner",
                    ),
                ),
                migrations.AddIndex(
                    model_name="case",
                    index=models.Index(
                        condition=models.Q(("import_id__isnull", False)), fields=["import_id"], name="case_by_import"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="case",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("done_at", None), ("status__in", ("solved", "closed")), _connector="XOR"),
                        name="case_closed_has_its_date",
                    ),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(fields=["due_at", "id"], name="call_by_start"),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(fields=["name_folded", "id"], include=("search",), name="call_by_name"),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(fields=["created_at", "id"], name="call_by_created"),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(fields=["updated_at", "id"], name="call_by_updated"),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(
                        condition=models.Q(("done_at", None)),
                        fields=["owner", "due_at", "id"],
                        name="call_open_by_owner",
                    ),
                ),
                migrations.AddIndex(
                    model_name="call",
                    index=models.Index(
                        condition=models.Q(("import_id__isnull", False)), fields=["import_id"], name="call_by_import"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="call",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("done_at", None), ("status__in", ("done", "dropped")), _connector="XOR"),
                        name="call_made_has_its_date",
                    ),
                ),
                migrations.AddIndex(
                    model_name="note",
                    index=models.Index(fields=["name_folded", "id"], include=("search",), name="note_by_name"),
                ),
                migrations.AddIndex(
                    model_name="note",
                    index=models.Index(fields=["created_at", "id"], name="note_by_created"),
                ),
                migrations.AddIndex(
                    model_name="note",
                    index=models.Index(fields=["updated_at", "id"], name="note_by_updated"),
                ),
                migrations.AddIndex(
                    model_name="note",
                    index=models.Index(
                        condition=models.Q(("import_id__isnull", False)), fields=["import_id"], name="note_by_import"
                    ),
                ),
                migrations.AddIndex(
                    model_name="reminder",
                    index=models.Index(
                        condition=models.Q(("state", "waiting")), fields=["due_at"], name="reminder_waiting"
                    ),
                ),
                migrations.AddIndex(
                    model_name="reminder",
                    index=models.Index(
                        condition=models.Q(("state", "due")), fields=["owner", "due_at"], name="reminder_due"
                    ),
                ),
                migrations.AddIndex(
                    model_name="task",
                    index=models.Index(fields=["due_order", "id"], name="task_by_due"),
                ),
                migrations.AddIndex(
                    model_name="task",
                    index=models.Index(fields=["name_folded", "id"], include=("search",), name="task_by_name"),
                ),
                migrations.AddIndex(
                    model_name="task",
                    index=models.Index(fields=["created_at", "id"], name="task_by_created"),
                ),
                migrations.AddIndex(
                    model_name="task",
                    index=models.Index(fields=["updated_at", "id"], name="task_by_updated"),
                ),
                migrations.AddIndex(
                    model_name="task",
                    index=models.Index(
                        condition=models.Q(("done_at", None)),
                        fields=["owner", "due_order", "id"],
                        name="task_open_by_owner",
                    ),
                ),
                migrations.AddIndex(
                    model_name="task",
                    index=models.Index(
                        condition=models.Q(("import_id__isnull", False)), fields=["import_id"], name="task_by_import"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="task",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("done_at", None), ("status__in", ("done", "dropped")), _connector="XOR"),
                        name="task_done_has_its_date",
                    ),
                ),
            ]
        ),
    ]
