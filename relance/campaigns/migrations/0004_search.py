"""Mass mails are searched by name, accents folded, as templates are (mail, migration 0005)."""

from importlib import import_module

from django.db import migrations, models
from django.db.models import F, Func

INDEX = "CREATE INDEX mass_mail_search ON campaigns_massmail USING gin ({held}) WITH (gin_pending_list_limit = 512)"


def make_index(apps, schema_editor):
    """As templates have it."""
    held = import_module("relance.mail.migrations.0005_search").held
    schema_editor.execute(INDEX.format(held=held(schema_editor)))


def drop_index(apps, schema_editor):
    """The column goes with its own migration."""
    schema_editor.execute("DROP INDEX IF EXISTS mass_mail_search")


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_member_copies"), ("mail", "0005_search")]
    operations = [
        migrations.AddField(
            "massmail",
            "search",
            models.GeneratedField(
                expression=Func(F("name"), function="relance_fold"), output_field=models.TextField(), db_persist=True
            ),
        ),
        migrations.RunPython(make_index, drop_index),
    ]
