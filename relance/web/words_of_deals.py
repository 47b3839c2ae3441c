"""What is said of the deal of a mail: why it is linked, and what speaks for another (DEAL-09)."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from relance.deals.models import DealMail
from relance.deals.ranking import Reason

REASONS: Mapping[Reason, str | Promise] = {
    Reason.WORDS: gettext_lazy("the mail names it"),
    Reason.PEOPLE: gettext_lazy("its people take part"),
    Reason.RECENT: gettext_lazy("written about lately"),
}


def why_linked(link: DealMail) -> str:
    """The reason of a link, or of its absence, as a sentence."""
    if link.rule == DealMail.Rule.HAND:
        who = str(link.by) if link.by is not None else pgettext("who", "a colleague")
        sentence = _("Linked by hand, by %(who)s.") if link.deal_id else _("Taken from its deal by hand, by %(who)s.")
        return sentence % {"who": who}
    if link.rule == DealMail.Rule.DISSOLVED:
        return _("Its mailbox was disconnected, so it belongs to no deal.")
    return _("Linked by itself: %(why)s.") % {"why": link.get_rule_display()}
