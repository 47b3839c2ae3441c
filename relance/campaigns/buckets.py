"""The people behind each number of a mail (MASS-08): the condition, the list, the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from relance.campaigns.reasons import reason_word
from relance.mail.models import Interaction, Message, Recipient

State, Track, Kind, Verdict = Recipient.State, Recipient.Track, Interaction.Kind, Interaction.Verdict

DELIVERED = Q(state=State.SENT, bounced_at=None)


OPENED = Q(first_opened_at__isnull=False)  # a click or a reply sets it too, see mail.tracking.facts


CLICKED = Q(first_clicked_at__isnull=False)


FOLLOWS_OPENS = Q(track=Track.FULL)


FOLLOWS_CLICKS = Q(track__in=(Track.FULL, Track.CLICKS))


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """One number's people: the condition over recipients, and what the list is called."""

    name: str | Promise
    where: Q


BUCKETS: dict[str, Bucket] = {
    "total": Bucket(name=gettext_lazy("Recipients"), where=~Q(state=State.REFUSED)),
    "sent": Bucket(name=gettext_lazy("Sent"), where=Q(state=State.SENT) | Q(bounced_at__isnull=False)),
    "delivered": Bucket(name=gettext_lazy("Delivered"), where=DELIVERED),
    "not_delivered": Bucket(
        name=gettext_lazy("Not delivered"), where=Q(state=State.FAILED) | Q(bounced_at__isnull=False)
    ),
    "bounced": Bucket(name=gettext_lazy("Bounced"), where=Q(bounced_at__isnull=False)),
    "failed": Bucket(name=gettext_lazy("Failed"), where=Q(state=State.FAILED, bounced_at=None)),
    "unknown": Bucket(name=gettext_lazy("Outcome unknown"), where=Q(state=State.UNKNOWN)),
    "opened": Bucket(name=gettext_lazy("Opened"), where=DELIVERED & OPENED),
    "not_opened": Bucket(name=gettext_lazy("Not opened"), where=DELIVERED & FOLLOWS_OPENS & ~OPENED),
    "untracked_opens": Bucket(name=gettext_lazy("Openings not tracked"), where=DELIVERED & ~FOLLOWS_OPENS & ~OPENED),
    "clicked": Bucket(name=gettext_lazy("Clicked"), where=DELIVERED & CLICKED),
    "not_clicked": Bucket(name=gettext_lazy("Not clicked"), where=DELIVERED & FOLLOWS_CLICKS & ~CLICKED),
    "untracked_clicks": Bucket(name=gettext_lazy("Clicks not tracked"), where=DELIVERED & ~FOLLOWS_CLICKS & ~CLICKED),
    "replied": Bucket(name=gettext_lazy("Replied"), where=Q(replied_at__isnull=False)),
    "opted_out": Bucket(name=pgettext_lazy("figure", "Opted out"), where=Q(opted_out_at__isnull=False)),
    "complained": Bucket(name=pgettext_lazy("figure", "Complained"), where=Q(complained_at__isnull=False)),
    "refused": Bucket(name=gettext_lazy("Left out"), where=Q(state=State.REFUSED)),
    "cancelled": Bucket(name=gettext_lazy("Cancelled"), where=Q(state=State.CANCELLED)),
    "waiting": Bucket(
        name=gettext_lazy("Waiting"),
        where=Q(state__in=(State.QUEUED, State.LEASED, State.IN_DATA, State.DEFERRED)),
    ),
}


def people(message: Message, bucket: str, *, link: int | None = None, reason: str = "") -> QuerySet[Recipient]:
    """The recipients behind a number; of one link only, or left out for one reason only. Raises KeyError."""
    rows = Recipient.objects.filter(BUCKETS[bucket].where, message=message)
    if reason:
        rows = rows.filter(refused_because=reason)
    if link is not None:
        clicks = Interaction.objects.filter(message=message, kind=Kind.CLICK, link=link).exclude(
            verdict=Verdict.MACHINE
        )
        rows = rows.filter(pk__in=clicks.values("recipient_id"))
    return rows.order_by("id")


def recipients(
    message: Message, bucket: str, *, after: int = 0, limit: int = 50, link: int | None = None, reason: str = ""
) -> list[Recipient]:
    """One page of the people behind a number, after a key. Raises KeyError for a number that does not exist."""
    rows = people(message, bucket, link=link, reason=reason).filter(pk__gt=after)
    return list(rows.select_related("person")[:limit])


COLUMNS = (
    gettext_lazy("Name"), gettext_lazy("E-mail address"), gettext_lazy("State"), gettext_lazy("Reason"),
    gettext_lazy("Followed"), pgettext_lazy("one mail", "Sent"), pgettext_lazy("one mail", "Opened"),
    gettext_lazy("Openings"), pgettext_lazy("one mail", "Clicked"), gettext_lazy("Clicks"),
    pgettext_lazy("one mail", "Replied"), pgettext_lazy("one mail", "Bounced"),
    pgettext_lazy("one mail", "Opted out"), gettext_lazy("Answer of the server"),
)  # fmt: skip


def csv_rows(message: Message, bucket: str, *, link: int | None = None, reason: str = "") -> Iterator[list[str]]:
    """The people behind a number as rows of a table, with a head. Raises KeyError."""
    yield [str(column) for column in COLUMNS]
    for row in people(message, bucket, link=link, reason=reason).iterator(chunk_size=2000):
        moments = (
            row.sent_at,
            row.first_opened_at,
            row.first_clicked_at,
            row.replied_at,
            row.bounced_at,
            row.opted_out_at,
        )
        sent, opened, clicked, replied, bounced, out = (
            at.isoformat(timespec="seconds") if at else "" for at in moments
        )
        yield [
            row.name, row.email, row.get_state_display(), reason_word(row.refused_because), row.get_track_display(),
            sent, opened, str(row.opens), clicked, str(row.clicks), replied, bounced, out, row.reply_text,
        ]  # fmt: skip
