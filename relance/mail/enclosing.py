"""The files of a template: they travel inside every mail that is written with it (TPL-01).

What is launched keeps the files that it was launched with, as it keeps its text (D18).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from relance.lib.refusal import Refused
from relance.mail import files
from relance.mail.files import Given, TooLarge, shown_name
from relance.mail.models import Attachment, SavedDraft, StoredFile, Template
from relance.team import policy
from relance.team.models import Module, User

MOST = 10
MOST_BYTES = 5_000_000
"""Of all files of one template: they go to everybody."""


class TooManyFiles(Refused):
    """More files than a template may have."""


def enclose(template: Template, given: Given, *, by: User, now: datetime) -> Attachment:
    """Add a file to a template; its bytes go to the file store first. Raises Forbidden, TooLarge, TooManyFiles."""
    _require_place(template, len(given.data), by=by)
    return _add(template, files.keep(given, now=now, most=MOST_BYTES), given, by=by, now=now)


@transaction.atomic
def _add(template: Template, file: StoredFile, given: Given, *, by: User, now: datetime) -> Attachment:
    held = Template.objects.select_for_update(of=("self",)).get(pk=template.pk)
    _require_place(held, file.size, by=by)
    last = held.attachments.aggregate(last=Max("number"))["last"] or 0
    kind = given.content_type[:120] or "application/octet-stream"
    return Attachment.objects.create(
        template=held, number=last + 1, file=file, name=shown_name(given.name), content_type=kind, created_at=now
    )


def _require_place(template: Template, size: int, *, by: User) -> None:
    policy.require(policy.allows(by, Module.TEMPLATE, "edit", template))
    there = of(template)
    if len(there) >= MOST:
        raise TooManyFiles(_("A template has %(most)d files at most.") % {"most": MOST})
    if sum(each.file.size for each in there) + size > MOST_BYTES:
        raise TooLarge(
            _("The files of a template are %(most)d MB at most together: they go to everybody. Link to a page instead.")
            % {"most": MOST_BYTES // 1_000_000}
        )


def take_out(attachment: Attachment, *, by: User) -> None:
    """The mails to come go without it. Raises Forbidden."""
    assert attachment.template is not None
    policy.require(policy.allows(by, Module.TEMPLATE, "edit", attachment.template))
    attachment.delete()


def of(template: Template) -> list[Attachment]:
    """Its files, in the order in which they came."""
    return list(template.attachments.select_related("file"))


def hand_on(template: Template, to: Template | SavedDraft, *, now: datetime) -> None:
    """Give its files to a copy of it, or to a mail that is begun with it; what is there already is not doubled."""
    there = set(to.attachments.values_list("file_id", flat=True))
    last = to.attachments.aggregate(last=Max("number"))["last"] or 0
    missing = [each for each in of(template) if each.file_id not in there]
    draft, copy = (to, None) if isinstance(to, SavedDraft) else (None, to)
    Attachment.objects.bulk_create(
        Attachment(
            draft=draft, template=copy, number=number, file_id=each.file_id, name=each.name,
            content_type=each.content_type, created_at=now,
        )
        for number, each in enumerate(missing, start=last + 1)
    )  # fmt: skip


def take_back(template: Template, draft: SavedDraft) -> None:
    """Take the files of a template out of a mail that is written with another one now."""
    draft.attachments.filter(file__in=[each.file_id for each in of(template)], is_followed=False).delete()
