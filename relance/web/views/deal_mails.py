"""The mails of a deal in two views; link, change and unlink the deal of a mail (DEAL-03, DEAL-04)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from relance.deals import mail_facts, mail_lists, mails
from relance.deals.mail_lists import Listed
from relance.deals.models import Deal
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.people.models import Person
from relance.team.policy import Forbidden
from relance.web import deal_mails
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast
from relance.web.views.deals import found, number_of
from relance.web.way_back import way_back


@require_GET
def of_deal(request: HttpRequest, deal_id: int) -> HttpResponse:
    """The mails of a deal: of this deal, or of its contacts (`?mails=contact`)."""
    deal = found(request, deal_id)
    told = deal_mails.of_deal(deal, view=request.GET.get("mails", ""), user=user_of(request))
    return render(request, "deals/mails.html", {"mails": told})


@require_GET
def of_person(request: HttpRequest, person_id: int) -> HttpResponse:
    """The mails of a contact, each with its deal."""
    person = get_object_or_404(Person.objects.visible_to(user_of(request)), pk=person_id)
    return render(request, "deals/mails.html", {"mails": deal_mails.of_person(person.pk, user=user_of(request))})


@require_GET
def offered(request: HttpRequest) -> HttpResponse:
    """What was chosen by hand before a mailbox was disconnected, to be chosen again or forgotten (DEAL-08)."""
    user = user_of(request)
    rows = deal_mails.rows(mail_lists.of_offered(by=user), user)
    return render(request, "deals/offered.html", {"rows": rows})


def _mail(request: HttpRequest, key: str) -> Listed:
    one = mail_lists.one(key, by=user_of(request))
    if one is None:
        raise Http404
    mail_facts.require_mailbox(user_of(request))
    return one


@require_GET
def choose(request: HttpRequest, key: str) -> HttpResponse:
    """The deals that the mail may belong to: a dialog, or a page of its own without script."""
    one, user = _mail(request, key), user_of(request)
    context: dict[str, object] = {"row": deal_mails.row(one, user), "next": request.GET.get("next", "")}
    try:
        context["offered"] = deal_mails.offered(one, user=user)
    except Refused as refused:
        context["refused"] = str(refused)
    return render(request, "deals/choose_dialog.html" if "dialog" in request.GET else "deals/choose.html", context)


@require_POST
def decide(request: HttpRequest, key: str) -> HttpResponse:
    """Link the mail to the deal chosen, unlink it, or take back what was chosen before (`was`)."""
    one, user, now = _mail(request, key), user_of(request), clock.now()
    try:
        if "was" in request.POST and one.link is not None and one.is_offered:
            _answer_offer(request, one)
        elif "unlink" in request.POST:
            mails.unlink(mails.mail_of(mail_lists.row_of(one)), by=user, now=now)
            toast(request, _("The mail belongs to no deal now. It stays with the contact."))
        else:
            seen = Deal.objects.visible_to(user)
            deal = get_object_or_404(seen, pk=number_of(request.POST.get("deal", "")) or 0)
            mails.link(mails.mail_of(mail_lists.row_of(one)), deal, by=user, now=now)
            toast(request, _("The mail belongs to %(deal)s now.") % {"deal": deal})
    except Forbidden:
        raise
    except Refused as refused:
        problem(request, str(refused))
    return redirect(way_back(request, "next", deal_mails.page_of(one) or "/"))


def _answer_offer(request: HttpRequest, one: Listed) -> None:
    assert one.link is not None
    if request.POST["was"] == "take":
        mails.take_back(one.link, by=user_of(request), now=clock.now())
        toast(request, _("What was chosen before holds again."))
    else:
        mails.decline(one.link)
        toast(request, _("What was chosen before is forgotten."))
