"""Attach files to a mail that has been saved, follow them or not, take them away (ENG-07)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from relance.lib.refusal import Refused
from relance.mail import files
from relance.mail.files import Given, NotKept, TooLarge, shown_name
from relance.mail.inbound.body import body, part_of
from relance.mail.models import Attachment, Received, SavedDraft, StoredFile
from relance.mail.writing import drafts
from relance.team.models import Organisation, User
from relance.team.workspace import organisation

MOST = 30


class TooMany(Refused):
    """More files than a mail may have."""


class NotKeptYet(Refused):
    """A file for a mail that nobody has kept."""


class CannotFollow(Refused):
    """Why a file cannot be followed."""


def attach(
    draft: SavedDraft | None, given: Given, *, by: User, now: datetime, follow: bool = False, cid: str = ""
) -> Attachment:
    """Attach a file to a mail. Raises Forbidden, NotKeptYet, AlreadySent, TooLarge, TooMany, CannotFollow.

    The bytes go to the file store first: neither a transaction nor the mail is held while a bucket takes its time.
    """
    drafts.require_writer(by)
    if draft is None:
        raise NotKeptYet(_("Save the mail first: files are attached to a mail that is kept."))
    _require_place(drafts.as_it_is(SavedDraft.objects.get(pk=draft.pk), by=by), follow=follow)
    file = files.keep(given, now=now, most=files.MOST_FOLLOWED if follow else files.MOST_BYTES)
    return _add(draft, file, given, by=by, now=now, follow=follow, cid=cid)


def _require_place(held: SavedDraft, *, follow: bool) -> None:
    if held.attachments.count() >= MOST:
        raise TooMany(_("A mail has %(most)d files at most.") % {"most": MOST})
    if follow:
        require_followable()


@transaction.atomic
def _add(
    draft: SavedDraft, file: StoredFile, given: Given, *, by: User, now: datetime, follow: bool, cid: str
) -> Attachment:
    held = drafts.hold(draft, by=by)
    _require_place(held, follow=follow)
    last = held.attachments.aggregate(last=Max("number"))["last"] or 0
    row = Attachment(
        draft=held, number=last + 1, file=file, name=shown_name(given.name),
        content_type=given.content_type[:120] or "application/octet-stream",
        is_followed=follow, cid=cid, created_at=now,
    )  # fmt: skip
    require_room([*held.attachments.select_related("file"), row])
    row.save()
    return row


def carry(received: Received, draft: SavedDraft, *, by: User, now: datetime) -> list[Refused]:
    """Attach the files of a mail that is forwarded, each once; what cannot come along is told. Raises Forbidden."""
    refused: list[Refused] = []
    there = set(draft.attachments.values_list("name", "file__size"))
    for file in body(received.content).files:
        part = part_of(received.content, file.number)
        if part is None or (shown_name(file.name), file.size) in there:
            continue
        try:
            attach(draft, Given(name=file.name, content_type=file.content_type, data=part.data), by=by, now=now)
        except (TooLarge, TooMany, NotKept) as problem:
            refused.append(problem)
    return refused


@transaction.atomic
def follow(attachment: Attachment, *, wanted: bool, by: User, expires_at: datetime | None = None) -> Attachment:
    """Follow a file by a link of each recipient's own, or send it inside the mail. Raises as `attach`."""
    assert attachment.draft is not None
    held = drafts.hold(attachment.draft, by=by)
    if wanted:
        require_followable()
    attachment.is_followed, attachment.expires_at = wanted, expires_at if wanted else None
    others = held.attachments.exclude(pk=attachment.pk).select_related("file")
    require_room([*others, attachment])
    attachment.save(update_fields=["is_followed", "expires_at"])
    return attachment


@transaction.atomic
def remove(attachment: Attachment, *, by: User) -> None:
    """Take a file out of a mail that has not been sent. Raises Forbidden, AlreadySent."""
    assert attachment.draft is not None
    drafts.hold(attachment.draft, by=by)
    attachment.delete()


def require_followable() -> None:
    """Raise CannotFollow where the organisation follows nothing."""
    if organisation().tracking == Organisation.Tracking.OFF:
        raise CannotFollow(_("Your organisation follows no mail, so no file either. Send it inside the mail."))


def require_room(attachments: Sequence[Attachment]) -> None:
    """Raise TooLarge when what travels inside the mail is more than a relay takes; followed files do not travel."""
    whole = sum(each.file.size for each in attachments if not each.is_followed)
    if whole > files.MOST_BYTES:
        raise TooLarge(
            _("The files are larger than %(most)d MB together. Follow the largest: a link is sent in its place.")
            % {"most": files.MOST_BYTES // 1_000_000}
        )


def linked(attachments: Sequence[Attachment]) -> str:
    """The paragraph with the links of followed files, as the mail ends with it; numbers are those of `freeze`."""
    links = [
        f'<a href="#" data-file="{number}">{escape(each.name)}</a>'
        for number, each in enumerate(attachments, start=1)
        if each.is_followed
    ]
    if not links:
        return ""
    word = ngettext("File:", "Files:", len(links))
    return f"<p>{word} {', '.join(links)}</p>"
