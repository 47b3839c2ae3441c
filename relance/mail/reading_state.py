"""How far the mail of a mailbox has been read, folder by folder, and reading it at once (INBOX-02)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from relance.lib.refusal import Refused
from relance.mail.mailboxes import forget_fetching
from relance.mail.models import Folder, Mailbox
from relance.mail.transport.check import Finding


class NeedsSignIn(Refused):
    """The server has refused the password: asking again and again would lock the account (R19)."""


@dataclass(frozen=True, kw_only=True)
class FolderState:
    """A folder of the server: its mails there, those that are stored here, and those that still wait."""

    folder: Folder
    stored: int
    waiting: int


@dataclass(frozen=True, kw_only=True)
class ReadingState:
    """What is known of a mailbox's folders. It is up to date only when nothing waits and the last look has worked."""

    folders: Sequence[FolderState]

    @property
    def stored(self) -> int:
        """Mails of the server that are stored here."""
        return sum(each.stored for each in self.folders)

    @property
    def waiting(self) -> int:
        """Mails of the server that are still to be fetched."""
        return sum(each.waiting for each in self.folders)

    @property
    def total(self) -> int:
        """Both together."""
        return self.stored + self.waiting


def reading_state(mailbox: Mailbox) -> ReadingState:
    """How far each folder has been read, the inbox first."""
    waits = Q(locations__received=None, locations__is_left_out=False, locations__uid__gt=0)
    rows = mailbox.folders.annotate(
        stored=Count("locations", filter=Q(locations__received__isnull=False)),
        waiting=Count("locations", filter=waits),
    )
    known = sorted(rows, key=lambda row: (row.role != Folder.Role.INBOX, row.role == Folder.Role.OTHER, row.title))
    return ReadingState(
        folders=[FolderState(folder=row, stored=row.stored, waiting=row.waiting) for row in known]
    )  # fmt: skip


def read_now(mailbox: Mailbox) -> None:
    """Have its mail fetched within seconds. Raises NeedsSignIn."""
    if mailbox.fetch_failures and mailbox.fetch_code == Finding.PASSWORD_REFUSED:
        raise NeedsSignIn(
            _("The server refused the password. Change it and test the connection; what was fetched is safe.")
        )
    forget_fetching(mailbox)
    mailbox.save(update_fields=["fetch_at", "fetch_failures"])
