"""Newsletters made of blocks: a list of blocks becomes MJML, and MJML the HTML that mail programs show (TPL-03).

The list is what is kept and edited; the HTML is made of it anew at every saving. *(no tables)*
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlsplit

import nh3
from django.utils.translation import gettext as _

from relance.lib.refusal import Refused

MOST = 60
MOST_TEXT = 20_000
DEEPEST = 2  # a column holds blocks, but no columns
FONTS = "Inter, Helvetica, Arial, sans-serif"
INLINE = {"b", "strong", "i", "em", "u", "a", "br", "p", "ul", "ol", "li", "span"}
LINKS = ("http", "https", "mailto", "tel")

Values = Mapping[str, Any]  # as JSON came


class BadBlocks(Refused):
    """What is wrong with a newsletter's blocks, in a sentence."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """One block as it is kept: its kind and its words."""

    kind: str
    values: Mapping[str, str]
    columns: tuple[tuple[Block, ...], ...] = ()


FIELDS: Mapping[str, tuple[str, ...]] = {
    "heading": ("text", "align"),
    "text": ("html", "align"),
    "image": ("src", "alt", "href"),
    "button": ("text", "href", "align"),
    "divider": (),
    "footer": ("html",),
    "columns": (),
}
ALIGNS = ("left", "center", "right")


def read(given: object, *, depth: int = 1) -> tuple[Block, ...]:
    """Blocks as they came from a form or the API. Raises BadBlocks."""
    if not isinstance(given, list):
        raise BadBlocks(_("A newsletter is a list of blocks."))
    if len(given) > MOST:
        raise BadBlocks(_("A newsletter has %(most)d blocks at most.") % {"most": MOST})
    return tuple(_block(each, depth) for each in given)


def _block(given: object, depth: int) -> Block:
    kind = str(given.get("kind")) if isinstance(given, dict) else "None"
    if not isinstance(given, dict) or kind not in FIELDS:
        raise BadBlocks(_("There is no block of the kind “%(kind)s”.") % {"kind": kind[:40]})
    if kind == "columns":
        return Block(kind=kind, values={}, columns=_columns(given, depth))
    values = {name: _text(given.get(name, "")) for name in FIELDS[kind]}
    if values.get("align", "left") not in ALIGNS:
        values["align"] = "left"
    for name in ("html", "text"):
        if name in values:
            values[name] = _clean(values[name]) if name == "html" else values[name].strip()
    for name in ("href", "src"):
        if values.get(name):
            _require_address(values[name])
    return Block(kind=kind, values=values)


def _columns(given: Values, depth: int) -> tuple[tuple[Block, ...], ...]:
    columns = given.get("columns")
    if depth >= DEEPEST:
        raise BadBlocks(_("Columns cannot stand inside columns."))
    if not isinstance(columns, list) or not 1 < len(columns) < 4:
        raise BadBlocks(_("Columns are two or three."))
    return tuple(read(each, depth=depth + 1) for each in columns)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadBlocks(_("A block holds texts only."))
    if len(value) > MOST_TEXT:
        raise BadBlocks(_("A block holds %(most)d characters at most.") % {"most": MOST_TEXT})
    return value


def _clean(html: str) -> str:
    return nh3.clean(
        html, tags=INLINE, attributes={"a": {"href"}}, clean_content_tags={"script", "style"}, link_rel=None,
        url_schemes=set(LINKS),
    )  # fmt: skip


def _require_address(url: str) -> None:
    """A web address, a mail address, or a field that gives one."""
    if url.startswith("{") or urlsplit(url.strip()).scheme.lower() in LINKS:
        return
    raise BadBlocks(_("“%(url)s” is no address of a page. It begins with https://.") % {"url": url[:80]})


def kept(blocks: Sequence[Block]) -> list[dict[str, object]]:
    """The blocks as they are stored and told."""
    return [
        {"kind": block.kind, **block.values, **({"columns": [kept(column) for column in block.columns]}
         if block.columns else {})}
        for block in blocks
    ]  # fmt: skip


def html_of(blocks: Sequence[Block]) -> str:
    """The mail's HTML, its CSS in the tags. Raises BadBlocks."""
    from mjml import mjml2html  # a large library, for those who make newsletters

    try:
        html: str = mjml2html(mjml_of(blocks), fonts={})
    except ValueError as error:
        raise BadBlocks(_("The blocks cannot be made into a mail: %(why)s.") % {"why": error}) from error
    return html


def mjml_of(blocks: Sequence[Block]) -> str:
    """The blocks in MJML; whatever stands in them is data and never markup of it."""
    body = "".join(
        _section_of(block) if block.kind == "columns" else f"<mj-section>{_column([block])}</mj-section>"
        for block in blocks
    )
    attributes = (
        f'<mj-all font-family="{FONTS}" /><mj-section padding="0" /><mj-text font-size="16px" line-height="1.5" />'
    )
    return f"<mjml><mj-head><mj-attributes>{attributes}</mj-attributes></mj-head><mj-body>{body}</mj-body></mjml>"


def _section_of(block: Block) -> str:
    return f"<mj-section>{''.join(_column(column) for column in block.columns)}</mj-section>"


def _column(blocks: Sequence[Block]) -> str:
    return f"<mj-column>{''.join(DRAWN[block.kind](block.values) for block in blocks)}</mj-column>"


def _heading(values: Mapping[str, str]) -> str:
    said = f'<h2 style="margin:0">{escape(values["text"])}</h2>'
    return f'<mj-text align="{values["align"]}" font-size="24px">{said}</mj-text>'


def _paragraph(values: Mapping[str, str]) -> str:
    return f'<mj-text align="{values["align"]}">{values["html"]}</mj-text>'


def _image(values: Mapping[str, str]) -> str:
    if not values["src"]:
        return ""
    href = f' href="{escape(values["href"])}"' if values["href"] else ""
    return f'<mj-image src="{escape(values["src"])}" alt="{escape(values["alt"])}"{href} />'


def _button(values: Mapping[str, str]) -> str:
    where = f' href="{escape(values["href"])}"' if values["href"] else ""
    look = 'background-color="#0b6e8a" border-radius="6px" font-size="16px"'
    return f'<mj-button align="{values["align"]}" {look}{where}>{escape(values["text"])}</mj-button>'


def _footer(values: Mapping[str, str]) -> str:
    return f'<mj-text align="center" font-size="12px" color="#5b6670">{values["html"]}</mj-text>'


DRAWN: Mapping[str, Callable[[Mapping[str, str]], str]] = {
    "heading": _heading,
    "text": _paragraph,
    "image": _image,
    "button": _button,
    "divider": lambda _values: '<mj-divider border-width="1px" border-color="#d5dadd" />',
    "footer": _footer,
}
