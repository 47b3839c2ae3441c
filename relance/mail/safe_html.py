"""The HTML of a mail, rid of what runs, asks or embeds: script, frames, forms, objects (TPL-01, X8). *(no tables)*

The rest stays as its author wrote it: style elements, tables, classes, placeholders in links, comments for Outlook.
"""

from __future__ import annotations

import re

import nh3

TAGS = nh3.ALLOWED_TAGS | {"style", "center", "font", "section", "main", "u", "big"}
ATTRIBUTES = {
    "*": {
        "style", "class", "id", "dir", "lang", "title", "align", "valign", "width", "height", "bgcolor", "border",
        "role", "aria-label", "aria-hidden",
    },
    "a": {"href", "name", "target", "data-no-track", "data-file"},
    "img": {"src", "alt"},
    "table": {"cellpadding", "cellspacing", "summary", "background"},
    "td": {"colspan", "rowspan", "nowrap", "background"},
    "th": {"colspan", "rowspan", "nowrap", "scope", "background"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    "style": {"type", "media"},
    "col": {"span"},
}  # fmt: skip
SCHEMES = {"http", "https", "mailto", "tel", "sms", "cid"}
FORGOTTEN_WITH_CONTENT = {"script", "title", "noscript", "template"}
BODY = re.compile(r"<(/?)body\b", re.IGNORECASE)


def clean(html: str, *, comments: bool = True) -> str:
    """What may be sent and shown. The body of a whole document becomes a block, so that its ground and fonts stay."""
    return nh3.clean(
        BODY.sub(r"<\1div", html),
        tags=TAGS,
        clean_content_tags=FORGOTTEN_WITH_CONTENT,
        attributes=ATTRIBUTES,
        strip_comments=not comments,
        link_rel=None,
        url_schemes=SCHEMES,
    )
