import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from relance.lib.migrating import Together


class Migration(migrations.Migration):
    replaces = [
        ("records", "0001_first"),
        ("records", "0002_modules"),
        ("records", "0003_tags"),
        ("records", "0004_moved"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="CustomModule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=20, unique=True)),
                        ("name", models.CharField(max_length=60, verbose_name="Name of one record")),
                        ("plural", models.CharField(max_length=60, verbose_name="Name of several")),
                        ("icon", models.CharField(default="table-2", max_length=40, verbose_name="Icon")),
                        (
                            "has_email",
                            models.BooleanField(default=False, verbose_name="Its records carry an e-mail address"),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                        ("created_at", models.DateTimeField(editable=False)),
                        ("retired_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    ],
                    options={
                        "ordering": ["position", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="Tag",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=40, unique=True, verbose_name="Tag")),
                        ("created_at", models.DateTimeField(editable=False)),
                    ],
                    options={
                        "ordering": ["name"],
                    },
                ),
                migrations.CreateModel(
                    name="CustomField",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("module", models.CharField(max_length=20)),
                        ("key", models.CharField(max_length=40)),
                        ("label", models.CharField(max_length=80, verbose_name="Label")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("text", "Text"),
                                    ("long_text", "Long text"),
                                    ("email", "E-mail address"),
                                    ("phone", "Phone"),
                                    ("url", "Web address"),
                                    ("number", "Number"),
                                    ("money", "Amount of money"),
                                    ("date", "Date"),
                                    ("moment", "Date and time"),
                                    ("yes_no", "Yes or no"),
                                    ("choice", "One of several"),
                                    ("choices", "Several of several"),
                                    ("link", "Link to a record"),
                                    ("user", "Colleague"),
                                ],
                                max_length=12,
                                verbose_name="Type",
                            ),
                        ),
                        (
                            "options",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text="Key and label of each choice.",
                                verbose_name="Choices",
                            ),
                        ),
                        (
                            "target",
                            models.CharField(blank=True, default="", max_length=20, verbose_name="Linked module"),
                        ),
                        ("help", models.CharField(blank=True, default="", max_length=200, verbose_name="Help")),
                        ("is_required", models.BooleanField(default=False, verbose_name="Required")),
                        ("is_listed", models.BooleanField(default=False, verbose_name="Shown in lists")),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                        ("created_at", models.DateTimeField(editable=False)),
                        ("retired_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    ],
                    options={
                        "ordering": ["position", "id"],
                        "constraints": [models.UniqueConstraint(fields=("module", "key"), name="one_field_a_key")],
                    },
                ),
                migrations.CreateModel(
                    name="Import",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "module",
                            models.CharField(
                                choices=[
                                    ("lead", "Leads"),
                                    ("contact", "Contacts"),
                                    ("account", "Accounts"),
                                    ("deal", "Deals"),
                                    ("case", "Cases"),
                                    ("task", "Tasks"),
                                    ("call", "Calls"),
                                    ("note", "Notes"),
                                    ("template", "Templates"),
                                    ("mass_mail", "Mass mails"),
                                ],
                                max_length=20,
                                verbose_name="Into",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("mapping", "being prepared"),
                                    ("checking", "being checked"),
                                    ("checked", "ready"),
                                    ("running", "running"),
                                    ("done", "finished"),
                                    ("failed", "interrupted"),
                                    ("cancelled", "cancelled"),
                                    ("undone", "undone"),
                                ],
                                default="mapping",
                                max_length=12,
                            ),
                        ),
                        ("name", models.CharField(max_length=255, verbose_name="File")),
                        (
                            "file",
                            models.CharField(
                                default="", help_text="A random name under the folder of files.", max_length=64
                            ),
                        ),
                        ("size", models.PositiveBigIntegerField(default=0)),
                        ("shape", models.JSONField(default=dict, help_text="How the file was understood.")),
                        ("choices", models.JSONField(default=dict, help_text="What a person chose instead.")),
                        ("mapping", models.JSONField(default=list)),
                        (
                            "duplicates",
                            models.CharField(
                                choices=[
                                    ("skip", "Leave the existing record as it is"),
                                    ("update", "Update the existing record"),
                                    ("create", "Create another record"),
                                ],
                                default="skip",
                                max_length=8,
                                verbose_name="Addresses known already",
                            ),
                        ),
                        ("total", models.PositiveIntegerField(default=0)),
                        ("reached", models.PositiveIntegerField(default=0)),
                        ("treated", models.PositiveIntegerField(default=0)),
                        ("created", models.PositiveIntegerField(default=0)),
                        ("updated", models.PositiveIntegerField(default=0)),
                        ("skipped", models.PositiveIntegerField(default=0)),
                        ("rejected", models.PositiveIntegerField(default=0)),
                        ("forecast", models.JSONField(default=dict, help_text="The counts of the last check.")),
                        ("error", models.JSONField(default=dict)),
                        ("undone", models.JSONField(default=dict)),
                        ("created_at", models.DateTimeField()),
                        ("started_at", models.DateTimeField(blank=True, null=True)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="imports",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="Owner of the new records",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ImportRow",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("rejected", "rejected"),
                                    ("skipped", "skipped"),
                                    ("noted", "taken with a remark"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("reason", models.CharField(max_length=40)),
                        ("data", models.JSONField(default=dict)),
                        ("cells", models.JSONField(default=list)),
                        (
                            "of_import",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="records.import"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["number", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="Moved",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("module", models.CharField(max_length=20)),
                        ("record_id", models.BigIntegerField()),
                        ("to_id", models.BigIntegerField()),
                    ],
                    options={
                        "indexes": [models.Index(fields=["module", "to_id"], name="moved_to")],
                        "constraints": [models.UniqueConstraint(fields=("module", "record_id"), name="moved_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Record",
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
                        ("module", models.CharField(max_length=20)),
                        ("name", models.CharField(max_length=250, verbose_name="Name")),
                        ("name_folded", models.CharField(db_collation="C", editable=False, max_length=250)),
                        ("search", models.TextField(default="", editable=False)),
                        (
                            "email",
                            models.CharField(blank=True, default="", max_length=254, verbose_name="E-mail address"),
                        ),
                        ("normal", models.CharField(db_collation="C", default="", editable=False, max_length=254)),
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
                    ],
                ),
                migrations.CreateModel(
                    name="View",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("module", models.CharField(max_length=20)),
                        ("name", models.CharField(max_length=80, verbose_name="Name")),
                        ("is_shared", models.BooleanField(default=False, verbose_name="Shared with everyone")),
                        ("criteria", models.JSONField(blank=True, default=dict)),
                        ("text", models.CharField(blank=True, default="", max_length=200)),
                        ("columns", models.JSONField(blank=True, default=list)),
                        ("sort", models.CharField(blank=True, default="", max_length=60)),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                        ("created_at", models.DateTimeField(editable=False)),
                        ("updated_at", models.DateTimeField(editable=False)),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="views",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["position", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="Bulk",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("module", models.CharField(max_length=20)),
                        (
                            "act",
                            models.CharField(
                                choices=[
                                    ("edit", "Change a field"),
                                    ("tag", "Add or remove tags"),
                                    ("delete", "Delete"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "about to begin"),
                                    ("running", "running"),
                                    ("done", "finished"),
                                    ("stopped", "stopped"),
                                    ("undoing", "being undone"),
                                    ("undone", "undone"),
                                ],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                help_text="How the rows were chosen: see records.selection.", max_length=8
                            ),
                        ),
                        ("criteria", models.JSONField(default=dict)),
                        ("values", models.JSONField(default=dict, help_text="What is written, by the keys of fields.")),
                        ("total", models.PositiveIntegerField(default=0)),
                        ("reached", models.BigIntegerField(default=0)),
                        ("last", models.BigIntegerField(default=0, help_text="Rows that came later are not touched.")),
                        ("changed", models.PositiveIntegerField(default=0)),
                        ("left", models.PositiveIntegerField(default=0, help_text="Refused, or as wished already.")),
                        ("why", models.JSONField(default=dict, help_text="Why rows were left, with their number.")),
                        ("created_at", models.DateTimeField()),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="bulks",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["by", "-id"], name="bulk_by_colleague")],
                    },
                ),
                migrations.CreateModel(
                    name="Change",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("module", models.CharField(max_length=20)),
                        ("record_id", models.BigIntegerField()),
                        (
                            "name",
                            models.CharField(default="", help_text="What the record was called then.", max_length=250),
                        ),
                        (
                            "act",
                            models.CharField(
                                choices=[
                                    ("added", "added"),
                                    ("changed", "changed"),
                                    ("deleted", "deleted"),
                                    ("converted", "converted"),
                                    ("merged", "merged"),
                                    ("undone", "undone"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "way",
                            models.CharField(
                                choices=[
                                    ("page", "In the interface"),
                                    ("api", "Through the API"),
                                    ("import", "By an import"),
                                    ("bulk", "With many at once"),
                                    ("system", "By Relance itself"),
                                ],
                                default="page",
                                max_length=8,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("fields", models.JSONField(blank=True, default=dict)),
                        (
                            "batch",
                            models.BigIntegerField(
                                blank=True, help_text="The bulk action that it was part of.", null=True
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["module", "record_id", "-id"], name="change_by_record"),
                            models.Index(
                                condition=models.Q(("batch__isnull", False)), fields=["batch"], name="change_by_batch"
                            ),
                        ],
                    },
                ),
                migrations.AddIndex(
                    model_name="import",
                    index=models.Index(fields=["-created_at", "-id"], name="import_by_created"),
                ),
                migrations.AddIndex(
                    model_name="importrow",
                    index=models.Index(fields=["of_import", "outcome", "number", "id"], name="import_row_in_order"),
                ),
                migrations.AddIndex(
                    model_name="record",
                    index=models.Index(
                        fields=["module", "name_folded", "id"], include=("search",), name="record_by_name"
                    ),
                ),
                migrations.AddIndex(
                    model_name="record",
                    index=models.Index(fields=["module", "created_at", "id"], name="record_by_created"),
                ),
                migrations.AddIndex(
                    model_name="record",
                    index=models.Index(fields=["module", "updated_at", "id"], name="record_by_updated"),
                ),
                migrations.AddIndex(
                    model_name="record",
                    index=models.Index(fields=["module", "owner", "name_folded", "id"], name="record_by_owner"),
                ),
                migrations.AddIndex(
                    model_name="record",
                    index=models.Index(
                        condition=models.Q(("normal", ""), _negated=True), fields=["normal"], name="record_by_address"
                    ),
                ),
                migrations.AddIndex(
                    model_name="record",
                    index=models.Index(
                        condition=models.Q(("import_id__isnull", False)), fields=["import_id"], name="record_by_import"
                    ),
                ),
                migrations.AddIndex(
                    model_name="record",
                    index=django.contrib.postgres.indexes.GinIndex(
                        fields=["custom"], name="record_by_custom", opclasses=["jsonb_path_ops"]
                    ),
                ),
                migrations.AddIndex(
                    model_name="view",
                    index=models.Index(fields=["module", "owner"], name="view_by_module"),
                ),
            ]
        ),
    ]
