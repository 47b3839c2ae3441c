"""A campaign of the example company: target lists, a link with a code, a mail that leaves, reports, an answer."""

from __future__ import annotations

from datetime import datetime

from relance.campaigns import actions, campaigning, lists, reports, responding
from relance.campaigns.campaigning import CampaignDraft
from relance.campaigns.models import Campaign, TargetList
from relance.campaigns.reports import ReportDraft
from relance.campaigns.responding import ResponderDraft
from relance.mail.models import Template
from relance.mail.templates import TemplateDraft, add_template
from relance.ops.demo_words import Words
from relance.people.models import Person
from relance.records.selection import Kind, Selection
from relance.team.models import User

HTML = (
    '<p>Bonjour {{Person.firstName|à vous}},</p><p>Trois toitures voisines de la vôtre produisent depuis un an. '
    '<a href="{code}">Voir leurs chiffres</a>, ou '
    '<a href="https://helionne.example/visite">prendre rendez-vous</a>.</p>'
    "<p>{{User.name}}</p>"
)  # fmt: skip


def make(by: User, words: Words, *, now: datetime) -> None:
    """Make them; the mail leaves as soon as the demo runs."""
    reach = lists.make(words.fair, by=by, now=now)
    leads = Selection(module="lead", kind=Kind.FILTER, params={"language": "fr"})
    lists.fill(reach, leads, by=by, now=now)
    out = lists.make(words.left_alone, by=by, now=now)
    first = Person.objects.filter(listed__target_list=reach).order_by("pk").values("pk")[:4]
    lists.fill_people(out, Person.objects.filter(pk__in=first), now=now)
    lists.add_addresses(out, "presse@mercadier.example", by=by, now=now)
    told = {"name": words.campaign, "lists": [reach.pk], "excluded": [out.pk], "track_opens": True}
    campaign = campaigning.make(CampaignDraft(values=told), by=by, now=now)
    link = campaigning.add_link(campaign, name=words.link, url="https://helionne.example/voisins?de=salon", by=by)
    _leave(campaign, HTML.format(code=link.placeholder), by, now)
    _report_and_answer(reach, by, words, now)


def _leave(campaign: Campaign, html: str, by: User, now: datetime) -> None:
    told = {"name": "Toitures voisines", "subject": "Ce que produisent vos voisins", "html": html, "language": "fr"}
    template = add_template(TemplateDraft(values={**told, "shared": True}), by=by, now=now)
    mail = campaigning.add_mail(campaign, by=by, now=now)
    sender = {"from_choice": "organisation", "reply_choice": "organisation"}
    mail = actions.edit_mass_mail(
        mail, actions.MassMailDraft(values={"template": template, **sender}), by=by, now=now
    )  # fmt: skip
    actions.launch(mail, by=by, now=now)


def _report_and_answer(reach: TargetList, by: User, words: Words, now: datetime) -> None:
    asked = {"name": words.leads_by_city, "module": "lead", "group": "city", "chart": "columns"}
    reports.save(None, ReportDraft(values=asked), by=by, now=now)
    deals = {"name": words.deals_by_month, "module": "deal", "group": "created_at", "summed": "amount", "step": "month"}
    reports.save(None, ReportDraft(values=deals), by=by, now=now)
    template = Template.objects.filter(archived_at=None).order_by("pk").first()
    if template is not None:
        values = {"name": words.welcome, "event": "list", "target_list": reach, "template": template}
        responder = responding.save(None, ResponderDraft(values=values), by=by, now=now)
        responding.switch(responder, on=True, by=by, now=now)
