"""A wish not to be written to, in words: when, what, how, from which mail, and what was said (UNSUB-02)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from relance.mail import contents
from relance.mail.models import Recipient
from relance.people.actions import standing
from relance.people.models import Suppression
from relance.people.wishes import wish_of
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
    return f"{said} {quoted(line.said)}" if line.said else said


def subjects_of(wishes: Iterable[Suppression | None]) -> dict[int | None, str]:
    """The subjects of the mails from which wishes came, as they were read, by copy; few queries, or none."""
    ids = {wish.recipient_id for wish in wishes if wish is not None and wish.recipient_id}
    copies = Recipient.objects.filter(pk__in=ids).select_related("message__content") if ids else ()
    return dict(contents.subjects_of(copies).items())


def told_of(normals: Collection[str], *, seen: Collection[str]) -> dict[str, str]:
    """The first wish of each address in words; the mail it came from only where one sees whose address it is.

    At most two queries.
    """
    return told_in(standing(normals), seen=seen)


def told_in(lines: Mapping[str, Iterable[Suppression]], *, seen: Collection[str]) -> dict[str, str]:
    """The same of lines of the ledger that were read already, by address. At most one query."""
    wishes = {normal: wish for normal, some in lines.items() if (wish := wish_of(some)) is not None}
    subjects = subjects_of(wish for normal, wish in wishes.items() if normal in seen)
    return {
        normal: wish_words(wish, subjects.get(wish.recipient_id, "") if normal in seen else "")
        for normal, wish in wishes.items()
    }
