"""Which sent mail belongs to a record although it went to none of its people: a higher floor knows what it is about.

add(messages_of_account)      # once, from the `ready` of its app
elsewhere(subject)            # the messages, in the history of a record (REC-07, ESPI-11)
"""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q, QuerySet

from relance.mail.models import Message
from relance.records.history import Subject

Messages = QuerySet[Message]
_known: list[Callable[[Subject], Messages | None]] = []


def add(messages_of: Callable[[Subject], Messages | None]) -> None:
    """Ask this too: the messages which the subject's reader may see, or None where it knows of none."""
    _known.append(messages_of)


def elsewhere(subject: Subject) -> Messages | None:
    """All that are known, or None."""
    found = [rows for ask in _known if (rows := ask(subject)) is not None]
    if not found:
        return None
    which = Q()
    for rows in found:
        which |= Q(pk__in=rows.order_by().values("pk"))
    return Message.objects.filter(which)
