"""`{% kept a b %}...{% endkept %}`: a piece of a page that is drawn once, and again when `a` or `b` is another (L1).

For what is the same on page after page: the side bar, the head, the buttons that a role has. Language and addresses
are looked at by themselves; **whatever else the piece shows must be named**, and a piece may hold nothing of one
request or one person (no csrf token, no name, no clock). It is kept in this process, beside its template.

`{% kept a for=reader %}` is a piece for one reader: it may show all that `reader` stands for (`web.arrivals.reader`),
and where that is empty nothing is kept.

`{% fresh %}...{% endfresh %}` is what is drawn for every page inside a piece: the csrf token, a block, the clock. It
sees the variables that stand where the outermost piece begins, none that a loop, `with` or `include` set inside it.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from contextvars import ContextVar

from django import template
from django.conf import settings
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.context import Context
from django.urls import get_script_prefix, get_urlconf
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()

MOST = 200
HOLE = re.compile("\x02([0-9]+)\x03")  # neither is allowed in HTML

_holes: ContextVar[list[Fresh] | None] = ContextVar("relance_holes", default=None)


class Fresh(Node):
    """What is drawn for every page; while a piece around it is drawn, it only marks its place."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        """The mark, or the drawing of today."""
        holes = _holes.get()
        if holes is None:
            return self.nodelist.render(context)
        holes.append(self)
        return mark_safe(f"\x02{len(holes) - 1}\x03")


class Kept(Node):
    """A piece of a template with the drawings that were made of it."""

    def __init__(self, nodelist: NodeList, named: list[FilterExpression], reader: FilterExpression | None) -> None:
        self.nodelist, self.named, self.reader = nodelist, named, reader
        self.drawn: dict[Hashable, tuple[str | Fresh, ...]] = {}

    def render(self, context: Context) -> SafeString:
        """The drawing for these values; a page that Relance changes under way is drawn anew where it is developed."""
        reader = self.reader.resolve(context) if self.reader is not None else None
        if settings.DEBUG or (self.reader is not None and not reader):
            return self.nodelist.render(context)
        values = tuple(_plain(expression.resolve(context)) for expression in self.named)
        key = (get_language(), get_urlconf() or settings.ROOT_URLCONF, get_script_prefix(), reader, values)
        found = self.drawn.get(key)
        if found is None:
            if len(self.drawn) >= MOST:
                self.drawn.clear()
            found = self.drawn[key] = self._draw(context)
        return mark_safe("".join([part if isinstance(part, str) else part.render(context) for part in found]))

    def _draw(self, context: Context) -> tuple[str | Fresh, ...]:
        """What stays, and between it what is fresh."""
        token = _holes.set([])
        try:
            drawn, holes = self.nodelist.render(context), _holes.get() or []
        finally:
            _holes.reset(token)
        parts = HOLE.split(drawn)
        return tuple(holes[int(part)] if place % 2 else part for place, part in enumerate(parts))


def _plain(value: object) -> Hashable:
    return value if isinstance(value, str | int) else str(value)


@register.tag
def kept(parser: Parser, token: Token) -> Kept:
    """Reads the tag: the values that the piece depends on, whom it is for, then the piece."""
    words = token.split_contents()[1:]
    of = [word.removeprefix("for=") for word in words if word.startswith("for=")]
    named = [parser.compile_filter(word) for word in words if not word.startswith("for=")]
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return Kept(nodelist, named, parser.compile_filter(of[0]) if of else None)


@register.tag
def fresh(parser: Parser, _token: Token) -> Fresh:
    """Reads the tag."""
    nodelist = parser.parse(("endfresh",))
    parser.delete_first_token()
    return Fresh(nodelist)
