"""One history for all kinds of events, newest first, under the headings of their days (REC-07)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Literal

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from relance.insights.history import Told
from relance.lib import clock
from relance.mail.models import Interaction, Recipient
from relance.people.models import ConsentProof, Person, Suppression
from relance.web import format as fmt
from relance.web import words

Words = str | Promise
HITS: dict[str, tuple[str, str]] = {  # icon, tone
    Interaction.Kind.OPEN: ("mail-open", "accent"),
    Interaction.Kind.CLICK: ("mouse-pointer-click", "accent"),
    Interaction.Kind.FILE: ("paperclip", "accent"),
    Interaction.Kind.REPLY: ("reply", "good"),
    Interaction.Kind.AUTO_REPLY: ("bot", "machine"),
    Interaction.Kind.BOUNCE: ("mail-x", "bad"),
    Interaction.Kind.COMPLAINT: ("shield-ban", "bad"),
    Interaction.Kind.OPT_OUT: ("bell-off", "bad"),
    Interaction.Kind.OPT_IN: ("bell", "good"),
    Interaction.Kind.DELAY: ("hourglass", ""),
}
JUDGED = (Interaction.Kind.OPEN, Interaction.Kind.CLICK, Interaction.Kind.FILE)


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One interaction with a mail, as it is drawn."""

    at: datetime
    icon: str
    tone: str
    said: Words
    detail: str
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """One entry of the history: a mail that unfolds, or a plain event."""

    at: datetime
    icon: str
    tone: str = ""
    kind: Literal["mail", "event"] = "event"
    said: Words = ""
    detail: Words = ""
    copy: Recipient | None = None
    state: str = ""
    hits: tuple[Hit, ...] = field(default=())


@dataclass(frozen=True, kw_only=True)
class Day:
    """A heading and what happened that day."""

    heading: str
    lines: tuple[Line, ...]


def days(mails: Sequence[Told], events: Iterable[Line]) -> list[Day]:
    """Everything, newest first, by day."""
    lines = sorted([*(_mail(told) for told in mails), *events], key=lambda line: line.at, reverse=True)
    zone = timezone.get_current_timezone()
    today = clock.now().astimezone(zone).date()
    grouped = groupby(lines, key=lambda line: line.at.astimezone(zone).date())
    return [Day(heading=_heading(day, today), lines=tuple(many)) for day, many in grouped]


def _heading(day: date, today: date) -> str:
    """Today, Yesterday, Monday 16 November; with the year when it is another one."""
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    said = fmt.long_day(day, get_language())
    return said if day.year == today.year else f"{said} {day.year}"


def events(person: Person, proofs: Iterable[ConsentProof], lines: Iterable[Suppression]) -> list[Line]:
    """What happened apart from mail: she was added, agreed or refused, asked not to be written to."""
    told = [Line(at=person.created_at, icon=_icon(person), said=_("Added to Relance"), detail=person.source)]
    if person.converted_at:
        told.append(Line(at=person.converted_at, icon="arrow-right-left", said=_("Became a contact")))
    told += [_consent(proof) for proof in proofs]
    return told + [_wish(line) for line in lines]


def _icon(person: Person) -> str:
    return "sprout" if person.kind == Person.Kind.LEAD else "user-plus"


def _consent(proof: ConsentProof) -> Line:
    known = words.state(proof.state)
    said = {
        Person.Consent.GRANTED: _("Agreed to be followed"),
        Person.Consent.DENIED: _("Refused to be followed"),
    }.get(Person.Consent(proof.state), _("Consent no longer known"))
    return Line(
        at=proof.at, icon=known.icon, tone="good" if proof.state == "granted" else "", said=said, detail=proof.words
    )


def _wish(line: Suppression) -> Line:
    if line.scope == Suppression.Scope.INVALID:
        return Line(
            at=line.at, icon="mail-x", tone="bad", said=_("Address found dead"), detail=line.words or line.normal
        )
    said = _("Opted out: %(scope)s") % {"scope": line.get_scope_display()}
    detail = f"{line.get_route_display()} · {line.normal}"
    return Line(
        at=line.at, icon="bell-off", tone="bad", said=said, detail=f"{detail} · {line.words}" if line.words else detail
    )


def _mail(told: Told) -> Line:
    copy = told.copy
    links = {link["number"]: link for link in copy.message.content.links}
    hits = tuple(_hit(hit, links) for hit in told.hits)
    state = "" if copy.sent_at else copy.state
    return Line(
        at=copy.sent_at or copy.queued_at,
        icon="send",
        tone="accent" if copy.sent_at else "",
        kind="mail",
        said=told.subject,
        copy=copy,
        state=state,
        hits=hits,
    )


def _hit(hit: Interaction, links: dict[int, dict[str, str]]) -> Hit:
    icon, tone = HITS.get(hit.kind, ("circle-dot", ""))
    judged = hit.kind in JUDGED
    machine = judged and hit.verdict == Interaction.Verdict.MACHINE
    link = links.get(hit.link or 0)
    detail = f"{link['label']} {link['url']}".strip() if link else str(hit.detail.get("text", ""))
    return Hit(
        at=hit.at,
        icon="bot" if machine else icon,
        tone="machine" if machine else tone,
        said=_said(hit),
        detail=detail,
        verdict=hit.verdict if judged else "",
    )


def _said(hit: Interaction) -> Words:
    """*Opened* only for a person; *machine* never "opened" (DESIGN section 6)."""
    if hit.kind == Interaction.Kind.OPEN and hit.verdict == Interaction.Verdict.MACHINE:
        return _("Fetched by a machine")
    if hit.kind == Interaction.Kind.OPEN and hit.verdict == Interaction.Verdict.UNKNOWN:
        return _("Opened, perhaps")
    if hit.kind == Interaction.Kind.CLICK and hit.verdict == Interaction.Verdict.MACHINE:
        return _("Link followed by a machine")
    return hit.get_kind_display()
