"""The description of the API, completed in one place: the errors, keys and heads that every operation shares."""

from __future__ import annotations

from functools import cache
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema, get_schema
from ninja.operation import Operation

from relance.api.problems import MEDIA_TYPE, TITLES, Problem

Described = dict[str, Any]  # a part of an OpenAPI document
WRITES = ("post", "put", "patch", "delete")
ANSWERED = (400, 401, 403, 404, 409, 412, 413, 415, 422, 429)
TAGGED = ("/leads/", "/contacts/", "/accounts/", "/records/", "/templates/")
SHARED: Described = {
    "parameters": {
        "IdempotencyKey": {
            "in": "header",
            "name": "Idempotency-Key",
            "required": False,
            "schema": {"type": "string", "maxLength": 200},
            "description": "Done once: the same key with the same request gives the same answer for a day.",
        },
        "IfMatch": {
            "in": "header",
            "name": "If-Match",
            "required": False,
            "schema": {"type": "string"},
            "description": "The ETag that was read; 412 if the record has been changed since.",
        },
    },
    "headers": {
        "RateLimit-Limit": {"schema": {"type": "integer"}, "description": "Calls that a token may make in a minute."},
        "RateLimit-Remaining": {"schema": {"type": "integer"}, "description": "How many are left."},
        "RateLimit-Reset": {"schema": {"type": "integer"}, "description": "Seconds until the next minute."},
        "ETag": {"schema": {"type": "string"}, "description": "For If-Match."},
    },
}
LIMITS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
CSV: Described = {"text/csv": {"schema": {"type": "string"}}}


class Api(NinjaAPI):
    """The API with its complete description."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """What `openapi.json` tells: the same to everybody, so made once; whoever reads it leaves it as it is."""
        return described(self, self.get_root_path(path_params or {}) if path_prefix is None else path_prefix)

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The resource and the verb: `mailboxes_add`."""
        view = operation.view_func
        return f"{view.__module__.rpartition('.')[2]}_{view.__name__}"


@cache
def described(api: NinjaAPI, path_prefix: str) -> OpenAPISchema:
    """The whole description, of operations under this path; it takes seconds."""
    schema = get_schema(api=api, path_prefix=path_prefix)
    schema["components"]["schemas"]["Problem"] = Problem.model_json_schema(mode="serialization")
    schema["components"] |= SHARED | {"responses": {_name(status): _problem(status) for status in ANSWERED}}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            _complete(path, method, operation)
    return schema


def _complete(path: str, method: str, operation: Described) -> None:
    answers = {str(status): answer for status, answer in operation["responses"].items()}
    if path.endswith(".csv"):
        answers["200"] = {"description": "OK", "content": CSV}
    for answer in answers.values():
        answer["headers"] = _headers(*LIMITS)
    if _is_tagged(path, method):
        answers["200"]["headers"] |= _headers("ETag")
    if method in WRITES:
        operation["parameters"] = [*operation["parameters"], _shared("parameters", "IdempotencyKey")]
    if _is_tagged(path, method) and method == "patch":
        operation["parameters"] = [*operation["parameters"], _shared("parameters", "IfMatch")]
    problems = {str(status): _shared("responses", _name(status)) for status in _statuses(path, method, operation)}
    operation["responses"] = {**answers, **problems}


def _statuses(path: str, method: str, operation: Described) -> list[int]:
    """The errors that an operation may answer with."""
    wanted = {401, 403, 429}
    if "{" in path or method in WRITES:
        wanted |= {404, 409}
    if operation["parameters"]:
        wanted.add(422)
    if method in WRITES:
        wanted.add(422)
    if "requestBody" in operation:
        wanted |= {400, 413, 415}
    if _is_tagged(path, method) and method == "patch":
        wanted.add(412)
    return sorted(wanted)


def _is_tagged(path: str, method: str) -> bool:
    return method in ("get", "patch") and path.endswith("_id}") and any(part in path for part in TAGGED)


def _problem(status: int) -> Described:
    content = {MEDIA_TYPE: {"schema": _shared("schemas", "Problem")}}
    return {"description": TITLES[status], "content": content, "headers": _headers(*LIMITS) if status != 401 else {}}


def _name(status: int) -> str:
    return TITLES[status].title().replace(" ", "")


def _headers(*names: str) -> Described:
    return {name: _shared("headers", name) for name in names}


def _shared(kind: str, name: str) -> Described:
    return {"$ref": f"#/components/{kind}/{name}"}
