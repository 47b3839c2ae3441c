"""How people sign in: by address and password, with a second factor if they want; accounts are made by invitation."""

from __future__ import annotations

from typing import ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from relance.team.models import User
from relance.web import arrivals, visiting


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    """Signs in as allauth does, and brings a colleague's role along: every page asks for it (L1)."""

    def get_user(self, user_id: int) -> User | None:
        """The colleague of a session, with the role; nobody once the account is closed."""
        user = arrivals.colleague(int(user_id)) or arrivals.read(int(user_id))
        return user if user is not None and self.user_can_authenticate(user) else None


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Nobody signs up by himself: an administrator adds colleagues. Errors are told in our words."""

    error_messages: ClassVar[dict[str, str | Promise]] = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed. An administrator can open it again."),
        "email_password_mismatch": _("The address or the password is wrong."),
        "enter_current_password": _("Enter the password of today."),
        "incorrect_password": _("The password is wrong."),
        "invalid_password_reset": _("This link no longer works. Ask for a new one."),
        "too_many_login_attempts": _("Too many wrong tries. Wait a few minutes, then try again."),
    }

    def format_email_subject(self, subject: str) -> str:
        """As it stands: no name of a site before it."""
        return subject

    def get_client_ip(self, request: HttpRequest) -> str:
        """Of whoever asks through our proxies: limits on wrong tries and the list of sessions go by it (X11)."""
        return visiting.address_of(request) or str(super().get_client_ip(request))

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  allauth's signature
        """Closed."""
        return False


def display(user: User) -> str:
    """The name that pages show."""
    return user.name or user.email
