"""Pages of the API's lists: newest first by id, `cursor` for the next page, a `Link` header as well (RFC 8288)."""

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
MOST_COUNTED = 10_000


class BadCursor(Refused):
    """The cursor is none that this list gave."""


class Page(Schema):
    """Which part of a list."""

    cursor: str = Field("", description="The `next` of the page before.")
    limit: int = Field(50, ge=1, le=LARGEST)
    count: bool = Field(False, description="Whether to tell the `total` as well, which takes longer.")


class Listed(Schema):
    """What every page of a list tells."""

    next: str | None = Field(None, description="The `cursor` of the next page; null on the last one.")
    total: int | None = Field(
        None, description=f"How many there are, when asked for; {MOST_COUNTED} stands for that or more."
    )


PageQuery = Query[Page]


def paged(
    request: HttpRequest,
    response: HttpResponse,
    rows: QuerySet[Row],
    page: Page,
    show: Callable[[Row], object],
) -> dict[str, Any]:  # the schema of each list says what is inside
    """One page of a list, newest first unless it says otherwise, and where the next begins. Raises BadCursor."""
    ordered = rows if rows.query.order_by else rows.order_by("-pk")
    if page.cursor:
        ordered = ordered.filter(pk__lt=start_of(page))
    return told(request, response, list(ordered[: page.limit + 1]), page, show, counted=rows)


def told(
    request: HttpRequest,
    response: HttpResponse,
    found: Sequence[Row],
    page: Page,
    show: Callable[[Row], object],
    *,
    counted: QuerySet[Row],
) -> dict[str, Any]:
    """A page of rows that were read one further than it holds."""
    following = str(found[page.limit - 1].pk) if len(found) > page.limit else None
    if following:
        response["Link"] = _link(request, following)
    return {"items": [show(row) for row in found[: page.limit]], "next": following, "total": total(counted, page)}


def total(rows: QuerySet[Row], page: Page) -> int | None:
    """How many there are, if that was asked, up to MOST_COUNTED."""
    return rows.order_by().values("pk")[:MOST_COUNTED].count() if page.count else None


def start_of(page: Page) -> int:
    """The key at which the page before ended; 0 on the first one. Raises BadCursor."""
    cursor = page.cursor or "0"
    if not (cursor.isascii() and cursor.isdecimal()) or len(cursor) > 18:
        raise BadCursor(_("This cursor is not one that the list gave. Start without one."))
    return int(cursor)


def _link(request: HttpRequest, following: str) -> str:
    query = {**request.GET.dict(), "cursor": following}
    return f'<{request.build_absolute_uri(request.path)}?{urlencode(query)}>; rel="next"'
