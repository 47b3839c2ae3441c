"""Every answer of the API, whoever gave it: errors as problems, how many calls are left, nothing kept on the way.

What is changed inside is noted in the audit as come through the API.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from relance.api.key import Calls
from relance.api.problems import MEDIA_TYPE, plain
from relance.records import changes

PREFIX = "/api/"


class Answers:
    """A middleware around the API."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(PREFIX):
            return self.get_response(request)
        with changes.through(changes.Way.API):
            response = self.get_response(request)
        if response.status_code >= 400 and response.headers.get("Content-Type") != MEDIA_TYPE:
            response = _as_problem(response)
        calls: Calls | None = getattr(request, "calls", None)
        if calls is not None:
            for name, number in calls.headers().items():
                response[name] = str(number)
            response.setdefault("Cache-Control", "no-store")
        return response


def _as_problem(response: HttpResponseBase) -> HttpResponse:
    """The pages' own error, said to a program."""
    answer = plain(response.status_code)
    if "Allow" in response.headers:
        answer["Allow"] = response.headers["Allow"]
    return answer
