"""Change the organisation's settings (ADM-02)."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from relance.lib.refusal import Refused
from relance.team.models import Organisation, User
from relance.team.policy import require
from relance.team.workspace import organisation

CHANGEABLE = frozenset(
    {
        "name", "language", "time_zone", "country", "tracking", "track_opens", "opt_out_required", "mail_name",
        "mail_address", "mass_starts_per_hour", "scheduled_per_module_hour", "freeze_minutes", "sends_per_hour",
        "retry_hours", "late_hours",
    }
)  # fmt: skip
NULLABLE = frozenset({"sends_per_hour"})


class NoSuchZone(Refused):
    """A time zone that nobody knows."""


@transaction.atomic
def change(values: Mapping[str, object], *, by: User) -> Organisation:
    """Change what is named and leave the rest. Raises Forbidden, NoSuchZone, ValidationError."""
    require(by.is_administrator)
    organisation()
    row = Organisation.objects.select_for_update().get(pk=1)
    wanted = {
        name: value for name, value in values.items() if name in CHANGEABLE and (value is not None or name in NULLABLE)
    }
    if wanted.get("time_zone", row.time_zone) not in available_timezones():
        raise NoSuchZone(
            _("There is no time zone named %(zone)s. Use a name such as Europe/Paris.") % {"zone": wanted["time_zone"]}
        )
    for name, value in wanted.items():
        setattr(row, name, value)
    row.full_clean(exclude=["installation"])
    row.save(update_fields=list(wanted) or ["name"])
    return row
