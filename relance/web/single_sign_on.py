"""Single sign-on: only for colleagues whom an administrator has added, by a verified address (ADM-05)."""

from __future__ import annotations

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from relance.team.models import User


class Adapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """The provider says who somebody is; whether she is a colleague, and what she may do, is said here."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """At the first time, the account of the same address; later the same account, whatever the address."""
        if sociallogin.is_existing:
            return
        for each in sociallogin.email_addresses:
            known = User.objects.filter(email__iexact=each.email, is_active=True).first() if each.verified else None
            if known is not None:
                sociallogin.connect(request, known)
                return

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002  allauth's
        """Closed: an administrator adds colleagues."""
        return False


def offered() -> tuple[str, str] | None:
    """What the button on the page of sign-in says, and where it leads; None without a provider."""
    for app in settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect", {}).get("APPS", []):
        return app["name"], reverse("openid_connect_login", kwargs={"provider_id": app["provider_id"]})
    return None
