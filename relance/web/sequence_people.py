"""The people of a sequence as its page lists them: how each stands, her last mail, and what comes next (SEQ-11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.mail.models import Recipient
from relance.sequences.models import Enrolment, Step, StepRun

State, Reason, Waits = Enrolment.State, Enrolment.Reason, Enrolment.Waits


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A word with its icon; `tone` is the class of its colour."""

    word: str | Promise
    icon: str
    tone: str = ""


REASONS = {
    Reason.COMPLETED: ("flag", ""),
    Reason.REPLIED: ("reply", "good"),
    Reason.COLLEAGUE: ("users", ""),
    Reason.CONVERTED: ("arrow-right-left", "good"),
    Reason.OPTED_OUT: ("bell-off", "warn"),
    Reason.BOUNCED: ("mail-x", "bad"),
    Reason.GONE: ("trash-2", ""),
    Reason.REMOVED: ("hand", ""),
    Reason.DELETED: ("trash-2", ""),
    Reason.NO_ADDRESS: ("at-sign", "warn"),
    Reason.BY_HAND: ("circle-pause", ""),
    Reason.AWAY: ("clock-fading", "warn"),
    Reason.MAILBOX: ("plug-zap", "bad"),
    Reason.SENDER: ("user", "bad"),
    Reason.FAILED: ("mail-x", "bad"),
    Reason.TASK: ("circle-slash", "warn"),
    Reason.TEMPLATE: ("triangle-alert", "bad"),
}
WAITS = {
    Waits.TIME: Mark(word=pgettext_lazy("enrolment", "Waiting"), icon="clock"),
    Waits.MAIL: Mark(word=pgettext_lazy("enrolment", "Mail on its way"), icon="send", tone="accent"),
    Waits.TASK: Mark(word=pgettext_lazy("enrolment", "Task open"), icon="square-check-big", tone="accent"),
}
STEPS: dict[str, Mark] = {
    Step.Kind.MAIL: Mark(word=Step.Kind.MAIL.label, icon="mail"),
    Step.Kind.TASK: Mark(word=Step.Kind.TASK.label, icon="square-check-big"),
}
RESUMES = Mark(word=pgettext_lazy("enrolment", "Goes on by itself"), icon="play")
GOES_ON: dict[str, Promise] = {
    Waits.MAIL: _("when the mail has left"),
    Waits.TASK: _("when the task is done"),
    Reason.MAILBOX: _("when the mailbox is back"),
}
SOMEBODY = _("when somebody resumes it")


@dataclass(frozen=True, kw_only=True)
class Coming:
    """What comes next and when, or until what somebody waits."""

    mark: Mark | None = None
    at: datetime | None = None
    until: str | Promise = ""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One enrolment with what its line shows."""

    row: Enrolment
    mark: Mark
    steps: int
    copy: Recipient | None
    coming: Coming


def mark_of(reason: str) -> Mark:
    """Why somebody left or is paused."""
    known = Reason(reason)
    icon, tone = REASONS[known]
    return Mark(word=known.label, icon=icon, tone=tone)


def standing(row: Enrolment) -> Mark:
    """How somebody stands."""
    if row.reason:
        return mark_of(row.reason)
    if row.state == State.ACTIVE:
        return WAITS[Waits(row.waits)]
    return Mark(word=row.get_state_display(), icon="circle-dot")


def listed(rows: Iterable[Enrolment]) -> list[Listed]:
    """The lines of a page; three queries."""
    many = list(rows)
    steps = Step.objects.filter(version__in={row.version_id for row in many})
    kinds = {(version, at): kind for version, at, kind in steps.values_list("version_id", "position", "kind")}
    lengths = Counter(version for version, _position in kinds)
    copies = _last_copies(many)
    return [
        Listed(
            row=row, mark=standing(row), steps=lengths[row.version_id], copy=copies.get(row.pk),
            coming=coming(row, kinds.get((row.version_id, row.position), "")),
        )
        for row in many
    ]  # fmt: skip


def coming(row: Enrolment, kind: str) -> Coming:
    """What comes next for somebody whose next step is of this kind; of who has left, when."""
    if row.ended_at:
        return Coming(at=row.ended_at)
    if row.resumes_at:
        return Coming(mark=RESUMES, at=row.resumes_at)
    if row.state == State.PAUSED:
        return Coming(until=GOES_ON.get(row.reason, SOMEBODY))
    if row.waits:
        return Coming(until=GOES_ON[row.waits])
    return Coming(mark=STEPS.get(kind), at=row.due_at)


def _last_copies(rows: Iterable[Enrolment]) -> dict[int, Recipient]:
    """The last mail that the sequence sent to each, by enrolment."""
    runs = StepRun.objects.filter(enrolment__in=[row.pk for row in rows], message__isnull=False).order_by("at", "pk")
    last = dict(runs.values_list("enrolment_id", "message_id"))
    copies = {copy.message_id: copy for copy in Recipient.objects.filter(message__in=last.values())}
    return {enrolment: copies[message] for enrolment, message in last.items() if message in copies}
