"""Today: what to do first, what just happened, what is leaving."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from relance.agenda import assistant
from relance.agenda.assistant import Card
from relance.agenda.due import until_tonight
from relance.campaigns import unknown
from relance.campaigns.models import MassMail
from relance.campaigns.words import why
from relance.lib import clock
from relance.mail import holds, mailboxes
from relance.mail.models import Mailbox, Message, Template
from relance.mail.tracking import news as latest_news
from relance.people.models import Person
from relance.sequences import attention
from relance.team.models import User
from relance.web.agenda_rows import Item as AgendaItem
from relance.web.agenda_rows import by_due, items_of
from relance.web.signed_in import user_of
from relance.webhooks.models import Webhook

RECENT = timedelta(days=14)
WEEK = timedelta(days=7)
FRESH = timedelta(minutes=1)
DUE = 12
SHOWN = 10


def page(request: HttpRequest) -> HttpResponse:
    """The home page."""
    return render(request, "today/page.html", _known(user_of(request), clock.now()))


def news(request: HttpRequest) -> HttpResponse:
    """The same without its frame, fetched again when something happens."""
    return render(request, "today/news.html", _known(user_of(request), clock.now()))


def _known(user: User, now: datetime) -> dict[str, object]:
    mails = list(_mails(user))
    own = [mail for mail in mails if mail.responder_id is None]
    launched = {mail.message_id: mail for mail in mails if mail.message_id}
    told = latest_news.latest([key for key in launched if key], since=now - RECENT)
    items = [Item(piece=piece, mail=launched[piece.message_id], now=now) for piece in told]
    hold = holds.standing()
    waiting = (mail for mail in mails if mail.status in ("paused", "late"))
    urgent = next((mail for mail in waiting if hold is None or not holds.is_held(mail.message)), None)
    cards = _cards(user, now)
    return {
        "cards": cards,
        "has_cards": any(cards.values()),
        "hold": hold,
        "asked": unknown.asking(user, now=now),
        "stuck": attention.stuck(user),
        "webhooks": list(Webhook.objects.given_up()[:SHOWN]) if user.is_administrator else [],
        "steps": first_steps(user),
        "urgent": urgent,
        "urgent_why": why(urgent) if urgent else "",
        "replies": [item for item in items if item.piece.kind == "reply"][:6],
        "readings": [item for item in items if item.piece.kind in ("open", "click")][:8],
        "repairs": [item for item in items if item.piece.kind in ("bounce", "complaint", "opt_out")][:6],
        "leaving": [mail for mail in own if mail.status in ("preparing", "sending")],
        "scheduled": [mail for mail in own if mail.status == MassMail.State.SCHEDULED],
        "due": due(user, now),
        "week": week(user, now),
        "live_topics": ["today", *(f"message:{mail.message_id}" for mail in mails[:5] if mail.message_id)],
    }


def _cards(user: User, now: datetime) -> dict[str, list[Card]]:
    """The Assistant's cards by where they stand; tasks and calls have their own place."""
    found: dict[str, list[Card]] = {"reminder": [], "replied": [], "opened": [], "repair": []}
    for card in assistant.cards(user, now=now, to_do=False):
        found[card.kind.value if card.kind in found else "repair"].append(card)
    return {place: cards[:SHOWN] for place, cards in found.items()}


def _mails(user: User) -> list[MassMail]:
    """The mass mails of which Today speaks: the last ones, whoever wrote them."""
    rows = MassMail.objects.visible_to(user).exclude(state=MassMail.State.DRAFT).select_related("message")
    return list(rows.order_by("-updated_at", "-id")[:15])


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of what just happened."""

    piece: latest_news.Piece
    mail: MassMail
    now: datetime

    @property
    def is_fresh(self) -> bool:
        """Whether it has just happened: it is highlighted for a minute, and no longer (DESIGN 5)."""
        return self.now - self.piece.at < FRESH


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to do before the first mail can leave."""

    title: str
    why: str
    act: str
    icon: str
    url_names: tuple[str, ...]
    done: bool
    is_next: bool = False
    broken: str = ""
    """Why what was done already does not work, in one sentence."""


def first_steps(user: User) -> list[Step]:
    """What is to be done before a first mail leaves, the next one marked; empty once it has left."""
    if Message.objects.filter(sent__gt=0).exists():
        return []
    steps = [_connecting(user), *_steps()]
    following = next(number for number, step in enumerate(steps) if not step.done)
    return [replace(step, is_next=number == following) for number, step in enumerate(steps)]


def _connecting(user: User) -> Step:
    """A server that was connected and does not answer is not done: it says why, and leads to its mailbox."""
    title, default = _("Connect the server that sends your mail"), mailboxes.default_mailbox(user)
    if default is not None and default.state == Mailbox.State.BROKEN:
        return Step(
            title=title, why=default.address, act=_("Open the mailboxes"), icon="plug",
            url_names=("settings-mailboxes", "settings"), done=False, broken=mailboxes.state_sentence(default),
        )  # fmt: skip
    return Step(
        title=title,
        why=_("An SMTP relay: a test says in one sentence whether it works."),
        act=_("Connect a server"),
        icon="plug-zap",
        url_names=("settings-mailbox-new", "settings-mailboxes", "settings"),
        done=default is not None or Mailbox.objects.filter(is_active=True).exists(),
    )


def _steps() -> list[Step]:
    return [
        Step(
            title=_("Import the people you write to"),
            why=_("A CSV or XLSX file; you see what becomes of each row before anything is saved."),
            act=_("Import a file"),
            icon="upload",
            url_names=("import-new", "imports"),
            done=Person.objects.exists(),
        ),
        Step(
            title=_("Write a template"),
            why=_("A text with fields such as the first name, looked at on a real person."),
            act=_("Write a template"),
            icon="file-pen-line",
            url_names=("template-new", "templates"),
            done=Template.objects.filter(archived_at=None).exists(),
        ),
        Step(
            title=_("Send your first mass mail"),
            why=_("You see who receives it and who is left out, and why, before it leaves."),
            act=_("Write a mass mail"),
            icon="mails",
            url_names=("mass-mail-new", "mass-mails"),
            done=False,
        ),
    ]


def due(user: User, now: datetime) -> list[AgendaItem]:
    """One's open tasks and calls until tonight, the most overdue first."""
    tasks, calls = until_tonight(user, now=now)
    found = by_due(items_of("task", tasks[:DUE], user=user, now=now), items_of("call", calls[:DUE], user=user, now=now))
    return found[:DUE]


def week(user: User, now: datetime) -> dict[str, int]:
    """What this colleague's mails of the last seven days became, from the counts that stand on them."""
    sums = Message.objects.filter(sender=user, started_at__gt=now - WEEK).aggregate(
        sent=Sum("sent"), opened=Sum("opened"), replied=Sum("replied"), late=Sum("bounced_late"),
        untracked=Sum("untracked_opens"), clicked=Sum("clicked"),
    )  # fmt: skip
    counted = {name: value or 0 for name, value in sums.items()}
    return {**counted, "tracked": counted["sent"] - counted["late"] - counted["untracked"]}
