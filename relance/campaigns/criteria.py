"""Criteria may ask of which mass mail somebody opened, clicked, replied (REC-05)."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from relance.campaigns.models import MassMail
from relance.mail.criteria import MOST_CHOICES, narrow_by
from relance.records.registry import Source, Words
from relance.team.models import User


def add_to_lists() -> None:
    """Let the facts of mail be narrowed to one mass mail."""
    narrow_by(Source(key="mass_mail", label=_("Mass mail"), choices=_mass_mails), "message__mass_mail")


def _mass_mails(user: User) -> Mapping[str, Words]:
    rows = MassMail.objects.visible_to(user).filter(message__isnull=False).order_by("-pk")
    return {str(pk): name for pk, name in rows.values_list("pk", "name")[:MOST_CHOICES]}
