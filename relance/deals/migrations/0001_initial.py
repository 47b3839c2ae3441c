import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models

from relance.lib.migrating import Together


class Migration(migrations.Migration):
    replaces = [
        ("deals", "0001_first"),
        ("deals", "0003_sorting"),
        ("deals", "0004_dealmail"),
    ]

    initial = True

    dependencies = [
        ("mail", "0001_initial"),
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Pipeline",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="Name")),
                        ("currency", models.CharField(default="EUR", max_length=3, verbose_name="Currency")),
                        (
                            "quiet_days",
                            models.PositiveSmallIntegerField(
                                default=14, verbose_name="Days without a sign until a deal is quiet"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                        ("retired_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    ],
                    options={
                        "ordering": ["position", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="Deal",
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
                        ("name", models.CharField(max_length=200, verbose_name="Name")),
                        ("name_folded", models.CharField(db_collation="C", editable=False, max_length=200)),
                        ("search", models.TextField(default="", editable=False)),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Open"), ("won", "Won"), ("lost", "Lost")],
                                default="open",
                                editable=False,
                                max_length=4,
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(decimal_places=2, default=0, max_digits=14, verbose_name="Amount"),
                        ),
                        ("currency", models.CharField(default="EUR", max_length=3, verbose_name="Currency")),
                        ("close_date", models.DateField(blank=True, null=True, verbose_name="Expected close")),
                        (
                            "closing",
                            models.GeneratedField(
                                db_persist=True,
                                expression=models.Func(
                                    "close_date",
                                    template="(COALESCE(%(expressions)s, DATE '9999-12-31') - DATE '1970-01-01')::double precision",
                                ),
                                output_field=models.FloatField(),
                            ),
                        ),
                        (
                            "worth",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.functions.comparison.Cast("amount", models.FloatField()),
                                output_field=models.FloatField(),
                            ),
                        ),
                        ("note", models.TextField(blank=True, default="", verbose_name="Note")),
                        ("position", models.BigIntegerField(default=0, editable=False)),
                        ("moved_at", models.DateTimeField(editable=False)),
                        ("modified_at", models.DateTimeField(editable=False)),
                        ("won_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("lost_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "lost_because",
                            models.CharField(blank=True, default="", max_length=300, verbose_name="Why it was lost"),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="deals",
                                to="people.account",
                                verbose_name="Account",
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="people.person",
                                verbose_name="Primary contact",
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
                    ],
                ),
                migrations.CreateModel(
                    name="DealContact",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("since", models.DateTimeField()),
                        (
                            "deal",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="links", to="deals.deal"
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="deal_links",
                                to="people.person",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                    },
                ),
                migrations.AddField(
                    model_name="deal",
                    name="contacts",
                    field=models.ManyToManyField(
                        related_name="deals", through="deals.DealContact", to="people.person", verbose_name="Contacts"
                    ),
                ),
                migrations.CreateModel(
                    name="DealMail",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=40, unique=True)),
                        ("same", models.CharField(blank=True, db_index=True, default="", max_length=32)),
                        (
                            "rule",
                            models.CharField(
                                choices=[
                                    ("hand", "linked by hand"),
                                    ("written_here", "written on the page of this deal"),
                                    ("thread", "answers a mail of this deal"),
                                    ("past", "the only deal of its people when the mail came"),
                                    ("only_open", "the only open deal of its people"),
                                    ("latest_open", "of their open deals, the one changed last"),
                                    ("won", "of their won deals, the one changed last"),
                                    ("dissolved", "its mailbox was disconnected"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("at", models.DateTimeField(help_text="When it was linked, by the workspace's clock.")),
                        ("is_offered", models.BooleanField(default=False)),
                        (
                            "ruled",
                            models.BigIntegerField(
                                help_text="What the rule said where a colleague chose (DEAL-09).", null=True
                            ),
                        ),
                        ("ranked", models.BigIntegerField(help_text="What the ranking said there.", null=True)),
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
                            "deal",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="mails",
                                to="deals.deal",
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="deal_mails",
                                to="mail.message",
                            ),
                        ),
                        (
                            "offered",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="deals.deal",
                            ),
                        ),
                    ],
                ),
                migrations.AddField(
                    model_name="deal",
                    name="pipeline",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deals",
                        to="deals.pipeline",
                        verbose_name="Pipeline",
                    ),
                ),
                migrations.CreateModel(
                    name="Stage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=60, verbose_name="Name")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("open", "Open"), ("won", "Won"), ("lost", "Lost")],
                                default="open",
                                editable=False,
                                max_length=4,
                            ),
                        ),
                        (
                            "probability",
                            models.PositiveSmallIntegerField(default=50, verbose_name="Probability in percent"),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                        ("retired_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "pipeline",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="stages", to="deals.pipeline"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["pipeline", "position", "id"],
                    },
                ),
                migrations.AddField(
                    model_name="deal",
                    name="stage",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deals",
                        to="deals.stage",
                        verbose_name="Stage",
                    ),
                ),
                migrations.CreateModel(
                    name="StageMove",
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
                                choices=[("open", "Open"), ("won", "Won"), ("lost", "Lost")], max_length=4
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("amount", models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                        ("currency", models.CharField(default="EUR", max_length=3)),
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
                            "deal",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="moves", to="deals.deal"
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="deals.stage",
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="deals.stage"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["at", "id"],
                    },
                ),
                migrations.AddConstraint(
                    model_name="dealcontact",
                    constraint=models.UniqueConstraint(fields=("deal", "person"), name="once_a_deal"),
                ),
                migrations.AddIndex(
                    model_name="dealmail",
                    index=models.Index(fields=["deal", "-at", "-id"], name="deal_mail_of_deal"),
                ),
                migrations.AddIndex(
                    model_name="dealmail",
                    index=models.Index(
                        condition=models.Q(("is_offered", True)), fields=["id"], name="deal_mail_offered"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="dealmail",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("message", None), ("same", ""), _connector="XOR"),
                        name="deal_mail_is_one_mail",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="stage",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("kind", "open"), _negated=True),
                        fields=("pipeline", "kind"),
                        name="one_end_of_a_kind",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="stage",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "open"), ("probability__lte", 100)),
                            models.Q(("kind", "won"), ("probability", 100)),
                            models.Q(("kind", "lost"), ("probability", 0)),
                            _connector="OR",
                        ),
                        name="stage_probability",
                    ),
                ),
                migrations.AddIndex(
                    model_name="deal",
                    index=models.Index(fields=["name_folded", "id"], include=("search",), name="deal_by_name"),
                ),
                migrations.AddIndex(
                    model_name="deal",
                    index=models.Index(fields=["created_at", "id"], name="deal_by_created"),
                ),
                migrations.AddIndex(
                    model_name="deal",
                    index=models.Index(fields=["updated_at", "id"], name="deal_by_updated"),
                ),
                migrations.AddIndex(
                    model_name="deal",
                    index=models.Index(fields=["modified_at", "id"], name="deal_by_modified"),
                ),
                migrations.AddIndex(
                    model_name="deal",
                    index=models.Index(fields=["worth", "id"], name="deal_by_amount"),
                ),
                migrations.AddIndex(
                    model_name="deal",
                    index=models.Index(fields=["closing", "id"], name="deal_by_close"),
                ),
                migrations.AddIndex(
                    model_name="deal",
                    index=models.Index(fields=["state", "name_folded", "id"], name="deal_by_state"),
                ),
                migrations.AddIndex(
                    model_name="deal",
                    index=models.Index(fields=["owner", "name_folded", "id"], name="deal_by_owner"),
                ),
                migrations.AddIndex(
                    model_name="deal",
                    index=models.Index(fields=["stage", "position", "id"], name="deal_on_board"),
                ),
                migrations.AddIndex(
                    model_name="deal",
                    index=models.Index(
                        condition=models.Q(("won_at__isnull", False)), fields=["won_at"], name="deal_won"
                    ),
                ),
                migrations.AddIndex(
                    model_name="deal",
                    index=models.Index(
                        condition=models.Q(("lost_at__isnull", False)), fields=["lost_at"], name="deal_lost"
                    ),
                ),
                migrations.AddIndex(
                    model_name="deal",
                    index=models.Index(
                        condition=models.Q(("import_id__isnull", False)), fields=["import_id"], name="deal_by_import"
                    ),
                ),
                migrations.AddIndex(
                    model_name="deal",
                    index=django.contrib.postgres.indexes.GinIndex(
                        condition=models.Q(("custom", {}), _negated=True),
                        fields=["custom"],
                        name="deal_by_custom",
                        opclasses=["jsonb_path_ops"],
                    ),
                ),
                migrations.AddConstraint(
                    model_name="deal",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lost_at__isnull", True), ("state", "open"), ("won_at__isnull", True)),
                            models.Q(("lost_at__isnull", True), ("state", "won"), ("won_at__isnull", False)),
                            models.Q(("lost_at__isnull", False), ("state", "lost"), ("won_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="deal_ends_with_a_date",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="deal",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="deal_amount_not_negative"
                    ),
                ),
                migrations.AddIndex(
                    model_name="stagemove",
                    index=models.Index(fields=["deal", "at", "id"], name="move_of_deal"),
                ),
                migrations.AddIndex(
                    model_name="stagemove",
                    index=models.Index(fields=["at"], name="move_by_time"),
                ),
            ]
        ),
    ]
