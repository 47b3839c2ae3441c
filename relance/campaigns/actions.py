"""The verbs of mass mail in one place: drafts, launching, preparing, halting (MASS-01 to MASS-09)."""

from relance.campaigns.drafts import (
    FIELDS,
    FollowsTheFirst,
    MassMailDraft,
    StillSending,
    copy_mass_mail,
    delete_mass_mail,
    draft_mass_mail,
    edit_mass_mail,
    open_for_edit,
)
from relance.campaigns.follow_ups import BadFollowUp, FollowUpDraft, TooManyFollowUps, add_follow_up, edit_follow_up
from relance.campaigns.halting import CannotPause, CannotResume, CannotStop, pause, resume, stop
from relance.campaigns.holding import AlreadyLaunched, HourFull, may_delete, require_right
from relance.campaigns.launching import (
    InThePast,
    NotReady,
    TooEarly,
    TooManyStarts,
    launch,
    next_start,
    schedule,
    start_due,
    taken,
)
from relance.campaigns.preparing import PREPARE, QUEUE, prepare, prepare_forgotten

__all__ = [
    "FIELDS",
    "PREPARE",
    "QUEUE",
    "AlreadyLaunched",
    "BadFollowUp",
    "CannotPause",
    "CannotResume",
    "CannotStop",
    "FollowUpDraft",
    "FollowsTheFirst", "HourFull",
    "InThePast",
    "MassMailDraft",
    "NotReady",
    "StillSending",
    "TooEarly",
    "TooManyFollowUps",
    "TooManyStarts",
    "add_follow_up",
    "copy_mass_mail",
    "delete_mass_mail",
    "draft_mass_mail",
    "edit_follow_up",
    "edit_mass_mail",
    "launch",
    "may_delete",
    "next_start",
    "open_for_edit",
    "pause",
    "prepare",
    "prepare_forgotten",
    "require_right",
    "resume",
    "schedule",
    "start_due",
    "stop",
    "taken",
]  # fmt: skip
