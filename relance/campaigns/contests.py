"""Test two templates on a share of the readers, judge once, send the better one to the rest (+).

Every address has its place by a hash of the mail's key, so it lies in A, in B or in the rest, whatever is added or
taken away meanwhile; the rest leaves out who is in A or B besides, so nobody is written to twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from relance.campaigns import judging, stats
from relance.campaigns.drafts import MassMailDraft, copy_mass_mail, edit_mass_mail, may_use, touched
from relance.campaigns.judging import Verdict
from relance.campaigns.models import Arm, Contest, MassMail
from relance.lib.refusal import Refused
from relance.mail.models import Message, Template
from relance.team import policy
from relance.team.models import User

LEAST_SHARE, MOST_SHARE, MOST_HOURS = 2, 90, 168


class BadContest(Refused):
    """A test that may not be."""


@dataclass(frozen=True, kw_only=True)
class ContestDraft:
    """A test as somebody wants it."""

    template_b: Template | None
    share: int = 20
    hours: int = 24
    measure: str = Contest.Measure.REPLIED


@transaction.atomic
def set_contest(mass_mail: MassMail, draft: ContestDraft, *, by: User, now: datetime) -> Contest:
    """Test the mail's template against another one before the rest gets it. Raises Forbidden, BadContest."""
    mass_mail = _open(mass_mail, by, now)
    if draft.template_b is None or draft.template_b.pk == mass_mail.template_id:
        raise BadContest(_("Choose another template than that of the mail."))
    if not LEAST_SHARE <= draft.share <= MOST_SHARE:
        raise BadContest(_("Between 2 and 90 percent take part."))
    if not 1 <= draft.hours <= MOST_HOURS:
        raise BadContest(_("It is judged after 1 to 168 hours."))
    if draft.measure not in Contest.Measure.values:
        raise BadContest(_("It is judged by replies or by clicks."))
    policy.require(may_use(draft.template_b, by))
    told: Mapping[str, object] = {
        "template_b": draft.template_b, "share": draft.share, "hours": draft.hours, "measure": draft.measure,
    }  # fmt: skip
    return Contest.objects.update_or_create(mass_mail=mass_mail, defaults=dict(told))[0]


@transaction.atomic
def drop(mass_mail: MassMail, *, by: User, now: datetime) -> None:
    """Send the mail without a test. Raises Forbidden, BadContest."""
    _open(mass_mail, by, now)
    Contest.objects.filter(mass_mail=mass_mail).delete()


def _open(mass_mail: MassMail, by: User, now: datetime) -> MassMail:
    mass_mail = touched(mass_mail, by=by, now=now)
    if mass_mail.parent_id is not None or mass_mail.responder_id is not None or hasattr(mass_mail, "arm"):
        raise BadContest(_("Only a first mail can be tested."))
    if Contest.objects.filter(mass_mail=mass_mail).exclude(state=Contest.State.DRAFT).exists():
        raise BadContest(_("The test has begun, so it stays as it is."))
    return mass_mail


def of(mass_mail: MassMail, *states: str) -> Contest | None:
    """The test of a mail, if it is in one of these states."""
    return Contest.objects.filter(mass_mail=mass_mail, state__in=states).select_related("template_b").first()


def begin(contest: Contest, mass_mail: MassMail, *, now: datetime) -> list[MassMail]:
    """The mails of both arms, with what the mail sets off and its follow-ups; the caller lets them leave."""
    arms = []
    for letter, template in (("a", mass_mail.template), ("b", contest.template_b)):
        made = copy_mass_mail(mass_mail, by=mass_mail.creator, now=now)
        values = {"template": template, "name": f"{mass_mail.name}, {letter.upper()}"[:160]}
        made = edit_mass_mail(made, MassMailDraft(values=values), by=mass_mail.creator, now=now)
        MassMail.objects.filter(pk=made.pk).update(campaign=mass_mail.campaign)
        made.campaign = mass_mail.campaign
        Arm.objects.create(contest=contest, letter=letter, mass_mail=made)
        arms.append(MassMail.objects.select_related("template", "mailbox", "creator__role", "campaign").get(pk=made.pk))
    contest.state, contest.began_at = Contest.State.RUNNING, now
    contest.decide_at = now + timedelta(hours=contest.hours)
    contest.save()
    return arms


def tally(contest: Contest) -> dict[str, tuple[int, int]]:
    """Hits and people of each arm; clicks among those who are followed."""
    told = {}
    for arm in contest.arms.select_related("mass_mail__message"):
        if arm.mass_mail.message is None:
            continue
        figures = stats.figures(arm.mass_mail.message)
        clicks = contest.measure == Contest.Measure.CLICKED
        told[arm.letter] = (
            (figures.clicked, figures.followed_clicks) if clicks else (figures.replied, figures.delivered)
        )  # fmt: skip
    return told


def decide(contest: Contest, *, now: datetime) -> Verdict:
    """Judge it, at its hour; ended before that, nothing is known and A goes on. The mail gets the better template."""
    told = tally(contest)
    early = contest.decide_at is None or now < contest.decide_at
    if early or len(told) < 2:
        found = Verdict(winner="a", clear=False, p=1.0)
    else:
        found = judging.verdict(told["a"], told["b"])
    contest.winner, contest.clear, contest.state = found.winner, found.clear, Contest.State.DECIDED
    contest.why = "early" if early else "clear" if found.clear else "no_difference"
    contest.save()
    return found


def arm_of(mass_mail: MassMail) -> tuple[Contest, str] | None:
    """The test whose part this mail is, and which: a, b, or empty for the rest."""
    if mass_mail._state.adding or mass_mail.parent_id is not None:
        return None
    arm = Arm.objects.filter(mass_mail=mass_mail).select_related("contest").first()
    if arm is not None:
        return arm.contest, arm.letter
    contest = of(mass_mail, Contest.State.RUNNING, Contest.State.DECIDED)
    return (contest, "") if contest is not None else None


def messages_of(contest: Contest) -> list[int]:
    """The messages of both arms."""
    rows = contest.arms.filter(mass_mail__message__isnull=False)
    return list(rows.values_list("mass_mail__message_id", flat=True))


def going(mass_mail: MassMail) -> list[Message]:
    """The messages of both arms of a test that runs, so that a stop reaches them too."""
    contest = of(mass_mail, Contest.State.RUNNING)
    return list(Message.objects.filter(pk__in=messages_of(contest))) if contest is not None else []
