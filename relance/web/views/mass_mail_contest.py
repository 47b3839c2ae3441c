"""Test two templates on a share of the readers of a mass mail (+)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from relance.campaigns import contests, rates, rules
from relance.campaigns.contests import ContestDraft
from relance.campaigns.models import Contest
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail.models import Template
from relance.web.mass_mail_steps import found, user_of
from relance.web.numbers import number


def page(request: HttpRequest, mass_mail_id: int) -> HttpResponse:
    """Its form before it begins, its standing while it runs, its verdict afterwards."""
    mass_mail, user, now, said = found(request, mass_mail_id), user_of(request), clock.now(), ""
    if request.method == "POST":
        try:
            if request.POST.get("do") == "remove":
                contests.drop(mass_mail, by=user, now=now)
            else:
                contests.set_contest(mass_mail, _draft(request), by=user, now=now)
            return redirect("mass-mail-check", mass_mail.pk)
        except Refused as refused:
            said = str(refused)
    contest = contests.of(mass_mail, *Contest.State.values)
    offered = Template.objects.visible_to(user).filter(archived_at=None).exclude(pk=mass_mail.template_id or 0)
    told = contests.tally(contest) if contest is not None else {}
    arms = contest.arms.select_related("mass_mail__template") if contest is not None else []
    context = {
        "mass_mail": mass_mail, "contest": contest, "said": said, "offered": offered.order_by("name", "id")[:500],
        "measures": Contest.Measure.choices, "mine": rules.may_act(creator_id=mass_mail.creator_id, user_id=user.pk),
        "arms": [(arm, rates.rate(*told[arm.letter])) for arm in arms if arm.letter in told],
        "open": contest is None or contest.state == Contest.State.DRAFT,
    }  # fmt: skip
    return render(request, "mass_mails/contest.html", context, status=422 if said else 200)


def _draft(request: HttpRequest) -> ContestDraft:
    given = request.POST
    key = number(given.get("template_b", ""))
    template = Template.objects.visible_to(user_of(request)).filter(pk=key).first() if key else None
    return ContestDraft(
        template_b=template, share=number(given.get("share", "")) or 0, hours=number(given.get("hours", "")) or 0,
        measure=given.get("measure", ""),
    )  # fmt: skip
