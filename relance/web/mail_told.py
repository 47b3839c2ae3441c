"""What the composer says of a mail: who gets it, what speaks against it, how it is followed, when it should leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.deals.models import Deal
from relance.mail.catalogue import Subject
from relance.mail.models import Message, Received, SavedDraft
from relance.mail.outbound.gate import Consent, WhyMode
from relance.mail.outbound.recipients import Refusal
from relance.mail.tracking.stamp import TrackMode
from relance.mail.writing import addressing, advice, drafts, preflight
from relance.people.models import Account
from relance.team.models import Organisation, User
from relance.team.workspace import organisation
from relance.web import mail_context
from relance.web.mail_hour import Hour
from relance.web.numbers import number
from relance.web.wish_words import told_in

WHY: Mapping[WhyMode, str | Promise] = {
    WhyMode.TRACKED: _("followed"),
    WhyMode.SWITCHED_OFF: _("not followed: switched off for this mail"),
    WhyMode.POLICY_OFF: _("not followed: your organisation follows nobody"),
    WhyMode.DENIED: _("not followed: has refused"),
    WhyMode.NO_CONSENT_YET: _("not followed: has not agreed yet"),
    WhyMode.AGGREGATE_POLICY: _("counted without a name"),
    WhyMode.OPENS_OFF: _("clicks only: your organisation follows no openings"),
}
EFFECTS: Mapping[TrackMode, tuple[str | Promise, str]] = {
    TrackMode.FULL: (_("followed"), "mail-open"),
    TrackMode.CLICKS: (_("clicks only"), "mouse-pointer-click"),
    TrackMode.AGGREGATE: (_("counted"), "chart-no-axes-column"),
    TrackMode.AGGREGATE_CLICKS: (_("counted"), "chart-no-axes-column"),
    TrackMode.NONE: (_("not followed"), "eye-off"),
}
WARNS: Mapping[Refusal, str | Promise] = {
    Refusal.OPTED_OUT: _("has opted out of mass mails and sequences. A personal mail remains possible."),
    Refusal.COMPLAINED: _("has marked a mail of yours as unwanted. Call rather than write."),
    Refusal.BOUNCED: _("does not get mail at this address: it came back."),
    Refusal.INVALID: _("has an address that does not exist."),
}
KINDS: Mapping[str, tuple[type[Deal] | type[Account], str | Promise]] = {
    "deal": (Deal, pgettext_lazy("what a mail is about", "Deal")),
    "account": (Account, pgettext_lazy("what a mail is about", "Account")),
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """One recipient as the page shows it; `wish` tells that one is not to write there, in words (UNSUB-02)."""

    recipient: addressing.Recipient
    wish: str = ""

    @property
    def name(self) -> str:
        """By which it is called."""
        return self.recipient.name or self.recipient.typed.email

    @property
    def href(self) -> str:
        """The page of the person."""
        person = self.recipient.person
        return reverse(person.kind, args=[person.pk]) if person and self.recipient.is_visible else ""

    @property
    def why(self) -> str | Promise:
        """How it is followed and what decided that."""
        return WHY[self.recipient.why]

    @property
    def effect(self) -> tuple[str | Promise, str]:
        """How it is followed, in a word with its icon."""
        return EFFECTS[self.recipient.mode]

    @property
    def consent(self) -> str:
        """What the person said about it: a name of `Consent`."""
        return Consent(self.recipient.consent).value

    @property
    def is_plain(self) -> bool:
        """Whether nothing needs to be said of how it is followed."""
        return self.recipient.why is WhyMode.TRACKED

    @property
    def warnings(self) -> list[str | Promise]:
        """What to know before writing."""
        return [WARNS.get(each, each) for each in self.recipient.warnings]


@dataclass(frozen=True, kw_only=True)
class About:
    """The record on whose page it was written."""

    kind: str
    id: int
    name: str
    href: str


def of(draft: SavedDraft, user: User, now: datetime) -> dict[str, object]:
    """Everything for the fragments beside the text."""
    found = addressing.recipients(draft, by=user)
    seen = [each.typed.normal or "" for each in found if each.is_visible]
    wishes = told_in({each.typed.normal or "": each.lines for each in found}, seen=seen)
    people = [Told(recipient=each, wish=wishes.get(each.typed.normal or "", "")) for each in found]
    checks = preflight.examine(draft)
    advised = advice.advise([each.recipient for each in people], by=user, now=now, deliver_at=draft.deliver_at)
    house = organisation()
    return {
        "people": people,
        "unknown": [each for each in addressing.typed_of(draft) if not each.normal],
        "warned": [each for each in people if each.warnings],
        "followed": sum(each.recipient.is_followed for each in people),
        "checks": [check for check in checks if check.key not in ("nobody", "empty", "subject")],
        "house": house,
        "policy_on": house.tracking != Organisation.Tracking.OFF,
        "about": about_of(draft, user),
        "context": mail_context.of([each.recipient for each in people], user, now),
        "advice": Hour(advice=advised, user=user, now=now, is_chosen=draft.deliver_at is not None) if advised else None,
        "box": drafts.mailbox_of(draft),
    }


def may_follow() -> bool:
    """Whether files may be followed at all."""
    return organisation().tracking != Organisation.Tracking.OFF


def about(asked: QueryDict, user: User) -> Subject | None:
    """The deal or the account from whose page one writes, if one sees it."""
    for kind, (model, _label) in KINDS.items():
        key = number(asked.get(kind, ""))
        if key and model.objects.visible_to(user).filter(pk=key).exists():
            return Subject(kind=kind.capitalize(), id=key)
    return None


def about_of(draft: SavedDraft | Message, user: User) -> About | None:
    """The record that a mail is about, if one sees it."""
    kind = draft.about_kind.lower()
    if kind not in KINDS or not draft.about_id:
        return None
    row = KINDS[kind][0].objects.visible_to(user).filter(pk=draft.about_id).first()
    if row is None:
        return None
    return About(kind=kind, id=row.pk, name=str(row), href=reverse(kind, args=[row.pk]))


def readable(user: User) -> QuerySet[Received]:
    """The mails that one may answer."""
    return Received.objects.visible_to(user)
