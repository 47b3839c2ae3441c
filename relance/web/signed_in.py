"""Who asks: the colleague behind a request that has passed the sign-in gate."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from relance.team.models import User


def user_of(request: HttpRequest) -> User:
    """The colleague signed in. Raises PermissionDenied for anybody else; the gate lets none through."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
