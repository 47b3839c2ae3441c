"""The results of a mass mail as its page draws them: partition, hours, links, progress (DESIGN section 7)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from relance.campaigns import audience, stats
from relance.campaigns.models import MassMail
from relance.campaigns.stats import Figures, Hours
from relance.mail.models import Message, Recipient
from relance.web import charts
from relance.web import format as fmt
from relance.web.mass_mail_steps import sign

TONES = ("c1", "c2", "c5")


def results(mass_mail: MassMail, message: Message, *, zone: ZoneInfo, now: datetime) -> dict[str, object]:
    """Everything that the page shows of a mail that was launched."""
    figures = stats.figures(message)
    told = stats.hours(message, zone=zone, now=now)
    return {
        "figures": figures,
        "partition_rows": partition(mass_mail, figures),
        "partition_words": partition_words(figures),
        "hours": told,
        "columns": columns(told, zone),
        "tones": TONES,
        "every": max(1, len(told.bars) // 9 + 1),
        "openings": {verdict: told.sum(verdict) for verdict in ("human", "unknown", "machine")},
        "links": stats.links(message),
        "left_out": left_out(message),
        **progress(message, figures, now),
    }


def partition(mass_mail: MassMail, figures: Figures) -> list[list[charts.Part]]:
    """Sent, then delivered or not, then opened or not, then clicked or not; the untracked stand apart."""

    def part(word: str, bucket: str, tone: str) -> charts.Part:
        href = reverse("mass-mail-people", args=[mass_mail.pk, bucket])
        return charts.Part(word=word, count=getattr(figures, bucket), tone=tone, href=href)

    return [
        [part(_("Delivered"), "delivered", "c1"), part(_("Not delivered"), "not_delivered", "c4")],
        [
            part(_("Opened"), "opened", "c1"),
            part(_("Not opened"), "not_opened", "c2"),
            part(_("Not tracked"), "untracked_opens", "c5"),
        ],
        [
            part(_("Clicked"), "clicked", "c3"),
            part(_("Not clicked"), "not_clicked", "c2"),
            part(_("Not tracked"), "untracked_clicks", "c5"),
        ],
    ]


def openings_bar(figures: Figures) -> tuple[list[list[charts.Part]], str]:
    """The delivered by opening, as one bar of a list, and the sentence for it."""
    parts = [
        charts.Part(word=_("opened"), count=figures.opened, tone="c1"),
        charts.Part(word=_("not opened"), count=figures.not_opened, tone="c2"),
        charts.Part(word=_("not tracked"), count=figures.untracked_opens, tone="c5"),
    ]
    return [parts], ", ".join(f"{fmt.figure(part.count, get_language())} {part.word}" for part in parts)


def partition_words(figures: Figures) -> str:
    """The partition in one sentence."""
    names = (
        "sent", "delivered", "not_delivered", "opened", "not_opened", "untracked_opens", "clicked", "not_clicked",
    )  # fmt: skip
    told = {name: fmt.figure(getattr(figures, name), get_language()) for name in names}
    first = _("%(sent)s sent: %(delivered)s delivered and %(not_delivered)s not delivered.")
    second = _("Of the delivered: %(opened)s opened, %(not_opened)s not opened, %(untracked_opens)s not tracked;")
    third = _("%(clicked)s clicked, %(not_clicked)s not clicked.")
    return f"{first} {second} {third}" % told


def columns(told: Hours, zone: ZoneInfo) -> list[charts.Column]:
    """The openings in their steps of time."""
    return [
        charts.Column(word=_word(told.step, bar.at.astimezone(zone)), values=(bar.human, bar.unknown, bar.machine))
        for bar in told.bars
    ]


def _word(step: str, at: datetime) -> str:
    if step == "day":
        return fmt.short_date(at.date(), get_language(), at.date())
    return f"{at:%H:%M}"


def left_out(message: Message) -> list[tuple[str, str, int, str, str]]:
    """Those left out, by reason: the code, the word, how many, the drawing and the tone."""
    ended = message.state in (Message.State.DONE, Message.State.STOPPED)
    counts = (_counted_once if ended else _left_out)(message.pk, message.refused)
    return [(reason, audience.reason_word(reason), count, *sign(reason)) for reason, count in counts]


def _left_out(message_id: int, _refused: int) -> list[tuple[str, int]]:
    refused = Recipient.objects.filter(message=message_id, standing=Recipient.State.REFUSED)
    rows = refused.values_list("refused_because").annotate(n=Count("*"))
    return sorted(rows, key=lambda row: (-row[1], row[0]))


# Nobody is left out of a mail that has left: its reasons are counted again only if their sum has changed.
_counted_once = lru_cache(maxsize=1_000)(_left_out)


def progress(message: Message, figures: Figures, now: datetime) -> dict[str, object]:
    """How fast it leaves and how long it still takes."""
    elapsed = (now - message.started_at).total_seconds() if message.started_at else 0
    rate = figures.gone / elapsed if elapsed > 1 else 0.0
    left = timedelta(seconds=figures.waiting / rate) if rate and figures.waiting else None
    return {
        "rate": rate * 60 if rate < 1 else rate,
        "rate_is_per_minute": rate < 1,
        "time_left": fmt.duration(left, get_language()) if left else "",
    }
