"""Entity tags: a change can be tied to the state that its caller has read (RFC 9110, section 13.1.1)."""

from __future__ import annotations

from hashlib import sha256
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from ninja import Schema

from relance.lib.refusal import Refused

Shown = TypeVar("Shown", bound=Schema)
HEADER = "If-Match"


class ChangedMeanwhile(Refused):
    """The record is not as the caller has read it."""


def tag(shown: Schema) -> str:
    """The tag of a record as it is told."""
    return f'"{sha256(shown.model_dump_json().encode()).hexdigest()[:32]}"'


def tagged(response: HttpResponse, shown: Shown) -> Shown:
    """The record, with its tag in the answer's head."""
    response["ETag"] = tag(shown)
    return shown


def require_unchanged(request: HttpRequest, shown: Schema) -> None:
    """Raise ChangedMeanwhile unless `If-Match` is absent, `*` or this state's tag."""
    wanted = request.headers.get(HEADER)
    if wanted and wanted.strip() != "*" and tag(shown) not in parse_etags(wanted):
        raise ChangedMeanwhile(_("This has been changed since you read it. Read it again, then change it."))
