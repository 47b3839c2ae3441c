"""What is shared was read by everybody, and stays so."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("mail", "0012_threads_and_outlines")]

    operations = [
        migrations.RunSQL("UPDATE mail_mailbox SET sharing = 'everyone' WHERE kind = 'shared'", migrations.RunSQL.noop)
    ]
