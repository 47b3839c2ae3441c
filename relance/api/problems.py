"""Errors as RFC 9457 problems: what happened, in a sentence, with a stable code."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict

from django.core.exceptions import ValidationError as FieldsInvalid
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as RequestInvalid

from relance.api.key import TooManyCalls
from relance.lib.refusal import Refused
from relance.team.policy import Forbidden

MEDIA_TYPE = "application/problem+json"
STATUS: Mapping[type[Refused], int] = {Forbidden: 403, TooManyCalls: 429}
CONFLICT = 409


class FieldProblem(TypedDict):
    """What is wrong with one field."""

    field: str
    detail: str


class Problem(Schema):
    """An error (RFC 9457)."""

    title: str
    status: int
    code: str
    detail: str
    errors: list[dict[str, str]] = []


def problem(status: int, code: str, detail: str, errors: Sequence[FieldProblem] = ()) -> HttpResponse:
    """The answer that tells a problem."""
    titles = {
        400: "Bad request", 401: "Not signed in", 403: "Forbidden", 404: "Not found", 409: "Conflict",
        422: "Cannot be done", 429: "Too many calls", 500: "Server error",
    }  # fmt: skip
    body = {
        "type": "about:blank",
        "title": titles.get(status, "Error"),
        "status": status,
        "code": code,
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    return HttpResponse(json.dumps(body), status=status, content_type=MEDIA_TYPE)


def refused(_request: HttpRequest, error: Refused) -> HttpResponse:
    """A refusal of the domain keeps its sentence: 422 unless it says otherwise."""
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 422)
    answer = problem(status, error.code, str(error))
    if status == 429:
        answer["Retry-After"] = "60"
    return answer


def invalid(_request: HttpRequest, error: RequestInvalid) -> HttpResponse:
    """The request does not have the form that the description asks for."""
    errors = [
        FieldProblem(field=".".join(str(part) for part in item["loc"][1:]), detail=str(item["msg"]))
        for item in error.errors
    ]
    sentence = "; ".join(f"{item['field']}: {item['detail']}" for item in errors)
    return problem(422, "invalid_request", sentence, errors)


def fields_invalid(_request: HttpRequest, error: FieldsInvalid) -> HttpResponse:
    """A value does not fit its field."""
    return problem(422, "invalid_value", " ".join(error.messages))


def install(api: NinjaAPI) -> None:
    """Teach the API to answer with problems."""
    handlers: Mapping[type[Exception], Callable[..., HttpResponse]] = {
        Refused: refused,
        RequestInvalid: invalid,
        FieldsInvalid: fields_invalid,
        Http404: lambda _r, _e: problem(404, "not_found", _("There is nothing here that you may see.")),
        AuthenticationError: lambda _r, _e: problem(
            401, "not_signed_in", _("Send a valid token: Authorization: Bearer …")
        ),
        HttpError: lambda _r, error: problem(error.status_code, "error", str(error)),
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)
