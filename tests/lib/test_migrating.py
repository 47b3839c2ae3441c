"""A first migration that makes all its tables at once."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from relance.lib.migrating import Together

TOGETHER = Together(
    [
        migrations.CreateModel("Crate", [("id", models.BigAutoField(primary_key=True)), ("label", models.TextField())]),
        migrations.CreateModel("Bottle", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("bottle", "crate", models.ForeignKey("people.Crate", models.CASCADE)),
        migrations.AddIndex("crate", models.Index(fields=["label"], name="crate_label")),
        migrations.AddConstraint("crate", models.UniqueConstraint(fields=["label"], name="crate_once")),
    ]
)


def states() -> tuple[ProjectState, ProjectState]:
    before, after = ProjectState(), ProjectState()
    TOGETHER.state_forwards("people", after)
    return before, after


@pytest.mark.django_db(transaction=True)
def test_tables_are_made_with_what_later_operations_add_and_are_taken_away_again():
    before, after = states()
    with connection.schema_editor() as editor:
        TOGETHER.database_forwards("people", editor, before, after)
    with connection.cursor() as cursor:
        made = set(connection.introspection.table_names(cursor))
        held = connection.introspection.get_constraints(cursor, "people_crate")
        tied = connection.introspection.get_relations(cursor, "people_bottle")
    with connection.schema_editor() as editor:
        TOGETHER.database_backwards("people", editor, after, before)
    with connection.cursor() as cursor:
        left = set(connection.introspection.table_names(cursor))

    assert {"people_crate", "people_bottle"} <= made
    assert {"crate_label", "crate_once"} <= set(held)
    assert tied["crate_id"][1] == "people_crate"
    assert made - left == {"people_crate", "people_bottle"}


def test_a_model_is_drawn_once_however_many_operations_tell_of_it():
    _before, after = states()

    assert "apps" not in after.__dict__
    assert after.apps.get_model("people", "bottle")._meta.get_field("crate").related_model._meta.indexes[0].name == (
        "crate_label"
    )


def test_it_is_written_into_a_migration_as_it_was_read():
    name, given, _named = TOGETHER.deconstruct()

    assert (name, given) == ("Together", [TOGETHER.operations])
    assert TOGETHER.describe() == "Create 2 models with their indexes and constraints"
