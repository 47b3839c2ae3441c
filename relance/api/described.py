"""The description of the API, completed in one place: the errors, keys and heads that every operation shares."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from relance.api.problems import MEDIA_TYPE, TITLES, Problem

Described = dict[str, Any]  # a part of an OpenAPI document
WRITES = ("post", "put", "patch", "delete")
REF = "#/components/schemas/Problem"
TAGGED = ("/leads/", "/contacts/", "/accounts/", "/templates/")
IDEMPOTENCY_KEY: Described = {
    "in": "header", "name": "Idempotency-Key", "required": False, "schema": {"type": "string", "maxLength": 200},
    "description": "Done once: the same key with the same request gives the same answer for a day.",
}  # fmt: skip
IF_MATCH: Described = {
    "in": "header", "name": "If-Match", "required": False, "schema": {"type": "string"},
    "description": "The ETag that was read; 412 if the record has been changed since.",
}  # fmt: skip
LIMITS: Described = {
    name: {"schema": {"type": "integer"}, "description": told}
    for name, told in (
        ("RateLimit-Limit", "Calls that this token may make in a minute."),
        ("RateLimit-Remaining", "How many are left."),
        ("RateLimit-Reset", "Seconds until the next minute."),
    )
}
ETAG: Described = {"schema": {"type": "string"}, "description": "For If-Match."}
CSV: Described = {"text/csv": {"schema": {"type": "string"}}}


class Api(NinjaAPI):
    """The API with its complete description."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """What `openapi.json` tells."""
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        schema["components"]["schemas"]["Problem"] = Problem.model_json_schema(mode="serialization")
        for path, operations in schema["paths"].items():
            for method, operation in operations.items():
                _complete(path, method, operation)
        return schema

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The resource and the verb: `mailboxes_add`."""
        view = operation.view_func
        return f"{view.__module__.rpartition('.')[2]}_{view.__name__}"


def _complete(path: str, method: str, operation: Described) -> None:
    answers = {str(status): answer for status, answer in operation["responses"].items()}
    if path.endswith(".csv"):
        answers["200"] = {"description": "OK", "content": CSV}
    for answer in answers.values():
        answer["headers"] = dict(LIMITS)
    if _is_tagged(path, method):
        answers["200"]["headers"]["ETag"] = ETAG
    if method in WRITES:
        operation["parameters"] = [*operation["parameters"], IDEMPOTENCY_KEY]
    if _is_tagged(path, method) and method == "patch":
        operation["parameters"] = [*operation["parameters"], IF_MATCH]
    problems = {str(status): _problem(status) for status in _statuses(path, method, operation)}
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
    return {"description": TITLES[status], "content": {MEDIA_TYPE: {"schema": {"$ref": REF}}}, "headers": dict(LIMITS)}
