"""How deals are told: the words of their state, their last sign, the day of their close, the steps of their way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from relance.deals.models import Deal, StageMove
from relance.deals.rules import Place, Pulse, Sign, State, Step, step
from relance.lib.figures import money
from relance.web import format as fmt
from relance.web import words
from relance.web.words import State as Word

SOON = timedelta(days=1)
ICONS: dict[Sign, tuple[str, str]] = {
    Sign.NEW: ("sparkle", "hot"),
    Sign.ADDED: ("plus", ""),
    Sign.TOUCHED: ("pencil", ""),
    Sign.SENT: ("send", ""),
    Sign.OPENED: ("mail-open", "accent"),
    Sign.CLICKED: ("mouse-pointer-click", "accent"),
    Sign.REPLIED: ("reply", "accent"),
    Sign.BOUNCED: ("mail-x", "bad"),
}


@dataclass(frozen=True, kw_only=True)
class Close:
    """The day of the expected close: as a card shows it, with its tone, and in words for whoever cannot see that."""

    day: str
    tone: str = ""
    told: str = ""


def pulse_word(pulse: Pulse, now: datetime, zone: tzinfo) -> Word:
    """The last line of a card."""
    if pulse.quiet:
        told = ngettext("quiet for %(count)d day", "quiet for %(count)d days", pulse.quiet) % {"count": pulse.quiet}
        return Word("hourglass", told, "warn")
    icon, tone = ICONS[pulse.sign]
    return Word(icon, _sign(pulse.sign) % {"ago": words.ago(pulse.at, now, zone)}, tone)


def _sign(sign: Sign) -> str:
    match sign:
        case Sign.NEW:
            return pgettext("deal", "new, %(ago)s")
        case Sign.ADDED:
            return pgettext("deal", "added %(ago)s")
        case Sign.TOUCHED:
            return pgettext("deal", "changed %(ago)s")
        case Sign.SENT:
            return pgettext("deal", "written to %(ago)s")
        case Sign.OPENED:
            return pgettext("deal", "opened %(ago)s")
        case Sign.CLICKED:
            return pgettext("deal", "clicked %(ago)s")
        case Sign.REPLIED:
            return pgettext("deal", "replied %(ago)s")
        case Sign.BOUNCED:
            return pgettext("deal", "bounced %(ago)s")


def close_of(deal: Deal, today: date) -> Close:
    """The expected close of a deal: today, tomorrow and what is past stand out while it is open."""
    day = deal.close_date
    if day is None:
        return Close(day="")
    plain = fmt.short_date(day, get_language(), today)
    if deal.state != Deal.State.OPEN:
        return Close(day=plain)
    if day < today:
        late = (today - day).days
        told = ngettext("%(count)d day late", "%(count)d days late", late) % {"count": late}
        return Close(day=plain, tone="bad", told=told)
    if day - today <= SOON:
        near = pgettext("day", "today") if day == today else pgettext("day", "tomorrow")
        return Close(day=near, tone="hot", told=plain)
    days = (day - today).days
    return Close(day=plain, told=ngettext("in %(count)d day", "in %(count)d days", days) % {"count": days})


def worth(amount: Decimal, currency: str) -> str:
    """A sum as the reader writes it."""
    return money(amount, currency, get_language())


def moved(move: StageMove) -> str:
    """What a step of the way means."""
    source = _place(move, "source")
    match step(source, _place(move, "target") or Place(pipeline=0, position=0, state=State.OPEN)):
        case Step.MADE:
            return _("Created in %(stage)s") % {"stage": move.target}
        case Step.WON:
            return pgettext("deal", "Won")
        case Step.LOST:
            return pgettext("deal", "Lost")
        case Step.REOPENED:
            return _("Opened again in %(stage)s") % {"stage": move.target}
        case Step.BACK:
            return _("Back to %(stage)s") % {"stage": move.target}
        case _:
            return _("To %(stage)s") % {"stage": move.target}


def _place(move: StageMove, end: str) -> Place | None:
    stage = move.source if end == "source" else move.target
    if stage is None:
        return None
    return Place(pipeline=stage.pipeline_id, position=stage.position, state=State(stage.kind))
