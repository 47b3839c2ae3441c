"""What a request passes before it reaches a page: an installation that is set up, and a colleague who is signed in."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import is_valid_path
from django.utils.http import url_has_allowed_host_and_scheme

from relance.lib.refusal import Refused
from relance.team.models import User
from relance.team.policy import Forbidden
from relance.web.toast import problem
from relance.web.views import errors

Next = Callable[[HttpRequest], HttpResponse]

OPEN = (
    "/static/", "/feeds/", "/healthz", "/readyz", "/api/", "/unsubscribe/", "/forms/", "/start", "/language",
    "/favicon.ico",
)  # fmt: skip
ACCOUNT = "/accounts/"
API = "/api/"
NUL = "\0"


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
        where = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': _page_of(request)})}"
        if request.headers.get("HX-Request"):
            return HttpResponse(status=401, headers={"HX-Redirect": where})
        return redirect(where)


class RefusalGate:
    """What cannot be written down, is not allowed or cannot be done is answered with a sentence, never a crash."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(API) and _unwritable(request):
            return errors.bad_request(request)
        answer = self.get_response(request)
        if (
            not request.path.startswith(API)
            and answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED
            and request.method == "GET"
        ):
            return redirect(_page_above(request.path))
        return answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """403 with the sentence of what is not allowed, a banner with that of what cannot be done; others go on."""
        if request.path.startswith(API) or not isinstance(exception, Refused):
            return None
        if isinstance(exception, Forbidden):
            return errors.forbidden(request, exception)
        problem(request, str(exception))
        where = _came_from(request)
        return HttpResponse(headers={"HX-Redirect": where}) if request.headers.get("HX-Request") else redirect(where)


def _unwritable(request: HttpRequest) -> bool:
    """Whether a text holds a NUL, which PostgreSQL cannot keep."""
    given = (request.GET, request.POST)
    return any(NUL in key or NUL in "".join(texts) for told in given for key, texts in told.lists())


def _page_of(request: HttpRequest) -> str:
    """The page to come back to: a form is sent again from its own page, never by signing in."""
    if request.method == "GET":
        return request.get_full_path()
    return urlsplit(_came_from(request))._replace(scheme="", netloc="").geturl()


def _page_above(path: str) -> str:
    """The nearest page over an address to which forms are only sent."""
    above = path.rpartition("/")[0]
    return above or "/" if not above or is_valid_path(above) else _page_above(above)


def _came_from(request: HttpRequest) -> str:
    """The page whose form was sent, if it is one of ours."""
    where = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(where, {request.get_host()}, require_https=request.is_secure())
    return where if ours and request.method == "POST" else "/"
