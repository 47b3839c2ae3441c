"""Change the organisation's settings (ADM-02)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from relance.lib.refusal import Refused
from relance.team import working
from relance.team.models import Organisation, User
from relance.team.policy import require
from relance.team.workspace import organisation

CHANGEABLE = frozenset(
    {
        "name", "language", "time_zone", "country", "tracking", "track_opens", "opt_out_required", "mail_name",
        "mail_address", "mass_starts_per_hour", "scheduled_per_module_hour", "freeze_minutes", "sends_per_hour",
        "follow_ups_per_mail", "updates_per_trigger", "tasks_per_trigger", "calls_per_trigger",
        "retry_hours", "late_hours", "work_days", "work_from", "work_until", "holiday_country",
        "days_off", "absence_days", "pressure_days", "company_pressure_days", "fetch_minutes", "bounce_limit",
        "complaint_limit",
    }
)  # fmt: skip
NULLABLE = frozenset({"sends_per_hour", "pressure_days", "company_pressure_days"})


class NoSuchZone(Refused):
    """A time zone that nobody knows."""


def require_zone(wanted: Mapping[str, object]) -> None:
    """Raise NoSuchZone if the time zone among these values is none; without one nothing is asked."""
    if "time_zone" in wanted and wanted["time_zone"] not in available_timezones():
        raise NoSuchZone(
            _("There is no time zone named %(zone)s. Use a name such as Europe/Paris.") % {"zone": wanted["time_zone"]}
        )


class NoWorkingTime(Refused):
    """Days or hours in which nobody could ever work."""


@transaction.atomic
def change(values: Mapping[str, object], *, by: User) -> Organisation:
    """Change what is named and leave the rest. Raises Forbidden, NoSuchZone, NoWorkingTime."""
    require(by.is_administrator)
    organisation()
    row = Organisation.objects.select_for_update().get(pk=1)
    wanted = {
        name: value for name, value in values.items() if name in CHANGEABLE and (value is not None or name in NULLABLE)
    }
    require_zone(wanted)
    _require_workable(wanted, row)
    for name, value in wanted.items():
        setattr(row, name, value)
    row.full_clean(exclude=["installation"])
    row.save(update_fields=list(wanted) or ["name"])
    return row


def _require_workable(wanted: dict[str, object], row: Organisation) -> None:
    """Week days, hours and dates as they are kept: numbers, times and ISO dates."""
    days = wanted.get("work_days", row.work_days)
    known = isinstance(days, list) and all(day in range(7) for day in days)
    if not days or not known:
        raise NoWorkingTime(_("Choose at least one working day."))
    opens, closes = wanted.get("work_from", row.work_from), wanted.get("work_until", row.work_until)
    if not (isinstance(opens, time) and isinstance(closes, time) and opens < closes):
        raise NoWorkingTime(_("Work must begin before it ends."))
    country = wanted.get("holiday_country", row.holiday_country)
    if country and country not in working.countries():
        raise NoWorkingTime(_("The public holidays of this country are not known."))
    if "days_off" in wanted:
        wanted["days_off"] = working.days_told(wanted["days_off"])
