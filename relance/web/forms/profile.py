"""What a colleague says of himself, and how Relance looks to him."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from relance.team.models import User
from relance.team.profiles import FIELDS

if TYPE_CHECKING:
    UserForm = forms.ModelForm[User]
else:
    UserForm = forms.ModelForm


@cache
def zones() -> Sequence[str]:
    """The places of the time zone table, without its old and technical names; read from the disk once."""
    old = ("Etc/", "SystemV/", "posix/", "right/")
    return tuple(name for name in sorted(available_timezones()) if "/" in name and not name.startswith(old))


class ProfileForm(UserForm):
    """One's own profile; the address and the role are an administrator's."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=lambda: [(name, name.replace("_", " ")) for name in zones()]
    )

    class Meta:
        model = User
        fields = FIELDS
        widgets: ClassVar = {
            "language": forms.RadioSelect,
            "theme": forms.RadioSelect,
            "density": forms.RadioSelect,
        }
