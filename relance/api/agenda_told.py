"""What the API is told of tasks, calls, cases and notes, and what it tells."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field

from relance.agenda.actions import Entry
from relance.agenda.links import LINKS, abouts, link_of
from relance.agenda.models import Call, Case, Note, Task
from relance.api.filters import Narrowed
from relance.api.reading import Moment, Wanted
from relance.lib.refusal import Refused
from relance.records import registry
from relance.records import values as typed
from relance.records.fields import Value, Values
from relance.team.models import User

TaskStatus = Literal["todo", "doing", "waiting", "done", "dropped"]
CallStatus = Literal["todo", "done", "dropped"]
CaseStatus = Literal["new", "open", "waiting", "solved", "closed"]
Urgency = Literal["high", "normal", "low"]
Way = Literal["out", "in"]
Outcome = Literal["", "talked", "no_answer", "message", "busy", "wrong"]
OWNER = "The e-mail address of the colleague who is to do it."
LINK = "Null takes it away."


class UnknownField(Refused):
    """A custom field that this module does not have."""


class AboutOut(Schema):
    """What the four share; a record that the caller may not see is not named."""

    id: int
    subject: str
    person: int | None
    account: int | None
    deal: int | None
    record: int | None
    owner: str | None
    custom: dict[str, Any]  # the values of custom fields, each of its own type
    created_at: datetime
    updated_at: datetime


class TaskOut(AboutOut):
    """A task."""

    status: str
    priority: str
    due_at: datetime | None
    note: str
    case: int | None
    done_at: datetime | None


class CallOut(AboutOut):
    """A call."""

    status: str
    priority: str
    due_at: datetime = Field(description="When it starts.")
    minutes: int
    direction: str
    result: str
    note: str
    case: int | None
    done_at: datetime | None


class CaseOut(AboutOut):
    """A case; its number is its id."""

    status: str
    priority: str
    description: str
    done_at: datetime | None


class NoteOut(AboutOut):
    """A note; its subject is its first line."""

    text: str
    is_pinned: bool
    case: int | None


class AboutChange(Wanted):
    """What the four share; what is left out stays."""

    person: int | None = Field(None, ge=1, lt=2**63, description=LINK)
    account: int | None = Field(None, ge=1, lt=2**63, description=LINK)
    deal: int | None = Field(None, ge=1, lt=2**63, description=LINK)
    record: int | None = Field(None, ge=1, lt=2**63, description="Of a module of one's own. " + LINK)
    owner: str | None = Field(None, description=OWNER)
    custom: dict[str, Any] | None = Field(None, description="Values of custom fields by their keys; null empties.")


class TaskChange(AboutChange):
    """What to change; what is left out stays."""

    subject: str | None = Field(None, min_length=1, max_length=200)
    status: TaskStatus | None = None
    priority: Urgency | None = None
    due_at: Moment | None = None
    note: str | None = Field(None, max_length=20_000)
    case: int | None = Field(None, ge=1, lt=2**63, description=LINK)


class TaskIn(TaskChange):
    """A new task."""

    subject: str = Field(min_length=1, max_length=200)


class CallChange(AboutChange):
    """What to change; what is left out stays."""

    subject: str | None = Field(None, min_length=1, max_length=200)
    status: CallStatus | None = None
    priority: Urgency | None = None
    due_at: Moment | None = None
    minutes: int | None = Field(None, ge=0, le=1440)
    direction: Way | None = None
    result: Outcome | None = None
    note: str | None = Field(None, max_length=20_000)
    case: int | None = Field(None, ge=1, lt=2**63, description=LINK)


class CallIn(CallChange):
    """A new call, planned or made; without `due_at` it begins now."""

    subject: str = Field(min_length=1, max_length=200)


class CaseChange(AboutChange):
    """What to change; what is left out stays."""

    subject: str | None = Field(None, min_length=1, max_length=200)
    status: CaseStatus | None = None
    priority: Urgency | None = None
    description: str | None = Field(None, max_length=20_000)


class CaseIn(CaseChange):
    """A new case."""

    subject: str = Field(min_length=1, max_length=200)


class NoteChange(AboutChange):
    """What to change; what is left out stays."""

    text: str | None = Field(None, min_length=1, max_length=20_000)
    is_pinned: bool | None = None
    case: int | None = Field(None, ge=1, lt=2**63, description=LINK)


class NoteIn(NoteChange):
    """A new note."""

    text: str = Field(min_length=1, max_length=20_000)


class Search(Narrowed):
    """Which ones: a search and the filters of the list."""

    q: str = Field("", max_length=200, description="Part of the subject or of the text.")
    owner: str = Field("", description="The id of a colleague, `me` or `none`.")
    person: str = Field("", description="The id of a person.")
    account: str = Field("", description="The id of a company.")
    deal: str = Field("", description="The id of a deal.")
    created: str = Field("", description="30d, or a day: 2027-01-31.")
    updated_since: Moment | None = None


class CaseSearch(Search):
    """The same, and how far they are."""

    status: str = Field("", description="`open`, `closed`, or one of the statuses.")
    priority: str = Field("", description="`high`, `normal` or `low`.")


class DueSearch(CaseSearch):
    """The same, and when."""

    due: str = Field("", description="`overdue`, `today`, `tomorrow`, `week`, `later` or `none`; open ones only.")


PLAIN = ("id", "subject", "custom", "created_at", "updated_at")
TIMED = (*PLAIN, "status", "priority", "due_at", "note", "done_at")
OF_KIND: dict[type[Entry], tuple[type[AboutOut], tuple[str, ...]]] = {
    Task: (TaskOut, TIMED),
    Call: (CallOut, (*TIMED, "minutes", "direction", "result")),
    Case: (CaseOut, (*PLAIN, "status", "priority", "description", "done_at")),
    Note: (NoteOut, (*PLAIN, "text", "is_pinned")),
}


def show_many(rows: list[Entry], user: User) -> list[AboutOut]:
    """Rows as the API tells; one look at each kind of record that they are about."""
    seen = abouts([vars(row) for row in rows], user)
    return [_show(row, {(link_of(one.module), one.id) for one in seen[row.pk]}) for row in rows]


def _show(row: Entry, seen: set[tuple[str, int]]) -> AboutOut:
    schema, names = OF_KIND[type(row)]
    links = {link: getattr(row, f"{link}_id") for link in LINKS if hasattr(row, f"{link}_id")}
    told = {link: pk if (link, pk) in seen else None for link, pk in links.items()}
    owner = row.owner.email if row.owner else None
    return schema.model_validate({"owner": owner, **told, **{name: getattr(row, name) for name in names}})


def values(wanted: AboutChange, module: str, user: User) -> Values:
    """The request by the keys of the fields. Raises Http404 for whom or what is not there, UnknownField, BadValue."""
    told: dict[str, Value] = wanted.model_dump(exclude_unset=True)
    for link, visible in LINKS.items():
        if told.get(link) is not None:
            get_object_or_404(visible(user), pk=told[link])
    custom = told.pop("custom", None)
    if "owner" in told:
        told["owner"] = _colleague(told["owner"])
    return {**told, **_custom(custom, module)} if isinstance(custom, dict) else told


def _colleague(email: Value) -> int | None:
    return get_object_or_404(User, email__iexact=email, is_active=True).pk if email else None


def _custom(told: dict[str, object], module: str) -> Values:
    known = {field.key: field for field in registry.fields(module) if field.custom}
    strange = sorted(set(told) - set(known))
    if strange:
        raise UnknownField(_("There is no field called “%(key)s” here.") % {"key": strange[0]})
    return {key: typed.read_json(known[key], value) for key, value in told.items()}
