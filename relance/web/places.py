"""The places of the interface where records are listed: the names of their pages, and the words for them."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from relance.records import custom
from relance.records.models import CustomModule
from relance.records.registry import UnknownModule
from relance.team.models import Module
from relance.web import format as fmt
from relance.web.hrefs import href
from relance.web.words import noun

Words = str | Promise


@dataclass(frozen=True, kw_only=True)
class Place:
    """One module as people see it."""

    module: str
    many: str  # the name of the list's page; "lead" is the record's, "lead-new" and "lead-edit" its forms
    icon: str
    title: Words
    add: Words
    edit: Words
    create: Words
    save: Words
    delete: Words
    back: Words

    @property
    def href(self) -> str:
        """The list."""
        return href(self.many)

    @property
    def new_href(self) -> str:
        """The form of a new record."""
        return href(f"{self.module}-new")

    @property
    def has_duplicates(self) -> bool:
        """Whether its records are compared with each other."""
        return self.module in (Module.LEAD, Module.CONTACT, Module.ACCOUNT)

    @property
    def is_of_people(self) -> bool:
        """Whether its records are people, who have address cards."""
        return self.module in (Module.LEAD, Module.CONTACT)

    def act(self, verb: str) -> str:
        """Where an act on chosen rows is posted to."""
        return href(f"{self.many}-{verb}")

    def record(self, pk: int, page: str = "") -> str:
        """A record's page, or one beside it."""
        return reverse(f"{self.module}-{page}" if page else self.module, args=[pk])

    def people(self, count: int) -> str:
        """12 leads, 1 contact."""
        return counted(self.module, count)


@dataclass(frozen=True, kw_only=True)
class OwnPlace(Place):
    """A module that an administrator made: its pages are those of any module. `has_email`: it can be written to."""

    has_email: bool = False

    @property
    def href(self) -> str:
        """The list."""
        return href("records", self.module)

    @property
    def new_href(self) -> str:
        """The form of a new record."""
        return href("record-new", self.module)

    def act(self, verb: str) -> str:
        """Where an act on chosen rows is posted to."""
        return href(f"records-{verb}", self.module)

    def record(self, pk: int, page: str = "") -> str:
        """A record's page, or one beside it."""
        return reverse(f"record-{page}" if page else "record", args=[self.module, pk])


def place_of(module: str) -> Place:
    """Any module as people see it. Raises UnknownModule."""
    if module in PLACES:
        return PLACES[module]
    made = custom.module(module)
    if made is None:
        raise UnknownModule(module)
    return own_place(made)


def own_place(made: CustomModule) -> OwnPlace:
    """A custom module as people see it; its words name the record as the administrator does, in whatever gender."""
    name = {"name": noun(made.name)}
    return OwnPlace(
        module=made.key,
        many=made.key,
        icon=made.icon,
        has_email=made.has_email,
        title=made.plural,
        add=gettext("New %(name)s") % name,
        edit=gettext("Edit %(name)s") % name,
        create=gettext("Create %(name)s") % name,
        save=gettext("Save %(name)s") % name,
        delete=gettext("Delete %(name)s") % name,
        back=gettext("Back to %(name)s") % {"name": noun(made.plural)},
    )


def _own_counted(module: str, count: int) -> str:
    made = custom.module(module)
    if made is None:
        raise UnknownModule(module)
    one = count < 2 if fmt.is_french(get_language()) else count == 1
    return f"%(count)s {noun(made.name if one else made.plural).replace('%', '%%')}"


def counted(module: str, count: int, *, about: bool = False) -> str:
    """A number with its noun: 1,284 leads, or about 120,000 leads."""
    if module not in PLACES:
        said = _own_counted(module, count)
        return said % {"count": _figure(count, about=about)}
    match module:
        case Module.LEAD:
            said = ngettext("%(count)s lead", "%(count)s leads", count)
        case Module.CONTACT:
            said = ngettext("%(count)s contact", "%(count)s contacts", count)
        case Module.TASK:
            said = ngettext("%(count)s task", "%(count)s tasks", count)
        case Module.CALL:
            said = ngettext("%(count)s call", "%(count)s calls", count)
        case Module.CASE:
            said = ngettext("%(count)s case", "%(count)s cases", count)
        case Module.NOTE:
            said = ngettext("%(count)s note", "%(count)s notes", count)
        case Module.DEAL:
            said = ngettext("%(count)s deal", "%(count)s deals", count)
        case _:
            said = ngettext("%(count)s account", "%(count)s accounts", count)
    return said % {"count": _figure(count, about=about)}


def _figure(count: int, *, about: bool) -> str:
    figure = fmt.figure(count, get_language())
    return gettext("about %(count)s") % {"count": figure} if about else figure


PLACES: dict[str, Place] = {
    Module.LEAD: Place(
        module="lead",
        many="leads",
        icon="sprout",
        title=_("Leads"),
        add=_("New lead"),
        edit=_("Edit the lead"),
        create=_("Create the lead"),
        save=_("Save the lead"),
        delete=_("Delete the lead"),
        back=_("Back to leads"),
    ),
    Module.CONTACT: Place(
        module="contact",
        many="contacts",
        icon="users",
        title=_("Contacts"),
        add=_("New contact"),
        edit=_("Edit the contact"),
        create=_("Create the contact"),
        save=_("Save the contact"),
        delete=_("Delete the contact"),
        back=_("Back to contacts"),
    ),
    Module.ACCOUNT: Place(
        module="account",
        many="accounts",
        icon="building-2",
        title=_("Accounts"),
        add=_("New account"),
        edit=_("Edit the account"),
        create=_("Create the account"),
        save=_("Save the account"),
        delete=_("Delete the account"),
        back=_("Back to accounts"),
    ),
    Module.DEAL: Place(
        module="deal",
        many="deals",
        icon="square-kanban",
        title=_("Deals"),
        add=_("New deal"),
        edit=_("Edit the deal"),
        create=_("Create the deal"),
        save=_("Save the deal"),
        delete=_("Delete the deal"),
        back=_("Back to deals"),
    ),
    Module.TASK: Place(
        module="task",
        many="tasks",
        icon="square-check-big",
        title=_("Tasks"),
        add=_("New task"),
        edit=_("Edit the task"),
        create=_("Add the task"),
        save=_("Save the task"),
        delete=_("Delete the task"),
        back=_("Back to tasks"),
    ),
    Module.CALL: Place(
        module="call",
        many="calls",
        icon="phone",
        title=_("Calls"),
        add=_("New call"),
        edit=_("Edit the call"),
        create=_("Add the call"),
        save=_("Save the call"),
        delete=_("Delete the call"),
        back=_("Back to calls"),
    ),
    Module.CASE: Place(
        module="case",
        many="cases",
        icon="life-buoy",
        title=_("Cases"),
        add=_("New case"),
        edit=_("Edit the case"),
        create=_("Open the case"),
        save=_("Save the case"),
        delete=_("Delete the case"),
        back=_("Back to cases"),
    ),
    Module.NOTE: Place(
        module="note",
        many="notes",
        icon="sticky-note",
        title=_("Notes"),
        add=_("New note"),
        edit=_("Edit the note"),
        create=_("Add the note"),
        save=_("Save the note"),
        delete=_("Delete the note"),
        back=_("Back to notes"),
    ),
}
