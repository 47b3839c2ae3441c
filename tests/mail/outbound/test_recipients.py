"""Who gets a mass mail: one table of reasons, their order, duplicates and exclusions by address."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relance.mail.outbound.recipients import (
    AddressState,
    Candidate,
    Exclusion,
    Known,
    MailKind,
    Refusal,
    Scope,
    Suppression,
    decide,
)

OPTED_OUT = (Suppression(scope=Scope.MARKETING),)


def address(normal="marie@exemple.fr", **facts):
    return Known(normal=normal, as_written=normal, **facts)


def person(id=1, *addresses):
    return Candidate(person_id=id, name=f"Person {id}", addresses=addresses)


def refusals(*candidates, kind=MailKind.MASS, **options):
    return [decision.refusal for decision in decide(candidates, kind=kind, **options)]


@pytest.mark.shows("MASS-01", "ZMM-04", "CAMP-03")
@pytest.mark.parametrize(
    ("addresses", "reason"),
    [
        ((), Refusal.NO_ADDRESS),
        ((address(),), None),
        ((address(state=AddressState.INVALID),), Refusal.INVALID),
        ((address(suppressions=(Suppression(scope=Scope.INVALID),)),), Refusal.INVALID),
        ((address(state=AddressState.BOUNCED),), Refusal.BOUNCED),
        ((address(state=AddressState.OPTED_OUT),), Refusal.OPTED_OUT),
        ((address(suppressions=OPTED_OUT),), Refusal.OPTED_OUT),
        ((address(suppressions=(Suppression(scope=Scope.EVERYTHING),)),), Refusal.OPTED_OUT),
        ((address(suppressions=(Suppression(scope=Scope.SEQUENCES),)),), None),
        ((address(suppressions=(Suppression(scope=Scope.LIST, list_id=8),)),), None),
        ((address(suppressions=(Suppression(scope=Scope.LIST, list_id=7),)),), Refusal.OPTED_OUT),
        (
            (address(suppressions=(Suppression(scope=Scope.EVERYTHING, reason=Refusal.COMPLAINED),)),),
            Refusal.COMPLAINED,
        ),
    ],
)
def test_each_reason_for_leaving_somebody_out(addresses, reason):
    assert refusals(person(1, *addresses), list_ids={7}) == [reason]


@pytest.mark.shows("CAMP-03")
def test_the_reasons_are_tested_in_one_order():
    everything = {
        Refusal.INVALID: {"state": AddressState.INVALID},
        Refusal.OPTED_OUT: {"suppressions": OPTED_OUT},
        Refusal.BOUNCED: {"state": AddressState.BOUNCED},
    }
    excluded = Exclusion(addresses={"marie@exemple.fr"})

    for first, second in itertools.combinations(everything, 2):
        facts = everything[second] | everything[first]
        assert refusals(person(1, address(**facts))) == [first]
    assert refusals(person(1), exclusion=Exclusion(person_ids={1})) == [Refusal.NO_ADDRESS]
    assert refusals(person(1, address(state=AddressState.INVALID)), exclusion=excluded) == [Refusal.INVALID]
    assert refusals(person(1, address(suppressions=OPTED_OUT)), exclusion=excluded) == [Refusal.EXCLUDED]
    bounced = person(2, address(state=AddressState.BOUNCED))
    assert refusals(bounced, already=["marie@exemple.fr"]) == [Refusal.BOUNCED]


@pytest.mark.shows("CAMP-03", "D21")
def test_one_address_receives_a_mail_once_however_many_records_carry_it():
    shared = [person(id, address("info@exemple.fr")) for id in (1, 2, 3)]

    assert refusals(*shared) == [None, Refusal.DUPLICATE, Refusal.DUPLICATE]
    assert refusals(*shared, already=["info@exemple.fr"]) == [Refusal.DUPLICATE] * 3


@pytest.mark.shows("CAMP-03", "ESPC-12")
def test_whoever_shares_an_address_with_an_excluded_record_is_excluded():
    both = person(1, address("new@exemple.fr", primary=True), address("old@exemple.fr"))

    [decision] = decide([both], kind=MailKind.MASS, exclusion=Exclusion(addresses={"old@exemple.fr"}))

    assert decision.refusal is Refusal.EXCLUDED
    assert not decision.accepted


@pytest.mark.shows("CAMP-03")
def test_only_the_primary_address_is_written_to():
    both = person(1, address("second@exemple.fr"), address("first@exemple.fr", primary=True))
    broken = person(2, address("dead@exemple.fr", primary=True, state=AddressState.BOUNCED), address("alive@x.fr"))

    first, second = decide([both, broken], kind=MailKind.MASS)

    assert first.address.normal == "first@exemple.fr"
    assert second.refusal is Refusal.BOUNCED


@pytest.mark.shows("CAMP-03")
def test_somebody_left_out_does_not_use_up_the_address():
    out = person(1, address("info@exemple.fr", suppressions=(Suppression(scope=Scope.LIST, list_id=7),)))
    other = person(2, address("info@exemple.fr"))

    assert refusals(out, other, list_ids={7}) == [Refusal.OPTED_OUT, None]


@pytest.mark.shows("UNSUB-02")
def test_leaving_the_sequences_stops_sequences_only():
    left = person(1, address(suppressions=(Suppression(scope=Scope.SEQUENCES),)))

    assert refusals(left, kind=MailKind.SEQUENCE) == [Refusal.OPTED_OUT]
    assert refusals(left, kind=MailKind.MASS) == [None]


@pytest.mark.shows("MASS-01")
def test_deciding_is_a_stream():
    endless = (person(id, address(f"p{id}@exemple.fr")) for id in itertools.count())

    decisions = decide(endless, kind=MailKind.MASS)

    assert [decision.address.normal for decision in itertools.islice(decisions, 2)] == [
        "p0@exemple.fr",
        "p1@exemple.fr",
    ]


states = st.sampled_from(list(AddressState))
scopes = st.builds(Suppression, scope=st.sampled_from(list(Scope)), list_id=st.sampled_from([None, 7, 8]))
known = st.builds(
    address,
    st.sampled_from(["a@x.fr", "b@x.fr", "c@x.fr"]),
    state=states,
    suppressions=st.lists(scopes, max_size=2).map(tuple),
    primary=st.booleans(),
)
people = st.lists(st.lists(known, max_size=3), max_size=8).map(
    lambda lists: [person(id, *addresses) for id, addresses in enumerate(lists)]
)


@pytest.mark.slow
@pytest.mark.shows("CAMP-03", "D21", "MASS-01")
@given(people, st.sets(st.sampled_from(["a@x.fr", "b@x.fr"])))
def test_nobody_is_lost_and_no_address_is_written_to_twice(candidates, excluded):
    decisions = list(decide(candidates, kind=MailKind.MASS, exclusion=Exclusion(addresses=excluded), list_ids={7}))
    written = [decision.address for decision in decisions if decision.accepted]

    assert [decision.candidate for decision in decisions] == candidates
    assert len({known.normal for known in written}) == len(written)
    assert not excluded & {known.normal for known in written}
    assert all(known.state is AddressState.VALID for known in written)
