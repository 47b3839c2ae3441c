"""The frozen text of a launched mail: written once with its numbered links, compiled again by its sender (D18)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from django.db import transaction

from relance.mail import files
from relance.mail.catalogue import catalogue, values_for
from relance.mail.models import Attachment, Content, Recipient, Template
from relance.mail.outbound.placeholders import fill, names
from relance.mail.outbound.render import Compiled, Preview
from relance.mail.templates import Parts, compile_parts

PLACEHOLDER_LIKE = re.compile(r"\{(?=\s*[^\W\d]\w*\s*[.:|}])")
WORD_JOINER = "\u2060"


@transaction.atomic
def freeze(
    parts: Parts,
    *,
    list_headers: bool,
    footer: bool,
    template: Template | None = None,
    attachments: Iterable[Attachment] | None = None,
) -> Content:
    """Write a text as it stands; `compiled` gives the same links for the same switches. Raises PlaceholderErrors.

    Attachments are those of a draft, else those of the template; the mail gets them with its own numbers, from 1.
    """
    if attachments is None:
        attachments = template.attachments.select_related("file") if template is not None else ()
    links = compile_parts(parts, list_headers=list_headers, footer=footer).links
    content = Content.objects.create(
        template=template,
        language=parts.language,
        subject=parts.subject,
        html=parts.html,
        text=parts.text,
        is_literal=parts.is_literal,
        links=[{"number": link.number, "url": link.url, "label": link.label[:300]} for link in links],
    )
    Attachment.objects.bulk_create(
        Attachment(
            content=content, number=number, file_id=each.file_id, name=each.name, content_type=each.content_type,
            cid=each.cid, is_followed=each.is_followed, expires_at=each.expires_at,
            created_at=each.created_at,
        )
        for number, each in enumerate(attachments, start=1)
    )  # fmt: skip
    return content


def has_files_of(content: Content, template: Template) -> bool:
    """Whether a frozen text carries the very files that its template has now."""
    facts = ("number", "file_id", "name", "content_type", "is_followed")
    now = list(template.attachments.values_list(*facts))
    return list(content.attachments.values_list(*facts[1:])) == [row[1:] for row in now]


def compiled(content: Content, *, list_headers: bool, footer: bool) -> Compiled:
    """A frozen text ready to be rendered; costs milliseconds, so keep it for as long as one sends.

    Raises Unreadable when one of its files cannot be read.
    """
    attached = files.enclosed(content.attachments.select_related("file"))
    return compile_parts(parts_of(content), list_headers=list_headers, footer=footer, attachments=attached)


def parts_of(content: Content) -> Parts:
    """The text of a frozen content."""
    return Parts(
        subject=content.subject, html=content.html, text=content.text, language=content.language,
        is_literal=content.is_literal,
    )  # fmt: skip


def as_data(text: str) -> str:
    """A text of which nothing is a placeholder, whatever it looks like: it is not read a second time (QUALITY X7)."""
    return PLACEHOLDER_LIKE.sub("{" + WORD_JOINER, text)


def subject_of(recipient: Recipient) -> str:
    """The subject as its reader sees it."""
    return subjects_of([recipient])[recipient.pk]


def subjects_of(copies: Collection[Recipient]) -> dict[int, str]:
    """Each copy's subject as its reader sees it, by copy. What they need of all values is read at once, if anything."""
    merged = {copy.pk: names(content.subject) for copy in copies if not (content := copy.message.content).is_literal}
    wanted = frozenset().union(*merged.values())
    values = values_for(list(merged), names=wanted) if wanted else {}
    return {
        copy.pk: content.subject
        if (content := copy.message.content).is_literal
        else fill(content.subject, values.get(copy.pk, {}), catalogue(), language=content.language)
        for copy in copies
    }


def as_read(recipient: Recipient) -> Preview:
    """The mail as this recipient reads it, with clean links and no pixel."""
    compiled = compile_parts(parts_of(recipient.message.content))
    values = {} if recipient.message.content.is_literal else values_for([recipient.pk]).get(recipient.pk, {})
    return compiled.preview(values)
