"""What a colleague says of himself, and how Relance looks to him."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from relance.team.models import User
from relance.team.settings import require_zone

FIELDS = ("name", "job_title", "phone", "time_zone", "signature", "language", "theme", "density", "letter_keys")


@transaction.atomic
def change_profile(user: User, values: Mapping[str, object]) -> User:
    """Change one's own profile; what is left out stays, and nothing but FIELDS can be changed.

    Raises NoSuchZone, and ValidationError for a value that does not fit its field.
    """
    row = User.objects.select_for_update().select_related("role").get(pk=user.pk)
    wanted = {name: value for name, value in values.items() if name in FIELDS}
    require_zone(wanted)
    for name, value in wanted.items():
        setattr(row, name, value)
    row.clean_fields(exclude=[each.name for each in User._meta.fields if each.name not in wanted])
    row.save(update_fields=list(wanted) or ["name"])
    return row
