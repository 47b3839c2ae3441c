"""The words, icons and tones that pages use for states and for distances in time (DESIGN sections 4 and 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from relance.web import fil as threads
from relance.web import format as fmt


@dataclass(frozen=True)
class State:
    """One word of state: the icon beside it, the word, and its tone (a class of `.state` and `.chip`)."""

    icon: str
    word: str | Promise
    tone: str = ""


STATES: dict[str, State] = {
    # An address
    "valid": State("circle-check", pgettext_lazy("address", "valid"), "good"),
    "primary": State("circle-check", pgettext_lazy("address", "primary"), "good"),
    "invalid": State("circle-x", pgettext_lazy("address", "invalid"), "bad"),
    "hard_bounced": State("mail-x", pgettext_lazy("address", "bounced"), "bad"),
    "bounced": State("mail-x", pgettext_lazy("mail", "bounced"), "bad"),
    "opted_out": State("bell-off", pgettext_lazy("person", "opted out"), "warn"),
    "complained": State("shield-ban", pgettext_lazy("person", "complained"), "bad"),
    "no_address": State("at-sign", pgettext_lazy("person", "no address")),
    # Consent to tracking
    "granted": State("shield-check", pgettext_lazy("consent", "granted"), "good"),
    "denied": State("eye-off", pgettext_lazy("consent", "denied")),
    "unknown": State("circle-question-mark", pgettext_lazy("state", "unknown"), "warn"),
    # A mail on its way
    "draft": State("file-pen-line", pgettext_lazy("mail", "draft")),
    "scheduled": State("clock", pgettext_lazy("mail", "scheduled")),
    "queued": State("clock", pgettext_lazy("mail", "waiting")),
    "leased": State("loader-circle", pgettext_lazy("mail", "leaving"), "accent"),
    "in_data": State("loader-circle", pgettext_lazy("mail", "leaving"), "accent"),
    "sending": State("loader-circle", pgettext_lazy("mail", "sending"), "accent"),
    "running": State("loader-circle", pgettext_lazy("work", "running"), "accent"),
    "sent": State("send", pgettext_lazy("mail", "sent"), "accent"),
    "deferred": State("hourglass", pgettext_lazy("mail", "put off"), "warn"),
    "failed": State("circle-alert", pgettext_lazy("work", "failed"), "bad"),
    "paused": State("circle-pause", pgettext_lazy("work", "paused"), "warn"),
    "stopped": State("circle-slash", pgettext_lazy("work", "stopped"), "warn"),
    "cancelled": State("circle-slash", pgettext_lazy("mail", "cancelled")),
    "refused": State("circle-slash", pgettext_lazy("mail", "left out"), "warn"),
    "left_out": State("circle-slash", pgettext_lazy("mail", "left out"), "warn"),
    "finished": State("circle-check", pgettext_lazy("work", "finished"), "good"),
    "done": State("circle-check", pgettext_lazy("mail", "sent"), "good"),
    "waiting": State("clock", pgettext_lazy("work", "waiting")),
    "preparing": State("loader-circle", pgettext_lazy("mail", "being prepared"), "accent"),
    "launched": State("send", pgettext_lazy("mail", "launched"), "accent"),
    "late": State("alarm-clock", pgettext_lazy("mail", "late, asks first"), "warn"),
    # What the reader did
    "opened": State("mail-open", pgettext_lazy("mail", "opened"), "accent"),
    "clicked": State("mouse-pointer-click", pgettext_lazy("mail", "clicked"), "accent"),
    "replied": State("reply", pgettext_lazy("mail", "replied"), "accent"),
    "not_opened": State("mail", pgettext_lazy("mail", "not opened yet")),
    "not_tracked": State("eye-off", pgettext_lazy("mail", "not tracked")),
    # A lead
    "new": State("sparkle", pgettext_lazy("lead", "new")),
    "qualified": State("circle-check", pgettext_lazy("lead", "qualified"), "good"),
    "lost": State("circle-slash", pgettext_lazy("lead", "lost")),
    "converted": State("arrow-right-left", pgettext_lazy("lead", "converted"), "good"),
    # A deal
    "deal_open": State("circle-dot", pgettext_lazy("deal", "open")),
    "deal_won": State("trophy", pgettext_lazy("deal", "won"), "good"),
    "deal_lost": State("circle-x", pgettext_lazy("deal", "lost"), "bad"),
    # An import
    "import_mapping": State("file-pen-line", pgettext_lazy("import", "being prepared")),
    "import_checking": State("loader-circle", pgettext_lazy("import", "being checked"), "accent"),
    "import_checked": State("list-checks", pgettext_lazy("import", "ready"), "accent"),
    "import_running": State("loader-circle", pgettext_lazy("import", "running"), "accent"),
    "import_done": State("circle-check", pgettext_lazy("import", "finished"), "good"),
    "import_failed": State("circle-alert", pgettext_lazy("import", "interrupted"), "bad"),
    "import_cancelled": State("circle-slash", pgettext_lazy("import", "cancelled")),
    "import_undone": State("undo-2", pgettext_lazy("import", "undone")),
    # What becomes of a row
    "row_create": State("user-plus", pgettext_lazy("row", "new"), "good"),
    "row_update": State("pencil", pgettext_lazy("row", "updated"), "accent"),
    "row_skip": State("circle-slash", pgettext_lazy("row", "skipped")),
    "row_reject": State("circle-x", pgettext_lazy("row", "rejected"), "bad"),
    # A connection
    "connected": State("plug-zap", pgettext_lazy("relay", "connected"), "good"),
    "untested": State("circle-dashed", pgettext_lazy("relay", "not tested yet")),
    "working": State("circle-check", pgettext_lazy("relay", "works"), "good"),
    "broken": State("plug", pgettext_lazy("relay", "broken"), "bad"),
}

VERDICTS: dict[str, State] = {
    "human": State("user", pgettext_lazy("verdict", "Human")),
    "machine": State("bot", pgettext_lazy("verdict", "Machine")),
    "unknown": State("circle-question-mark", pgettext_lazy("verdict", "Unknown")),
}


def state(key: str) -> State:
    """The word of a state; one that nobody named yet is shown as it is written."""
    return STATES.get(key) or State("circle-dot", key.replace("_", " "))


def ago(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """A moment told as people do: relative up to seven days, then by its date; in the language of the page."""
    told = fmt.distance(moment, now, zone)
    match told.unit:
        case fmt.Unit.NOW:
            return _("just now")
        case fmt.Unit.MINUTES:
            return _minutes(told)
        case fmt.Unit.HOURS:
            return _hours(told)
        case fmt.Unit.YESTERDAY:
            return _("yesterday")
        case fmt.Unit.TOMORROW:
            return _("tomorrow, %(time)s") % {"time": fmt.clock_time(moment, zone)}
        case fmt.Unit.DAYS:
            return _days(told)
        case fmt.Unit.DATE:
            today = now.astimezone(zone).date()
            return fmt.short_date(moment.astimezone(zone).date(), get_language(), today)


def _minutes(told: fmt.Distance) -> str:
    if told.ahead:
        return ngettext("in %(count)d min", "in %(count)d min", told.count) % {"count": told.count}
    return ngettext("%(count)d min ago", "%(count)d min ago", told.count) % {"count": told.count}


def _hours(told: fmt.Distance) -> str:
    if told.ahead:
        return ngettext("in %(count)d h", "in %(count)d h", told.count) % {"count": told.count}
    return ngettext("%(count)d h ago", "%(count)d h ago", told.count) % {"count": told.count}


def _days(told: fmt.Distance) -> str:
    if told.ahead:
        return ngettext("in %(count)d day", "in %(count)d days", told.count) % {"count": told.count}
    return ngettext("%(count)d day ago", "%(count)d days ago", told.count) % {"count": told.count}


STAGES: dict[threads.Stage, str] = {
    threads.Stage.SENT: "send",
    threads.Stage.SCHEDULED: "clock",
    threads.Stage.WAITING: "clock",
    threads.Stage.REFUSED: "circle-slash",
    threads.Stage.FAILED: "circle-alert",
    threads.Stage.UNKNOWN: "circle-question-mark",
    threads.Stage.BOUNCED: "x",
    threads.Stage.OPENED: "mail-open",
    threads.Stage.MACHINE: "bot",
    threads.Stage.NOT_TRACKED: "eye-off",
    threads.Stage.CLICKED: "mouse-pointer-click",
    threads.Stage.REPLIED: "reply",
}


def stage_word(node: threads.Node) -> str:
    """The word under a node of a thread, and in the sentence that stands for a small one."""
    todo = node.kind is threads.Kind.TODO
    match node.stage:
        case threads.Stage.SENT:
            return pgettext("one mail", "Sent")
        case threads.Stage.SCHEDULED:
            return pgettext("one mail", "Scheduled")
        case threads.Stage.WAITING:
            return _("Not sent yet")
        case threads.Stage.REFUSED:
            return pgettext("one mail", "Left out")
        case threads.Stage.FAILED:
            return pgettext("one mail", "Failed")
        case threads.Stage.UNKNOWN:
            return _("Outcome unknown")
        case threads.Stage.BOUNCED:
            return pgettext("one mail", "Bounced")
        case threads.Stage.OPENED:
            return pgettext("one mail", "Not opened") if todo else pgettext("one mail", "Opened")
        case threads.Stage.MACHINE:
            return _("Machine only")
        case threads.Stage.NOT_TRACKED:
            return pgettext("one mail", "Not tracked")
        case threads.Stage.CLICKED:
            return pgettext("one mail", "Not clicked") if todo else pgettext("one mail", "Clicked")
        case threads.Stage.REPLIED:
            return _("No reply") if todo else pgettext("one mail", "Replied")


def sentence(nodes: tuple[threads.Node, ...]) -> str:
    """What a thread tells, in words: what happened, and the first thing that did not."""
    done = [stage_word(node) for node in nodes if node.kind is not threads.Kind.TODO]
    todo = [stage_word(node) for node in nodes if node.kind is threads.Kind.TODO]
    said = [*done, *todo[:1]]
    return ", ".join([said[0], *map(noun, said[1:])])


def noun(name: str) -> str:
    """A name inside a sentence: without its capital, unless it is written in capitals."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]
