"""Two templates tested on a share: nobody written to twice, judged once, the better one to the rest (+)."""

import math
from datetime import timedelta

import pytest

from relance.campaigns import actions, contests, judging
from relance.campaigns.contests import BadContest, ContestDraft
from relance.campaigns.drafts import StillSending
from relance.campaigns.models import MassMail
from relance.mail.models import Message, Recipient
from relance.mail.templates import TemplateDraft, add_template
from relance.people.actions import PersonDraft, edit_person
from relance.team.policy import Forbidden


def exact_error(of, share):
    """How often two equal mails to `of` people each are taken for different: every outcome, with its probability."""

    def odds(k):
        return math.comb(of, k) * share**k * (1 - share) ** (of - k)

    return sum(
        odds(a) * odds(b)
        for a in range(of + 1)
        for b in range(of + 1)
        if judging.verdict((a, of), (b, of)).clear
    )  # fmt: skip


@pytest.mark.shows("MASS-08")
@pytest.mark.parametrize("of", [10, 30])
@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5])
def test_two_equal_mails_are_taken_for_different_in_at_most_five_of_a_hundred_tests(of, share):
    assert exact_error(of, share) <= judging.ALPHA


@pytest.mark.shows("MASS-08")
@pytest.mark.parametrize(
    ("a", "b", "p", "winner", "clear"),
    [
        # Fisher's tea; a small table of two groups; hundreds; nobody yet; no hit at all.
        ((3, 4), (1, 4), 0.4857, "a", False), ((1, 9), (11, 12), 0.0004, "b", True),
        ((30, 100), (12, 100), 0.0029, "a", True), ((0, 0), (5, 9), 1.0, "a", False),
        ((0, 50), (0, 50), 1.0, "a", False),
    ],
)  # fmt: skip
def test_the_verdict_is_fishers(a, b, p, winner, clear):
    told = judging.verdict(a, b)

    assert (round(told.p, 4), told.winner, told.clear) == (p, winner, clear)


@pytest.mark.shows("MASS-08")
@pytest.mark.parametrize("share", [2, 20, 33, 90])
def test_the_arms_and_the_rest_part_all_places_among_themselves(share):
    a, b, rest = (judging.stretch(letter, share=share) for letter in ("a", "b", ""))

    assert (a[0], a[1], b[1], rest[1]) == (0, b[0], rest[0], judging.WHOLE)
    assert a[1] - a[0] == b[1] - b[0]


@pytest.fixture
def other(camille, now, template):
    told = {"name": "B", "subject": "Autre", "html": "<p>Bonjour</p>", "language": "fr"}
    return add_template(TemplateDraft(values=told), by=camille, now=now)


@pytest.fixture
def tested(mass_mail, add, other, camille, now):
    for number in range(60):
        add(f"P {number}", f"p{number}@x.example")
    draft = ContestDraft(template_b=other, share=50, hours=24, measure="replied")
    contests.set_contest(mass_mail, draft, by=camille, now=now)
    actions.launch(mass_mail, by=camille, now=now)
    for message in Message.objects.filter(state="preparing"):
        actions.prepare(message.pk, now=now)
    mass_mail.refresh_from_db()
    return mass_mail


def arms(mass_mail):
    return {arm.letter: arm.mass_mail for arm in mass_mail.contest.arms.select_related("mass_mail__message")}


def sent_to(*mails):
    return [one.email for one in Recipient.objects.filter(message__mass_mail__in=mails).exclude(state="refused")]


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.shows("MASS-08", "CAMP-03")
def test_the_better_mail_goes_to_the_rest_and_nobody_is_written_to_twice(tested, other, template, camille, add, now):
    both = arms(tested)
    first = sent_to(*both.values())
    moved = Recipient.objects.filter(message=both["a"].message).first()
    edit_person(moved.person, PersonDraft(values={}, emails=("neu@x.example", moved.email)), by=camille, now=now)
    add("Late Comer", "late@x.example")
    assert (tested.state, tested.scheduled_at) == ("scheduled", now + timedelta(hours=24))
    assert (both["a"].template, both["b"].template) == (template, other)
    Recipient.objects.filter(message=both["b"].message).update(state="sent", replied_at=now)
    for arm in both.values():
        people = arm.message.recipients.count()
        Message.objects.filter(pk=arm.message_id).update(sent=people, replied=people if arm == both["b"] else 0)

    actions.start_due(now + timedelta(hours=24))
    tested.refresh_from_db()
    actions.prepare(tested.message_id, now=now + timedelta(hours=24))

    contest = tested.contest
    contest.refresh_from_db()
    rest = sent_to(tested)
    assert (contest.winner, contest.clear, contest.why, tested.template) == ("b", True, "clear", other)
    assert 0 < len(first) < 60
    assert len({*first, *rest}) == len(first) + len(rest)
    assert "neu@x.example" not in rest
    assert 60 <= len(first) + len(rest) <= 61


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.shows("MASS-08")
def test_a_test_that_is_ended_before_its_hour_knows_nothing(tested, template, camille, now):
    actions.launch(tested, by=camille, now=now + timedelta(hours=1))

    tested.contest.refresh_from_db()
    tested.refresh_from_db()
    assert (tested.contest.winner, tested.contest.why, tested.template) == ("a", "early", template)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.shows("MASS-06", "MASS-07")
def test_a_stop_reaches_both_mails_and_a_test_that_has_begun_stays_as_it_is(tested, other, camille, yann, now):
    with pytest.raises(BadContest, match="has begun"):
        contests.drop(tested, by=camille, now=now)
    with pytest.raises(Forbidden):
        contests.set_contest(tested, ContestDraft(template_b=other), by=yann, now=now)

    actions.stop(tested, by=camille, now=now)

    assert {arm.message.state for arm in arms(tested).values()} == {"stopped"}
    assert MassMail.objects.get(pk=tested.pk).state == "stopped"


@pytest.mark.django_db
@pytest.mark.shows("MASS-06")
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"template_b": None}, "another template"), ({"share": 1}, "percent"), ({"share": 91}, "percent"),
        ({"hours": 0}, "hours"), ({"hours": 169}, "hours"), ({"measure": "opened"}, "replies or by clicks"),
    ],
)  # fmt: skip
def test_a_test_that_may_not_be_is_refused(mass_mail, other, camille, now, values, words):
    with pytest.raises(BadContest, match=words):
        contests.set_contest(mass_mail, ContestDraft(**({"template_b": other} | values)), by=camille, now=now)


@pytest.mark.django_db
@pytest.mark.shows("MASS-06", "ZMM-31", "ZMM-33")
def test_a_mail_whose_test_is_being_sent_is_stopped_before_it_is_deleted(tested, camille, now):
    with pytest.raises(StillSending, match="test is being sent"):
        actions.delete_mass_mail(tested, by=camille, now=now)

    actions.stop(tested, by=camille, now=now)
    actions.delete_mass_mail(tested, by=camille, now=now)

    assert MassMail.objects.get(pk=tested.pk).deleted_at == now
