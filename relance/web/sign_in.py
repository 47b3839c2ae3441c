"""How people sign in: by address and password, with a second factor if they want; accounts are made by invitation."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from relance.team.models import User


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Nobody signs up by himself: an administrator adds colleagues."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Closed."""
        return False


def display(user: User) -> str:
    """The name that pages show."""
    return user.name or user.email
