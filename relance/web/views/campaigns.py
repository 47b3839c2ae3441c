"""Campaigns: all of them, one with its mails, links and numbers, and its log (CAMP-01, CAMP-04 to CAMP-07)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.campaigns import behind, campaign_log, campaigning, lists, stats
from relance.campaigns.campaign_log import EVENTS, Asked
from relance.campaigns.campaigning import CampaignDraft
from relance.campaigns.models import Campaign, MassMail, TargetList
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.records.exports import csv_pieces
from relance.team.policy import require
from relance.team.workspace import organisation
from relance.web.mass_mail_results import openings_bar
from relance.web.numbers import number
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast
from relance.web.views.target_lists import say

PAGE = 50


def index(request: HttpRequest) -> HttpResponse:
    """All campaigns that a colleague may see; a new one is made beside them."""
    user = user_of(request)
    if request.method == "POST":
        try:
            made = campaigning.make(CampaignDraft(values=_posted(request)), by=user, now=clock.now())
            return redirect("campaign", made.pk)
        except Refused as refused:
            problem(request, str(refused))
    rows = Campaign.objects.visible_to(user).select_related("creator")[:500]
    context = {
        "rows": [(row, _sent(row)) for row in rows], "may_send": user.may_send_mass_mail,
        "kinds": Campaign.Kind.choices,
    }  # fmt: skip
    return render(request, "campaigns/index.html", context)


def _sent(campaign: Campaign) -> tuple[int, int]:
    """How many mails it has, and how many copies have left."""
    mails = list(campaign.all_mails().select_related("message"))
    return len(mails), sum(mail.message.sent for mail in mails if mail.message is not None)


def _posted(request: HttpRequest) -> dict[str, object]:
    told: dict[str, object] = {"name": request.POST.get("name", "")}
    if kind := request.POST.get("kind"):
        told["kind"] = kind
    if "settings" in request.POST:
        for name in ("lists", "excluded"):
            told[name] = [pk for text in request.POST.getlist(name) if (pk := number(text))]
        told["track_opens"] = "track_opens" in request.POST
        told["note"] = request.POST.get("note", "")
    return told


def found(request: HttpRequest, campaign_id: int) -> Campaign:
    """A campaign that the colleague may see. Raises Http404."""
    return get_object_or_404(Campaign.objects.visible_to(user_of(request)).select_related("creator"), pk=campaign_id)


def page(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Its lists, its mails with their numbers, its links."""
    campaign, user = found(request, campaign_id), user_of(request)
    mails = campaign.all_mails().select_related("message", "template", "creator")
    counts = campaign_log.counts(campaign)
    context = {
        "campaign": campaign,
        "mails": [_mail(mail) for mail in mails],
        "links": campaign_log.link_clicks(campaign),
        "events": [(event, word, counts.get(event, 0)) for event, word in EVENTS.items()],
        "target_lists": [(row, lists.size(row).total) for row in TargetList.objects.visible_to(user)[:500]],
        "kinds": Campaign.Kind.choices,
        "may_change": campaigning.may_change(campaign, user),
        "per_hour": organisation().sends_per_hour,
    }
    return render(request, "campaigns/page.html", context)


def _mail(mail: MassMail) -> tuple[object, ...]:
    if mail.message is None:
        return mail, None, [], ""
    figures = stats.figures(mail.message)
    return mail, figures, *openings_bar(figures)


@require_POST
def act(request: HttpRequest, campaign_id: int, verb: str) -> HttpResponse:
    """Change it, give it a mail or a link, make a list of its log, delete it."""
    campaign, user, now = found(request, campaign_id), user_of(request), clock.now()
    try:
        match verb:
            case "edit":
                campaigning.edit(campaign, CampaignDraft(values=_posted(request)), by=user, now=now)
                toast(request, _("Saved."))
            case "mail":
                mail = campaigning.add_mail(campaign, by=user, now=now)
                return redirect("mass-mail-message", mail.pk)
            case "link":
                told = {name: request.POST.get(name, "") for name in ("name", "url")}
                link = campaigning.add_link(campaign, **told, by=user)
                toast(
                    request, _("Put %(code)s into a template, as the address of a link.") % {"code": link.placeholder}
                )
            case "remove-link":
                link = get_object_or_404(campaign.links, pk=number(request.POST.get("link", "")) or 0)
                campaigning.remove_link(link, by=user)
                toast(request, _("Saved."))
            case "list":
                return _to_list(request, campaign)
            case "delete":
                campaigning.delete(campaign, by=user, now=now)
                toast(request, _("Deleted. Mails that were sent stay in each person’s history."))
                return redirect("campaigns")
            case _:
                raise Http404
    except Refused as refused:
        problem(request, str(refused))
    return redirect("campaign", campaign.pk)


def _asked(given: HttpRequest) -> Asked:
    """What is looked for, from the address."""
    query = given.GET
    event = query.get("event", "")
    return Asked(
        event=event if event in EVENTS else "", mail_id=number(query.get("mail", "")) or None, url=query.get("url", "")
    )  # fmt: skip


def _to_list(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    """A target list of the people behind the lines that were asked for (ESPC-14)."""
    user, now = user_of(request), clock.now()
    name = request.POST.get("name", "") or campaign.name
    made, filled = behind.listed(campaign_log.copies(campaign, _asked(request)), name=name, by=user, now=now)
    say(request, filled)
    return redirect("target-list", made.pk)


def log(request: HttpRequest, campaign_id: int) -> HttpResponse | StreamingHttpResponse:
    """What went out and what came of it; filtered, as a page or as a file."""
    campaign, user, asked = found(request, campaign_id), user_of(request), _asked(request)
    if request.GET.get("format") == "csv":
        require(user.may_export)
        rows = campaign_log.csv_rows(campaign, asked)
        answer = StreamingHttpResponse(csv_pieces(next(rows), rows), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{slugify(campaign.name) or "campaign"}-log.csv"'
        return answer
    found_ = campaign_log.lines(campaign, asked, before=request.GET.get("after", ""), limit=PAGE + 1)
    known = campaign_log.messages(campaign)
    urls = campaign_log.urls(known)
    context = {
        "campaign": campaign,
        "asked": asked,
        "lines": [
            (line, *known[line.message_id], urls.get((line.message_id, line.link or 0), "")) for line in found_[:PAGE]
        ],
        "after": campaign_log.mark(found_[PAGE - 1]) if len(found_) > PAGE else "",
        "events": EVENTS.items(),
        "mails": known.values(),
        "urls": sorted(set(urls.values())),
        "may_export": user.may_export,
        "may_send": user.may_send_mass_mail,
        "query": request.GET.urlencode(),
    }
    return render(request, "campaigns/log.html", context)
