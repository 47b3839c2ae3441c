"""Writes that are done once: the answer to an `Idempotency-Key` is kept for a day and given again (API-01)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from relance.api.problems import problem
from relance.team.models import ApiAnswer

PREFIX = "/api/"
WRITES = ("POST", "PUT", "PATCH", "DELETE")
HEADER = "Idempotency-Key"
LONGEST = 200
KEPT = range(200, 500)
NOT_KEPT = (401, 403, 429)


class Once:
    """A middleware around the API."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = request.headers.get(HEADER)
        if not key or request.method not in WRITES or not request.path.startswith(PREFIX):
            return self.get_response(request)
        if len(key) > LONGEST:
            return problem(422, "key_too_long", _("An Idempotency-Key has at most %(n)d characters.") % {"n": LONGEST})
        asked = _digest(request.method or "", request.get_full_path(), _body(request))
        answer, is_new = ApiAnswer.objects.get_or_create(
            holder=_digest(request.headers.get("Authorization", "")), key=key, defaults={"request": asked}
        )
        return self._first(request, answer) if is_new else _again(answer, asked)

    def _first(self, request: HttpRequest, answer: ApiAnswer) -> HttpResponseBase:
        try:
            response = self.get_response(request)
        except BaseException:
            answer.delete()
            raise
        if response.status_code in KEPT and response.status_code not in NOT_KEPT and isinstance(response, HttpResponse):
            answer.status, answer.body = response.status_code, response.content
            answer.content_type = response.headers.get("Content-Type", "")
            answer.save()
        else:
            answer.delete()
        return response


def _again(answer: ApiAnswer, asked: str) -> HttpResponse:
    if answer.request != asked:
        return problem(422, "key_used", _("This Idempotency-Key was used for another request. Choose a new one."))
    if answer.status is None:
        return problem(409, "still_running", _("The first request with this Idempotency-Key is still running."))
    headers = {"Idempotency-Replayed": "true"}
    return HttpResponse(bytes(answer.body), status=answer.status, content_type=answer.content_type, headers=headers)


def _body(request: HttpRequest) -> bytes:
    """The body, or the length of an upload, which is not read twice."""
    if (request.content_type or "").startswith("multipart/"):
        return request.headers.get("Content-Length", "").encode()
    return request.body


def _digest(*parts: str | bytes) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part.encode() if isinstance(part, str) else part)
        whole.update(b"\0")
    return whole.hexdigest()
