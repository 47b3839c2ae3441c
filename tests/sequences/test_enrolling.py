"""Many people are enrolled at the same price each, however many are in the sequence already (SEQ-01, SEQ-14)."""

import pytest
from django.db import connection

from relance.sequences import enrolling, judging
from relance.sequences.models import Enrolment

pytestmark = pytest.mark.django_db


@pytest.mark.shows("SEQ-14")
def test_nobody_is_in_a_sequence_twice_by_her_record_or_by_her_address(sequence, maud, add, now):
    first = add("Antoine Guillou", "antoine@frigo.example")
    twin = add("A. Guillou", "Antoine@Frigo.example", kind="contact")
    other = add("Lise Roy", "lise@nef.example")
    enrolling.enrol(sequence, [first.pk], by=maud, now=now)

    done = enrolling.enrol(sequence, [first.pk, twin.pk, other.pk], by=maud, now=now)

    assert done.left == {"already": 2}
    assert [Enrolment.objects.get(pk=pk).person for pk in done.ids] == [other]


def test_who_is_in_already_is_looked_up_by_person_and_by_address_and_never_by_reading_the_whole_sequence(sequence):
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + judging.JUDGED, {"people": list(range(1000)), "sequence": sequence.pk})
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "enrolment_by_state" not in plan
