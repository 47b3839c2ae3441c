"""The folders of the mail client: which mails lie where for a colleague, by threads, newest first (INBOX-03).

    asked = Asked(folder="inbox", mailbox=3, text="etude", only="unread")
    page(asked, user, after=None)      # one line a thread: its newest mail in this folder

Where a mail lies: where the colleague has put it (`Reading.place`), else in the folders of the server, else by its
direction. What has vanished from a server stays here, in the archive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.search import SearchQuery
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from relance.mail.inbound.outline import words
from relance.mail.models import Folder, Location, Reading, Received
from relance.mail.models.received import Mails
from relance.mail.models.sharing import mailboxes_read_by
from relance.team.models import User

PAGE = 30
MOST_COUNTED = 1_000
Role = Folder.Role
INBOX, STARRED, ALL = Role.INBOX, "starred", "all"
ROLES = (Role.INBOX, Role.SENT, Role.DRAFTS, Role.ARCHIVE, Role.TRASH, Role.JUNK)
UNREAD, UNSORTED = "unread", "unsorted"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which mails: of a folder (a role, `starred`, `all`, or the id of a server's folder), of one mailbox or of all."""

    folder: str = INBOX
    mailbox: int | None = None
    text: str = ""
    only: str = ""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a line stands; the next page holds what stands after it."""

    at: datetime
    id: int

    def written(self) -> str:
        """As an address carries it."""
        return f"{self.at.isoformat()}~{self.id}"

    @classmethod
    def read(cls, text: str) -> Place | None:
        """What `written` wrote; None for anything else."""
        at, _mark, key = text.partition("~")
        try:
            moment = datetime.fromisoformat(at)
        except ValueError:
            return None
        known = len(key) < 19 and key.isascii() and key.isdigit() and moment.tzinfo
        return cls(at=moment, id=int(key)) if known else None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thread in a list: its newest mail there, how many mails it has, and how many of them are unread."""

    mail: Received
    count: int
    unread: int


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some lines; `older` is where the next page begins."""

    lines: tuple[Line, ...]
    older: str = ""


def page(asked: Asked, user: User, *, after: Place | None = None, size: int = PAGE) -> Page:
    """One page of threads, newest first."""
    rows = mails(asked, user)
    newer = rows.filter(thread=OuterRef("thread")).filter(
        Q(dated_at__gt=OuterRef("dated_at")) | Q(dated_at=OuterRef("dated_at"), pk__gt=OuterRef("pk"))
    )
    near = rows.filter(~Exists(newer))
    if after is not None:
        near = near.filter(Q(dated_at__lt=after.at) | Q(dated_at=after.at, pk__lt=after.id))
    shown = with_state(near, user).select_related("mailbox", "person").defer("raw", "search")
    found = list(shown.order_by("-dated_at", "-id")[: size + 1])
    sums = _sums([mail.thread_id or 0 for mail in found], user)
    lines = [_line(mail, sums) for mail in found[:size]]
    last = found[size - 1] if len(found) > size else None
    older = Place(at=last.dated_at, id=last.pk).written() if last is not None and last.dated_at else ""
    return Page(lines=tuple(lines), older=older)


def _line(mail: Received, sums: Mapping[int, tuple[int, int]]) -> Line:
    count, unread = sums.get(mail.thread_id or 0, (1, 0))
    return Line(mail=mail, count=count, unread=unread)


def _sums(threads: Sequence[int], user: User) -> dict[int, tuple[int, int]]:
    """How many mails each thread has, and how many of them are unread; copies of one mail count once."""
    rows = with_state(Received.objects.visible_to(user).filter(thread__in=threads), user).order_by()
    told = rows.values("thread").annotate(
        whole=Count("same", distinct=True, filter=~Q(same="")) + Count("pk", filter=Q(same="")),
        unread=Count("pk", filter=Q(is_read_by_me=False)),
    )
    return {row["thread"]: (row["whole"], row["unread"]) for row in told}


def mails(asked: Asked, user: User) -> Mails:
    """The mails that a colleague may read and that answer what is asked, in no order."""
    rows = Received.objects.visible_to(user).filter(thread__isnull=False, dated_at__isnull=False)
    if asked.mailbox is not None:
        rows = rows.filter(mailbox_id=asked.mailbox)
    if asked.text.strip():
        rows = found(rows, asked.text)
    if asked.only == UNREAD:
        rows = rows.filter(~read_by(user))
    if asked.only == UNSORTED:
        rows = rows.filter(parent_id=None, is_outgoing=False)
    return rows.filter(_where(asked.folder, user))


def _where(folder: str, user: User) -> Q:
    if folder == ALL:
        return Q()
    if folder == STARRED:
        return starred_by(user)
    if folder in ROLES:
        return lies_in(folder, user)
    here = Location.objects.filter(received=OuterRef("pk"), folder_id=_number(folder))
    return Q(Exists(here)) & ~Q(Exists(_put(user)))


def _number(text: str) -> int:
    return int(text) if len(text) < 19 and text.isascii() and text.isdigit() else 0


def found(rows: Mails, text: str) -> Mails:
    """Those that hold every word, or begin of a word, of a text: in the subject, the addresses or what was written."""
    sought = words(text[:200], [], "").split()
    if not sought:
        return rows.none()
    query = " & ".join(f"{word}:*" for word in sought[:12])
    return rows.filter(search=SearchQuery(query, config="simple", search_type="raw"))


def _put(user: User) -> QuerySet[Reading]:
    return Reading.objects.filter(user=user, received=OuterRef("pk")).exclude(place="")


def lies_in(role: str, user: User) -> Q:
    """The condition that a mail lies in this folder for a colleague."""
    put = _put(user)
    places = Location.objects.filter(received=OuterRef("pk"))
    as_it_lies = Q(Exists(places.filter(folder__role=role))) | (~Q(Exists(places)) & _by_direction(role))
    return Q(Exists(put.filter(place=role))) | (~Q(Exists(put)) & as_it_lies)


def _by_direction(role: str) -> Q:
    match role:
        case Role.INBOX:
            return Q(is_outgoing=False, mailbox__imap_host="")
        case Role.SENT:
            return Q(is_outgoing=True, mailbox__imap_host="")
        case Role.ARCHIVE:
            return ~Q(mailbox__imap_host="")
    return Q(pk__in=[])


def read_by(user: User) -> Q:
    """The condition that a colleague has read a mail: in her own mailbox by the server's flag, else by hers."""
    return Q(is_outgoing=True) | _state("is_read", "seen", user)


