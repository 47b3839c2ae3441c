"""Many rows are written with one statement, as the ORM would have written them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from relance.lib import at_once
from relance.people.models import Address, Person
from relance.team.actions import add_user

NOW = datetime(2026, 11, 20, 9, 0, 30, 123456, tzinfo=UTC)


def person(name: str, **also: object) -> Person:
    told = {"kind": "lead", "name": name, "name_folded": name.lower(), "created_at": NOW, "updated_at": NOW, **also}
    return Person(**told)


@pytest.mark.shows("REC-08")
@pytest.mark.django_db
def test_rows_written_at_once_are_as_the_orm_writes_them() -> None:
    """Quotes, accents, percent signs, JSON within, an owner and an empty moment come through unchanged."""
    boss = add_user(email="boss@helionne.example", name="Boss", role="administrator")
    words = 'L’Été d\'"Ève" 100 % \\n %s\n\U0001f600'
    held = {"plan": "Pro", "seats": 1.5, "on": True, "tags": ["a", words]}
    rows = [person("A" * 250), person(words, custom=held, owner=boss, note="\t"), person("", import_id=2**40)]
    alone = person(words, custom=held, owner=boss, note="\t")
    alone.save()

    at_once.added(rows)

    read = list(Person.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk"))
    assert [row.pk for row in rows] == sorted(row.pk for row in rows)
    assert [row.name for row in read] == ["A" * 250, words, ""]
    assert read[2].import_id == 2**40
    columns = {field.attname for field in at_once.columns(Person)}
    written = Person.objects.filter(pk__in=[alone.pk, rows[1].pk]).order_by("pk").values(*columns)
    assert written[0] == written[1]
    rows[1].city = "Nantes"
    rows[1].save()
    assert Person.objects.get(pk=rows[1].pk).city == "Nantes"


@pytest.mark.django_db
def test_what_nobody_names_is_as_the_model_has_it() -> None:
    """Defaults are filled in, and what all rows share is told once."""
    holder = person("Zoé")
    holder.save()
    rows = [{"position": n, "email": f"Z{n}@Exemple.example", "normal": f"z{n}@exemple.example"} for n in range(3)]

    keys = at_once.written(Address, rows, person_id=holder.pk)

    found = list(Address.objects.filter(person=holder).order_by("pk"))
    assert [row.pk for row in found] == keys
    assert [(row.position, row.state, row.soft_bounces, row.state_at) for row in found] == [
        (n, Address.State.VALID, 0, None) for n in range(3)
    ]


def test_what_is_no_value_of_a_column_is_refused() -> None:
    """An object that JSON cannot tell is an error of ours, never a text in somebody's record."""
    with pytest.raises(TypeError):
        at_once._plain(object())


@pytest.mark.django_db
def test_nothing_to_write_is_no_statement(django_assert_num_queries) -> None:
    """An empty batch costs nothing."""
    with django_assert_num_queries(0):
        at_once.added([])
        assert at_once.written(Address, []) == []
