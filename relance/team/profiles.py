"""What a colleague says of himself, and how Relance looks to him."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from relance.team.models import User
from relance.team.settings import NoSuchZone

FIELDS = ("name", "job_title", "phone", "time_zone", "signature", "language", "theme", "density", "letter_keys")


@transaction.atomic
def change_profile(user: User, values: Mapping[str, object]) -> User:
    """Change one's own profile; what is left out stays, and nothing but FIELDS can be changed.

    Raises NoSuchZone, and ValidationError for a value that does not fit its field.
    """
    row = User.objects.select_for_update().select_related("role").get(pk=user.pk)
    wanted = {name: value for name, value in values.items() if name in FIELDS}
    if wanted.get("time_zone", row.time_zone) not in available_timezones():
        told = {"zone": wanted["time_zone"]}
        raise NoSuchZone(_("There is no time zone named %(zone)s. Use a name such as Europe/Paris.") % told)
    for name, value in wanted.items():
        setattr(row, name, value)
    row.clean_fields(exclude=[each.name for each in User._meta.fields if each.name not in wanted])
    row.save(update_fields=list(wanted) or ["name"])
    return row
