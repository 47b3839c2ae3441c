"""That a copy's person exists is seen to by triggers, so that a mass mail's people can be looked up all at once (L5)."""

import django.db.models.deletion
from django.db import migrations, models

# As a foreign key does it, row by row at the end of the transaction; whoever writes many says so and looks them up
# himself (`mail.people_at_once`).
LOOKED_UP = """
CREATE FUNCTION mail_person_exists() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM people_person WHERE id = NEW.person_id FOR KEY SHARE;
    IF NOT FOUND AND EXISTS (SELECT FROM mail_recipient WHERE id = NEW.id AND person_id = NEW.person_id) THEN
        RAISE foreign_key_violation
            USING MESSAGE = format('mail_recipient %s names person %s, who does not exist', NEW.id, NEW.person_id);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER mail_person_exists AFTER INSERT OR UPDATE OF person_id ON mail_recipient
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.person_id IS NOT NULL AND current_setting('relance.people', true) IS DISTINCT FROM 'at once')
    EXECUTE FUNCTION mail_person_exists()
"""
# Whoever is deleted leaves her copies without a person, also when a program deletes her that does not know of them.
LEAVES = """
CREATE FUNCTION mail_person_leaves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE mail_recipient SET person_id = NULL FROM gone WHERE mail_recipient.person_id = gone.id;
    RETURN NULL;
END $$;
CREATE TRIGGER mail_person_leaves AFTER DELETE ON people_person REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION mail_person_leaves()
"""


class Migration(migrations.Migration):
    dependencies = [("mail", "0003_leases"), ("people", "0001_initial")]
    operations = [
        migrations.AlterField(
            model_name="recipient",
            name="person",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="recipients",
                to="people.person",
            ),
        ),
        migrations.RunSQL(
            LOOKED_UP, "DROP TRIGGER mail_person_exists ON mail_recipient; DROP FUNCTION mail_person_exists"
        ),
        migrations.RunSQL(LEAVES, "DROP TRIGGER mail_person_leaves ON people_person; DROP FUNCTION mail_person_leaves"),
    ]
