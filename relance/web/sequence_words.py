"""What was decided of somebody in a sequence, in sentences: the answer to *why?*"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from relance.sequences.models import Enrolment, Trace
from relance.web import format as fmt

REASONS = dict(Enrolment.Reason.choices)


def sentence(trace: Trace) -> str:
    """One decision, with its reason."""
    told = {
        **{key: str(value) for key, value in trace.detail.items()},
        "when": _moment(trace.detail.get("due") or trace.detail.get("until")),
        "reason": reason_words(str(trace.detail.get("reason", ""))),
    }
    match trace.what:
        case "enrolled":
            return _("Enrolled by %(by)s in version %(version)s; the first step is due %(when)s.") % told
        case "sent":
            return _("Mail of the step “%(step)s” given to the dispatcher, to %(to)s (zone %(zone)s).") % told
        case "task":
            return _("Task “%(step)s” made, to be done by %(when)s. The next step waits for it.") % told
        case "next":
            return _("The step before is done: “%(step)s” is due %(when)s.") % told
        case "moved":
            return _("Went over to version %(version)s.") % told
        case "postponed":
            return _postponed(str(trace.detail.get("why"))) % told
        case "paused":
            return (_("Paused: %(reason)s, until %(when)s.") if told["when"] else _("Paused: %(reason)s.")) % told
        case "resumed":
            return _("Goes on.")
        case "skipped":
            return _("The step “%(step)s” was left out.") % told
        case _:
            return _("Ended: %(reason)s.") % told


def _postponed(why: str) -> str:
    return {
        "limit": _("The mailbox has sent enough for now: put off to %(when)s."),
        "pressure": _("Another automatic mail was sent a short time ago: put off to %(when)s."),
        "company": _("Another program has just written to the same company: put off to %(when)s."),
        "crashed": _("It failed here, and that was noted: tried again %(when)s."),
        "parent": _("Nobody knows yet whether the mail that it answers has left: asked again %(when)s."),
    }.get(why, _("Too late for that hour, or a day off: put off to %(when)s."))


def reason_words(reason: str) -> str:
    """Why it ended or is paused."""
    return str(REASONS.get(reason, reason))


def _moment(told: object) -> str:
    if not told:
        return ""
    at = datetime.fromisoformat(str(told))
    return fmt.moment(at, get_language(), timezone.get_current_timezone())
