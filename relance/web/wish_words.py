"""A wish not to be written to, in words: when, what, how, from which mail, and what was said (UNSUB-02)."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from relance.people.models import Suppression
from relance.records.selection import quoted
from relance.web import format as fmt


def wish_words(line: Suppression, subject: str = "") -> str:
    """Opted out, Fri 20 Nov, 10:00 (Mass mails and sequences). How: the unsubscribe page, from “The figure”."""
    local = line.at.astimezone(timezone.get_current_timezone())
    day = f"{fmt.day_name(local.date(), get_language())}, {local:%H:%M}"
    told = {"day": day, "scope": line.get_scope_display(), "how": line.get_route_display()}
    if not subject:
        said = _("Opted out, %(day)s (%(scope)s). How: %(how)s.") % told
    else:
        told["subject"] = subject
        said = _("Opted out, %(day)s (%(scope)s). How: %(how)s, from “%(subject)s”.") % told
    return f"{said} {quoted(line.words)}" if line.words else said
