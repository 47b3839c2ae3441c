"""The hour of a mail as the composer says it: by both clocks, what is proposed and why, the habit (ENG-04)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, tzinfo

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from relance.lib import zones
from relance.lib.whereabouts import Source
from relance.mail.writing.advice import Advice
from relance.mail.writing.timing import Reason
from relance.team.models import User
from relance.web import charts
from relance.web import format as fmt

SOURCES: Mapping[Source, str | Promise] = {
    Source.FIELD: _("The zone is on the contact’s page."),
    Source.ACCOUNT: _("The zone is that of the account’s country."),
    Source.COUNTRY: _("The zone is that of the contact’s country."),
    Source.PHONE: _("The zone is guessed from the telephone number."),
    Source.SENDER: _("Nothing tells the zone: it is taken to be yours."),
}


@dataclass(frozen=True, kw_only=True)
class Hour:
    """When it leaves as things stand, by both clocks, and what is proposed."""

    advice: Advice
    user: User
    now: datetime
    is_chosen: bool

    @property
    def at(self) -> datetime:
        """The moment that is proposed."""
        return self.advice.proposal.at

    @property
    def mine(self) -> tuple[str, str]:
        """The hour and the day at which it leaves, by the writer's clock."""
        return _told(self.advice.chosen_at, zones.zone(self.user.time_zone))

    @property
    def theirs(self) -> tuple[str, str]:
        """By the recipient's."""
        return _told(self.advice.chosen_at, self.advice.found.zone)

    @property
    def place(self) -> str:
        """Whose clock that is."""
        words = {"who": self.who, "place": self.advice.found.name.rpartition("/")[2].replace("_", " ")}
        return gettext("for %(who)s, %(place)s") % words

    @property
    def who(self) -> str:
        """The recipient."""
        return self.advice.recipient.name or self.advice.recipient.typed.email

    @property
    def proposed(self) -> str:
        """The proposal by both clocks, where the mail would leave at another moment."""
        if self.advice.chosen_at == self.at:
            return ""
        here, there = _said(self.at, zones.zone(self.user.time_zone)), _said(self.at, self.advice.found.zone)
        if here == there:
            return gettext("Advised: %(at)s.") % {"at": here}
        return gettext("Advised: %(at)s, that is %(there)s there.") % {"at": here, "there": there}

    @property
    def why(self) -> str:
        """The reason of the proposal, and what told the zone."""
        proposal = self.advice.proposal
        if proposal.reason is Reason.HABIT:
            said = ngettext(
                "From %(count)d opening and the working hours.", "From %(count)d openings and the working hours.",
                proposal.openings,
            ) % {"count": proposal.openings}  # fmt: skip
        elif proposal.reason is Reason.NOW:
            said = gettext("Working hours there: now is as good as any.")
        else:
            said = gettext("The next working hours there.")
        return f"{said} {SOURCES[self.advice.found.source]}"

    @property
    def warning(self) -> str:
        """That the hour at which it leaves lies outside the recipient's work."""
        if not self.advice.is_outside:
            return ""
        at = _said(self.advice.chosen_at, self.advice.found.zone)
        return gettext("It would arrive outside working hours: %(at)s there.") % {"at": at}

    @property
    def drawing(self) -> charts.Day | None:
        """The recipient's openings by the hour of her clock, before her working hours; nothing before the first."""
        if not self.advice.opens:
            return None
        counts, work = self._by_hour(), self.advice.work
        best = self.at.astimezone(self.advice.found.zone).hour if self._is_habit else None
        return charts.day(
            [counts[hour] for hour in range(24)], opens=_hours(work.opens), closes=_hours(work.closes), best=best
        )

    @property
    def habit(self) -> str:
        """The same in words."""
        told = {"who": self.who, "count": len(self.advice.opens), "hour": self._by_hour().most_common(1)[0][0]}
        said = ngettext(
            "%(count)d opening by %(who)s, at %(hour)d o’clock.",
            "%(count)d openings by %(who)s, most of them from %(hour)d o’clock on.", len(self.advice.opens),
        ) % told  # fmt: skip
        hours = {"opens": f"{self.advice.work.opens:%H:%M}", "closes": f"{self.advice.work.closes:%H:%M}"}
        work = gettext("Working hours: %(opens)s to %(closes)s.") % hours
        return f"{said} {work}"

    @property
    def _is_habit(self) -> bool:
        return self.advice.proposal.reason is Reason.HABIT

    def _by_hour(self) -> Counter[int]:
        return Counter(at.astimezone(self.advice.found.zone).hour for at in self.advice.opens)


def _hours(at: time) -> float:
    return at.hour + at.minute / 60


def _told(at: datetime, zone: tzinfo) -> tuple[str, str]:
    return fmt.clock_time(at, zone), fmt.day_name(at.astimezone(zone).date(), get_language())


def _said(at: datetime, zone: tzinfo) -> str:
    return f"{fmt.long_day(at.astimezone(zone).date(), get_language())}, {fmt.clock_time(at, zone)}"
