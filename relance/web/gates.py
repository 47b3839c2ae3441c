"""What a request passes before it reaches a page: an installation that is set up, and a colleague who is signed in."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

from relance.team.models import User
from relance.team.policy import Forbidden
from relance.web.views import errors

Next = Callable[[HttpRequest], HttpResponse]

OPEN = ("/static/", "/healthz", "/readyz", "/api/", "/unsubscribe/", "/start", "/language", "/favicon.ico")
ACCOUNT = "/accounts/"


class FirstStartGate:
    """While nobody can sign in, every page leads to the first start (ADM-01)."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        self.passed = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self.passed and not request.path.startswith(OPEN):
            if not User.objects.exists():
                return redirect("first_start")
            self.passed = True
        return self.get_response(request)


class SignInGate:
    """Every page asks for a colleague, save the public ones."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated or request.path.startswith((*OPEN, ACCOUNT)):
            return self.get_response(request)
        where = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': request.get_full_path()})}"
        if request.headers.get("HX-Request"):
            return HttpResponse(status=401, headers={"HX-Redirect": where})
        return redirect(where)


class RefusalGate:
    """What a role does not allow is answered with a page that says so."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """403 with the sentence of the refusal; every other exception goes on its way."""
        return errors.forbidden(request, exception) if isinstance(exception, Forbidden) else None
