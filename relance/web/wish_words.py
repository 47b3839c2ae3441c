"""A wish not to be written to, in words: when, what, how, from which mail, and what was said (UNSUB-02)."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from relance.mail.models import Recipient
from relance.people.models import Suppression
from relance.web import format as fmt


def wish_words(line: Suppression, copy: Recipient | None = None) -> str:
    """Opted out, Fri 20 Nov, 10:00 (Mass mails and sequences). How: the unsubscribe page, from “The figure”."""
    local = line.at.astimezone(timezone.get_current_timezone())
    day = f"{fmt.day_name(local.date(), get_language())}, {local:%H:%M}"
    told = {"day": day, "scope": line.get_scope_display(), "how": line.get_route_display()}
    if copy is None:
        said = _("Opted out, %(day)s (%(scope)s). How: %(how)s.") % told
    else:
        told["subject"] = copy.message.content.subject
        said = _("Opted out, %(day)s (%(scope)s). How: %(how)s, from “%(subject)s”.") % told
    return f"{said} “{line.words}”" if line.words else said
