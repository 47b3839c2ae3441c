import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from relance.lib.migrating import Together


class Migration(migrations.Migration):
    replaces = [
        ("campaigns", "0001_first"),
        ("campaigns", "0002_deals"),
        ("campaigns", "0003_records"),
        ("campaigns", "0004_triggers_and_follow_ups"),
        ("campaigns", "0005_lists"),
        ("campaigns", "0006_campaigns"),
        ("campaigns", "0007_reports"),
        ("campaigns", "0008_responders"),
        ("campaigns", "0009_contests"),
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
                    name="Campaign",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=160, verbose_name="Name")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("mail", "Mail"), ("newsletter", "Newsletter")],
                                default="mail",
                                max_length=10,
                                verbose_name="Kind",
                            ),
                        ),
                        ("note", models.TextField(blank=True, default="", verbose_name="Note")),
                        (
                            "lists",
                            models.JSONField(blank=True, default=list, help_text="The target lists that it goes to."),
                        ),
                        (
                            "excluded",
                            models.JSONField(
                                blank=True, default=list, help_text="The lists whose addresses are left out."
                            ),
                        ),
                        ("track_opens", models.BooleanField(default=False, verbose_name="Follow openings")),
                        ("created_at", models.DateTimeField(editable=False)),
                        ("updated_at", models.DateTimeField(editable=False)),
                        ("deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "creator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="campaigns",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-created_at", "-id"],
                    },
                ),
                migrations.CreateModel(
                    name="DealCopy",
                    fields=[
                        (
                            "recipient",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="deal_copy",
                                serialize=False,
                                to="mail.recipient",
                            ),
                        ),
                        (
                            "deal",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="copies", to="deals.deal"
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ListMember",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "email",
                            models.CharField(blank=True, default="", max_length=254, verbose_name="E-mail address"),
                        ),
                        ("normal", models.CharField(blank=True, db_collation="C", default="", max_length=254)),
                        (
                            "opted_out_at",
                            models.DateTimeField(
                                blank=True, help_text="Does not want the mails of this list.", null=True
                            ),
                        ),
                        ("added_at", models.DateTimeField(editable=False)),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="listed",
                                to="people.account",
                            ),
                        ),
                        (
                            "colleague",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="listed",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="listed",
                                to="people.person",
                            ),
                        ),
                        (
                            "record",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="listed",
                                to="records.record",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                    },
                ),
                migrations.CreateModel(
                    name="MassMail",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=160, verbose_name="Name")),
                        ("module", models.CharField(max_length=20, verbose_name="To")),
                        (
                            "audience",
                            models.CharField(
                                choices=[
                                    ("rows", "Chosen rows"),
                                    ("filter", "All results of a search"),
                                    ("all", "Everybody"),
                                    ("lists", "Target lists"),
                                ],
                                default="all",
                                max_length=6,
                            ),
                        ),
                        (
                            "criteria",
                            models.JSONField(
                                blank=True, default=dict, help_text="ids, or the search and filters of the list."
                            ),
                        ),
                        (
                            "excluded",
                            models.JSONField(
                                blank=True, default=list, help_text="The lists whose addresses are left out."
                            ),
                        ),
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
                                verbose_name="From",
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
                                verbose_name="Reply-To",
                            ),
                        ),
                        ("track", models.BooleanField(default=True, verbose_name="Follow this mail")),
                        (
                            "guarded_at",
                            models.DateTimeField(
                                blank=True,
                                editable=False,
                                help_text="When it was paused by itself; from then on people decide.",
                                null=True,
                            ),
                        ),
                        (
                            "follow",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("received", "Everybody who received it"),
                                    ("opened", "Those who opened it"),
                                    ("not_opened", "Those who did not open it"),
                                    ("clicked", "Those who clicked"),
                                    ("not_clicked", "Those who did not click"),
                                    ("not_replied", "Those who did not reply"),
                                ],
                                default="",
                                max_length=11,
                            ),
                        ),
                        ("days", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="Days after")),
                        (
                            "leave_out",
                            models.TextField(
                                blank=True, default="", help_text="Criteria of whom to leave out, as text."
                            ),
                        ),
                        ("scheduled_at", models.DateTimeField(blank=True, null=True, verbose_name="Leaves on")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("scheduled", "Scheduled"),
                                    ("stopped", "Stopped"),
                                    ("late", "Late, asks first"),
                                    ("launched", "Launched"),
                                ],
                                default="draft",
                                max_length=9,
                            ),
                        ),
                        ("state_why", models.CharField(blank=True, default="", max_length=300)),
                        (
                            "matched",
                            models.IntegerField(
                                default=0, editable=False, help_text="People who matched at launch; frozen."
                            ),
                        ),
                        ("created_at", models.DateTimeField(editable=False)),
                        ("updated_at", models.DateTimeField(editable=False)),
                        ("launched_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "campaign",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="mails",
                                to="campaigns.campaign",
                            ),
                        ),
                        (
                            "creator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="mass_mails",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "mailbox",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="mass_mails",
                                to="mail.mailbox",
                            ),
                        ),
                        (
                            "message",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="mass_mail",
                                to="mail.message",
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="follow_ups",
                                to="campaigns.massmail",
                            ),
                        ),
                        (
                            "template",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="mass_mails",
                                to="mail.template",
                                verbose_name="Template",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-created_at", "-id"],
                    },
                ),
                migrations.CreateModel(
                    name="Contest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "share",
                            models.PositiveSmallIntegerField(
                                default=20, verbose_name="Share that takes part, in percent"
                            ),
                        ),
                        (
                            "hours",
                            models.PositiveSmallIntegerField(default=24, verbose_name="Hours until it is judged"),
                        ),
                        (
                            "measure",
                            models.CharField(
                                choices=[("replied", "Replies"), ("clicked", "Clicks")],
                                default="replied",
                                max_length=7,
                                verbose_name="Judged by",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("draft", "Draft"), ("running", "Running"), ("decided", "Decided")],
                                default="draft",
                                max_length=7,
                            ),
                        ),
                        ("began_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("decide_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("winner", models.CharField(blank=True, default="", editable=False, max_length=1)),
                        ("clear", models.BooleanField(default=False, editable=False)),
                        ("why", models.CharField(blank=True, default="", editable=False, max_length=40)),
                        (
                            "template_b",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="mail.template",
                                verbose_name="Template B",
                            ),
                        ),
                        (
                            "mass_mail",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="contest",
                                to="campaigns.massmail",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="MemberCopy",
                    fields=[
                        (
                            "recipient",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="member_copy",
                                serialize=False,
                                to="mail.recipient",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="copies",
                                to="campaigns.listmember",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="RecordCopy",
                    fields=[
                        (
                            "recipient",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="record_copy",
                                serialize=False,
                                to="mail.recipient",
                            ),
                        ),
                        (
                            "record",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="copies", to="records.record"
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Responder",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=160, verbose_name="Name")),
                        (
                            "event",
                            models.CharField(
                                choices=[
                                    ("import", "Somebody is brought in by an import"),
                                    ("form", "Somebody comes through a form of your site, by the API"),
                                    ("list", "Somebody joins a target list"),
                                ],
                                max_length=6,
                                verbose_name="When",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                blank=True,
                                choices=[("lead", "Lead"), ("contact", "Contact")],
                                default="",
                                max_length=8,
                                verbose_name="Of",
                            ),
                        ),
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
                                verbose_name="From",
                            ),
                        ),
                        (
                            "active_since",
                            models.DateTimeField(blank=True, help_text="Empty while it is switched off.", null=True),
                        ),
                        ("created_at", models.DateTimeField(editable=False)),
                        ("updated_at", models.DateTimeField(editable=False)),
                        ("deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "creator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="responders",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "mailbox",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="mail.mailbox",
                                verbose_name="Leaves by",
                            ),
                        ),
                        (
                            "template",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="responders",
                                to="mail.template",
                                verbose_name="Template",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name", "id"],
                    },
                ),
                migrations.AddField(
                    model_name="massmail",
                    name="responder",
                    field=models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mails",
                        to="campaigns.responder",
                    ),
                ),
                migrations.CreateModel(
                    name="ResponderDue",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("due_at", models.DateTimeField()),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="responders_due",
                                to="people.person",
                            ),
                        ),
                        (
                            "responder",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="due",
                                to="campaigns.responder",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="TargetList",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=160, verbose_name="Name")),
                        ("note", models.TextField(blank=True, default="", verbose_name="Note")),
                        ("created_at", models.DateTimeField(editable=False)),
                        ("updated_at", models.DateTimeField(editable=False)),
                        ("deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="target_lists",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name", "id"],
                    },
                ),
                migrations.AddField(
                    model_name="responder",
                    name="target_list",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="responders",
                        to="campaigns.targetlist",
                        verbose_name="Target list",
                    ),
                ),
                migrations.CreateModel(
                    name="Report",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=160, verbose_name="Name")),
                        ("module", models.CharField(max_length=20, verbose_name="Module")),
                        ("where", models.TextField(blank=True, default="", help_text="Criteria as text.")),
                        ("group", models.CharField(blank=True, default="", max_length=80, verbose_name="Grouped by")),
                        (
                            "step",
                            models.CharField(
                                choices=[("day", "By day"), ("month", "By month"), ("year", "By year")],
                                default="month",
                                max_length=5,
                                verbose_name="Dates",
                            ),
                        ),
                        ("summed", models.CharField(blank=True, default="", max_length=80, verbose_name="Sum of")),
                        (
                            "chart",
                            models.CharField(
                                choices=[("none", "Table only"), ("columns", "Columns"), ("bars", "Bars")],
                                default="columns",
                                max_length=7,
                                verbose_name="Chart",
                            ),
                        ),
                        ("filled_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("created_at", models.DateTimeField(editable=False)),
                        ("updated_at", models.DateTimeField(editable=False)),
                        ("deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "target_list",
                            models.ForeignKey(
                                blank=True,
                                help_text="The list that it keeps up to date.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="reports",
                                to="campaigns.targetlist",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name", "id"],
                    },
                ),
                migrations.AddField(
                    model_name="listmember",
                    name="target_list",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="members", to="campaigns.targetlist"
                    ),
                ),
                migrations.CreateModel(
                    name="TrackedLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=120, verbose_name="Name")),
                        ("url", models.URLField(max_length=2000, verbose_name="Address")),
                        ("code", models.CharField(editable=False, max_length=12, unique=True)),
                        (
                            "campaign",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="links",
                                to="campaigns.campaign",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                    },
                ),
                migrations.CreateModel(
                    name="Trigger",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "event",
                            models.CharField(
                                choices=[("opened", "Opened"), ("clicked", "Clicked"), ("bounced", "Bounced")],
                                max_length=7,
                            ),
                        ),
                        ("updates", models.JSONField(default=list)),
                        ("tasks", models.JSONField(default=list)),
                        ("calls", models.JSONField(default=list)),
                        (
                            "mass_mail",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="triggers",
                                to="campaigns.massmail",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                    },
                ),
                migrations.CreateModel(
                    name="TriggerRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("why", models.CharField(blank=True, default="", max_length=300)),
                        (
                            "recipient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="trigger_runs",
                                to="mail.recipient",
                            ),
                        ),
                        (
                            "trigger",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="campaigns.trigger"
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="FollowDue",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("due_at", models.DateTimeField()),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "recipient",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="follow_ups_due",
                                to="mail.recipient",
                            ),
                        ),
                        (
                            "mass_mail",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="due", to="campaigns.massmail"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(condition=models.Q(("done_at", None)), fields=["due_at"], name="follow_up_due")
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("mass_mail", "recipient"), name="followed_up_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Arm",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("letter", models.CharField(max_length=1)),
                        (
                            "contest",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="arms", to="campaigns.contest"
                            ),
                        ),
                        (
                            "mass_mail",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE, related_name="arm", to="campaigns.massmail"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["letter"],
                        "constraints": [models.UniqueConstraint(fields=("contest", "letter"), name="one_arm_a_letter")],
                    },
                ),
                migrations.AddIndex(
                    model_name="massmail",
                    index=models.Index(
                        condition=models.Q(("state", "scheduled")), fields=["scheduled_at"], name="mass_mail_due"
                    ),
                ),
                migrations.AddIndex(
                    model_name="massmail",
                    index=models.Index(
                        condition=models.Q(("parent__isnull", False)),
                        fields=["parent", "id"],
                        name="mass_mail_follow_ups",
                    ),
                ),
                migrations.AddIndex(
                    model_name="responderdue",
                    index=models.Index(condition=models.Q(("done_at", None)), fields=["due_at"], name="responder_due"),
                ),
                migrations.AddConstraint(
                    model_name="responderdue",
                    constraint=models.UniqueConstraint(fields=("responder", "person"), name="answered_once"),
                ),
                migrations.AddConstraint(
                    model_name="listmember",
                    constraint=models.UniqueConstraint(fields=("target_list", "person"), name="listed_person_once"),
                ),
                migrations.AddConstraint(
                    model_name="listmember",
                    constraint=models.UniqueConstraint(fields=("target_list", "account"), name="listed_account_once"),
                ),
                migrations.AddConstraint(
                    model_name="listmember",
                    constraint=models.UniqueConstraint(
                        fields=("target_list", "colleague"), name="listed_colleague_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="listmember",
                    constraint=models.UniqueConstraint(fields=("target_list", "record"), name="listed_record_once"),
                ),
                migrations.AddConstraint(
                    model_name="listmember",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("normal", ""), _negated=True),
                        fields=("target_list", "normal"),
                        name="listed_address_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="listmember",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("person__isnull", False),
                            ("account__isnull", False),
                            ("colleague__isnull", False),
                            ("record__isnull", False),
                            models.Q(("normal", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="member_is_somebody",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="trigger",
                    constraint=models.UniqueConstraint(fields=("mass_mail", "event"), name="one_trigger_an_event"),
                ),
                migrations.AddConstraint(
                    model_name="triggerrun",
                    constraint=models.UniqueConstraint(fields=("trigger", "recipient"), name="fires_once_a_recipient"),
                ),
            ]
        ),
    ]
