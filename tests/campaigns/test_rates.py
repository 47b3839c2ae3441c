"""Shares and their intervals, the limits past which a mail stops by itself, domains and hours (MASS-08, CAMP-06)."""

import pytest

from relance.campaigns import actions, guarding, rates, rules, spread, stats
from relance.mail.models import Message, Recipient
from relance.team.workspace import organisation


@pytest.mark.shows("MASS-08")
@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        # Wilson's interval as in Brown, Cai and DasGupta 2001, and at the ends where the usual formula fails.
        (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 10, 0.0179, 0.4042), (50, 100, 0.4038, 0.5962),
        (15, 1000, 0.0091, 0.0246), (0, 0, 0.0, 1.0),
    ],
)  # fmt: skip
def test_a_share_is_told_with_wilsons_interval(hits, of, low, high):
    rate = rates.rate(hits, of)

    assert (round(rate.low, 4), round(rate.high, 4)) == (low, high)


@pytest.mark.shows("MASS-08")
def test_two_shares_differ_clearly_only_where_chance_does_not_explain_it():
    # Newcombe 1998, table II (a): 56/70 against 48/80, difference 0.2 from 0.0524 to 0.3339.
    low, high = rates.difference(rates.rate(48, 80), rates.rate(56, 70))

    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)
    assert rates.is_clear(rates.rate(48, 80), rates.rate(56, 70))
    assert not rates.is_clear(rates.rate(5, 10), rates.rate(6, 10))
    assert not rates.is_clear(rates.rate(0, 0), rates.rate(6, 10))


@pytest.mark.shows("CAMP-06", "ADM-03")
@pytest.mark.parametrize(
    ("sent", "hard", "complained", "word"),
    [
        (100, 10, 0, ""), (100, 11, 0, "bounces"), (49, 40, 9, ""), (50, 6, 0, "bounces"), (100, 0, 1, ""),
        (400, 0, 2, ""), (399, 0, 2, "complaints"), (1000, 101, 6, "complaints"),
    ],
)  # fmt: skip
def test_past_which_limit_a_mail_stops(sent, hard, complained, word):
    told = {"sent": sent, "hard": hard, "complained": complained}

    assert rules.breach(**told, bounce_percent=10, complaint_permille=5) == word
    assert not rules.breach(**told, bounce_percent=0, complaint_permille=0)


@pytest.mark.slow
@pytest.mark.shows("CAMP-06", "ADM-03")
@pytest.mark.django_db
def test_a_mail_that_bounces_too_much_pauses_once_and_goes_on_when_somebody_says_so(mass_mail, add, camille, now):
    for number in range(60):
        add(f"P {number}", f"p{number}@x.example")
    message = actions.launch(mass_mail, by=camille, now=now)
    actions.prepare(message.pk, now=now)
    copies = list(message.recipients.order_by("id").values_list("pk", flat=True))
    Recipient.objects.filter(pk__in=copies[:52]).update(state="sent", sent_at=now)
    Recipient.objects.filter(pk__in=copies[:7]).update(bounced_at=now, bounce_kind="hard", state="failed")
    Message.objects.filter(pk=message.pk).update(sent=45, bounced=7, state="sending")

    guarding.watch(now)

    mass_mail.refresh_from_db()
    assert (mass_mail.message.state, mass_mail.message.state_why) == ("paused", "bounces")
    actions.resume(mass_mail, by=camille, now=now)
    guarding.watch(now)
    assert Message.objects.get(pk=message.pk).state == "sending"
    assert organisation().bounce_limit == 10


@pytest.mark.slow
@pytest.mark.shows("MASS-08", "ESPC-16")
@pytest.mark.django_db
def test_domains_add_up_to_the_figures_and_hours_of_the_day_to_the_openings(mass_mail, add, camille, now, house):
    for number in range(30):
        add(f"P {number}", f"p{number}@d{number % 15}.example")
    message = actions.launch(mass_mail, by=camille, now=now)
    actions.prepare(message.pk, now=now)
    message.recipients.update(state="sent", sent_at=now)
    Message.objects.filter(pk=message.pk).update(sent=30)
    message.refresh_from_db()

    domains = spread.domains(message)

    assert len(domains) == 13
    assert domains[-1].name == ""
    assert sum(one.delivered for one in domains) == stats.figures(message).delivered == 30
