"""The tags that lead somewhere: the side bar, tabs, links that keep their filters, the live stream, the palette."""

from __future__ import annotations

from functools import lru_cache
from typing import cast
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template.context import Context
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from relance.records.search import Found
from relance.team.models import User
from relance.web import drawings, live
from relance.web import format as fmt
from relance.web.own_places import OwnPlaces
from relance.web.own_places import own_places as own_places_of
from relance.web.places import OwnPlace
from relance.web.single_sign_on import offered

register = template.Library()

MOST_STANDING = 100


@register.simple_tag
def single_sign_on() -> tuple[str, str] | None:
    """The name of the organisation's sign-in service and where it leads; None without one."""
    return offered()


@register.simple_tag(takes_context=True)
def querystring_with(context: Context, **changes: object) -> str:
    """`{% querystring_with sort="-name" after=None %}`: the page's own query with changes; None removes a key."""
    query = dict(cast(HttpRequest, context["request"]).GET.lists())
    for key, value in changes.items():
        if value is None or value == "":
            query.pop(key, None)
        else:
            query[key] = [str(value)]
    return f"?{urlencode(query, doseq=True)}"


@register.simple_tag(takes_context=True)
def room(context: Context) -> str:
    """`{% room as frame_room %}`: the part of Relance that this page is in, by its path; "" for Today."""
    words = str(getattr(context.get("request"), "path_info", "")).lstrip("/").split("/")
    return "/".join(words[:2]) if words[0] == "records" else words[0]


@register.simple_tag(takes_context=True)
def sort_head(context: Context, key: str, label: str, **options: object) -> SafeString:
    """`{% sort_head "name" label %}`: a head that sorts its list, a link which keeps the filters; option `num`.

    The page's `sort` is the list's present order, `name` or `-name`.
    """
    now = options.get("sort", context.get("sort"))
    up, down = now == key, now == f"-{key}"
    return format_html(
        '<th scope="col"{}{}><a class="sort plain" href="{}">{}{}</a></th>',
        mark_safe(' class="num"') if options.get("num") else "",
        mark_safe(' aria-sort="ascending"' if up else ' aria-sort="descending"') if up or down else "",
        querystring_with(context, sort=f"-{key}" if up else key, after=None, before=None),
        mark_safe(drawings.svg("arrow-up" if up else "arrow-down")) if up or down else "",
        label,
    )


@register.simple_tag(takes_context=True)
def nav_item(context: Context, url_name: str, label: str, icon: str, **options: object) -> SafeString:
    """One line of the side bar; a place which does not exist in this build is not listed. `under` = path prefix,
    `counted` = what waits there (`agenda.waiting`), which counts.js writes behind the name.

    Drawn here and not by a template: every page has a dozen of them (L1).
    """
    href = url_or_nothing(url_name)
    if not href:
        return SafeString("")
    counted = str(options.get("counted", ""))
    return _line(context, href, label, icon, under=str(options.get("under", href)), counted=counted)


def _line(context: Context, href: str, label: str, icon: str, *, under: str, counted: str = "") -> SafeString:
    path = getattr(context.get("request"), "path", "")
    here = path == href or (under != "/" and (path == under or path.startswith(under.rstrip("/") + "/")))
    current = mark_safe(' aria-current="page"') if here else ""
    waits = format_html(' data-counted="{}"', counted) if counted else ""
    return format_html('<a href="{}"{}{}>{}{}</a>', href, current, waits, mark_safe(drawings.svg(icon)), label)


@register.simple_tag(takes_context=True)
def live_meta(context: Context) -> SafeString:
    """The address and the ticket of the live stream, for the topics in `live_topics`; nothing where it is off."""
    topics = cast("list[str]", context.get("live_topics") or [])
    user = context.get("user")
    own = [f"alerts:{user.pk}"] if isinstance(user, User) else []
    return live.meta([*topics, *own])


@register.simple_tag(takes_context=True)
def tab(context: Context, url_name: str, label: str, icon_name: str = "", count: int | None = None) -> SafeString:
    """`{% tab "mailboxes" _("Mailboxes") "plug" 3 %}` inside `<nav class="tabs">`: a page of equal rank."""
    href = url_or_nothing(url_name)
    if not href:
        return SafeString("")
    here = mark_safe(' aria-current="page"') if getattr(context.get("request"), "path", "") == href else ""
    drawing = mark_safe(drawings.svg(icon_name)) if icon_name else ""
    number = (
        format_html('<span class="count">{}</span>', fmt.figure(count, get_language())) if count is not None else ""
    )
    return format_html('<a href="{}"{}>{}{}{}</a>', href, here, drawing, label, number)


@register.simple_tag
def url_or_nothing(name: str, *args: object) -> str:
    """The address of a page, or nothing where this build does not have it."""
    if args:
        return _reversed(name, args)
    return _standing_url(name, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())


@lru_cache(256)
def _standing_url(name: str, _urlconf: str, _prefix: str) -> str:
    """Every page asks for the same two dozen places, which never move (L1)."""
    return _reversed(name, ())


def _reversed(name: str, args: tuple[object, ...]) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.simple_tag
def found_href(found: Found) -> str:
    """The page of a record that a search found: its module's own, or the one of any module."""
    return url_or_nothing(found.url_name, found.id) or url_or_nothing("record", found.module, found.id)


@register.simple_tag(takes_context=True)
def own_places(context: Context) -> OwnPlaces:
    """`{% own_places as own %}`: the modules that administrators made, for whoever reads their records."""
    return own_places_of(context.get("user"))


@register.simple_tag(takes_context=True)
def own_item(context: Context, place: OwnPlace) -> SafeString:
    """One of them as a line of the side bar."""
    return _line(context, place.href, str(place.title), place.icon, under=place.href)


@register.simple_tag
def first_url(names: tuple[str, ...]) -> str:
    """The address of the first of these pages that this build has."""
    return next(filter(None, (url_or_nothing(name) for name in names)), "")


@register.simple_tag(takes_context=True)
def standing(context: Context) -> SafeString:
    """The palette, the keys and the words of scripts: the same on every page, so rendered once a language and role."""
    user = context.get("user")
    rights = tuple(bool(getattr(user, name, False)) for name in ("may_send_mass_mail", "may_import"))
    demo, own = bool(context.get("demo")), own_places_of(user)
    key = (get_language() or "", get_urlconf() or settings.ROOT_URLCONF, (*rights, demo), str(own))
    if settings.DEBUG or key not in _standing:
        if len(_standing) >= MOST_STANDING:
            _standing.clear()
        rendered = render_to_string("components/standing.html", {"user": user, "demo": demo, "own": own})
        _standing[key] = mark_safe(rendered)
    return _standing[key]


_standing: dict[tuple[str, str, tuple[bool, ...], str], SafeString] = {}
