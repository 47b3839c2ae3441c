"""What the inbox draws: rows of threads, an open conversation, who everybody in it is (INBOX-03, INBOX-07)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.insights.history import Told, told_of
from relance.lib import addresses
from relance.mail import folders, reading
from relance.mail.inbound import placing
from relance.mail.inbound.body import Body, File, Notice, body
from relance.mail.models import Mailbox, Received, Recipient, ThreadKey
from relance.mail.models.sharing import mailboxes_read_by
from relance.people.models import Account, Person
from relance.team.models import User
from relance.web.places import PLACES
from relance.web.wish_words import told_of as wishes_told

Words = str | Promise
FOLDERS: Mapping[str, tuple[Words, str]] = {
    "inbox": (_("Inbox"), "inbox"),
    "starred": (_("Starred"), "star"),
    "sent": (_("Sent"), "send"),
    "drafts": (_("Drafts"), "file-pen-line"),
    "archive": (_("Archive"), "archive"),
    "trash": (_("Trash"), "trash-2"),
}
KINDS: Mapping[str, tuple[Words, str, str]] = {  # word, icon, tone
    Received.Kind.AUTO_REPLY: (_("Automatic reply"), "bot", ""),
    Received.Kind.BOUNCE: (pgettext_lazy("one mail", "Not delivered"), "mail-x", "bad"),
    Received.Kind.DELAY: (_("Delayed"), "hourglass", ""),
    Received.Kind.DELIVERED: (_("Delivery report"), "mail-check", ""),
    Received.Kind.COMPLAINT: (_("Complaint"), "shield-ban", "bad"),
    Received.Kind.UNSUBSCRIBE: (_("Opt-out"), "bell-off", "bad"),
    Received.Kind.FAILED: (_("Could not be read"), "triangle-alert", "bad"),
}
REPORTS = frozenset({Received.Kind.BOUNCE, Received.Kind.DELAY, Received.Kind.DELIVERED, Received.Kind.COMPLAINT})
"""What mail servers write by themselves: nobody reads an answer there."""
NOTICES: Mapping[Notice, Words] = {
    Notice.EMPTY: _("This mail has no text. What it carries is below."),
    Notice.ENCRYPTED: _(
        "This mail is encrypted. Relance holds no key to it: download it and open it in a mail program."
    ),
    Notice.SIGNED: _("This mail is signed. Relance does not check the signature."),
    Notice.PACKED: _("Outlook has packed this mail (winmail.dat). Its files are inside that attachment."),
    Notice.INVITATION: _("This mail carries an appointment. Download it to put it into your calendar."),
    Notice.CALENDAR_ANSWER: _("An answer to an invitation. It counts as a reply."),
    Notice.RECEIPT: _("A read receipt. It is no reply."),
    Notice.ASKS_RECEIPT: _("The sender asked for a read receipt. Relance sends none."),
    Notice.INSIDE: _("A file is written into the text of this mail. Download the whole mail to open it."),
    Notice.CUT: _("This mail is too large or too deep to be shown whole. Download it to see all of it."),
}
HEIGHTS = (("few", 4), ("short", 9), ("middle", 22), ("long", 45))  # lines up to which a frame is so high


BOX = ("id", "name", "address", "kind", "user_id", "is_active", "imap_host", "maildir")
AT_ONCE = 3
"""How many addresses of a line are named at once; one more is named rather than counted."""


@dataclass(frozen=True, kw_only=True)
class Who:
    """One address of a mail: who it is, with a link, or an offer to make the contact (INBOX-07).

    `wish` tells that one is not to write there, in words (UNSUB-02).
    """

    name: str
    email: str
    normal: str
    word: Words = ""
    icon: str = ""
    href: str = ""
    is_us: bool = False
    is_server: bool = False
    wish: str = ""

    @property
    def is_unknown(self) -> bool:
        """Whether nobody knows this address, and somebody may be behind it."""
        return not (self.href or self.is_us or self.is_server)

    def __str__(self) -> str:
        return self.name or self.email


@dataclass(frozen=True, kw_only=True)
class Item:
    """A mail of the conversation: closed, or open with its body."""

    mail: Received
    sender: Who
    to: tuple[Who, ...]
    cc: tuple[Who, ...]
    parent: tuple[str, int, str] | None
    body: Body | None = None
    images: bool = False
    blocked: int = 0

    @property
    def others(self) -> tuple[Who, ...]:
        """Everybody to whom it went, as far as the mail says."""
        return (*self.to, *self.cc)

    @property
    def addressed(self) -> list[tuple[Words, tuple[Who, ...], tuple[Who, ...]]]:
        """The lines of its head: the word, whom they name at once, and whom only if asked."""
        lines = ((pgettext_lazy("a mail", "to"), self.to), (pgettext_lazy("a mail", "copy to"), self.cc))
        return [(word, *_named(everybody)) for word, everybody in lines if everybody]

    @property
    def notices(self) -> list[Words]:
        """What is said above it."""
        return [NOTICES[notice] for notice in self.body.notices] if self.body else []

    @property
    def files(self) -> tuple[File, ...]:
        """Its attachments."""
        return self.body.files if self.body else ()

    @property
    def height(self) -> str:
        """How high its frame is, guessed from its text: nothing of the frame can tell."""
        if self.body is None:
            return "short"
        lines = len(self.body.html) // 220 + self.body.text.count("\n")
        return next((name for name, most in HEIGHTS if lines <= most), "whole")


def _named(everybody: tuple[Who, ...]) -> tuple[tuple[Who, ...], tuple[Who, ...]]:
    at_once = AT_ONCE if len(everybody) > AT_ONCE + 1 else len(everybody)
    return everybody[:at_once], everybody[at_once:]


def senders(mails: Iterable[Received], user: User) -> dict[int, str]:
    """Whose mails these are, by their ids: the name written there, else the name of the person whom one knows by it."""
    nameless = [mail for mail in mails if not mail.from_name and mail.person_id is not None]
    people = Person.objects.visible_to(user).filter(pk__in={mail.person_id for mail in nameless})
    names = dict(people.values_list("pk", "name")) if nameless else {}
    return {mail.pk: mail.from_name or names.get(mail.person_id or 0, "") or mail.from_email for mail in mails}


def folder_tabs(user: User, asked: folders.Asked) -> list[tuple[str, Words, str, int]]:
    """The folders with their icons; a count where something is to be done."""
    counts = {"inbox": folders.unread(user, mailbox=asked.mailbox)}
    return [(key, word, icon, counts.get(key, 0)) for key, (word, icon) in FOLDERS.items()]


def mailboxes(user: User) -> list[Mailbox]:
    """The mailboxes that one may read."""
    return list(mailboxes_read_by(user).filter(is_active=True).only(*BOX))


def query(asked: folders.Asked, **more: object) -> str:
    """The address of a list, with what is added."""
    told = {"folder": asked.folder, "mailbox": asked.mailbox or "", "q": asked.text, "only": asked.only, **more}
    if told["folder"] == folders.INBOX:
        told["folder"] = ""
    return urlencode({key: value for key, value in told.items() if value})


def people_of(mails: Iterable[Received], user: User) -> dict[str, Who]:
    """Who bears the addresses in these mails, as far as a colleague may see it, by address."""
    mails = list(mails)
    written: dict[str, tuple[str, str]] = {}
    servers = {addresses.normal(mail.from_email) or mail.from_email.lower() for mail in mails if mail.kind in REPORTS}
    for mail in mails:
        for name, email in ((mail.from_name, mail.from_email), *mail.reply_to, *mail.to, *mail.cc):
            normal = addresses.normal(email) or email.lower()
            if normal and (normal not in written or not written[normal][0]):
                written[normal] = (name, email)
    known, us = _known(written, user), placing.ours()
    found: dict[str, Who] = {}
    colleagues = {one.email.lower(): one for one in User.objects.filter(email__in=list(written))}
    for normal, (name, email) in written.items():
        if normal in colleagues:
            told = str(colleagues[normal])
            found[normal] = Who(name=told, email=email, normal=normal, word=_("User"), icon="user", is_us=True)
        elif us.are(normal):
            found[normal] = Who(name=name, email=email, normal=normal, word=_("Us"), icon="users-round", is_us=True)
        elif normal in known:
            found[normal] = known[normal]
        elif normal in servers:
            word = _("Mail server")
            found[normal] = Who(name=name, email=email, normal=normal, word=word, icon="at-sign", is_server=True)
        else:
            found[normal] = Who(name=name, email=email, normal=normal)
    wishes = wishes_told([one.normal for one in found.values() if not one.is_us], seen=known)
    return {normal: replace(one, wish=wishes.get(normal, "")) for normal, one in found.items()}


def _known(written: Mapping[str, tuple[str, str]], user: User) -> dict[str, Who]:
    found: dict[str, Who] = {}
    people = Person.objects.visible_to(user).filter(addresses__normal__in=written).order_by("kind", "id")
    for person, normal in ((one, address) for one in people.distinct() for address in _normals(one)):
        if normal in written:
            place = PLACES[person.kind]
            word = _("Contact") if person.kind == Person.Kind.CONTACT else _("Lead")
            found.setdefault(
                normal, _who(written[normal], normal, str(person), word, place.icon, place.record(person.pk))
            )
    accounts = Account.objects.visible_to(user).filter(addresses__normal__in=written).distinct().order_by("id")
    for account, normal in ((one, address) for one in accounts for address in _normals(one)):
        if normal in written:
            href = PLACES["account"].record(account.pk)
            found.setdefault(normal, _who(written[normal], normal, account.name, _("Account"), "building-2", href))
    return found


def _normals(holder: Person | Account) -> list[str]:
    return list(holder.addresses.values_list("normal", flat=True))


def _who(written: tuple[str, str], normal: str, name: str, word: Words, icon: str, href: str) -> Who:
    return Who(name=name or written[0], email=written[1], normal=normal, word=word, icon=icon, href=href)


def items(mails: Sequence[Received], user: User, *, opened: Iterable[int], images: bool = False) -> list[Item]:
    """The mails of a conversation; those that are opened with their bodies."""
    wanted, known, parents = set(opened), people_of(mails, user), reading.parents_of(mails, user)
    return [_item(mail, known, parents, user, mail.pk in wanted, images) for mail in mails]


def _item(
    mail: Received,
    known: Mapping[str, Who],
    parents: Mapping[int, tuple[str, int, str]],
    user: User,
    is_open: bool,
    images: bool,
) -> Item:
    def who(name: str, email: str) -> Who:
        normal = addresses.normal(email) or email.lower()
        return known.get(normal) or Who(name=name, email=email, normal=normal)

    shown = body(mail.content) if is_open else None
    wanted = images or (is_open and reading.shows_images(user, mail))
    return Item(
        mail=mail,
        sender=who(mail.from_name, mail.from_email),
        to=tuple(who(name, email) for name, email in mail.to),
        cc=tuple(who(name, email) for name, email in mail.cc),
        parent=parents.get(mail.pk),
        body=shown,
        images=wanted,
        blocked=shown.page(images=False).blocked if shown and not wanted else 0,
    )


def copies(thread_id: int, user: User) -> list[Told]:
    """The copies of our own mails in a thread that are not among its stored mails, oldest first."""
    boxes = mailboxes_read_by(user).values("pk")
    keys_ = ThreadKey.objects.filter(thread_id=thread_id, recipient__isnull=False).values("recipient")
    rows = Recipient.objects.filter(pk__in=keys_, sent_at__isnull=False)
    rows = rows.filter(message__mailbox__in=boxes) | rows.filter(message__sender=user)
    return list(told_of(rows.order_by("sent_at", "id")[:50]))


def parent_href(parent: tuple[str, int, str]) -> str:
    """The page of what a mail belongs to."""
    return PLACES[parent[0]].record(parent[1])


def compose(mail: Received, mode: str) -> str:
    """Where an answer is written."""
    return f"{reverse('today')}mails/new?{urlencode({'reply': mail.pk, 'mode': mode})}"
