"""The tables of mail: mailboxes, templates, messages with their recipients, and the interactions of tracking."""

from relance.mail.models.domain import SendingDomain
from relance.mail.models.file import Attachment, StoredFile
from relance.mail.models.filing import Filing
from relance.mail.models.folder import Folder, Location, PendingChange, Unwanted
from relance.mail.models.lease import Lease
from relance.mail.models.mailbox import Mailbox
from relance.mail.models.message import Message, Recipient
from relance.mail.models.outbox import KeptLetter, Outbox
from relance.mail.models.reading import Reading, ShownImages
from relance.mail.models.received import Received
from relance.mail.models.service import SignInService
from relance.mail.models.template import Content, Template, TemplateVersion
from relance.mail.models.thread import Thread, ThreadKey
from relance.mail.models.tracking import Interaction, Jotting, LinkCount, OpeningCount
from relance.mail.models.writing import SavedDraft

__all__ = [
    "Attachment",
    "Content",
    "Filing",
    "Folder",
    "Interaction",
    "Jotting",
    "KeptLetter",
    "Lease",
    "LinkCount",
    "Location",
    "Mailbox",
    "Message",
    "OpeningCount",
    "Outbox",
    "PendingChange",
    "Reading",
    "Received",
    "Recipient",
    "SavedDraft",
    "SendingDomain",
    "ShownImages",
    "SignInService",
    "StoredFile",
    "Template",
    "TemplateVersion",
    "Thread",
    "ThreadKey",
    "Unwanted",
]
