"""Every role gets, on the modules that came later, the reach that it has on contacts."""

from django.db import migrations

NEW = ("deal", "case", "task", "call", "note")


def grant(apps, schema_editor):
    Grant = apps.get_model("team", "Grant")
    known = set(Grant.objects.filter(module__in=NEW).values_list("role_id", "module"))
    Grant.objects.bulk_create(
        Grant(role_id=of.role_id, module=module, read=of.read, edit=of.edit, delete_level=of.delete_level)
        for of in Grant.objects.filter(module="contact")
        for module in NEW
        if (of.role_id, module) not in known
    )


class Migration(migrations.Migration):
    dependencies = [("team", "0003_api_answer")]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
