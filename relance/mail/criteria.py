"""Criteria that lists of people take from mail: who was never written to, who opened and did not reply."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from relance.mail.models import Recipient
from relance.people.models import Person
from relance.records.registry import Asking, Filter, NotUnderstood, Words, add_filters

WRITTEN: dict[str, Words] = {"never": _("never written to"), "opened_no_reply": _("opened, no reply")}


def add_to_lists() -> None:
    """Add the criterion `mail` to leads and contacts."""
    for kind in Person.Kind.values:
        add_filters(kind, Filter(key="mail", label=_("Mail"), condition=_mail, words=_words))


def _words(value: str) -> Words:
    return WRITTEN.get(value, value)


def _mail(value: str, _asking: Asking) -> Q:
    mails = Recipient.objects.filter(person=OuterRef("pk"))
    if value == "never":
        return ~Q(Exists(mails.exclude(state__in=(Recipient.State.REFUSED, Recipient.State.CANCELLED))))
    if value == "opened_no_reply":
        return Q(Exists(mails.filter(first_opened_at__isnull=False))) & ~Q(
            Exists(mails.filter(replied_at__isnull=False))
        )
    raise NotUnderstood(value)
