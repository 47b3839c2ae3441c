"""Read what a caller sends: JSON only, and no text that the database could not keep."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, NoReturn

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja import Schema
from ninja.parser import Parser
from ninja.types import DictStrAny
from pydantic import AwareDatetime, ConfigDict, Field

from relance.lib.refusal import Refused

JSON = "application/json"
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
DEEPEST = 30

Moment = Annotated[AwareDatetime, Field(ge=FIRST, le=LAST, description="With its offset: 2027-01-31T09:00:00+01:00.")]


class Wanted(Schema):
    """The body of a request: a name that is not known is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")


class NotJson(Refused):
    """The body is not JSON (RFC 8259)."""


class WrongContentType(Refused):
    """The body is of another kind than JSON."""


class UnwritableText(Refused):
    """A text with characters that are none: NUL, or half of a pair."""


class Reader(Parser):
    """The parser of bodies and queries."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        """Raises WrongContentType, NotJson, UnwritableText."""
        if request.content_type and request.content_type != JSON:
            raise WrongContentType(_("Send the body as application/json."))
        try:
            value: DictStrAny = json.loads(request.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise NotJson(_("The body is not JSON: %(why)s.") % {"why": error}) from error
        require_writable(value)
        return value

    def parse_querydict(
        self, data: MultiValueDict[str, object], list_fields: list[str], request: HttpRequest
    ) -> DictStrAny:
        """Raises UnwritableText."""
        read = super().parse_querydict(data, list_fields, request)
        require_writable({name: value for name, value in read.items() if isinstance(value, (str, list))})
        return read


def require_writable(value: object, depth: int = 0) -> None:
    """Raise UnwritableText unless every text in it can be kept, and NotJson for what is nested beyond use."""
    if depth > DEEPEST:
        raise NotJson(_("The body is nested too deeply."))
    if isinstance(value, str) and not _is_writable(value):
        raise UnwritableText(_("A text holds a character that cannot be kept. Take it out."))
    if isinstance(value, dict):
        require_writable(list(value), depth)
        require_writable(list(value.values()), depth)
    if isinstance(value, list):
        for each in value:
            require_writable(each, depth + 1)


def _is_writable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
