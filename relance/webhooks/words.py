"""What people call the events, and how a try went in one sentence."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.webhooks import rules
from relance.webhooks.models import Delivery

EVENTS: Mapping[str, Promise] = {
    "mail.sent": gettext_lazy("A mail has left"),
    "mail.opened": gettext_lazy("A person opens a mail for the first time"),
    "mail.clicked": gettext_lazy("A person clicks in a mail for the first time"),
    "mail.replied": gettext_lazy("A person answers a mail"),
    "mail.bounced": gettext_lazy("A mail comes back"),
    "mail.complained": gettext_lazy("A person reports a mail as spam"),
    "person.created": gettext_lazy("A lead or contact is added"),
    "person.unsubscribed": gettext_lazy("A person unsubscribes"),
    "form.submitted": gettext_lazy("Somebody fills in a form of your site"),
    "sequence.finished": gettext_lazy("A person has gone through a sequence, or leaves it"),
    "deal.changed": gettext_lazy("A deal is made or changed"),
    "deal.moved": gettext_lazy("A deal comes into another stage"),
    "deal.won": gettext_lazy("A deal is won"),
    "deal.lost": gettext_lazy("A deal is lost"),
    "record.created": gettext_lazy("A record of any module is added"),
    "record.updated": gettext_lazy("A record of any module is changed"),
    "record.deleted": gettext_lazy("A record of any module is deleted, or merged into another"),
    rules.TEST: gettext_lazy("A test"),
}


def answer_sentence(delivery: Delivery) -> str:
    """How the last try went."""
    told = {"status": delivery.status, "ms": delivery.took_ms}
    if not delivery.why:
        return _("The receiver took it: status %(status)s after %(ms)s ms.") % told
    if delivery.why == Delivery.Why.STATUS:
        return _("The receiver answered with an error: status %(status)s after %(ms)s ms.") % told
    return str(delivery.get_why_display())
