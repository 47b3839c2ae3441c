"""Writes that are done once: the answer to an `Idempotency-Key` is kept for a day and given again (API-01).

The key, what was asked and everything that the request writes are one transaction: a process that dies in the middle
leaves neither, and of two equal requests at the same moment the second waits for the first and repeats its answer.

An upload takes its time, so its bytes are written first (`lib.bytes_first`): the transaction is that of its rows and
its key, and a second request with the same key is refused while the first is under way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from relance.api.problems import plain, problem
from relance.lib import bytes_first, clock
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
            asked = _digest(request.method or "", request.get_full_path(), *_body(request))
        except RequestDataTooBig:
            return plain(413)
        except (SuspiciousOperation, MultiPartParserError):
            return plain(400)
        return self._upload(request, key, asked) if _is_upload(request) else self._once(request, key, asked)

    def _upload(self, request: HttpRequest, key: str, asked: str) -> HttpResponseBase:
        holder = _digest(request.headers.get("Authorization", ""))
        with _alone(holder, key) as is_alone:
            if not is_alone:
                return _under_way()
            if answer := ApiAnswer.objects.filter(holder=holder, key=key).first():
                return _again(answer, asked)
            answer = ApiAnswer(holder=holder, key=key, request=asked)
            with bytes_first.then_rows(transaction.atomic) as has_begun:
                response = self.get_response(request)
                if response.status_code < 400:
                    _keep(answer, response)
                elif has_begun():
                    transaction.set_rollback(True)
            if response.status_code >= 400:
                _keep(answer, response)
            return response

    @transaction.atomic
    def _once(self, request: HttpRequest, key: str, asked: str) -> HttpResponseBase:
        holder = _digest(request.headers.get("Authorization", ""))
        answer, is_new = ApiAnswer.objects.get_or_create(holder=holder, key=key, defaults={"request": asked})
        if not is_new:
            return _again(answer, asked)
        response = self._tried(request)
        if not _keep(answer, response):
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


@contextmanager
def _alone(holder: str, key: str) -> Iterator[bool]:
    """Whether nobody else is at work under this key; a lock of the connection, which ends with its process."""
    lock = int.from_bytes(hashlib.sha256(f"{holder}:{key}".encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock])
        is_alone: bool = cursor.fetchone()[0]
    try:
        yield is_alone
    finally:
        if is_alone:
            _free(lock)


def _free(lock: int) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])
    except DatabaseError:
        connection.close()  # the lock ends with it


def _under_way() -> HttpResponse:
    sentence = _("A request with this Idempotency-Key is still being worked on. Send it again in a moment.")
    answer = problem(409, "key_under_way", sentence)
    answer["Retry-After"] = "2"
    return answer


def _keep(answer: ApiAnswer, response: HttpResponseBase) -> bool:
    """Keep what is to be said again; False for what may be tried again."""
    if response.status_code not in KEPT or response.status_code in NOT_KEPT or not isinstance(response, HttpResponse):
        return False
    answer.status, answer.body = response.status_code, response.content
    answer.content_type = response.headers.get("Content-Type", "")
    answer.save()
    return True


def _again(answer: ApiAnswer, asked: str) -> HttpResponse:
    if answer.request != asked or answer.status is None:
        return problem(422, "key_used", _("This Idempotency-Key was used for another request. Choose a new one."))
    headers = {"Idempotency-Replayed": "true"}
    return HttpResponse(bytes(answer.body), status=answer.status, content_type=answer.content_type, headers=headers)


def _is_upload(request: HttpRequest) -> bool:
    return request.method == "POST" and request.content_type == "multipart/form-data"


def _body(request: HttpRequest) -> Iterator[str | bytes]:
    """What was sent: of an upload its fields and its files, since the text between them differs each time.

    Raises SuspiciousOperation, MultiPartParserError.
    """
    if not _is_upload(request):
        yield request.body
        return
    for name, values in sorted(request.POST.lists()):
        yield from (name, *map(str, values))
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            yield from (name, *_of_file(file))


def _of_file(file: UploadedFile[bytes]) -> tuple[str, ...]:
    whole = hashlib.sha256()
    for chunk in file.chunks():
        whole.update(chunk)
    file.seek(0)
    return str(file.name), str(file.content_type), whole.hexdigest()


def _digest(*parts: str | bytes) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part.encode() if isinstance(part, str) else part)
        whole.update(b"\0")
    return whole.hexdigest()
