"""How two busy tables lie on the disk: room for the changes of a recipient, and no work for rows that live a moment."""

from django.db import migrations

# Room on each page, so that an opening changes its recipient where it lies and touches no index.
ROOM = "ALTER TABLE mail_recipient SET (fillfactor = 80)"
NO_ROOM = "ALTER TABLE mail_recipient RESET (fillfactor)"
# A row lives for a moment: pressing it together, or putting it elsewhere while it fits a page, is not worth the work.
JOTTING = """
ALTER TABLE mail_jotting ALTER COLUMN told SET STORAGE EXTERNAL;
ALTER TABLE mail_jotting SET (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_threshold = -1)
"""


class Migration(migrations.Migration):
    replaces = [("mail", "0016_jotting")]
    dependencies = [("mail", "0001_initial")]
    operations = [
        migrations.RunSQL(ROOM, NO_ROOM),
        migrations.RunSQL(JOTTING, migrations.RunSQL.noop),
    ]
