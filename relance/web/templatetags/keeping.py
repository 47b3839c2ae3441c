"""`{% kept a b %}...{% endkept %}`: a piece of a page that is drawn once, and again when `a` or `b` is another (L1).

For what is the same on page after page: the side bar, the head, the buttons that a role has. Language and addresses
are looked at by themselves; **whatever else the piece shows must be named**, and a piece may hold nothing of one
request or one person (no csrf token, no name, no clock). It is kept in this process, beside its template.
"""

from __future__ import annotations

from collections.abc import Hashable

from django import template
from django.conf import settings
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.context import Context
from django.urls import get_script_prefix, get_urlconf
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()

MOST = 200


class Kept(Node):
    """A piece of a template with the drawings that were made of it."""

    def __init__(self, nodelist: NodeList, named: list[FilterExpression]) -> None:
        self.nodelist, self.named = nodelist, named
        self.drawn: dict[Hashable, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        """The drawing for these values; a page that Relance changes under way is drawn anew where it is developed."""
        values = tuple(_plain(expression.resolve(context)) for expression in self.named)
        key = (get_language(), get_urlconf() or settings.ROOT_URLCONF, get_script_prefix(), values)
        found = self.drawn.get(key)
        if found is None or settings.DEBUG:
            if len(self.drawn) >= MOST:
                self.drawn.clear()
            found = self.drawn[key] = mark_safe(self.nodelist.render(context))  # the template escaped it
        return found


def _plain(value: object) -> Hashable:
    return value if isinstance(value, str | int) else str(value)


@register.tag
def kept(parser: Parser, token: Token) -> Kept:
    """Reads the tag: the values that the piece depends on, then the piece."""
    named = [parser.compile_filter(word) for word in token.split_contents()[1:]]
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return Kept(nodelist, named)