def starred_by(user: User) -> Q:
    """The condition that a colleague has starred a mail."""
    return _state("is_starred", "flagged", user)


def _state(column: str, flag: str, user: User) -> Q:
    places = Location.objects.filter(received=OuterRef("pk"))
    mine = Reading.objects.filter(user=user, received=OuterRef("pk"), **{f"{column}__isnull": False})
    told = Q(Exists(places.filter(**{flag: True})))
    own = Q(mailbox__user=user) & Q(Exists(places))
    return (own & told) | (~own & (Q(Exists(mine.filter(**{column: True}))) | (~Q(Exists(mine)) & told)))


def with_state(rows: Mails, user: User) -> Mails:
    """The same, each with `is_read_by_me` and `is_starred_by_me`."""
    return rows.annotate(
        is_read_by_me=ExpressionWrapper(read_by(user), output_field=BooleanField()),
        is_starred_by_me=ExpressionWrapper(starred_by(user), output_field=BooleanField()),
    )


def unread(user: User, *, mailbox: int | None = None) -> int:
    """How many unread mails lie in the inbox; at most a thousand are counted."""
    return mails(Asked(mailbox=mailbox, only=UNREAD), user).order_by()[:MOST_COUNTED].count()


def unsorted(user: User, *, mailbox: int | None = None) -> int:
    """How many mails of the inbox belong to nothing yet."""
    return mails(Asked(mailbox=mailbox, only=UNSORTED), user).order_by()[:MOST_COUNTED].count()


def own_folders(user: User, mailbox: int) -> list[Folder]:
    """The server's own folders of a mailbox that a colleague reads, besides those that every mailbox has."""
    boxes = mailboxes_read_by(user).filter(pk=mailbox).values("pk")
    rows = Folder.objects.filter(mailbox__in=boxes, role=Role.OTHER, is_read=True)
    return list(rows.order_by("title", "id")[:100])


def conversation(thread_id: int, user: User) -> list[Received]:
    """The mails of a thread that a colleague may read, oldest first; of copies of one mail, one."""
    rows = with_state(Received.objects.visible_to(user).filter(thread_id=thread_id), user)
    rows = rows.select_related("mailbox", "person", "parent_by", "recipient").defer("raw", "search")
    shown: dict[str, Received] = {}
    for mail in rows.order_by(F("dated_at").asc(nulls_first=True), "id")[:200]:
        shown.setdefault(mail.same or str(mail.pk), mail)
    return list(shown.values())
