"""What has been opened and clicked so far, added up as `mail.tracking.tally` adds it."""

from django.db import migrations

OPENINGS = """
INSERT INTO mail_openingcount (message_id, at, human, unknown, machine)
SELECT m.id,
    CASE WHEN i.at < coalesce(m.started_at, m.created_at) + interval '1 hour' THEN date_trunc('minute', i.at)
         ELSE date_bin('15 minutes', i.at, 'epoch'::timestamptz) END,
    count(*) FILTER (WHERE i.verdict = 'human'), count(*) FILTER (WHERE i.verdict = 'unknown'),
    count(*) FILTER (WHERE i.verdict = 'machine')
FROM mail_interaction i JOIN mail_message m ON m.id = i.message_id WHERE i.kind = 'open' GROUP BY 1, 2
"""
CLICKS = """
INSERT INTO mail_linkcount (message_id, link, people, clicks, machine)
SELECT message_id, link, count(DISTINCT recipient_id) FILTER (WHERE verdict = 'human'),
    count(*) FILTER (WHERE verdict = 'human'), count(*) FILTER (WHERE verdict = 'machine')
FROM mail_interaction WHERE kind = 'click' AND link IS NOT NULL GROUP BY 1, 2
"""


class Migration(migrations.Migration):
    dependencies = [("mail", "0004_tallies")]

    operations = [
        migrations.RunSQL(OPENINGS, "DELETE FROM mail_openingcount"),
        migrations.RunSQL(CLICKS, "DELETE FROM mail_linkcount"),
    ]
