"""What a colleague says of himself, and how Relance looks to him."""

from __future__ import annotations

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


def zones() -> list[str]:
    """The places of the time zone table, without its old and technical names."""
    old = ("Etc/", "SystemV/", "posix/", "right/")
    return sorted(name for name in available_timezones() if "/" in name and not name.startswith(old))
