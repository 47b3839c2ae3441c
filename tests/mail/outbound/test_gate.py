"""The gate: what refuses, what only warns, and how a mail may be tracked."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from relance.mail.outbound.gate import (
    Consent,
    Facts,
    Go,
    Policy,
    Refuse,
    TrackingFacts,
    Warn,
    WhyMode,
    effective_mode,
    gate,
    why,
)
from relance.mail.outbound.recipients import AddressState, MailKind, Refusal, Scope, Suppression
from relance.mail.tracking.stamp import TrackMode

NOW = datetime(2026, 3, 27, 17, 45, tzinfo=UTC)
AUTOMATIC = (MailKind.MASS, MailKind.SEQUENCE, MailKind.AUTO_RESPONSE)


def answer(kind=MailKind.MASS, **facts):
    return gate(Facts(kind=kind, **facts), now=NOW)


@pytest.mark.shows("D19", "ENG-01")
@pytest.mark.parametrize("kind", list(MailKind))
def test_with_nothing_against_it_a_mail_goes(kind):
    assert answer(kind) == Go()


@pytest.mark.shows("UNSUB-02", "D19", "SELL-22", "C-10")
@pytest.mark.parametrize("scope", [Scope.EVERYTHING, Scope.MARKETING])
def test_an_opt_out_refuses_automatic_mail_and_warns_about_a_personal_one(scope):
    suppressions = (Suppression(scope=scope),)

    assert {answer(kind, suppressions=suppressions) for kind in AUTOMATIC} == {Refuse(Refusal.OPTED_OUT)}
    assert answer(MailKind.PERSONAL, suppressions=suppressions) == Warn((Refusal.OPTED_OUT,))
    assert answer(MailKind.NOTIFICATION, suppressions=suppressions) == Go()


@pytest.mark.shows("UNSUB-02", "UNSUB-05")
@pytest.mark.parametrize(
    ("scope", "kind", "list_ids", "expected"),
    [
        (Scope.SEQUENCES, MailKind.SEQUENCE, set(), Refuse(Refusal.OPTED_OUT)),
        (Scope.SEQUENCES, MailKind.MASS, set(), Go()),
        (Scope.SEQUENCES, MailKind.PERSONAL, set(), Go()),
        (Scope.LIST, MailKind.MASS, {7}, Refuse(Refusal.OPTED_OUT)),
        (Scope.LIST, MailKind.MASS, {8}, Go()),
        (Scope.LIST, MailKind.PERSONAL, {7}, Go()),
        (Scope.INVALID, MailKind.MASS, set(), Refuse(Refusal.INVALID)),
        (Scope.INVALID, MailKind.PERSONAL, set(), Warn((Refusal.INVALID,))),
    ],
)
def test_a_narrow_scope_forbids_only_what_it_names(scope, kind, list_ids, expected):
    assert answer(kind, suppressions=(Suppression(scope=scope, list_id=7),), list_ids=list_ids) == expected


@pytest.mark.shows("UNSUB-02", "CAMP-06")
def test_a_complaint_stays_a_complaint():
    complaint = (Suppression(scope=Scope.EVERYTHING, reason=Refusal.COMPLAINED),)

    assert answer(suppressions=complaint) == Refuse(Refusal.COMPLAINED)


@pytest.mark.shows("UNSUB-02")
def test_a_personal_mail_is_told_every_reason():
    suppressions = (Suppression(scope=Scope.MARKETING),)

    told = answer(MailKind.PERSONAL, suppressions=suppressions, address_state=AddressState.BOUNCED)

    assert told == Warn((Refusal.OPTED_OUT, Refusal.BOUNCED))


@pytest.mark.shows("D17", "D19", "D20", "SEQ-08", "MASS-09")
@pytest.mark.parametrize("kind", list(MailKind))
@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"person_exists": False, "stopped": True}, Refusal.ERASED),
        ({"stopped": True, "paused": True}, Refusal.STOPPED),
        ({"sender_active": False}, Refusal.SENDER_LEFT),
        ({"paused": True, "mailbox_ok": False}, Refusal.PAUSED),
        ({"mailbox_ok": False}, Refusal.MAILBOX_BROKEN),
        ({"deadline_at": NOW - timedelta(seconds=1)}, Refusal.TOO_LATE),
        ({"stopped": True, "suppressions": (Suppression(scope=Scope.EVERYTHING),)}, Refusal.STOPPED),
    ],
)
def test_what_the_machinery_forbids_is_refused_for_every_kind_of_mail(kind, facts, reason):
    assert answer(kind, **facts) == Refuse(reason)


@pytest.mark.shows("MASS-09")
def test_a_mail_may_still_go_at_its_deadline():
    assert answer(deadline_at=NOW) == Go()


MODES = [
    # wanted, policy, opens allowed, consent, mode, why
    (False, Policy.TRACK_BY_DEFAULT, True, Consent.GRANTED, TrackMode.NONE, WhyMode.SWITCHED_OFF),
    (True, Policy.OFF, True, Consent.GRANTED, TrackMode.NONE, WhyMode.POLICY_OFF),
    (True, Policy.TRACK_BY_DEFAULT, True, Consent.UNKNOWN, TrackMode.FULL, WhyMode.TRACKED),
    (True, Policy.TRACK_BY_DEFAULT, True, Consent.GRANTED, TrackMode.FULL, WhyMode.TRACKED),
    (True, Policy.TRACK_BY_DEFAULT, False, Consent.GRANTED, TrackMode.CLICKS, WhyMode.OPENS_OFF),
    (True, Policy.TRACK_BY_DEFAULT, True, Consent.DENIED, TrackMode.NONE, WhyMode.DENIED),
    (True, Policy.CONSENT_REQUIRED, True, Consent.UNKNOWN, TrackMode.NONE, WhyMode.NO_CONSENT_YET),
    (True, Policy.CONSENT_REQUIRED, True, Consent.GRANTED, TrackMode.FULL, WhyMode.TRACKED),
    (True, Policy.CONSENT_REQUIRED, False, Consent.GRANTED, TrackMode.CLICKS, WhyMode.OPENS_OFF),
    (True, Policy.AGGREGATE_ONLY, True, Consent.GRANTED, TrackMode.AGGREGATE, WhyMode.AGGREGATE_POLICY),
    (
        True,
        Policy.AGGREGATE_ONLY,
        False,
        Consent.UNKNOWN,
        TrackMode.AGGREGATE_CLICKS,
        WhyMode.AGGREGATE_POLICY,
    ),
    (True, Policy.AGGREGATE_ONLY, True, Consent.DENIED, TrackMode.NONE, WhyMode.DENIED),
]


@pytest.mark.shows("ENG-01", "UNSUB-06", "CAMP-07", "C-9")
@pytest.mark.parametrize(("wanted", "policy", "opens", "consent", "mode", "reason"), MODES)
def test_tracking_is_the_switch_and_the_policy_and_the_consent(wanted, policy, opens, consent, mode, reason):
    facts = TrackingFacts(wanted=wanted, policy=policy, opens_allowed=opens, consent=consent)

    assert (effective_mode(facts), why(facts)) == (mode, reason)


@pytest.mark.shows("ENG-01", "UNSUB-06")
def test_nobody_who_refused_is_ever_tracked_and_no_policy_is_overruled():
    for wanted, policy, opens, consent in product([True, False], Policy, [True, False], Consent):
        mode = effective_mode(TrackingFacts(wanted=wanted, policy=policy, opens_allowed=opens, consent=consent))

        if not wanted or policy is Policy.OFF or consent is Consent.DENIED:
            assert mode is TrackMode.NONE
        if policy is Policy.AGGREGATE_ONLY:
            assert mode is TrackMode.NONE or mode.is_aggregate
        if not opens:
            assert not mode.has_pixel
