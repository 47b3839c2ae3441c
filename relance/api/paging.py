"""Pages of the API's lists: newest first by id, `cursor` for the next page, a `Link` header as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Schema
from pydantic import Field

from relance.lib.refusal import Refused

Row = TypeVar("Row", bound=Model)
LARGEST = 200


class BadCursor(Refused):
    """The cursor is none that this list gave."""


class Page(Schema):
    """Which part of a list."""

    cursor: str = Field("", description="The `next` of the page before.")
    limit: int = Field(50, ge=1, le=LARGEST)


PageQuery = Query[Page]


def paged(
    request: HttpRequest,
    response: HttpResponse,
    rows: QuerySet[Row],
    page: Page,
    show: Callable[[Row], Schema],
) -> dict[str, Any]:  # the schema of each list says what is inside
    """One page, and where the next begins."""
    ordered = rows.order_by("-pk")
    if page.cursor:
        ordered = ordered.filter(pk__lt=_last(page.cursor))
    found: Sequence[Row] = list(ordered[: page.limit + 1])
    following = str(found[page.limit - 1].pk) if len(found) > page.limit else None
    if following:
        query = request.GET.copy()
        query["cursor"] = following
        response["Link"] = f'<{request.build_absolute_uri(request.path)}?{urlencode(list(query.items()))}>; rel="next"'
    return {"items": [show(row) for row in found[: page.limit]], "next": following}


def _last(cursor: str) -> int:
    if not cursor.isdecimal() or len(cursor) > 18:
        raise BadCursor(_("This cursor is not one that the list gave. Start without one."))
    return int(cursor)
