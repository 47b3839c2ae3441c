"""Writes that are done once: the answer to an `Idempotency-Key` is kept for a day and given again (API-01).

The key, what was asked and everything that the request writes are one transaction: a process that dies in the middle
leaves neither, and of two equal requests at the same moment the second waits for the first and repeats its answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from relance.api.problems import plain, problem
from relance.lib import clock
from relance.team.actions import holder_of
from relance.team.models import ApiAnswer

PREFIX = "/api/"
WRITES = ("POST", "PUT", "PATCH", "DELETE")
HEADER = "Idempotency-Key"
LONGEST = 200
BEARER = "bearer "
KEPT = range(200, 500)
NOT_KEPT = (401, 403, 429)


class Once:
    """A middleware around the API."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = request.headers.get(HEADER)
        if not key or request.method not in WRITES or not request.path.startswith(PREFIX) or not _opens(request):
            return self.get_response(request)
        if len(key) > LONGEST:
            return problem(422, "key_too_long", _("An Idempotency-Key has at most %(n)d characters.") % {"n": LONGEST})
        try:
            asked = _digest(request.method or "", request.get_full_path(), _body(request))
        except RequestDataTooBig:
            return plain(413)
        return self._once(request, key, asked)

    @transaction.atomic
    def _once(self, request: HttpRequest, key: str, asked: str) -> HttpResponseBase:
        holder = _digest(request.headers.get("Authorization", ""))
        answer, is_new = ApiAnswer.objects.get_or_create(holder=holder, key=key, defaults={"request": asked})
        if not is_new:
            return _again(answer, asked)
        response = self._tried(request)
        if response.status_code in KEPT and response.status_code not in NOT_KEPT and isinstance(response, HttpResponse):
            answer.status, answer.body = response.status_code, response.content
            answer.content_type = response.headers.get("Content-Type", "")
            answer.save()
        else:
            answer.delete()
        return response

    @transaction.atomic
    def _tried(self, request: HttpRequest) -> HttpResponseBase:
        """What was refused or failed leaves nothing behind, not even a broken transaction."""
        response = self.get_response(request)
        if response.status_code >= 400:
            transaction.set_rollback(True)
        return response


def _opens(request: HttpRequest) -> bool:
    """Whether the token still opens anything: an answer is not repeated to one that was closed."""
    given = request.headers.get("Authorization", "")
    return given.lower().startswith(BEARER) and holder_of(given[len(BEARER) :].strip(), now=clock.now()) is not None


def _again(answer: ApiAnswer, asked: str) -> HttpResponse:
    if answer.request != asked or answer.status is None:
        return problem(422, "key_used", _("This Idempotency-Key was used for another request. Choose a new one."))
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
