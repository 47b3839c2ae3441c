"""Make and change campaigns, give them mails and links (CAMP-01, CAMP-05, CAMP-07)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext as _

from relance.campaigns.drafts import MassMailDraft, delete_mass_mail, draft_mass_mail
from relance.campaigns.models import Campaign, MassMail, TargetList, TrackedLink
from relance.campaigns.sources import LIST
from relance.lib.refusal import Refused
from relance.mail.templates import CODES, Parts, named_links
from relance.team import policy
from relance.team.models import Module, User

FIELDS = ("name", "kind", "note", "lists", "excluded", "track_opens")
LETTERS = "abcdefghjkmnpqrstuvwxyz"  # without those that are taken for figures


class BadCampaign(Refused):
    """A campaign without a name, or to lists that are not there."""


class BadLink(Refused):
    """A link that leads nowhere."""


@dataclass(frozen=True, kw_only=True)
class CampaignDraft:
    """What is to be changed in a campaign: the values named here (see FIELDS), the rest stays."""

    values: Mapping[str, object] = field(default_factory=dict)


def may_change(campaign: Campaign, user: User) -> bool:
    """Its creator, and those whose role changes mass mails that far."""
    return user.may_send_mass_mail and (
        campaign.creator_id == user.pk or policy.allows(user, Module.MASS_MAIL, "edit", campaign, owner="creator")
    )


def _require(campaign: Campaign, user: User) -> None:
    policy.require(may_change(campaign, user), _("Only those who may change this campaign can do this."))


@transaction.atomic
def make(draft: CampaignDraft, *, by: User, now: datetime) -> Campaign:
    """A new campaign. Raises Forbidden, BadCampaign."""
    policy.require(by.may_send_mass_mail)
    return _write(Campaign(creator=by, created_at=now), draft, by=by, now=now)


@transaction.atomic
def edit(campaign: Campaign, draft: CampaignDraft, *, by: User, now: datetime) -> Campaign:
    """Change what the draft names; mails that have not left follow it. Raises Forbidden, BadCampaign."""
    _require(campaign, by)
    campaign = _write(campaign, draft, by=by, now=now)
    waiting = campaign.mails.filter(message=None, parent=None, deleted_at=None)
    waiting.update(criteria={"lists": campaign.lists}, excluded=campaign.excluded, updated_at=now)
    return campaign


def _write(campaign: Campaign, draft: CampaignDraft, *, by: User, now: datetime) -> Campaign:
    for name in FIELDS:
        if name in draft.values:
            setattr(campaign, name, draft.values[name])
    campaign.name = " ".join(str(campaign.name).split())[:160]
    if not campaign.name:
        raise BadCampaign(_("Give the campaign a name."))
    if campaign.kind not in Campaign.Kind.values:
        raise BadCampaign(_("A campaign is a mail or a newsletter."))
    campaign.lists, campaign.excluded = _seen(campaign.lists, by), _seen(campaign.excluded, by)
    if set(campaign.lists) & set(campaign.excluded):
        raise BadCampaign(_("A list cannot be written to and left out at once."))
    campaign.updated_at = now
    campaign.save()
    return campaign


def _seen(ids: Iterable[int], user: User) -> list[int]:
    wanted = sorted({int(pk) for pk in ids})
    known = set(TargetList.objects.visible_to(user).filter(pk__in=wanted).values_list("pk", flat=True))
    if len(known) < len(wanted):
        raise BadCampaign(_("One of these target lists is not there any more."))
    return wanted


@transaction.atomic
def delete(campaign: Campaign, *, by: User, now: datetime) -> None:
    """Take it off the pages with its mails; what was sent stays in each history. Raises Forbidden, StillSending."""
    _require(campaign, by)
    for mail in campaign.mails.filter(parent=None, deleted_at=None):
        delete_mass_mail(mail, by=by, now=now)
    Campaign.objects.filter(pk=campaign.pk).update(deleted_at=now)


@transaction.atomic
def add_mail(campaign: Campaign, *, name: str = "", by: User, now: datetime) -> MassMail:
    """A mass mail of the campaign, to its lists. Raises Forbidden, BadCampaign."""
    _require(campaign, by)
    if not campaign.lists:
        raise BadCampaign(_("Choose a target list first."))
    number = campaign.mails.filter(parent=None).count() + 1
    told = name.strip() or _("%(name)s, mail %(number)d") % {"name": campaign.name, "number": number}
    values = {
        "name": told[:160], "module": LIST, "audience": MassMail.Audience.LISTS,
        "criteria": {"lists": campaign.lists}, "excluded": campaign.excluded,
    }  # fmt: skip
    mail = draft_mass_mail(MassMailDraft(values=values), by=by, now=now)
    mail.campaign = campaign
    mail.save(update_fields=["campaign"])
    return mail


@transaction.atomic
def add_link(campaign: Campaign, *, name: str, url: str, by: User) -> TrackedLink:
    """A link with a code. Raises Forbidden, BadLink."""
    _require(campaign, by)
    name, url = " ".join(name.split())[:120], url.strip()
    if not name:
        raise BadLink(_("Give the link a name."))
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc or len(url) > 2000 or re.search(r"[\s\"<>{}]", url):
        raise BadLink(_("Write a whole address that begins with https://."))
    code = "".join(secrets.choice(LETTERS) for _letter in range(8))
    return TrackedLink.objects.create(campaign=campaign, name=name, url=url, code=code)


@transaction.atomic
def remove_link(link: TrackedLink, *, by: User) -> None:
    """Take it away; mails that have left keep it. A template that still names it is refused before its launch."""
    _require(link.campaign, by)
    link.delete()


def urls_of(codes: Collection[str]) -> dict[str, str]:
    """Where the links of these codes lead."""
    return dict(TrackedLink.objects.filter(code__in=codes).values_list("code", "url"))


def links_filled(parts: Parts) -> Parts:
    """A text with the addresses of its tracked links in the place of their codes: what has left needs no code more."""
    urls = named_links(parts)
    if not urls:
        return parts

    def address(found: re.Match[str]) -> str:
        return urls.get(found[1], found[0])

    def escaped(found: re.Match[str]) -> str:
        return address(found).replace("&", "&amp;")

    return replace(parts, html=CODES.sub(escaped, parts.html), text=CODES.sub(address, parts.text))
