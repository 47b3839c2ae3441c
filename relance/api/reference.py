"""The readable page of the API, made from its description; no script, so that the strict CSP holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.text import slugify
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase

Described = Mapping[str, Any]  # a part of an OpenAPI document
DEEPEST = 2
CODE = "<code>{}</code>"
METHODS = {"get": "", "post": "good", "put": "accent", "patch": "accent", "delete": "bad"}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One parameter or field."""

    name: str
    kind: str
    required: bool
    told: str


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing that can be asked."""

    id: str
    method: str
    tone: str
    path: str
    summary: str
    told: str
    parameters: list[Line]
    body: list[Line]
    answer: list[Line]
    statuses: list[tuple[str, str]]


@dataclass(kw_only=True)
class Resource:
    """The operations of one kind of thing."""

    name: str
    slug: str
    operations: list[Operation] = field(default_factory=list)


class Reference(DocsBase):
    """What `/api/v1/docs` shows."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        """All operations in short, or those of one resource (`?of=leads`) with parameters, bodies and answers."""
        known = resources(api)
        one = next((each for each in known if each.slug == request.GET.get("of")), None)
        where = self.get_openapi_url(api, kwargs)
        context = {"told": coded(api.description), "resources": known, "one": one, "json": where}
        return render(request, "api/reference.html", context)


def coded(text: str) -> str:
    """The text with what stands between backticks as code."""
    parts = text.split("`")
    return mark_safe("".join(format_html(CODE if place % 2 else "{}", part) for place, part in enumerate(parts)))


@cache
def resources(api: NinjaAPI) -> list[Resource]:
    """The whole API, read from its description once."""
    schema = api.get_openapi_schema()
    found: dict[str, Resource] = {}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            name = operation["tags"][0]
            resource = found.setdefault(name, Resource(name=name, slug=slugify(name)))
            resource.operations.append(_operation(schema, path, method, operation))
    return list(found.values())


def _operation(schema: Described, path: str, method: str, told: Described) -> Operation:
    answers = told["responses"]
    good: Described = next((answer for status, answer in answers.items() if status.startswith("2")), {})
    return Operation(
        id=told["operationId"],
        method=method.upper(),
        tone=METHODS[method],
        path=path,
        summary=told["summary"],
        told=_meaning(told),
        parameters=[_parameter(schema, each) for each in told["parameters"]],
        body=list(_content(schema, told.get("requestBody", {}))),
        answer=list(_content(schema, good)),
        statuses=[(status, HTTPStatus(int(status)).phrase) for status in answers],
    )


def _parameter(schema: Described, told: Described) -> Line:
    told = _resolved(schema, told)
    kind = _kind(schema, told["schema"])
    place = "" if told["in"] == "query" else f" ({told['in']})"
    return Line(name=told["name"], kind=kind + place, required=told["required"], told=_meaning(told))


def _meaning(told: Described) -> str:
    return coded(told.get("description", ""))


def _content(schema: Described, told: Described) -> Iterator[Line]:
    for media in told.get("content", {}).values():
        yield from _fields(schema, media["schema"], "", 0)


def _fields(schema: Described, told: Described, before: str, depth: int) -> Iterator[Line]:
    """The fields of an object, those of the objects inside it after a dot."""
    whole = _resolved(schema, told)
    if "items" in whole and not before:
        yield from _fields(schema, whole["items"], "[].", depth)
        return
    needed = whole.get("required", ())
    for name, each in whole.get("properties", {}).items():
        yield Line(name=before + name, kind=_kind(schema, each), required=name in needed, told=_meaning(each))
        inner = each.get("items", each)
        if depth < DEEPEST and _resolved(schema, inner).get("properties"):
            yield from _fields(schema, inner, f"{before}{name}{'[]' if 'items' in each else ''}.", depth + 1)


def _resolved(schema: Described, told: Described) -> Described:
    """Behind a reference, and behind a choice between something and nothing."""
    for each in told.get("anyOf", ()):
        if each.get("type") != "null":
            return _resolved(schema, each)
    if "$ref" in told:
        _root, _components, kind, name = told["$ref"].split("/")
        found: Described = schema["components"][kind][name]
        return found
    return told


def _kind(schema: Described, told: Described) -> str:
    """The type in a few words: text, one of…, list of…"""
    whole = _resolved(schema, told)
    if "enum" in whole:
        kind = " | ".join(str(value) or '""' for value in whole["enum"])
    elif whole.get("type") == "array":
        kind = f"[{_kind(schema, whole['items'])}]"
    else:
        kind = whole.get("format") or whole.get("const") or whole.get("type", "any")
    nothing = any(each.get("type") == "null" for each in told.get("anyOf", ()))
    return f"{kind} | null" if nothing else str(kind)
