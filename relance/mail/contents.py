"""The frozen text of a launched mail: written once with its numbered links, compiled again by its sender (D18)."""

from __future__ import annotations

import re

from relance.mail.models import Content, Template
from relance.mail.outbound.render import Compiled
from relance.mail.templates import Parts, compile_parts

PLACEHOLDER_LIKE = re.compile(r"\{(?=\s*[^\W\d]\w*\s*[.:|}])")
WORD_JOINER = "\u2060"


def freeze(parts: Parts, *, list_headers: bool, footer: bool, template: Template | None = None) -> Content:
    """Write a text as it stands; `compiled` gives the same links for the same switches. Raises PlaceholderErrors."""
    links = compile_parts(parts, list_headers=list_headers, footer=footer).links
    return Content.objects.create(
        template=template,
        language=parts.language,
        subject=parts.subject,
        html=parts.html,
        text=parts.text,
        links=[{"number": link.number, "url": link.url, "label": link.label[:300]} for link in links],
    )


def compiled(content: Content, *, list_headers: bool, footer: bool) -> Compiled:
    """A frozen text ready to be rendered; costs milliseconds, so keep it for as long as one sends."""
    return compile_parts(parts_of(content), list_headers=list_headers, footer=footer)


def parts_of(content: Content) -> Parts:
    """The text of a frozen content."""
    return Parts(subject=content.subject, html=content.html, text=content.text, language=content.language)


def as_data(text: str) -> str:
    """A text of which nothing is a placeholder, whatever it looks like: it is not read a second time (QUALITY X7)."""
    return PLACEHOLDER_LIKE.sub("{" + WORD_JOINER, text)
