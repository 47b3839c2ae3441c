"""Who gets a mass mail and who does not: the SQL judges as the pure rule does."""

import random

import pytest

from relance.campaigns import audience, preflight
from relance.mail.outbound.recipients import (
    AddressState,
    Candidate,
    Known,
    MailKind,
    Scope,
    decide,
)
from relance.mail.outbound.recipients import Suppression as Entry
from relance.people.models import Address, Person, Suppression

pytestmark = pytest.mark.django_db
SCOPES = ["everything", "marketing", "sequences", "invalid"]


def a_world(seed, now):
    """Forty contacts on a dozen addresses, with states and wishes at random."""
    dice = random.Random(seed)
    for number in range(40):
        person = Person.objects.create(
            kind="contact", name=f"P {number}", name_folded=f"p {number}", created_at=now, updated_at=now
        )
        for position in range(dice.choice([0, 1, 1, 1, 2])):
            normal = f"a{dice.randrange(14)}-{position}@x.example"
            state = dice.choice(["valid", "valid", "valid", "bounced", "invalid"])
            Address.objects.create(person=person, position=position, email=normal, normal=normal, state=state)
    for number in range(14):
        for scope in dice.sample(SCOPES, dice.choice([0, 0, 1, 2])):
            lifted = now if dice.random() < 0.3 else None
            Suppression.objects.create(
                normal=f"a{number}-0@x.example", scope=scope, route="page", at=now, lifted_at=lifted
            )


def candidate(person):
    def entries(normal):
        lines = Suppression.objects.filter(normal=normal, lifted_at=None)
        return tuple(Entry(scope=Scope(line.scope)) for line in lines)

    return Candidate(
        person_id=person.pk,
        name=person.name,
        addresses=tuple(
            Known(
                normal=a.normal, as_written=a.email, state=AddressState(a.state), suppressions=entries(a.normal),
                primary=a.position == 0,
            )
            for a in person.addresses.all()
        ),
    )  # fmt: skip


@pytest.mark.shows("CAMP-03", "MASS-01", "D21")
@pytest.mark.parametrize("seed", range(8))
def test_the_database_leaves_out_the_same_people_for_the_same_reasons_as_the_rule(mass_mail, now, seed):
    a_world(seed, now)
    people = [candidate(person) for person in Person.objects.order_by("pk")]
    told = {d.candidate.person_id: d.refusal.value for d in decide(people, kind=MailKind.MASS) if d.refusal is not None}

    left_out = audience.left_out(mass_mail, now=now, limit=100)
    accepted = audience.accepted(mass_mail, now=now, limit=100)

    assert {one.person_id: one.reason for one in left_out} == told
    assert {one.person_id for one in accepted} == {p.person_id for p in people} - told.keys()
    assert audience.anybody(mass_mail, now=now) is bool(accepted)


@pytest.mark.shows("MASS-01", "MASS-02")
def test_that_nobody_would_get_it_is_known_without_counting(mass_mail, add, now):
    add("Jana Brandt")

    assert not audience.anybody(mass_mail, now=now)
    assert "Nobody would receive it." in [check.sentence for check in preflight.problems(mass_mail, now=now)]


@pytest.mark.shows("MASS-01", "ZMM-12")
def test_the_count_names_each_reason_with_an_example(mass_mail, add, now):
    add("Olivier Mercadier", "compta@guerin.example")
    add("Lucie Pasquier", "Compta@Guerin.example")
    add("Jana Brandt")

    counted = audience.count(mass_mail, now=now)

    assert (counted.matched, counted.accepted, counted.refused) == (3, 1, 2)
    assert [(one.reason, one.people, one.example.name) for one in counted.left_out] == [
        ("duplicate", 1, "Lucie Pasquier"), ("no_address", 1, "Jana Brandt"),
    ]  # fmt: skip
    assert counted.left_out[0].example.detail == "Compta@guerin.example is on 2 records, it goes once"


@pytest.mark.shows("D21")
def test_eight_spellings_of_one_address_get_one_copy(mass_mail, add, now):
    spellings = "a@x.example|A@x.example|a@X.EXAMPLE| a@x.example|a@x.example.|A@X.example|a@x.Example |a+b@x.example"
    for number, email in enumerate(spellings.split("|")):
        add(f"P {number}", email)

    counted = audience.count(mass_mail, now=now)

    assert (counted.accepted, counted.refused) == (2, 6)


@pytest.mark.shows("UNSUB-06")
def test_the_count_tells_how_the_copies_would_be_followed(mass_mail, add, now):
    granted, _unknown = add("A B", "a@x.example"), add("C D", "c@x.example")
    granted.tracking_consent = "granted"
    granted.save()

    counted = audience.count(mass_mail, now=now)

    assert (counted.modes, counted.granted) == ({"full": 1, "none": 1}, 1)


@pytest.mark.shows("TPL-03", "MASS-02")
def test_the_mail_is_shown_on_its_readers_one_after_the_other(mass_mail, add, now):
    first, _out, third = add("A B", "a@x.example"), add("C D"), add("E F", "e@x.example")

    one = audience.reader(mass_mail, 0, now=now)
    two = audience.reader(mass_mail, one.after, now=now)

    assert (one.person_id, one.before, one.after, one.place) == (first.pk, None, third.pk, 1)
    assert (two.person_id, two.before, two.after, two.place) == (third.pk, first.pk, None, 2)
    assert audience.reader(mass_mail, third.pk + 1, now=now) is None
