"""Changes, wishes, consent and the steps of deals as lines of a history."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from relance.deals.models import StageMove
from relance.people.models import Account, ConsentProof, Person, Suppression
from relance.records.history import Entry
from relance.records.models import Change
from relance.team.models import User
from relance.web import words
from relance.web.change_words import ACTS, Reading, by_whom, said
from relance.web.templatetags.leading import url_or_nothing
from relance.web.timeline import Draw, Line
from relance.webforms.models import Submission

SHOWN = 4
SAYS_ITSELF = (Change.Act.ADDED, Change.Act.DELETED)


def change_lines(entries: Sequence[Entry], user: User) -> Draw:
    """How to draw the lines of the audit among these entries."""
    lines = [entry.fact for entry in entries if isinstance(entry.fact, Change)]
    reading = Reading.of(lines, user)
    return lambda entry: _change(entry.fact, reading)


def _change(line: Change, reading: Reading) -> Line:
    icon, tone = ACTS.get(line.act, ("pencil", ""))
    found = () if line.act in SAYS_ITSELF else reading.differences(line)
    more = len(found) - SHOWN
    detail = ngettext("and %(count)s other field", "and %(count)s other fields", more) % {"count": more}
    return Line(
        at=line.at, icon=icon, tone=tone, said=said(line), rest=by_whom(line), differences=found[:SHOWN],
        detail=detail if more > 0 else "",
    )  # fmt: skip


def added(entry: Entry) -> Line:
    """A record that was there before the audit, or came with a file."""
    row: Person | Account = entry.fact
    source = row.source if isinstance(row, Person) else ""
    icon = "building-2" if isinstance(row, Account) else "sprout" if row.kind == Person.Kind.LEAD else "user-plus"
    return Line(at=entry.at, icon=icon, said=_("Added to Relance"), detail=source)


def consent(entry: Entry) -> Line:
    """A change of consent, with the words."""
    proof: ConsentProof = entry.fact
    known = words.state(proof.state)
    told = {
        Person.Consent.GRANTED: _("Agreed to be followed"),
        Person.Consent.DENIED: _("Refused to be followed"),
    }.get(Person.Consent(proof.state), _("Consent no longer known"))
    tone = "good" if proof.state == Person.Consent.GRANTED else ""
    return Line(at=proof.at, icon=known.icon, tone=tone, said=told, detail=proof.words)


def wish(entry: Entry) -> Line:
    """A line of the ledger."""
    line: Suppression = entry.fact
    if line.scope == Suppression.Scope.INVALID:
        return Line(
            at=line.at, icon="mail-x", tone="bad", said=_("Address found dead"), detail=line.words or line.normal
        )
    told = _("Opted out: %(scope)s") % {"scope": line.get_scope_display()}
    detail = f"{line.get_route_display()} · {line.normal}"
    return Line(
        at=line.at, icon="bell-off", tone="bad", said=told, detail=f"{detail} · {line.said}" if line.said else detail
    )


def move(entry: Entry) -> Line:
    """A step of a deal."""
    step: StageMove = entry.fact
    icon, tone = {"won": ("trophy", "good"), "lost": ("circle-slash", "bad")}.get(step.state, ("square-kanban", ""))
    places = {"before": step.source, "after": step.target}
    told = _("from %(before)s to %(after)s") % places if step.source else _("begins in %(after)s") % places
    who = step.by.name if step.by else ""
    href = url_or_nothing("deal", step.deal_id)
    return Line(at=entry.at, icon=icon, tone=tone, said=step.deal.name, rest=told, href=href, detail=who)


def form(entry: Entry) -> Line:
    """What somebody sent by a form of one's site."""
    row: Submission = entry.fact
    text = row.written.get("note", "")
    return Line(
        at=entry.at, icon="square-mouse-pointer", tone="good", said=_("Filled in a form of your site"),
        rest=row.form.name, text=text if isinstance(text, str) else "",
    )  # fmt: skip


DRAWN = {"added": added, "consent": consent, "wish": wish, "move": move, "form": form}
