"""The verbs of mass mail in one place: drafts, launching, preparing, halting (MASS-01 to MASS-09)."""

from relance.campaigns.drafts import (
    FIELDS,
    MassMailDraft,
    StillSending,
    copy_mass_mail,
    delete_mass_mail,
    draft_mass_mail,
    edit_mass_mail,
    open_for_edit,
)
from relance.campaigns.halting import CannotPause, CannotResume, CannotStop, pause, resume, stop
from relance.campaigns.holding import AlreadyLaunched, may_delete, require_right
from relance.campaigns.launching import (
    HourFull,
    InThePast,
    NotReady,
    TooManyStarts,
    launch,
    next_start,
    schedule,
    start_due,
    taken,
)
from relance.campaigns.preparing import PREPARE, QUEUE, prepare, prepare_forgotten

__all__ = [
    "FIELDS", "PREPARE", "QUEUE", "AlreadyLaunched", "CannotPause", "CannotResume", "CannotStop", "HourFull",
    "InThePast", "MassMailDraft", "NotReady", "StillSending", "TooManyStarts", "copy_mass_mail", "delete_mass_mail",
    "draft_mass_mail", "edit_mass_mail", "launch", "may_delete", "next_start", "open_for_edit", "pause", "prepare",
    "prepare_forgotten", "require_right", "resume", "schedule", "start_due", "stop", "taken",
]  # fmt: skip
