"""Why somebody is left out, in words (CAMP-03)."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.mail.outbound.recipients import Refusal

WORDS: dict[str, Promise] = {
    Refusal.NO_ADDRESS: _("No address"),
    Refusal.INVALID: _("Address not valid"),
    Refusal.EXCLUDED: _("On an excluded list"),
    Refusal.OPTED_OUT: _("Opted out"),
    Refusal.BOUNCED: _("Address bounced"),
    Refusal.DUPLICATE: _("Same address twice"),
    Refusal.COMPLAINED: _("Complained"),
    Refusal.PAUSED: _("Paused"),
    Refusal.STOPPED: pgettext_lazy("one mail", "Stopped"),
    Refusal.MAILBOX_BROKEN: _("Mailbox broken"),
    Refusal.TOO_LATE: _("Too late"),
    Refusal.ERASED: _("Record deleted"),
}


def reason_word(reason: str) -> str:
    """The reason in words, as lists and charts name it."""
    return str(WORDS.get(reason, reason))
