"""Errors as RFC 9457 problems: what happened, in a sentence, with a stable code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NotRequired, TypedDict

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as FieldsInvalid
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as RequestInvalid
from pydantic import Field

from relance.api.key import TooManyCalls
from relance.api.reading import NotJson, WrongContentType
from relance.api.tags import ChangedMeanwhile
from relance.campaigns.actions import NotReady
from relance.lib.refusal import Refused
from relance.mail.templates import BadTemplate
from relance.mail.writing import leaving
from relance.team.policy import Forbidden

MEDIA_TYPE = "application/problem+json"
STATUS: Mapping[type[Refused], int] = {
    Forbidden: 403, NotJson: 400, WrongContentType: 415, ChangedMeanwhile: 412, TooManyCalls: 429,
}  # fmt: skip
# Refusals that another state of the record would not meet; every other refusal is a 422.
CONFLICTS = frozenset(
    {
        "address_taken", "already_launched", "already_sent", "already_set_up", "cannot_pause", "cannot_resume",
        "cannot_stop", "changed_elsewhere", "gone", "hour_full",
        "not_going", "not_kept_yet", "not_launched", "not_now", "not_unknown", "nothing_held", "saved_meanwhile",
        "still_sending", "too_many_starts",
    }
)  # fmt: skip
TITLES = {
    400: "Bad request", 401: "Not signed in", 403: "Forbidden", 404: "Not found", 405: "Method not allowed",
    409: "Conflict", 412: "Changed meanwhile", 413: "Too large", 415: "Wrong content type", 422: "Cannot be done",
    429: "Too many calls", 500: "Server error", 503: "Unavailable",
}  # fmt: skip
MOST_ERRORS = 50
CUT_UPLOAD = "relance.upload_too_large"  # said by the handler of uploads


class FieldProblem(TypedDict):
    """What is wrong with one field."""

    field: str
    detail: str
    code: NotRequired[str]
    nearest: NotRequired[str]


class Problem(Schema):
    """An error (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    code: str = Field(description="Stable, for programs.")
    detail: str = Field(description="A sentence for people, in the caller's language.")
    errors: list[dict[str, str]] = Field(
        default_factory=list, description="One for each field that is wrong: field, detail, perhaps code and nearest."
    )


def problem(status: int, code: str, detail: str, errors: Sequence[FieldProblem] = ()) -> HttpResponse:
    """The answer that tells a problem."""
    title = TITLES.get(status, "Error")
    body: dict[str, object] = {
        "type": "about:blank", "title": title, "status": status, "code": code, "detail": detail,
    }  # fmt: skip
    if errors:
        body["errors"] = list(errors[:MOST_ERRORS])
    return HttpResponse(json.dumps(body), status=status, content_type=MEDIA_TYPE)


def refused(_request: HttpRequest, error: Refused) -> HttpResponse:
    """A refusal of the domain keeps its sentence."""
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 422)
    if error.code in CONFLICTS:
        status = 409
    answer = problem(status, error.code, str(error), list(_parts(error)))
    if isinstance(error, TooManyCalls):
        answer["Retry-After"] = str(error.wait)
    return answer


def _parts(error: Refused) -> Iterator[FieldProblem]:
    """What is to be corrected, one by one."""
    if isinstance(error, BadTemplate):
        for fault in error.problems:
            yield {
                "field": fault.part, "detail": fault.sentence, "code": fault.code, "nearest": fault.nearest or "",
            }  # fmt: skip
    if isinstance(error, (NotReady, leaving.NotReady)):
        for check in error.problems:
            yield {"field": check.key, "detail": f"{check.sentence} {check.detail}".strip(), "code": check.key}


def invalid(request: HttpRequest, error: RequestInvalid) -> HttpResponse:
    """The request does not have the form that the description asks for."""
    if request.META.get(CUT_UPLOAD):
        return plain(413)
    errors = [
        FieldProblem(field=_field(item["loc"]), detail=str(item["msg"]), code=str(item["type"]))
        for item in error.errors[:MOST_ERRORS]
    ]
    sentence = "; ".join(f"{item['field']}: {item['detail']}".removeprefix(": ") for item in errors)
    return problem(422, "invalid_request", sentence, errors)


def _field(place: Sequence[object]) -> str:
    """The name of the field as the caller wrote it: the body as a whole has none."""
    return ".".join(str(part) for part in place[2 if place[0] == "body" else 1 :])


def fields_invalid(_request: HttpRequest, error: FieldsInvalid) -> HttpResponse:
    """A value does not fit its field."""
    told = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    errors = [FieldProblem(field=name, detail=" ".join(messages)) for name, messages in told.items()]
    return problem(422, "invalid_value", " ".join(error.messages), errors)


def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """An error of the frame; what the reader of bodies refused keeps its own words."""
    if isinstance(error.__cause__, Refused):
        return refused(request, error.__cause__)
    return plain(error.status_code)


def plain(status: int) -> HttpResponse:
    """The problem of a status about which nothing more is known."""
    told = {
        400: ("bad_request", _("The request cannot be read.")),
        401: ("not_signed_in", _("Send a valid token: Authorization: Bearer …")),
        404: ("not_found", _("There is nothing here that you may see.")),
        405: ("method_not_allowed", _("This cannot be done here. The Allow header says what can.")),
        413: ("too_large", _("The request is too large.")),
        422: ("cannot_be_kept", _("A value does not fit where it should be kept.")),
        500: ("server_error", _("Something went wrong here, and it was noted. Nothing was changed.")),
        503: ("database_away", _("The database does not answer just now. Try again in a moment.")),
    }
    code, sentence = told.get(status, ("error", _("This cannot be done.")))
    return problem(status, code, sentence)


def away(_request: HttpRequest, _error: Exception) -> HttpResponse:
    """The database is being restarted, or cannot be reached."""
    answer = plain(503)
    answer["Retry-After"] = "5"
    return answer


def install(api: NinjaAPI) -> None:
    """Teach the API to answer with problems."""
    handlers: Mapping[type[Exception], Callable[..., HttpResponse]] = {
        Refused: refused,
        RequestInvalid: invalid,
        FieldsInvalid: fields_invalid,
        Http404: lambda _request, _error: plain(404),
        AuthenticationError: lambda _request, _error: plain(401),
        HttpError: http_error,
        RequestDataTooBig: lambda _request, _error: plain(413),
        SuspiciousOperation: lambda _request, _error: plain(400),
        DataError: lambda _request, _error: plain(422),
        OperationalError: away,
        InterfaceError: away,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)
