import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from relance.lib.migrating import Together


class Migration(migrations.Migration):
    replaces = [
        ("people", "0001_first"),
        ("people", "0002_lists"),
        ("people", "0004_custom"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Account",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=200, verbose_name="Name")),
                        ("name_folded", models.CharField(db_collation="C", editable=False, max_length=200)),
                        ("search", models.TextField(default="", editable=False)),
                        ("website", models.CharField(blank=True, default="", max_length=300, verbose_name="Website")),
                        ("phone", models.CharField(blank=True, default="", max_length=40, verbose_name="Phone")),
                        ("industry", models.CharField(blank=True, default="", max_length=120, verbose_name="Industry")),
                        ("street", models.CharField(blank=True, default="", max_length=200, verbose_name="Street")),
                        ("postcode", models.CharField(blank=True, default="", max_length=20, verbose_name="Postcode")),
                        ("city", models.CharField(blank=True, default="", max_length=120, verbose_name="City")),
                        ("country", models.CharField(blank=True, default="", max_length=80, verbose_name="Country")),
                        ("note", models.TextField(blank=True, default="", verbose_name="Note")),
                        ("custom", models.JSONField(blank=True, default=dict, editable=False)),
                        ("primary_email", models.CharField(default="", editable=False, max_length=254)),
                        ("import_id", models.BigIntegerField(blank=True, editable=False, null=True)),
                        ("created_at", models.DateTimeField(editable=False)),
                        ("updated_at", models.DateTimeField(editable=False)),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="accounts",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="Owner",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Person",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(choices=[("lead", "Lead"), ("contact", "Contact")], max_length=8)),
                        (
                            "first_name",
                            models.CharField(blank=True, default="", max_length=120, verbose_name="First name"),
                        ),
                        (
                            "last_name",
                            models.CharField(blank=True, default="", max_length=120, verbose_name="Last name"),
                        ),
                        ("name", models.CharField(editable=False, max_length=250)),
                        ("name_folded", models.CharField(db_collation="C", editable=False, max_length=250)),
                        ("search", models.TextField(default="", editable=False)),
                        (
                            "job_title",
                            models.CharField(blank=True, default="", max_length=160, verbose_name="Job title"),
                        ),
                        ("phone", models.CharField(blank=True, default="", max_length=40, verbose_name="Phone")),
                        ("mobile", models.CharField(blank=True, default="", max_length=40, verbose_name="Mobile")),
                        ("company", models.CharField(blank=True, default="", max_length=200, verbose_name="Company")),
                        ("street", models.CharField(blank=True, default="", max_length=200, verbose_name="Street")),
                        ("postcode", models.CharField(blank=True, default="", max_length=20, verbose_name="Postcode")),
                        ("city", models.CharField(blank=True, default="", max_length=120, verbose_name="City")),
                        ("country", models.CharField(blank=True, default="", max_length=80, verbose_name="Country")),
                        ("language", models.CharField(blank=True, default="", max_length=8, verbose_name="Language")),
                        (
                            "time_zone",
                            models.CharField(blank=True, default="", max_length=64, verbose_name="Time zone"),
                        ),
                        ("source", models.CharField(blank=True, default="", max_length=120, verbose_name="Source")),
                        ("note", models.TextField(blank=True, default="", verbose_name="Note")),
                        ("custom", models.JSONField(blank=True, default=dict, editable=False)),
                        ("primary_email", models.CharField(default="", editable=False, max_length=254)),
                        (
                            "tracking_consent",
                            models.CharField(
                                choices=[("unknown", "Not asked"), ("granted", "Agreed"), ("denied", "Refused")],
                                default="unknown",
                                editable=False,
                                max_length=8,
                            ),
                        ),
                        ("import_id", models.BigIntegerField(blank=True, editable=False, null=True)),
                        ("converted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("created_at", models.DateTimeField(editable=False)),
                        ("updated_at", models.DateTimeField(editable=False)),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="people",
                                to="people.account",
                                verbose_name="Account",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="people",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="Owner",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ConsentProof",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("unknown", "Not asked"), ("granted", "Agreed"), ("denied", "Refused")],
                                max_length=8,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("how", models.CharField(max_length=40)),
                        ("words", models.TextField(blank=True, default="")),
                        ("source", models.CharField(blank=True, default="", max_length=300)),
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
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="consent_proofs",
                                to="people.person",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-at", "-id"],
                    },
                ),
                migrations.CreateModel(
                    name="Address",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                        ("email", models.CharField(max_length=254, verbose_name="E-mail address")),
                        (
                            "normal",
                            models.CharField(
                                db_collation="C", help_text="As compared: see relance.lib.addresses.", max_length=254
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("valid", "Valid"), ("invalid", "Invalid"), ("bounced", "Bounced")],
                                default="valid",
                                max_length=8,
                            ),
                        ),
                        ("state_why", models.CharField(blank=True, default="", max_length=300)),
                        ("state_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "state_recipient_id",
                            models.BigIntegerField(blank=True, help_text="The mail that told it.", null=True),
                        ),
                        ("soft_bounces", models.PositiveSmallIntegerField(default=0)),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="addresses",
                                to="people.account",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="addresses",
                                to="people.person",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["position", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="Suppression",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("normal", models.CharField(db_collation="C", max_length=254)),
                        (
                            "scope",
                            models.CharField(
                                choices=[
                                    ("everything", "All mail"),
                                    ("marketing", "Mass mails and sequences"),
                                    ("sequences", "Sequences"),
                                    ("list", "This list"),
                                    ("invalid", "The address does not exist"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("list_id", models.BigIntegerField(blank=True, null=True)),
                        (
                            "route",
                            models.CharField(
                                choices=[
                                    ("page", "The unsubscribe page"),
                                    ("one_click", "The button of the mail program"),
                                    ("reply", "A mail to the unsubscribe address"),
                                    ("by_hand", "Entered by a colleague"),
                                    ("import", "An import"),
                                    ("api", "The API"),
                                    ("bounce", "A bounce"),
                                    ("complaint", "A complaint"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("recipient_id", models.BigIntegerField(blank=True, help_text="From which mail.", null=True)),
                        ("words", models.CharField(blank=True, default="", max_length=300)),
                        ("lifted_at", models.DateTimeField(blank=True, null=True)),
                        ("lifted_words", models.CharField(blank=True, default="", max_length=300)),
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
                        (
                            "lifted_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.AddIndex(
                    model_name="account",
                    index=models.Index(fields=["name_folded", "id"], name="account_by_name"),
                ),
                migrations.AddIndex(
                    model_name="account",
                    index=models.Index(fields=["created_at", "id"], name="account_by_created"),
                ),
                migrations.AddIndex(
                    model_name="account",
                    index=models.Index(fields=["updated_at", "id"], name="account_by_updated"),
                ),
                migrations.AddIndex(
                    model_name="account",
                    index=models.Index(fields=["city", "id"], name="account_by_city"),
                ),
                migrations.AddIndex(
                    model_name="account",
                    index=django.contrib.postgres.indexes.GinIndex(
                        fields=["custom"], name="account_by_custom", opclasses=["jsonb_path_ops"]
                    ),
                ),
                migrations.AddIndex(
                    model_name="person",
                    index=models.Index(
                        fields=["kind", "name_folded", "id"], include=("search",), name="person_by_name"
                    ),
                ),
                migrations.AddIndex(
                    model_name="person",
                    index=models.Index(fields=["kind", "created_at", "id"], name="person_by_created"),
                ),
                migrations.AddIndex(
                    model_name="person",
                    index=models.Index(fields=["kind", "updated_at", "id"], name="person_by_updated"),
                ),
                migrations.AddIndex(
                    model_name="person",
                    index=models.Index(fields=["kind", "company", "id"], name="person_by_company"),
                ),
                migrations.AddIndex(
                    model_name="person",
                    index=models.Index(fields=["kind", "city", "id"], name="person_by_city"),
                ),
                migrations.AddIndex(
                    model_name="person",
                    index=models.Index(fields=["kind", "country", "id"], name="person_by_country"),
                ),
                migrations.AddIndex(
                    model_name="person",
                    index=models.Index(fields=["kind", "source", "id"], name="person_by_source"),
                ),
                migrations.AddIndex(
                    model_name="person",
                    index=models.Index(fields=["kind", "owner", "name_folded", "id"], name="person_by_owner"),
                ),
                migrations.AddIndex(
                    model_name="person",
                    index=models.Index(
                        condition=models.Q(("import_id__isnull", False)), fields=["import_id"], name="person_by_import"
                    ),
                ),
                migrations.AddIndex(
                    model_name="person",
                    index=django.contrib.postgres.indexes.GinIndex(
                        condition=models.Q(("custom", {}), _negated=True),
                        fields=["custom"],
                        name="person_by_custom",
                        opclasses=["jsonb_path_ops"],
                    ),
                ),
                migrations.AddIndex(
                    model_name="address",
                    index=models.Index(fields=["normal"], name="address_by_normal"),
                ),
                migrations.AddIndex(
                    model_name="address",
                    index=models.Index(
                        condition=models.Q(("state", "valid"), _negated=True),
                        fields=["state", "person"],
                        name="address_in_trouble",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="address",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("account__isnull", True), ("person__isnull", False)),
                            models.Q(("account__isnull", False), ("person__isnull", True)),
                            _connector="OR",
                        ),
                        name="address_has_one_holder",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="address",
                    constraint=models.UniqueConstraint(fields=("person", "normal"), name="address_once_a_person"),
                ),
                migrations.AddConstraint(
                    model_name="address",
                    constraint=models.UniqueConstraint(fields=("account", "normal"), name="address_once_an_account"),
                ),
                migrations.AddIndex(
                    model_name="suppression",
                    index=models.Index(fields=["normal"], name="suppression_by_address"),
                ),
                migrations.AddConstraint(
                    model_name="suppression",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("lifted_at__isnull", True)),
                        fields=("normal", "scope", "list_id"),
                        name="suppressed_once",
                        nulls_distinct=False,
                    ),
                ),
            ]
        ),
    ]
